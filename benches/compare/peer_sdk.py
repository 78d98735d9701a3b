"""Scenario C (examples/topologies/cen-two-accounts.yaml) with the official SDK of Alibaba Cloud, as a careful script does it:
states are waited for, and a busy hub is asked again.

    peer_sdk.py PROGRAM TOPOLOGY alone|threads

Makes and removes it on a simulator whose time stands still but where the script waits, and prints for each verb the simulated
seconds, the calls and the refusals. The steps are those of the tests with this SDK (tests/foreign/aliyun).
"""

import json
import logging
import resource
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from environment import ROOT

sys.path.insert(0, str(ROOT / "tests/foreign/aliyun"))

import steps  # noqa: E402
from clients import Account, Control  # noqa: E402
from hubs import Hub  # noqa: E402
from networks import Network  # noqa: E402

PROGRAM, TOPOLOGY, WAY = sys.argv[1:]
HERE, THERE = "cn-hangzhou", "cn-qingdao"
# Between two looks.
PAUSE = 2


class Time:
    """Moves the simulator's time when every worker waits."""

    def __init__(self, control):
        self.control, self.lock = control, threading.Condition()
        self.workers, self.waiting, self.round = 1, 0, 0

    def pause(self):
        with self.lock:
            round = self.round
            self.waiting += 1
            self.go_on()
            while self.round == round:
                self.lock.wait()

    def go_on(self):
        if self.waiting and self.waiting == self.workers:
            self.control.post("clock", advance_seconds=PAUSE)
            self.waiting, self.round = 0, self.round + 1
            self.lock.notify_all()

    def change(self, workers):
        with self.lock:
            self.workers += workers
            self.go_on()


class Script:
    def __init__(self, url, accounts):
        self.url = url
        self.control = Control(url)
        self.time = Time(self.control)
        steps.pause = self.pause
        self.a, self.b = (
            Account(url, {"account": one["id"], **{key: one[key] for key in ("access_key_id", "access_key_secret")}})
            for one in accounts
        )

    def pause(self):
        self.time.pause()

    def each(self, work, items):
        """All items, one after the other or side by side."""
        items = list(items)
        if WAY == "alone":
            return [work(item) for item in items]
        # This thread only waits meanwhile.
        self.time.change(len(items) - 1)

        def worker(item):
            try:
                return work(item)
            finally:
                self.time.change(-1)

        with ThreadPoolExecutor(len(items)) as pool:
            done = list(pool.map(worker, items))
        self.time.change(1)
        return done

    def apply(self):
        a, b = self.a, self.b
        for account in (a, b):
            account.call("cbn", "OpenTransitRouterService")
        a.call("cdt", "OpenCdtService")
        parts = [
            lambda: Hub(a, "backbone"),
            lambda: Network(a, HERE, "vpc1", "172.16.0.0/16"),
            lambda: Network(b, HERE, "vpc2", "10.0.0.0/16"),
            lambda: Network(a, THERE, "vpc3", "192.168.0.0/16"),
        ]
        self.hub, *self.networks = self.each(lambda make: make(), parts)
        hub, networks = self.hub, self.networks
        self.each(hub.router, (HERE, THERE))
        networks[1].cbn("GrantInstanceToTransitRouter", **hub.grant(networks[1], OrderType="PayByCenOwner"))
        joins = [lambda network=network: self.member(network) for network in networks]
        self.each(lambda join: join(), [*joins, lambda: hub.join(HERE, THERE)])

    def others(self, network):
        return [other for other in self.networks if other is not network]

    def member(self, network):
        network.make_group()
        network.allow_ping(*[other.cidr for other in self.others(network)])
        network.run()
        self.hub.attach(network)
        for other in self.others(network):
            network.route(other.cidr, "Attachment", self.hub.attachments[network.name])
        steps.until(network.instances, lambda found: found[0]["Status"] == "Running", network.instance)

    def destroy(self):
        hub, networks = self.hub, self.networks

        def part(network):
            attachment = hub.attachments[network.name]
            for other in self.others(network):
                network.unroute(other.cidr, attachment)
            network.release()
            network.delete_group()
            hub.detach(network)

        parts = [lambda network=network: part(network) for network in networks]
        self.each(lambda do: do(), [*parts, lambda: hub.part(HERE, THERE)])
        networks[1].cbn("RevokeInstanceFromTransitRouter", **hub.grant(networks[1]))
        self.each(lambda do: do(), [hub.delete, *(network.delete for network in networks)])

    def told(self, what):
        with urllib.request.urlopen(f"{self.url}/_sim/{what}") as answer:
            return json.load(answer)

    def measure(self, verb):
        began, calls = self.told("clock")["uptime_seconds"], len(self.told("calls"))
        cpu = used()
        getattr(self, verb)()
        made = self.told("calls")[calls:]
        return {
            "seconds": self.told("clock")["uptime_seconds"] - began,
            "cpu": used() - cpu,
            "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "code": 0,
            "calls": len(made),
            "refused": sum(bool(call["code"]) for call in made),
            "by_action": Counter(call["action"] for call in made),
            "by_code": Counter(call["code"] for call in made if call["code"]),
        }


def used():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    # The SDK's core writes every request to standard error otherwise.
    logging.getLogger("darabonba-core").setLevel(logging.ERROR)
    arguments = [PROGRAM, "simulator", "--listen", "127.0.0.1:0", "--topology", TOPOLOGY, "--speed", "0.01"]
    server = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        told = json.loads(server.stdout.readline())
        script = Script(told["url"], told["accounts"])
        print(json.dumps({verb: script.measure(verb) for verb in ("apply", "destroy")}))
    finally:
        server.kill()
        server.wait()


main()
