//! Answers about identities and sessions.

use super::shape::{Sample, text};
use crate::sts;

pub(super) const SAMPLES: &[Sample] = &[
    Sample {
        operation: "GetCallerIdentity",
        list: &[],
        read: |doc| text(sts::read_identity(doc)),
        needed: &[],
        formed: &[],
        says: &["4300000000000017", "User"],
        answer: r#"{"IdentityType": "RAMUser", "AccountId": "4300000000000017", "RequestId": "7B1F0D52-0C77-4E0A-9C55-1D2E3F405162",
"PrincipalId": "2700007", "UserId": "2700007", "Arn": "acs:ram::4300000000000017:user/ann", "RoleId": ""}"#,
    },
    Sample {
        operation: "AssumeRole",
        list: &[],
        read: |doc| {
            text(sts::read_session(
                doc,
                "acs:ram::4300000000000018:role/peer",
            ))
        },
        needed: &[
            "AssumedRoleUser.Arn",
            "Credentials.SecurityToken",
            "Credentials.Expiration",
            "Credentials.AccessKeySecret",
            "Credentials.AccessKeyId",
        ],
        formed: &["AssumedRoleUser.Arn", "Credentials.Expiration"],
        says: &["STS.lab7"],
        answer: r#"{"RequestId": "7B1F0D52-0C77-4E0A-9C55-1D2E3F405162", "AssumedRoleUser": {"AssumedRoleId": "3800007:lab",
"Arn": "acs:ram::4300000000000018:role/peer/lab"}, "Credentials": {"SecurityToken": "lab-token",
"Expiration": "2026-03-04T06:06:07Z", "AccessKeySecret": "lab-secret", "AccessKeyId": "STS.lab7"},
"SourceIdentity": ""}"#,
    },
    Sample {
        operation: "AssumeRoleWithOIDC",
        list: &[],
        read: |doc| {
            text(sts::read_session(
                doc,
                "acs:ram::4300000000000018:role/peer",
            ))
        },
        needed: &[
            "AssumedRoleUser.Arn",
            "Credentials.SecurityToken",
            "Credentials.Expiration",
            "Credentials.AccessKeySecret",
            "Credentials.AccessKeyId",
        ],
        formed: &["AssumedRoleUser.Arn", "Credentials.Expiration"],
        says: &["STS.lab7"],
        answer: r#"{"RequestId": "7B1F0D52-0C77-4E0A-9C55-1D2E3F405162", "OIDCTokenInfo": {"Subject": "runner",
"Issuer": "https://issuer.example", "ClientIds": "lab", "ExpirationTime": "expirationti",
"IssuanceTime": "issuancetime", "VerificationInfo": "verification"},
"AssumedRoleUser": {"AssumedRoleId": "3800007:lab", "Arn": "acs:ram::4300000000000018:role/peer/lab"},
"Credentials": {"SecurityToken": "lab-token", "Expiration": "2026-03-04T06:06:07Z", "AccessKeySecret": "lab-secret",
"AccessKeyId": "STS.lab7"}, "SourceIdentity": ""}"#,
    },
];
