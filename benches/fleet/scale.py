#!/usr/bin/env python3
"""How a fleet grows: N topologies of eight steps each converge, tick, and go, on one machine.

    python3 benches/fleet/scale.py                              500, 1000, 2500 and 5000 topologies
    python3 benches/fleet/scale.py --topologies 500 --workers 4
    python3 benches/fleet/scale.py --topologies 100 --workers 4 --accounts 1 --speed 1      one account, at its rate limit

Restate, the simulator, the workers and the API are processes of their own, in release builds, which are built here. Each
topology peers two VPCs of an account of Alibaba Cloud. At the end nothing is left in the simulator's ledger. Rows go to
`target/bench/fleet.jsonl`, a table to the terminal, pictures beside the rows.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "compare"))

import growth
from environment import BENCH, ROOT, TARGET
from machine import Client, Processes, answer, free_port, reaches, spent, wait_for

REGION = "cn-hangzhou"
QUOTAS = {"vpcs_per_region": 100_000, "vpc_peerings_per_region": 100_000}
RESTING = {"ready", "deleted"}
BAD = {"failed", "drifted", "stopped", "waiting-for-peer"}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--topologies", default="500,1000,2500,5000")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--accounts", type=int, help="by default one for each 50 topologies")
    parser.add_argument("--speed", type=float, default=60, help="of the simulator's time")
    parser.add_argument("--tick", type=int, default=60, help="seconds between two looks at a topology")
    parser.add_argument("--ticks", type=int, default=2, help="how many looks at each are waited for")
    parser.add_argument("--limit", type=int, default=3600, help="seconds for each phase")
    return parser.parse_args()


def account_id(number):
    return f"{1_000_000_000_000_000 + number}"


def topology(number, accounts):
    """Two VPCs, two vSwitches, a peering, its acceptance and two routes."""
    account = account_id(number % accounts)
    name = f"site-{number:05}"
    network = lambda letter, octet: {
        "name": letter,
        "account": "own",
        "region": REGION,
        "range": f"10.{octet}.0.0/16",
        "subnets": [{"name": "s", "zone": f"{REGION}-h", "range": f"10.{octet}.1.0/24"}],
    }
    return name, {
        "name": f"load_{name}",
        "accounts": [{"name": "own", "cloud": "aliyun", "id": account, "credentials": {"secret": f"account-{account}"}}],
        "networks": [network("one", 1), network("two", 2)],
        "interconnects": [{"name": "pair", "owner": "own", "members": ["one", "two"], "model": "mesh"}],
    }


class Rates:
    """How many calls a second arrive for each account, region and product, every few seconds."""

    EVERY = 5

    def __init__(self, world, after):
        self.world, self.after, self.ended = world, after, threading.Event()
        self.seen = []
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def watch(self):
        begun = time.monotonic()
        while not self.ended.wait(self.EVERY):
            counts, now = self.world.counts(self.after), time.monotonic()
            self.after += counts["calls"]
            self.seen.append({place: count / (now - begun) for place, count in counts["by_place"].items()})
            begun = now

    def of_the_busiest(self):
        """Calls a second in the place with most calls in all, in each interval."""
        places = {place for rates in self.seen for place in rates}
        total = lambda place: sum(rates.get(place, 0) for rates in self.seen)
        if not places:
            return []
        busiest = max(places, key=total)
        return [round(rates.get(busiest, 0), 1) for rates in self.seen]


class World:
    """Everything that runs."""

    def __init__(self, processes, folder, options, accounts):
        self.processes, self.folder, self.options = processes, Path(folder), options
        self.simulator = f"http://127.0.0.1:{free_port()}"
        self.start(accounts)

    def start(self, accounts):
        program = TARGET / "release/landbridge"
        fleet = TARGET / "release/landbridge-fleet"
        listen = self.simulator.removeprefix("http://")
        self.processes.start("simulator", [program, "simulator", "--listen", listen, "--speed", self.options.speed])
        wait_for("the simulator", lambda: answer(f"{self.simulator}/_sim/clock"))
        secrets = self.folder / "secrets"
        for number in range(accounts):
            wanted = {"cloud": "aliyun", "id": account_id(number), "name": f"a{number}", "quotas": QUOTAS}
            keys = answer(f"{self.simulator}/_sim/accounts", "POST", wanted)
            keys = {name: keys[name] for name in ("access_key_id", "access_key_secret")}
            keep(secrets / "load" / f"account-{account_id(number)}", json.dumps(keys))

        ports = {name: free_port() for name in ("ingress", "admin", "node", "api")}
        self.ingress, self.admin = (f"http://127.0.0.1:{ports[name]}" for name in ("ingress", "admin"))
        self.processes.start("server", server(self.folder, ports), {"RESTATE_BASE_DIR": str(self.folder / "restate")})
        wait_for("the server", lambda: answer(f"{self.admin}/version"))

        # One address for all workers: the system spreads the server's connections over them.
        address = f"127.0.0.1:{free_port()}"
        for number in range(self.options.workers):
            command = [fleet, "worker", "--listen", address, "--share-port", "--ingress", self.ingress]
            command += ["--secrets", secrets, "--aliyun-endpoint", self.simulator]
            self.processes.start(f"worker{number}", command)
        register = [fleet, "register", f"http://{address}", "--admin", self.admin]
        wait_for("the workers", lambda: subprocess.run(register, capture_output=True).returncode == 0)

        key, text = tenants(fleet, accounts)
        keep(self.folder / "tenants.yaml", text)
        command = [fleet, "api", "--listen", f"127.0.0.1:{ports['api']}", "--ingress", self.ingress, "--admin", self.admin]
        self.processes.start("api", [*command, "--tenants", self.folder / "tenants.yaml"])
        wait_for("the API", lambda: reaches(f"http://127.0.0.1:{ports['api']}/readyz"))
        self.client = Client(ports["api"], key)

    def phases(self):
        """How many topologies stand in each phase, and how many ticks have ended."""
        phases, ticks, after = {}, 0, ""
        while True:
            page = self.client.call("GET", f"/v1/topologies?limit=500{after}")
            for one in page["topologies"]:
                phases[one["phase"]] = phases.get(one["phase"], 0) + 1
                ticks += one.get("ticks", 0)
            if not page.get("next"):
                return phases, ticks
            after = f"&after={page['next']}"

    def until(self, what, check):
        """Waits, and gives the seconds that it took."""
        begun = time.monotonic()
        while True:
            phases, ticks = self.phases()
            told = ", ".join(f"{count} {phase}" for phase, count in sorted(phases.items()))
            print(f"  {time.monotonic() - begun:6.0f} s  {told}; {ticks} ticks", file=sys.stderr, flush=True)
            if bad := sum(count for phase, count in phases.items() if phase in BAD):
                raise SystemExit(f"{bad} topologies went wrong while waiting for {what}")
            if check(phases, ticks):
                return time.monotonic() - begun
            if time.monotonic() - begun > self.options.limit:
                raise SystemExit(f"{what} did not come within {self.options.limit} s")
            # Reading all states is work for the server, too.
            time.sleep(max(2, sum(phases.values()) / 250))

    def counts(self, after=0):
        return answer(f"{self.simulator}/_sim/counts?after={after}")


def server(folder, ports):
    """The command of Restate's server, on loopback alone."""
    config = {
        "ingress": {"bind-address": f"127.0.0.1:{ports['ingress']}"},
        "admin": {"bind-address": f"127.0.0.1:{ports['admin']}"},
    }
    lines = ['bind-ip = "127.0.0.1"', f"bind-port = {ports['node']}", "disable-telemetry = true", 'log-filter = "warn"']
    for section, settings in config.items():
        lines += [f"[{section}]", *(f'{name} = "{value}"' for name, value in settings.items())]
    # As in deploy/: many small connections, which are spread over the workers.
    lines += ["[worker.invoker]", "http2-streams-per-connection-limit = 16"]
    keep(folder / "restate.toml", "\n".join(lines) + "\n")
    # The program itself: `.bin/restate-server` is a script that starts it, whose costs are not those of the server.
    found = list(TARGET.glob("npm/restate/node_modules/@restatedev/restate-server-*/bin/restate-server"))
    if not found:
        raise SystemExit("no server of Restate for this machine in the package")
    return [found[0], "--config-file", folder / "restate.toml"]


def tenants(fleet, accounts):
    """An API key, and the file that knows it."""
    made = json.loads(subprocess.run([fleet, "api-key", "--json"], check=True, capture_output=True).stdout)
    tenant = {
        "name": "load",
        "api-keys": [{"sha256": made["sha256"]}],
        "accounts": {"aliyun": [account_id(number) for number in range(accounts)]},
        "limits": {"topologies": 100_000},
    }
    return made["key"], json.dumps({"tenants": [tenant]})


def keep(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(text)


def measure(count, options):
    accounts = options.accounts or max(1, count // 50)
    with tempfile.TemporaryDirectory() as folder, Processes(BENCH / "fleet-logs") as processes:
        world = World(processes, folder, options, accounts)
        row = {"topologies": count, "workers": options.workers, "accounts": accounts, "speed": options.speed}
        baseline = world.counts()
        row["apply"] = converge(world, count, accounts)
        row["tick"] = tick(world, count)
        row["destroy"] = destroy(world, count)
        left = world.counts()["alive"] - baseline["alive"]
        row["left"] = left
        row["mib"] = {role: round(cost["mib"]) for role, cost in processes.costs().items()}
        row["journal_mib"] = round(size(Path(folder) / "restate") / 1024 / 1024)
        if left:
            raise SystemExit(f"{left} objects are left in the simulator")
    return row


def phase(world, count, act):
    """What a phase costs, from its first order to its end."""
    costs, counts = world.processes.costs(), world.counts()
    begun = time.monotonic()
    with Rates(world, counts["calls"]) as rates:
        told = act()
    seconds = time.monotonic() - begun
    after = world.counts()
    refused = sum(n - counts["by_code"].get(code, 0) for code, n in after["by_code"].items() if "Throttling" in code)
    return told | {
        "seconds": round(seconds, 1),
        "calls": after["calls"] - counts["calls"],
        "calls_each": round((after["calls"] - counts["calls"]) / count, 1),
        "by_action": by_action(counts, after),
        "throttled": refused,
        "created": after["created"] - counts["created"],
        "rates": rates.of_the_busiest(),
        "cost": spent(costs, world.processes.costs()),
    }


def by_action(before, after):
    """Calls of each operation, the most frequent first."""
    counts = {action: n - before["by_action"].get(action, 0) for action, n in after["by_action"].items()}
    return dict(sorted(((action, n) for action, n in counts.items() if n), key=lambda item: -item[1]))


def converge(world, count, accounts):
    def act():
        submitted = []

        def submit(number):
            name, declared = topology(number, accounts)
            begun = time.monotonic()
            world.client.call("PUT", f"/v1/topologies/{name}?tick-seconds={world.options.tick}", declared)
            submitted.append(time.monotonic() - begun)

        with ThreadPoolExecutor(16) as threads:
            list(threads.map(submit, range(count)))
        world.until("all to be ready", lambda phases, _: phases.get("ready") == count)
        submitted.sort()
        return {"put_p50_ms": millis(submitted, 0.5), "put_p99_ms": millis(submitted, 0.99)}

    return phase(world, count, act)


def tick(world, count):
    """From now on until each topology was looked at so often."""

    def act():
        _, before = world.phases()
        wanted = count * world.options.ticks
        seconds = world.until("the ticks", lambda _, ticks: ticks - before >= wanted)
        _, after = world.phases()
        return {"ticks": after - before, "ticks_a_second": round((after - before) / seconds, 1)}

    told = phase(world, count, act)
    told["calls_a_tick"] = round(told["calls"] / told["ticks"], 1)
    return told


def destroy(world, count):
    def act():
        def delete(number):
            world.client.call("DELETE", f"/v1/topologies/site-{number:05}")

        with ThreadPoolExecutor(16) as threads:
            list(threads.map(delete, range(count)))
        world.until("all to be deleted", lambda phases, _: phases.get("deleted") == count)
        return {}

    return phase(world, count, act)


def millis(sorted_seconds, part):
    return round(1000 * sorted_seconds[min(len(sorted_seconds) - 1, int(part * len(sorted_seconds)))], 1)


def size(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def build():
    """Our programs, in release builds without AWS."""
    packages = ["-p", "landbridge-cli", "-p", "landbridge-fleet"]
    features = "landbridge-fleet/program,landbridge-fleet/otel"
    subprocess.run(["cargo", "build", "--release", *packages, "--features", features], check=True, cwd=ROOT)
    # What the tests of the fleet install, too.
    home = TARGET / "npm/restate"
    if not (home / "node_modules/.bin/restate-server").exists():
        home.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / "crates/fleet/tests/restate" / name, home)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], check=True, cwd=home)


def main():
    chosen = options()
    build()
    BENCH.mkdir(parents=True, exist_ok=True)
    rows = []
    for count in map(int, chosen.topologies.split(",")):
        print(f"{count} topologies", file=sys.stderr)
        rows.append(measure(count, chosen))
        with open(BENCH / "fleet.jsonl", "a") as file:
            print(json.dumps(rows[-1]), file=file)
    print(growth.table(rows))
    for file in growth.pictures(rows, BENCH):
        print(file, file=sys.stderr)


if __name__ == "__main__":
    main()
