#!/usr/bin/env python3
"""Compares Landbridge with what people use today: boto3, the AWS CLI and Terraform on moto and on the simulator, behind a
latency; and a script with the official SDK of Alibaba Cloud on the simulator.

    python3 benches/compare/run.py                            everything, three times: about half an hour
    python3 benches/compare/run.py --jobs pair --runs 5
    python3 benches/compare/run.py --server simulator --jobs mesh10x2 --tools landbridge,boto3

Peers come from the package registries, pinned by the requirements of the tests, into `target/python`. Terraform takes part
where it is installed; LANDBRIDGE_TERRAFORM_PLUGINS names the directory with its AWS provider. Raw rows go to
`target/bench/compare.jsonl`, pictures beside it.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.request

import plots
from environment import BENCH, ROOT, binary, environment
from worlds import ROLE, VISITOR, Job

HERE = ROOT / "benches/compare"
# Nothing of the machine's own settings gets in.
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_", "MOTO_", "ALIBABA"))}
CLEAN |= {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
    "CHECKPOINT_DISABLE": "1",
    "TF_IN_AUTOMATION": "1",
    "NO_PROXY": "*",
}
LIMIT = 600


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", default="pair,mesh10x2,mesh10x9,mesh20x2,cen")
    parser.add_argument("--tools", default="landbridge,boto3,awscli,terraform,sdk")
    parser.add_argument("--server", default="moto", choices=["moto", "simulator"], help="behind the jobs on AWS")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--latency", type=float, default=40, help="milliseconds a call")
    parser.add_argument("--parallel", default="8,64", help="values of --parallel for the meshes")
    parser.add_argument("--binary", help="a built `landbridge`; otherwise it is built, which takes minutes")
    parser.add_argument("--out", default="compare", help="name of the files in target/bench")
    return parser.parse_args()


class Moto:
    """States change at once, and every call is slow: about 8 ms of one core."""

    def __init__(self, python):
        script = ROOT / "tests/support/serve_moto.py"
        self.process = subprocess.Popen(
            [python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=CLEAN
        )
        self.port = int(self.process.stdout.readline())
        self.visitor = ("AKIAVISITOR000000000", "secret")

    def fresh(self, _job):
        post(f"http://127.0.0.1:{self.port}/moto-api/reset")

    def keys(self):
        return named("VISITOR", *self.visitor)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Simulator:
    """The project's own, a hundred times as fast as the clouds: states change within milliseconds, calls are quick."""

    def __init__(self, program):
        self.program, self.process = program, None

    def fresh(self, job):
        for account in self.start(job.file, 100):
            if account["id"] == VISITOR:
                self.visitor = account["access_key_id"], account["access_key_secret"]
            else:
                trusting = {"account": account["id"], "name": ROLE, "trusts": [VISITOR]}
                post(f"http://127.0.0.1:{self.port}/_sim/roles", trusting)

    def keys(self):
        return named("VISITOR", *self.visitor)

    def start(self, topology, speed):
        self.stop()
        arguments = [self.program, "simulator", "--listen", "127.0.0.1:0", "--topology", topology, "--speed", str(speed)]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        told = json.loads(self.process.stdout.readline())
        self.port = int(told["url"].rsplit(":", 1)[1])
        return told["accounts"]

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()


class Clouds(Simulator):
    """The same in the clouds' own time, for the job on Alibaba Cloud."""

    def fresh(self, job):
        self.accounts = self.start(job.file, 1)

    def keys(self):
        keys = {"LANDBRIDGE_PASSWORD": "Canary-7-secret"}
        for one in self.accounts:
            keys |= named(f"LANDBRIDGE_{one['name'].upper()}", one["access_key_id"], one["access_key_secret"])
        return keys


def named(prefix, id, secret):
    return {f"{prefix}_ACCESS_KEY_ID": id, f"{prefix}_ACCESS_KEY_SECRET": secret}


def post(url, body=None):
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


class Proxy:
    """In front of a server, for one run."""

    def __init__(self, port, latency, throttled):
        more = ["throttle"] if throttled else []
        command = [sys.executable, HERE / "proxy.py", str(port), str(latency), *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def counted(self):
        with urllib.request.urlopen(f"{self.url}/_proxy") as answer:
            told = json.load(answer)
        post(f"{self.url}/_proxy")
        return told

    def stop(self):
        self.process.kill()
        self.process.wait()


def measure(command, env, cwd, log):
    """Runs a command; its time, its processor time and memory with those of its children, and how it ended."""
    began = time.monotonic()
    with open(log, "w") as out:
        process = subprocess.Popen(command, env=env, cwd=cwd, stdout=out, stderr=out, start_new_session=True)
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - began > LIMIT:
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.002)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "seconds": time.monotonic() - began,
        "cpu": usage.ru_utime + usage.ru_stime,
        "mib": usage.ru_maxrss / 1024,
        "code": process.returncode,
    }


class Bench:
    """All runs, and their rows."""

    def __init__(self, wanted):
        self.wanted, self.rows = wanted, []
        self.program = binary(wanted.binary)
        self.python = environment("tests/foreign/requirements.txt")
        self.file = open(BENCH / f"{wanted.out}.jsonl", "a", buffering=1)

    def keep(self, job, tool, verb, row):
        row |= {"job": job, "tool": tool, "verb": verb, "server": self.wanted.server, "load": os.getloadavg()[0]}
        self.rows.append(row)
        self.file.write(json.dumps(row) + "\n")
        print(
            f"{job:9} {tool:20} {verb:8} {row['seconds']:8.2f} s {row['cpu']:7.2f} s of CPU {row['mib']:5.0f} MiB "
            f"{row['calls']:5} calls, {row['refused']} refused, exit {row['code']}",
            flush=True,
        )

    def life(self, server, job, tool, verbs):
        """Commands of one tool, one after the other, on a fresh cloud. A verb's command is made for the proxy's URL."""
        server.fresh(job)
        proxy = Proxy(server.port, self.wanted.latency, job.throttled)
        env = CLEAN | server.keys()
        try:
            for verb, command in verbs.items():
                log = BENCH / f"{job.name}-{tool}-{verb}.log".replace(" ", "-")
                row = measure(command(proxy.url), env, BENCH, log)
                counted = proxy.counted()
                self.keep(job.name, tool, verb, row | counted)
        finally:
            proxy.stop()

    def ours(self, server, job, parallel):
        def command(*words):
            flags = ["-y", "--endpoint", f"{job.cloud}={{}}", "--parallel", parallel]
            return lambda url: [self.program, *(flag.format(url) for flag in flags), *words, job.file]

        verbs = {"apply": command("apply", "--no-verify"), "plan": command("plan"), "destroy": command("destroy")}
        self.life(server, job, f"landbridge p{parallel}", verbs)

    def landbridge(self, server, job):
        for parallel in ["8"] if job.name == "pair" else self.wanted.parallel.split(","):
            self.ours(server, job, parallel)

    def boto3(self, server, job):
        ways = {"boto3": ("1", "standard"), "boto3 16 threads": ("16", "standard")}
        if job.throttled:
            ways = {"boto3 16 standard": ("16", "standard"), "boto3 16 adaptive": ("16", "adaptive")}
        for tool, (threads, mode) in ways.items():

            def command(verb):
                return lambda url: [self.python, HERE / "peer_boto3.py", job.name, verb, url, threads, mode]

            self.life(server, job, tool, {"apply": command("apply"), "destroy": command("destroy")})

    def awscli(self, server, job):
        if job.name == "pair":
            script = HERE / "peer_awscli.py"
            self.life(server, job, "AWS CLI", {"apply": lambda url: [self.python, script, url]})

    def terraform(self, server, job):
        plugins = os.environ.get("LANDBRIDGE_TERRAFORM_PLUGINS")
        if not shutil.which("terraform") or not plugins:
            return print(f"{job.name:9} terraform: not installed, or LANDBRIDGE_TERRAFORM_PLUGINS is not set")
        directory = BENCH / f"terraform-{job.name}"

        def ready(url):
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir()
            (directory / "main.tf.json").write_text(job.terraform(server.visitor, url))
            init = ["terraform", f"-chdir={directory}", "init", f"-plugin-dir={plugins}"]
            subprocess.run(init, check=True, env=CLEAN, stdout=subprocess.DEVNULL)

        def command(*words):
            def made(url):
                if words[0] == "apply":
                    ready(url)
                return ["terraform", f"-chdir={directory}", *words, "-no-color"]

            return made

        approved = "-auto-approve"
        verbs = {"apply": command("apply", approved), "plan": command("plan"), "destroy": command("destroy", approved)}
        self.life(server, job, "terraform", verbs)

    def aws(self, jobs, tools):
        server = Moto(self.python) if self.wanted.server == "moto" else Simulator(self.program)
        try:
            for job in jobs:
                job.file.write_text(job.topology())
            for _ in range(self.wanted.runs):
                for job in jobs:
                    for tool in tools:
                        if tool in ("landbridge", "boto3", "awscli", "terraform"):
                            getattr(self, tool)(server, job)
        finally:
            server.stop()

    def cen(self, tools):
        """Scenario C on the simulator. Ours runs in the clouds' own time; the SDK's scripts move it where they wait."""
        job = Job("cen")
        if "sdk" in tools:
            python = environment("tests/foreign/aliyun/requirements.txt")
            for way in ("alone", "threads"):
                command = [python, HERE / "peer_sdk.py", self.program, job.file, way]
                done = subprocess.run(command, env=CLEAN, check=True, stdout=subprocess.PIPE)
                for verb, row in json.loads(done.stdout).items():
                    self.keep("cen", f"Python SDK {way}", verb, row)
        if "landbridge" in tools:
            server = Clouds(self.program)
            try:
                self.ours(server, job, "8")
            finally:
                server.stop()


def table(rows):
    """Medians with their spread, and how many times as long as the fastest each takes."""
    groups = {}
    for row in rows:
        groups.setdefault((row["job"], row["verb"], row["tool"]), []).append(row)
    medians = {key: statistics.median(row["seconds"] for row in group) for key, group in groups.items()}
    print("\n| job | what | tool | seconds: median (least to most) | times the fastest | CPU s | MiB | calls | refused | failed |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for job, verb, tool in sorted(groups):
        group = groups[job, verb, tool]
        middle = {name: statistics.median(row[name] for row in group) for name in ("cpu", "mib", "calls", "refused")}
        seconds = sorted(row["seconds"] for row in group)
        fastest = min(value for (other, what, _), value in medians.items() if (other, what) == (job, verb))
        failed = sum(row["code"] != 0 for row in group)
        median = medians[job, verb, tool]
        print(
            f"| {job} | {verb} | {tool} | {median:.2f} ({seconds[0]:.2f} to {seconds[-1]:.2f}) | {median / fastest:.1f} | "
            f"{middle['cpu']:.2f} | {middle['mib']:.0f} | {middle['calls']:.0f} | {middle['refused']:.0f} | "
            f"{failed} of {len(group)} |"
        )


def main():
    wanted = options()
    BENCH.mkdir(parents=True, exist_ok=True)
    bench = Bench(wanted)
    names, tools = wanted.jobs.split(","), wanted.tools.split(",")
    jobs = [Job(name) for name in names if name != "cen"]
    if jobs:
        bench.aws(jobs, tools)
    if "cen" in names:
        bench.cen(tools)
    table(bench.rows)
    for file in plots.draw(bench.rows, BENCH, wanted.out):
        print(file)


main()
