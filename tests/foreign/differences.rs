//! Where the simulator and moto differ, and why. Everything else must be the same.

/// One reason, and where it shows.
#[derive(Debug)]
pub(crate) struct Accepted {
    why: &'static str,
    shows: &'static [Difference],
}

/// Step, field, moto's value, the simulator's value.
pub(crate) type Difference = (&'static str, &'static str, &'static str, &'static str);

impl Accepted {
    pub(crate) fn all(&self) -> impl Iterator<Item = (Difference, &'static str)> {
        self.shows.iter().map(|difference| (*difference, self.why))
    }
}

const IN_STEPS: &str = "the cloud makes things in steps, and moto answers the last state at once";
const RANGES_WHEN_ACTIVE: &str =
    "the other side's range is told while the peering is active, and not before";
const ONE_REQUEST: &str =
    "a request that repeats a living one gets its id; moto makes another peering";
const BLACKHOLE: &str =
    "a route over a peering that is not active leads nowhere; moto knows active routes only";
const FROM_ELSEWHERE: &str =
    "the cloud says who or where is wrong; moto does not look beyond the caller's own region";
const OWN_SIDE: &str = "an owner sets the options of the own side; moto takes them from anybody";
const FILTERED: &str =
    "moto does not filter peerings, and finds nothing where the cloud does not know the id";
const LAST_STATE: &str = "what is over cannot be deleted again; moto deletes anything, always";
const ANSWERS: &str = "the answer's member is in the model; moto leaves it out";
const OVERLAP: &str = "a peering of networks that overlap fails; moto makes it active";
const NOBODY: &str =
    "a request to a network that is not there fails later; moto refuses it at once";
const REQUESTER_ONLY: &str =
    "a pending request is deleted by its requester; moto lets the accepter do it";
const BOTH_WAYS: &str =
    "one peering per pair of networks, whoever requests it; moto makes one for each direction";
const HOST_BITS: &str = "host bits in ranges are cleared; moto keeps them";
const TOKENS: &str = "a repeated client token gets the first answer; moto makes another table";
const MAIN_TABLE: &str = "a main route table goes with its network only; moto deletes it";
const DRY_RUN: &str = "a dry run never does the work; moto creates networks all the same";

pub(crate) const PEERING: &[Accepted] = &[
    Accepted {
        why: IN_STEPS,
        shows: &[
            ("create vpc a", "state", "available", "pending"),
            ("create subnet a", "state", "available", "pending"),
            ("create vpc b", "state", "available", "pending"),
            ("create subnet b", "state", "available", "pending"),
            ("accept", "status", "active", "provisioning"),
        ],
    },
    Accepted {
        why: RANGES_WHEN_ACTIVE,
        shows: &[
            (
                "request a to b",
                "accepter.CidrBlock",
                "10.2.0.0/16",
                "null",
            ),
            (
                "request seen by a",
                "accepter.CidrBlock",
                "10.2.0.0/16",
                "null",
            ),
            (
                "request seen by b",
                "requester.CidrBlock",
                "10.1.0.0/16",
                "null",
            ),
            (
                "same request again",
                "accepter.CidrBlock",
                "10.2.0.0/16",
                "null",
            ),
            ("accept", "requester.CidrBlock", "10.1.0.0/16", "null"),
        ],
    },
    Accepted {
        why: ONE_REQUEST,
        shows: &[
            ("same request again", "id", "pcx ab again", "pcx ab"),
            (
                "same request again",
                "status",
                "initiating-request",
                "pending-acceptance",
            ),
        ],
    },
    Accepted {
        why: BLACKHOLE,
        shows: &[
            (
                "routes of a while pending",
                "routes",
                "[[10.1.0.0/16,local,active,CreateRouteTable],[10.2.0.0/16,pcx ab,active,CreateRoute]]",
                "[[10.1.0.0/16,local,active,CreateRouteTable],[10.2.0.0/16,pcx ab,blackhole,CreateRoute]]",
            ),
            (
                "routes of b without the peering",
                "routes",
                "[[10.1.0.0/16,pcx ab,active,CreateRoute],[10.2.0.0/16,local,active,CreateRouteTable]]",
                "[[10.1.0.0/16,pcx ab,blackhole,CreateRoute],[10.2.0.0/16,local,active,CreateRouteTable]]",
            ),
        ],
    },
    Accepted {
        why: FROM_ELSEWHERE,
        shows: &[
            (
                "accept by the requester in the accepter's region",
                "outcome",
                "invalidvpcpeeringconnectionid.notfound",
                "operationnotpermitted",
            ),
            (
                "accept by the accepter in the requester's region",
                "outcome",
                "invalidvpcpeeringconnectionid.notfound",
                "operationnotpermitted",
            ),
        ],
    },
    Accepted {
        why: OWN_SIDE,
        shows: &[(
            "names of b for a, set by a",
            "outcome",
            "ok",
            "operationnotpermitted",
        )],
    },
    Accepted {
        why: FILTERED,
        shows: &[
            ("active peerings of a", "found", "[false,true]", "[true]"),
            ("expired peerings of a", "found", "[false,true]", "[]"),
            ("peerings by their name", "found", "[false,true]", "[true]"),
            (
                "an unknown peering",
                "outcome",
                "ok",
                "invalidvpcpeeringconnectionid.notfound",
            ),
        ],
    },
    Accepted {
        why: LAST_STATE,
        shows: &[(
            "delete the peering again",
            "outcome",
            "ok",
            "invalidstatetransition",
        )],
    },
    Accepted {
        why: ANSWERS,
        shows: &[
            ("delete group a", "return", "absent", "true"),
            ("delete group b", "return", "absent", "true"),
        ],
    },
];

pub(crate) const ONE_REGION: &[Accepted] = &[
    Accepted {
        why: IN_STEPS,
        shows: &[
            ("create vpc a", "state", "available", "pending"),
            ("create vpc b", "state", "available", "pending"),
            ("create vpc over", "state", "available", "pending"),
            ("accept", "status", "active", "provisioning"),
        ],
    },
    Accepted {
        why: RANGES_WHEN_ACTIVE,
        shows: &[
            (
                "request with an overlap",
                "accepter.CidrBlock",
                "10.2.0.0/16",
                "null",
            ),
            (
                "the overlap is found",
                "accepter.CidrBlock",
                "10.2.0.0/16",
                "null",
            ),
            (
                "request to be withdrawn",
                "accepter.CidrBlock",
                "10.2.0.0/16",
                "null",
            ),
            (
                "request to be rejected",
                "accepter.CidrBlock",
                "10.2.0.0/16",
                "null",
            ),
            (
                "rejected for a",
                "accepter.CidrBlock",
                "10.2.0.0/16",
                "null",
            ),
            (
                "request a to b",
                "accepter.CidrBlock",
                "10.2.0.0/16",
                "null",
            ),
            ("accept", "requester.CidrBlock", "10.1.0.0/16", "null"),
            (
                "request b to a",
                "accepter.CidrBlock",
                "10.1.0.0/16",
                "null",
            ),
        ],
    },
    Accepted {
        why: OVERLAP,
        shows: &[
            (
                "the overlap is found",
                "status",
                "pending-acceptance",
                "failed",
            ),
            (
                "accept an overlap",
                "outcome",
                "ok",
                "invalidvpcpeeringconnectionid.notfound",
            ),
        ],
    },
    Accepted {
        why: LAST_STATE,
        shows: &[(
            "delete an overlap",
            "outcome",
            "ok",
            "invalidstatetransition",
        )],
    },
    Accepted {
        why: NOBODY,
        shows: &[
            (
                "request to a vpc that is not there",
                "outcome",
                "invalidvpcid.notfound",
                "ok",
            ),
            ("request to nobody", "outcome", "skipped", "ok"),
        ],
    },
    Accepted {
        why: REQUESTER_ONLY,
        shows: &[
            (
                "delete by the accepter while pending",
                "outcome",
                "ok",
                "operationnotpermitted",
            ),
            (
                "still pending for a",
                "status",
                "deleted",
                "pending-acceptance",
            ),
        ],
    },
    Accepted {
        why: ONE_REQUEST,
        shows: &[
            ("request while active", "id", "pcx ab again", "pcx ab"),
            (
                "request while active",
                "status",
                "initiating-request",
                "active",
            ),
        ],
    },
    Accepted {
        why: BOTH_WAYS,
        shows: &[(
            "accept the reverse request",
            "outcome",
            "ok",
            "vpcpeeringconnectionalreadyexists",
        )],
    },
];

pub(crate) const ONE_ACCOUNT: &[Accepted] = &[
    Accepted {
        why: IN_STEPS,
        shows: &[
            ("create vpc a", "state", "available", "pending"),
            ("create vpc b", "state", "available", "pending"),
            ("create vpc loose", "state", "available", "pending"),
            ("accept", "status", "active", "provisioning"),
        ],
    },
    Accepted {
        why: RANGES_WHEN_ACTIVE,
        shows: &[
            (
                "request a to b",
                "accepter.CidrBlock",
                "10.2.0.0/16",
                "null",
            ),
            ("accept", "requester.CidrBlock", "10.1.0.0/16", "null"),
        ],
    },
    Accepted {
        why: HOST_BITS,
        shows: &[
            ("create vpc loose", "cidr", "10.99.7.9/16", "10.99.0.0/16"),
            (
                "create vpc loose",
                "blocks",
                "[[10.99.7.9/16,associated]]",
                "[[10.99.0.0/16,associated]]",
            ),
            (
                "vpc loose is available",
                "cidr",
                "10.99.7.9/16",
                "10.99.0.0/16",
            ),
            (
                "vpc loose is available",
                "blocks",
                "[[10.99.7.9/16,associated]]",
                "[[10.99.0.0/16,associated]]",
            ),
            (
                "first routes of loose",
                "routes",
                "[[10.99.7.9/16,local,active,CreateRouteTable]]",
                "[[10.99.0.0/16,local,active,CreateRouteTable]]",
            ),
            (
                "read the loosely written route",
                "routes",
                "[[10.1.0.0/16,local,active,CreateRouteTable],[10.7.3.4/16,pcx ab,active,CreateRoute]]",
                "[[10.1.0.0/16,local,active,CreateRouteTable],[10.7.0.0/16,pcx ab,active,CreateRoute]]",
            ),
        ],
    },
    Accepted {
        why: TOKENS,
        shows: &[("create the same route table again", "id", "false", "true")],
    },
    Accepted {
        why: MAIN_TABLE,
        shows: &[(
            "delete the main route table",
            "outcome",
            "ok",
            "dependencyviolation",
        )],
    },
    Accepted {
        why: DRY_RUN,
        shows: &[("vpc, dry run", "outcome", "ok", "dryrunoperation")],
    },
];

/// Elements that moto answers and the simulator does not, with all that is inside of them.
pub(crate) const ABSENT: &[&str] = &[
    // Told while a peering is active, which it is not in these answers.
    "CreateVpcPeeringConnection.vpcPeeringConnection.accepterVpcInfo.cidrBlock",
    "CreateVpcPeeringConnection.vpcPeeringConnection.accepterVpcInfo.peeringOptions",
    "CreateVpcPeeringConnection.vpcPeeringConnection.requesterVpcInfo.peeringOptions",
    "AcceptVpcPeeringConnection.vpcPeeringConnection.accepterVpcInfo.peeringOptions",
    "AcceptVpcPeeringConnection.vpcPeeringConnection.requesterVpcInfo.cidrBlock",
    "AcceptVpcPeeringConnection.vpcPeeringConnection.requesterVpcInfo.peeringOptions",
    // Each account has its own tags on a peering; moto shows the requester's to both.
    "AcceptVpcPeeringConnection.vpcPeeringConnection.tagSet",
    // Links to networks of the first generation are gone from the cloud.
    "ModifyVpcPeeringConnectionOptions.accepterPeeringConnectionOptions.allowEgressFromLocalClassicLinkToRemoteVpc",
    "ModifyVpcPeeringConnectionOptions.accepterPeeringConnectionOptions.allowEgressFromLocalVpcToRemoteClassicLink",
    // Names of instances and IPv6-only subnets are not simulated.
    "CreateSubnet.subnet.ipv6Native",
    "CreateSubnet.subnet.privateDnsNameOptionsOnLaunch",
    "DescribeSubnets.subnetSet.ipv6Native",
    "DescribeSubnets.subnetSet.privateDnsNameOptionsOnLaunch",
];
