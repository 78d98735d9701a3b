//! Answers about peering connections.

use super::shape::{Sample, id, place, text};
use crate::vpcpeer;

pub(super) const SAMPLES: &[Sample] = &[
    Sample {
        operation: "CreateVpcPeerConnection",
        list: &[],
        read: |doc| id("InstanceId", doc),
        needed: &["InstanceId"],
        formed: &[],
        says: &["pcc-lab7"],
        answer: r#"{"RequestId": "7B1F0D52-0C77-4E0A-9C55-1D2E3F405162", "InstanceId": "pcc-lab7"}"#,
    },
    Sample {
        operation: "ListVpcPeerConnections",
        list: &["VpcPeerConnects"],
        read: |doc| text(vpcpeer::read_connection(&place(), doc)),
        needed: &[
            "InstanceId",
            "OwnerId",
            "AcceptingOwnerUid",
            "Vpc.VpcId",
            "AcceptingVpc.VpcId",
        ],
        formed: &[],
        says: &[
            "pcc-lab7",
            "vpc-lab7",
            "vpc-lab8",
            "cn-lab-2",
            "4300000000000018",
            "Ready",
            "thing/x",
        ],
        answer: r#"{"RequestId": "7B1F0D52-0C77-4E0A-9C55-1D2E3F405162", "TotalCount": 1, "MaxResults": 50, "NextToken": "",
"VpcPeerConnects": [{"AcceptingOwnerUid": 4300000000000018, "Status": "Activated", "Description": "a note",
"ResourceGroupId": "rg-lab7", "InstanceId": "pcc-lab7", "AcceptingRegionId": "cn-lab-2",
"GmtModified": "2026-03-05T06:07:08Z", "Vpc": {"VpcId": "vpc-lab7", "Ipv6Cidrs": ["fd70:1::/56"],
"Ipv4Cidrs": ["10.70.0.0/16"]}, "GmtExpired": "", "Name": "bridge", "BizStatus": "Normal",
"GmtCreate": "2026-03-04T05:06:07Z", "OwnerId": 4300000000000017, "Bandwidth": -1, "RegionId": "cn-lab-1",
"AcceptingVpc": {"VpcId": "vpc-lab8", "Ipv6Cidrs": ["fd70:1::/56"], "Ipv4Cidrs": ["10.70.0.0/16"]},
"LinkType": "Gold", "Tags": [{"Key": "landbridge:topology", "Value": "lab"}, {"Key": "landbridge:key",
"Value": "thing/x"}], "ManagedService": ""}]}"#,
    },
];
