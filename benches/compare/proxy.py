"""What a real cloud adds to a server on this machine: latency, and EC2's published buckets of calls. It counts the calls.

    proxy.py UPSTREAM_PORT LATENCY_MS [throttle]

Prints its port. `GET /_proxy` tells {calls, refused, by_action, by_code} since the last `POST /_proxy`, which forgets them.
"""

import asyncio
import collections
import json
import re
import sys
import time
import urllib.parse

UPSTREAM, LATENCY = int(sys.argv[1]), float(sys.argv[2]) / 1000
THROTTLE = "throttle" in sys.argv[3:]
actions, codes, buckets = collections.Counter(), collections.Counter(), {}


def allowed(scope, action):
    """Whether the bucket of this caller, region and operation has a call left."""
    burst, per_second = (100, 20) if action.startswith("Describe") else (50, 5)
    level, at = buckets.get((scope, action), (burst, time.monotonic()))
    now = time.monotonic()
    level = min(burst, level + (now - at) * per_second)
    buckets[scope, action] = (level - 1 if level >= 1 else level, now)
    return level >= 1


REFUSAL = (
    b"<?xml version='1.0'?><Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded."
    b"</Message></Error></Errors><RequestID>proxy</RequestID></Response>"
)


def answer(status, body, kind=b"text/xml"):
    return b"HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (status, kind, len(body)) + body


async def message(reader):
    """One message: its head, and its body in one piece."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if length:
        return head, await reader.readexactly(int(length[1]))
    if b"transfer-encoding: chunked" in head.lower():
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        head = re.sub(rb"(?i)\r\ntransfer-encoding: chunked", b"\r\nContent-Length: %d" % len(body), head)
        return head, body
    if head.startswith(b"HTTP/") and b"connection: close" in head.lower():
        return head, await reader.read()
    return head, b""


def control(head):
    if head.startswith(b"POST"):
        actions.clear(), codes.clear(), buckets.clear()
    told = {"calls": sum(actions.values()), "refused": sum(codes.values()), "by_action": actions, "by_code": codes}
    return answer(200, json.dumps(told).encode(), b"application/json")


class Connection:
    """A client, and the server behind it."""

    def __init__(self):
        self.reader = self.writer = None

    async def forward(self, request):
        """The server may have closed the connection since the last request; then it has not seen this one."""
        for again in (True, False):
            try:
                if self.writer is None:
                    self.reader, self.writer = await asyncio.open_connection("127.0.0.1", UPSTREAM, limit=1 << 24)
                self.writer.write(request)
                head, body = await message(self.reader)
                break
            except (asyncio.IncompleteReadError, ConnectionError):
                self.close()
                if not again:
                    raise
        if b"connection: close" in head.lower() or head.startswith(b"HTTP/1.0"):
            self.close()
            head = b"HTTP/1.1" + re.sub(rb"(?i)\r\nconnection: close", b"", head)[8:]
            if b"content-length" not in head.lower():
                head = head[:-2] + b"Content-Length: %d\r\n\r\n" % len(body)
        return head, body

    def close(self):
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None


async def serve(reader, writer):
    server = Connection()
    try:
        while True:
            head, body = await message(reader)
            path = head.split(b" ", 2)[1]
            if path.startswith(b"/_proxy"):
                writer.write(control(head))
            elif path.startswith((b"/moto-api", b"/_sim")):
                writer.write(b"".join(await server.forward(head + body)))
            else:
                writer.write(await call(server, head, body))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
        server.close()


async def call(server, head, body):
    form = urllib.parse.parse_qs(body.decode("latin1"))
    of_aliyun = re.search(rb"(?i)\r\nx-acs-action: *(\w+)", head)
    action = of_aliyun[1].decode() if of_aliyun else form.get("Action", ["?"])[0]
    signed = re.search(rb"(?i)credential=([^/]+)/\d+/([^/]+)/(\w+)", head)
    actions[action] += 1
    await asyncio.sleep(LATENCY / 2)
    if THROTTLE and signed and signed[3] == b"ec2" and not allowed(signed.groups(), action):
        codes["RequestLimitExceeded"] += 1
        await asyncio.sleep(LATENCY / 2)
        return answer(503, REFUSAL)
    head, body = await server.forward(head + body)
    await asyncio.sleep(LATENCY / 2)
    code = re.search(rb'<Code>([^<]+)<|"Code": *"([^"]+)"', body) if int(head.split()[1]) >= 300 else None
    if code:
        codes[(code[1] or code[2]).decode()] += 1
    return head + body


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024, limit=1 << 24)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
