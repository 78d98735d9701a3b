//! The cloud's published codes of each operation in use, by what a client should do about them.

mod cbn;
mod ecr;
mod ecs;
mod kinds;
mod refused;
mod sts;
mod vpc;
mod vpcpeer;

use std::collections::{BTreeMap, BTreeSet};

use landbridge_core::{CloudProvider, Error, ErrorKind};

use super::CODES;
use kinds::{
    ABSENT_ON_CREATE, ABSENT_ON_DELETE, ABSENT_ON_READ, DENIED, IN_USE, QUOTA, TRANSIENT,
    WRONG_REQUEST,
};
use refused::FINAL;

/// How many operations publish codes, and how many pairs of operation and code there are.
const OPERATIONS: usize = 69;
const PAIRS: usize = 1669;

fn error(operation: &str, code: &str) -> Error {
    let row = CODES.lookup(operation, code);
    let kind = row.map_or(ErrorKind::Refused, |row| row.kind);
    let error = Error::new(kind, "message").with_code(code);
    match row {
        Some(row) => error.with_remedy(row.remedy),
        None => error,
    }
}

fn each(
    rows: &'static [(&'static str, &'static str)],
) -> impl Iterator<Item = (&'static str, &'static str)> {
    rows.iter()
        .flat_map(|(operation, codes)| codes.split_whitespace().map(move |code| (*operation, code)))
}

#[test]
fn what_passes_by_itself_is_repeated() {
    for (operation, code) in each(TRANSIENT).chain(each(IN_USE)) {
        assert!(error(operation, code).is_retryable(), "{operation} {code}");
    }
}

#[test]
fn an_absent_object_is_told_without_the_words_of_a_delete() {
    for (operation, code) in each(ABSENT_ON_CREATE)
        .chain(each(ABSENT_ON_DELETE))
        .chain(each(ABSENT_ON_READ))
    {
        let error = error(operation, code);
        assert!(error.is_not_found(), "{operation} {code}");
        let text = error.to_string();
        for done in ["delete", "nothing to do", "done"] {
            assert!(!text.contains(done), "{operation} {code}: {text}");
        }
    }
}

#[test]
fn a_wrong_request_is_not_taken_for_an_absent_object() {
    for (operation, code) in each(WRONG_REQUEST) {
        let kind = error(operation, code).kind();
        assert_eq!(kind, ErrorKind::InvalidInput, "{operation} {code}");
    }
    let account = error("DescribeVpcs", "InvalidAccount.NotFound");
    assert_eq!(account.kind(), ErrorKind::Unauthenticated);
}

#[test]
fn quotas_and_permissions_are_told_apart() {
    let expected = [
        (QUOTA, ErrorKind::QuotaExceeded),
        (DENIED, ErrorKind::PermissionDenied),
    ];
    for (rows, kind) in expected {
        for (operation, code) in each(rows) {
            assert_eq!(error(operation, code).kind(), kind, "{operation} {code}");
        }
    }
}

#[test]
fn an_object_that_exists_is_looked_for() {
    let exists = [
        (
            "AttachExpressConnectRouterChildInstance",
            "ResourceAlreadyExist.ChildInstanceId",
        ),
        (
            "AttachExpressConnectRouterChildInstance",
            "OperationDenied.VbrAlreadyAttachedToEcr",
        ),
        (
            "CreateExpressConnectRouterAssociation",
            "ResourceAlreadyExist.VpcId",
        ),
        (
            "AssociateTransitRouterAttachmentWithRouteTable",
            "AssociationExist.TransitRouterTable",
        ),
        (
            "GrantInstanceToTransitRouter",
            "OperationFailed.GrantCrossAccountExist",
        ),
        ("CreateRouteEntry", "OperationFailed.CxpRouteExist"),
    ];
    for (operation, code) in exists {
        let kind = error(operation, code).kind();
        assert_eq!(kind, ErrorKind::AlreadyExists, "{operation} {code}");
    }
}

// All that the cloud publishes for the operations that are called.
fn published() -> impl Iterator<Item = (&'static str, &'static str)> {
    let products = [
        cbn::CODES,
        ecr::CODES,
        ecs::CODES,
        sts::CODES,
        vpc::CODES,
        vpcpeer::CODES,
    ];
    products.into_iter().flat_map(each)
}

fn stays_final() -> BTreeSet<(&'static str, &'static str)> {
    let pairs = |(operation, codes, _): &(&'static str, &'static str, _)| {
        let operation = *operation;
        codes.split_whitespace().map(move |code| (operation, code))
    };
    FINAL.iter().flat_map(pairs).collect()
}

#[test]
fn what_the_cloud_said_before_or_says_elsewhere_means_the_same() {
    use ErrorKind::{AlreadyExists, InUse, InvalidInput, PermissionDenied};
    for (operation, code, kind) in [
        (
            "RevokeInstanceFromTransitRouter",
            "OperationFailed.AttachmentExist",
            InUse,
        ),
        ("DeleteVpc", "DependencyViolation", InUse),
        ("DeleteVpc", "DependencyViolation.VpcPeer", InUse),
        (
            "DeleteExpressConnectRouter",
            "DependencyViolation.EcrAssociation",
            InUse,
        ),
        ("CreateCen", "Forbidden.RAM", PermissionDenied),
        (
            "CreateExpressConnectRouterAssociation",
            "Forbidden.InstanceNotGranted",
            PermissionDenied,
        ),
        (
            "CreateExpressConnectRouterAssociation",
            "ResourceAlreadyExist.EcrAssociation",
            AlreadyExists,
        ),
        (
            "AttachExpressConnectRouterChildInstance",
            "ResourceAlreadyExist.EcrChildInstance",
            AlreadyExists,
        ),
        (
            "AssociateTransitRouterAttachmentWithRouteTable",
            "InstanceExist.TransitRouterRouteTable",
            AlreadyExists,
        ),
        ("OpenTransitRouterService", "ORDER.OPEND", AlreadyExists),
        ("OpenTransitRouterService", "Order.Opened", AlreadyExists),
        ("RunInstances", "InvalidIPAddress.AlreadyUsed", InvalidInput),
        (
            "RunInstances",
            "InvalidPrivateIpAddress.Mismatch",
            InvalidInput,
        ),
        (
            "RunInstances",
            "InvalidSecurityGroupId.VPCMismatch",
            InvalidInput,
        ),
    ] {
        assert_eq!(error(operation, code).kind(), kind, "{operation} {code}");
    }
}

#[test]
fn every_published_code_has_a_row_or_stays_refused_on_purpose() {
    let stays = stays_final();
    for (operation, code) in published() {
        let has_row = CODES.lookup(operation, code).is_some();
        let is_final = stays.contains(&(operation, code));
        assert!(
            has_row != is_final,
            "{operation} {code}: row {has_row}, final {is_final}"
        );
    }
}

#[test]
fn what_stays_refused_is_published_and_says_why() {
    let published: BTreeSet<_> = published().collect();
    for (operation, codes, why) in FINAL {
        assert!(!why.is_empty());
        for code in codes.split_whitespace() {
            assert!(
                published.contains(&(*operation, code)),
                "{operation} {code}"
            );
        }
    }
}

/// The operations that steps, reads and probes call, by the permissions that they need.
fn called() -> BTreeSet<String> {
    let provider = crate::Aliyun::builder().build().expect("a provider");
    let data = provider.capabilities();
    let by_kind = data
        .permissions
        .values()
        .chain(data.form_permissions.values().flat_map(BTreeMap::values));
    let lists = by_kind.chain([
        &data.read_permissions,
        &data.probe_permissions,
        &data.edge_read_permissions,
    ]);
    lists.flatten().cloned().collect()
}

#[test]
fn every_operation_that_is_called_is_among_them_unless_it_publishes_no_codes() {
    let known: BTreeSet<_> = published().map(|(operation, _)| operation).collect();
    let called = called();
    assert!(called.contains("cen:CreateCen"), "{called:?}");
    for permission in called {
        let (product, operation) = permission.split_once(':').expect("product:operation");
        let without_codes = matches!(product, "ram" | "cdt")
            || matches!(
                operation,
                "DescribeNetworkAcls"
                    | "DescribeNetworkInterfaces"
                    | "DescribePortRangeListEntries"
                    | "DescribePrefixListAttributes"
                    | "DescribeRegions"
                    | "DescribeVpcGrantRulesToEcr"
                    | "DescribeZones"
                    | "GetVpcPrefixListEntries"
                    | "ListVpcPeerConnections"
                    | "TagResources"
            );
        // Their codes were not at hand; they are read as those of any operation.
        let unlisted = matches!(
            operation,
            "AssociateVpcCidrBlock"
                | "CreateAndAnalyzeNetworkPath"
                | "CreateRouteEntries"
                | "DeleteRouteEntries"
                | "GetNetworkReachableAnalysis"
                | "UnassociateVpcCidrBlock"
        );
        let listed = !without_codes && !unlisted;
        assert_eq!(known.contains(operation), listed, "{permission}");
    }
}

#[test]
fn the_published_codes_are_all_there_once() {
    let all: Vec<_> = published().collect();
    let operations: BTreeSet<_> = all.iter().map(|(operation, _)| operation).collect();
    assert_eq!((operations.len(), all.len()), (OPERATIONS, PAIRS));
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), PAIRS);
}

#[test]
fn a_remedy_of_a_delete_stands_on_no_other_verb() {
    for row in CODES.rows() {
        for words in ["after a delete", "on a delete", "nothing left to delete"] {
            assert!(!row.remedy.contains(words), "{}: {}", row.code, row.remedy);
        }
        let is_absent = row.kind == ErrorKind::NotFound;
        assert!(
            !(is_absent && row.remedy.contains("nothing to do")),
            "{}",
            row.code
        );
    }
}
