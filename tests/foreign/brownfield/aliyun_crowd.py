"""A company's CEN instance with twenty members of two accounts, made by the official SDK.

A third account has three networks that are not in it yet.

Reads {endpoint, accounts}, makes the world and prints the ids that topologies and pings need.
"""

import json
import logging
import sys

from aliyun_world import HERE, Account, Control, Hub, Wire, member, pings, steps

MEMBERS = 20
NEWCOMERS = 3


def crowd(team, guest):
    """Every other member is the guest's, and granted."""
    hub = Hub(team, "company")
    hub.router(HERE)
    networks = []
    for number in range(MEMBERS):
        owner = (team, guest)[number % 2]
        network = member(owner, HERE, f"member-{number}", f"10.{100 + number}")
        if owner is guest:
            grant = hub.grant(network, OrderType="PayByCenOwner")
            network.cbn("GrantInstanceToTransitRouter", **grant)
        hub.attach(network)
        network.route(network.table, "10.0.0.0/8", "Attachment", hub.attachments[network.name])
        networks.append(network)
    return hub, networks


def with_instance(network, name):
    group = network.group(name, *pings())
    return network.told(**network.instance(name, network.subnets[0]["VSwitchId"], group))


def main():
    # The SDK's core writes every request to standard error otherwise.
    logging.getLogger("darabonba-core").setLevel(logging.ERROR)
    job = json.load(sys.stdin)
    control = Control(job["endpoint"])
    steps.pause = lambda: control.post("clock", advance_seconds=2)
    wire = Wire()
    newcomer, guest, team = [Account(job["endpoint"], keys) for keys in job["accounts"]]
    hub, members = crowd(team, guest)
    networks = {"member-0": with_instance(members[0], "member-0")}
    for number in range(NEWCOMERS):
        name = f"new-{number}"
        network = member(newcomer, HERE, name, f"10.{10 + number}")
        networks[name] = with_instance(network, name)
    ids = {
        "networks": networks,
        "company": {"cen": hub.id, "routers": hub.routers, "attachments": hub.attachments},
        "problems": wire.report()["problems"],
    }
    json.dump(ids, sys.stdout)


if __name__ == "__main__":
    main()
