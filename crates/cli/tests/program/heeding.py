"""Becomes the command after `--`, with no signal ignored. A test that is started in the background of a shell script would
else hand on that Ctrl-C is ignored."""

import os
import signal
import sys

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
command = sys.argv[sys.argv.index("--") + 1 :]
os.execv(command[0], command)
