//! Looking up the table.

use landbridge_core::backend::{CodeTable, LetterCase};

use super::table::TABLE;

/// What the codes mean, in the order of the docs. AWS and its emulators do not agree on the case of codes
/// (`...ID.NotFound`, `...Id.NotFound`), so it is ignored.
pub const CODES: CodeTable = CodeTable::new(TABLE, LetterCase::Ignored);

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::ErrorKind::{self, *};

    fn kind(operation: &str, code: &str) -> Option<ErrorKind> {
        CODES.lookup(operation, code).map(|row| row.kind)
    }

    #[test]
    fn the_table_contradicts_itself_nowhere() {
        assert_eq!(CODES.mistakes(), [""; 0]);
    }

    // By what a client should do; the spelling of the second of a pair is an emulator's.
    const EXPECTED: &[(ErrorKind, &str)] = &[
        (
            NotFound,
            "InvalidVpcID.NotFound InvalidVpcPeeringConnectionID.NotFound InvalidVpcPeeringConnectionId.NotFound InvalidRouteTableID.NotFound InvalidRoute.NotFound InvalidGroup.NotFound InvalidSecurityGroupID.NotFound InvalidSecurityGroupRuleId.NotFound InvalidPermission.NotFound InvalidSubnetID.NotFound NoSuchEntity InvalidNetworkAclID.NotFound InvalidNetworkInsightsPathId.NotFound InvalidNetworkInsightsAnalysisId.NotFound",
        ),
        (
            AlreadyExists,
            "RouteAlreadyExists InvalidPermission.Duplicate InvalidGroup.Duplicate VpcPeeringConnectionAlreadyExists InvalidSubnet.Conflict EntityAlreadyExists",
        ),
        (
            InUse,
            "DependencyViolation DeleteConflict AnalysisExistsForNetworkInsightsPath",
        ),
        (
            QuotaExceeded,
            "VpcLimitExceeded ActiveVpcPeeringConnectionPerVpcLimitExceeded VpcPeeringConnectionsPerVpcLimitExceeded RouteLimitExceeded RouteTableLimitExceeded RulesPerSecurityGroupLimitExceeded SecurityGroupLimitExceeded SubnetLimitExceeded TagLimitExceeded LimitExceeded",
        ),
        (
            Busy,
            "OutstandingVpcPeeringConnectionLimitExceeded PendingVpcPeeringConnectionLimitExceeded IncorrectState",
        ),
        (
            Throttled,
            "RequestLimitExceeded Throttling EC2ThrottledException ThrottlingException SlowDown",
        ),
        (PermissionDenied, "UnauthorizedOperation AccessDenied"),
        (
            Unauthenticated,
            "AuthFailure InvalidClientTokenId SignatureDoesNotMatch",
        ),
        (ServiceNotOpen, "OptInRequired RegionDisabledException"),
        (
            SessionExpired,
            "RequestExpired ExpiredToken ExpiredTokenException",
        ),
        (
            InvalidInput,
            "InvalidParameterValue InvalidParameterCombination MissingParameter InvalidVpcRange InvalidVpc.Range InvalidSubnet.Range InvalidVpcID.Malformed IdempotentParameterMismatch InvalidInput MalformedPolicyDocument InvalidVpcPeeringConnectionState.DnsHostnamesDisabled",
        ),
        (
            Unavailable,
            "InternalError InternalFailure ServiceUnavailable Unavailable",
        ),
        (Refused, "InvalidStateTransition DryRunOperation"),
    ];

    #[test]
    fn every_code_of_the_operations_in_use_has_its_kind_in_any_case() {
        for (expected, codes) in EXPECTED {
            for code in codes.split_whitespace() {
                for code in [code.to_owned(), code.to_ascii_lowercase()] {
                    assert_eq!(kind("Any", &code), Some(*expected), "{code}");
                }
            }
        }
        assert_eq!(kind("Any", "Never.Heard"), None);
    }

    #[test]
    fn what_is_absent_is_told_without_the_words_of_a_delete() {
        for row in CODES.rows().iter().filter(|row| row.kind == NotFound) {
            for done in ["after a delete", "nothing to do", "done"] {
                assert!(!row.remedy.contains(done), "{}: {}", row.code, row.remedy);
            }
        }
    }

    #[test]
    fn an_operation_may_give_a_code_another_remedy() {
        let of = |operation| {
            CODES
                .lookup(operation, "AccessDenied")
                .expect("known")
                .remedy
        };
        assert!(of("AssumeRole").contains("trusts the caller"));
        assert_ne!(of("AssumeRole"), of("CreateVpc"));
    }
}
