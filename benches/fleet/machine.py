"""Processes of a fleet on this machine, and what they cost."""

import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPConnection
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Processes:
    """Everything that was started. It ends with the block."""

    def __init__(self, logs):
        self.logs = Path(logs)
        self.logs.mkdir(parents=True, exist_ok=True)
        self.running = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.running.values()):
            process.terminate()
        for process in reversed(self.running.values()):
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name, command, environment=None):
        log = open(self.logs / f"{name}.log", "wb")
        clean = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "NO_PROXY": "*"}
        process = subprocess.Popen(
            [str(part) for part in command], stdout=log, stderr=subprocess.STDOUT, env=clean | (environment or {})
        )
        self.running[name] = process
        return process

    def costs(self):
        """Processor seconds so far and memory in MiB, by role: the name up to its number."""
        costs = {}
        for name, process in self.running.items():
            role = name.rstrip("0123456789")
            try:
                stat = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
                status = Path(f"/proc/{process.pid}/status").read_text()
            except FileNotFoundError:
                raise SystemExit(f"{name} has ended: see {self.logs / name}.log") from None
            lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
            seconds = (int(stat[11]) + int(stat[12])) / TICKS
            most = int(lines["VmHWM"].split()[0]) / 1024
            role = costs.setdefault(role, {"seconds": 0.0, "mib": 0.0})
            role["seconds"] += seconds
            role["mib"] += most
        return costs


def spent(before, after):
    """Processor seconds between two readings, and the most memory until the second."""
    return {
        role: {"seconds": round(cost["seconds"] - before[role]["seconds"], 1), "mib": round(cost["mib"])}
        for role, cost in after.items()
    }


def wait_for(what, check, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if check():
                return
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.1)
    raise SystemExit(f"{what} did not come within {seconds} s")


def answer(url, method="GET", body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as reply:
        text = reply.read()
    return json.loads(text) if text else None


def reaches(url):
    with urllib.request.urlopen(url, timeout=10) as reply:
        return reply.status == 200


class Client(threading.local):
    """One kept connection for each thread."""

    def __init__(self, port, key):
        self.port, self.key, self.connection = port, key, None

    def call(self, method, path, body=None):
        headers = {"authorization": f"Bearer {self.key}"}
        if body is not None:
            headers["content-type"] = "application/json"
            body = json.dumps(body)
        status, text = self.ask(method, path, body, headers)
        if status >= 400:
            raise SystemExit(f"{method} {path}: {status} {text.decode(errors='replace')[:500]}")
        return json.loads(text) if text else None

    def ask(self, method, path, body, headers):
        kept, self.connection = self.connection, None
        connection = kept or HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            text = reply.read()
        except OSError:
            connection.close()
            # A connection that was idle may have been closed by the other side.
            if kept:
                return self.ask(method, path, body, headers)
            raise
        self.connection = connection
        return reply.status, text
