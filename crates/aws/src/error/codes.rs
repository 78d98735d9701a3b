//! Looking up and printing the table.

use landbridge_core::codes::{CodeRow, CodeTable, LetterCase};

use super::table::TABLE;

// AWS and its emulators do not agree on the case of codes (`...ID.NotFound`, `...Id.NotFound`).
const CODES: CodeTable = CodeTable::new(TABLE, LetterCase::Ignored);

/// All lines of the table, in the order of the docs.
pub fn code_rows() -> &'static [CodeRow] {
    CODES.rows()
}

/// The table as Markdown, for the docs.
pub fn codes_as_markdown() -> String {
    CODES.to_markdown()
}

/// The line that says what `code` means when `operation` answers it.
pub(crate) fn lookup(operation: &str, code: &str) -> Option<&'static CodeRow> {
    CODES.lookup(operation, code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use landbridge_core::ErrorKind::{self, *};

    fn kind(operation: &str, code: &str) -> Option<ErrorKind> {
        lookup(operation, code).map(|row| row.kind)
    }

    #[test]
    fn no_line_occurs_twice_and_all_say_what_to_do() {
        let mut seen = BTreeSet::new();
        for row in code_rows() {
            let key = (row.code.to_ascii_lowercase(), row.operation);
            assert!(seen.insert(key), "{} occurs twice", row.code);
            assert!(!row.remedy.is_empty(), "{} has no remedy", row.code);
        }
    }

    #[test]
    fn no_two_lines_of_equal_weight_disagree_on_a_literal() {
        for row in code_rows().iter().filter(|row| !row.code.contains('*')) {
            let operation = row.operation.unwrap_or("Any");
            assert_eq!(kind(operation, row.code), Some(row.kind), "{}", row.code);
        }
    }

    // By what a client should do; the spelling of the second of a pair is an emulator's.
    const EXPECTED: &[(ErrorKind, &str)] = &[
        (
            NotFound,
            "InvalidVpcID.NotFound InvalidVpcPeeringConnectionID.NotFound InvalidVpcPeeringConnectionId.NotFound InvalidRouteTableID.NotFound InvalidRoute.NotFound InvalidGroup.NotFound InvalidSecurityGroupID.NotFound InvalidSecurityGroupRuleId.NotFound InvalidPermission.NotFound InvalidSubnetID.NotFound NoSuchEntity InvalidNetworkAclID.NotFound",
        ),
        (
            AlreadyExists,
            "RouteAlreadyExists InvalidPermission.Duplicate InvalidGroup.Duplicate VpcPeeringConnectionAlreadyExists InvalidSubnet.Conflict EntityAlreadyExists",
        ),
        (InUse, "DependencyViolation DeleteConflict"),
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
    fn an_operation_may_give_a_code_another_remedy() {
        let of = |operation| lookup(operation, "AccessDenied").expect("known").remedy;
        assert!(of("AssumeRole").contains("trusts the caller"));
        assert_ne!(of("AssumeRole"), of("CreateVpc"));
    }

    #[test]
    fn the_docs_list_every_line() {
        assert_eq!(codes_as_markdown().lines().count(), code_rows().len() + 2);
    }
}
