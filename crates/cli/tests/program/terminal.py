"""Runs a program at a pseudo-terminal: answers its questions, then prints what it showed, its exit code, and whether the
terminal echoes. Arguments: pairs of a text to wait for and an answer to it, `--`, then the command."""

import json
import os
import pty
import signal
import sys
import termios


def main():
    split = sys.argv.index("--")
    dialogue, command = sys.argv[1:split], sys.argv[split + 1 :]
    pid, terminal = pty.fork()
    if pid == 0:
        # A test that is started in the background of a shell script would else hand on that Ctrl-C is ignored.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv(command[0], command)
    shown = b""
    heard = 0
    for expected, answer in zip(dialogue[::2], dialogue[1::2]):
        while expected.encode() not in shown[heard:]:
            part = read(terminal)
            if not part:
                break
            shown += part
        heard = shown.find(expected.encode(), heard) + len(expected)
        os.write(terminal, answer.encode().decode("unicode_escape").encode())
    while part := read(terminal):
        shown += part
    _, status = os.waitpid(pid, 0)
    echo = bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"shown": shown.decode(errors="replace"), "code": code, "echo": echo}))


def read(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


main()
