#!/usr/bin/env python3
"""Hands connections to workers in turns: balance.py PORT WORKER-PORT.. , all on the loopback address.

For `local.sh` only: it knows nothing of the health of a worker beyond whether it takes connections.
"""

import asyncio
import contextlib
import itertools
import sys


async def copy(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


async def hand_on(turns, count, reader, writer):
    for port in itertools.islice(turns, count):
        with contextlib.suppress(OSError):
            worker_reader, worker_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(copy(reader, worker_writer), copy(worker_reader, writer))
            return
    writer.close()


async def main():
    port, *workers = map(int, sys.argv[1:])
    turns = itertools.cycle(workers)
    serve = lambda reader, writer: hand_on(turns, len(workers), reader, writer)
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
