//! What the cloud refuses, family by family: the kind of each error, its code and its remedy.

use std::time::Duration;

use landbridge_core::{
    Compute, Error, ErrorKind, FirewallRule, Grant, Hub, Network, Peering, PeeringKind, Result,
    RevokeGrant, Routing, Select,
};

use super::cen::{wanted_attachment, wanted_grant, wanted_link, wanted_router};
use super::edge::wanted_connection;
use super::machines::wanted_ingress;
use super::network::{wanted_network, wanted_route, wanted_subnet};
use super::{Scene, TOPOLOGY, assert_refused, range};

use ErrorKind::{
    Busy, InUse, InvalidInput, NotFound, PermissionDenied, QuotaExceeded, Refused, ServiceNotOpen,
    Throttled, Unauthenticated, Unsupported,
};

/// Calls that are refused in many ways.
#[derive(Clone, Copy, Debug)]
enum Call {
    Networks,
    NewNetwork,
    NewSubnet,
    NewRoute,
    NewRouter,
    NewAttachment,
    NewLink,
    NewConnection,
    NewRules,
    DropNetwork,
    DropSubnet,
    DropRoute,
    DropCen,
    DropRouter,
    DropAttachment,
    DropLink,
    DropConnection,
    DropGroup,
    DropInstance,
    DropGrant,
}

async fn call(scene: &Scene, call: Call) -> Result<()> {
    let cloud = &scene.cloud;
    let detach = async |id: &str, kind| cloud.delete_peering(&id.into(), kind).await;
    match call {
        Call::Networks => cloud.list_networks(&Select::All).await.map(drop),
        Call::NewNetwork => cloud.create_network(&wanted_network()).await.map(drop),
        Call::NewSubnet => cloud.create_subnet(&wanted_subnet()).await.map(drop),
        Call::NewRoute => cloud.create_route(&wanted_route("tr-attach-1")).await,
        Call::NewRouter => cloud.create_hub(&wanted_router()).await.map(drop),
        Call::NewAttachment => cloud.request_peering(&wanted_attachment()).await.map(drop),
        Call::NewLink => cloud.request_peering(&wanted_link()).await.map(drop),
        Call::NewConnection => cloud.request_peering(&wanted_connection()).await.map(drop),
        Call::NewRules => {
            cloud
                .authorize_rules(&"sg-1".into(), TOPOLOGY, &wanted_ingress())
                .await
        }
        Call::DropNetwork => cloud.delete_network(&"vpc-1".into()).await,
        Call::DropSubnet => cloud.delete_subnet(&"vsw-1".into()).await,
        Call::DropRoute => {
            let (table, hop) = ("vtb-1".into(), "tr-attach-1".into());
            cloud
                .delete_route(&table, &range("10.0.20.0/24"), &hop)
                .await
        }
        Call::DropCen => cloud.delete_hub(&"cen-1".into()).await,
        Call::DropRouter => cloud.delete_hub(&"tr-1".into()).await,
        Call::DropAttachment => detach("tr-attach-1", PeeringKind::Attachment).await,
        Call::DropLink => detach("tr-attach-3", PeeringKind::HubToHub).await,
        Call::DropConnection => detach("pcc-1", PeeringKind::NetworkToNetwork).await,
        Call::DropGroup => cloud.delete_group(&"sg-1".into()).await,
        Call::DropInstance => cloud.terminate_instance(&"i-1".into()).await,
        Call::DropGrant => {
            cloud
                .revoke_grant(&RevokeGrant::from(&wanted_grant()))
                .await
        }
    }
}

async fn refused(scene: &Scene, what: Call, kind: ErrorKind, code: &str, remedy: &str) -> Error {
    let error = call(scene, what)
        .await
        .err()
        .unwrap_or_else(|| panic!("{what:?} succeeded"));
    assert_refused(&error, kind, code, remedy);
    assert!(
        error.operation().is_some() && error.place().is_some(),
        "{error}"
    );
    assert!(error.request_id().is_some(), "{error}");
    error
}

/// One call after the other, each refused once and sent once.
async fn all_refused(scenario: &str, table: &[(Call, ErrorKind, &str, &str)]) {
    let scene = Scene::of(scenario).await;
    for (what, kind, code, remedy) in table {
        refused(&scene, *what, *kind, code, remedy).await;
    }
    assert!(scene.clock.delays().is_empty(), "nothing is repeated");
    scene.finish();
}

#[tokio::test]
async fn the_gateway_refuses() {
    let scene = Scene::of("refused-gateway").await;
    for (kind, code, remedy) in [
        (
            InvalidInput,
            "InvalidTimeStamp.Format",
            "report this as a bug",
        ),
        (
            Unauthenticated,
            "SignatureDoesNotMatch",
            "access key secret",
        ),
        (Unauthenticated, "IncompleteSignature", "access key secret"),
        (
            Unauthenticated,
            "InvalidAccessKeyId.NotFound",
            "check the access key",
        ),
        (
            Unauthenticated,
            "InvalidAccessKeyId.Inactive",
            "check the access key",
        ),
        (
            Unauthenticated,
            "Forbidden.AccessKeyDisabled",
            "check the access key",
        ),
        (InvalidInput, "InvalidProtocol.NeedSsl", "use HTTPS"),
        (Unsupported, "InvalidApi.NotFound", "check the endpoint"),
        (Unsupported, "InvalidAction.NotFound", "check the endpoint"),
        (InvalidInput, "MissingRegionId", "correct the parameter"),
        (InvalidInput, "MissingParameter", "correct the parameter"),
        (
            InvalidInput,
            "MissingParam.RegionId",
            "correct the parameter",
        ),
        (
            InvalidInput,
            "InvalidParameter.RegionId",
            "correct the parameter",
        ),
        (PermissionDenied, "NoPermission", "allow the action"),
        (PermissionDenied, "Forbidden.RAM", "allow the action"),
        (PermissionDenied, "Forbidden", "allow the action"),
        (PermissionDenied, "Forbbiden", "allow the action"),
        (PermissionDenied, "NoPermission.VpcTag", "allow the action"),
        (Refused, "DryRunOperation", "the dry run passed"),
        (Refused, "Never.Heard.Of", ""),
    ] {
        let error = refused(&scene, Call::Networks, kind, code, remedy).await;
        if code == "Forbidden.RAM" {
            for part in [
                "action vpc:DescribeVpcs",
                "caller SubUser",
                "result ImplicitDeny",
            ] {
                assert!(error.message().contains(part), "{error}");
            }
            assert!(!error.message().contains("***"), "{error}");
        }
    }
    scene.finish();
}

#[tokio::test]
async fn a_read_is_repeated_until_a_failure_has_passed() {
    let scene = Scene::of("repeated-reads").await;
    for _ in 0..4 {
        call(&scene, Call::Networks).await.expect("repeated");
    }
    let heard = scene.heard();
    let mut nonces: Vec<_> = heard.iter().map(|request| &request.nonce).collect();
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 8, "each attempt has its own nonce");
    scene.finish();
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let scene = Scene::of("throttled").await;
    for _ in 0..6 {
        call(&scene, Call::DropSubnet).await.expect("repeated");
    }
    for delay in [1500, 2500].map(Duration::from_millis) {
        assert!(
            scene.clock.delays().contains(&delay),
            "{:?}",
            scene.clock.delays()
        );
    }
    scene.finish();
}

#[tokio::test]
async fn throttling_that_does_not_end_is_told() {
    let scene = Scene::of("throttled-on").await;
    let error = refused(
        &scene,
        Call::DropSubnet,
        Throttled,
        "Throttling.User",
        "wait, then repeat",
    )
    .await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    scene.finish();
}

#[tokio::test]
async fn tokens_that_are_taken() {
    const AGAIN: &str = "repeat with the same token";
    let mut table = [
        "IdempotentProcessing",
        "LastTokenProcessing",
        "TokenProcessing",
        "OperationFailed.IdempotentTokenProcessing",
        "OperationFailed.LastTokenProcessing",
    ]
    .map(|code| (Call::NewNetwork, Busy, code, AGAIN))
    .to_vec();
    table.push((
        Call::NewNetwork,
        InvalidInput,
        "IdempotentParameterMismatch",
        "use a new token",
    ));
    all_refused("busy-tokens", &table).await;
}

#[tokio::test]
async fn hubs_between_two_states() {
    let codes = [
        "Operation.Blocking",
        "IncorrectStatus.Status",
        "IncorrectStatus.VpcOrVswitch",
        "IncorrectStatus.VpcRouteTable",
        "InstanceStatus.NotSupport",
        "InvalidOperation.CenInstanceStatus",
        "OperationFailed.TaskConflict",
        "TaskConflict",
    ];
    let table = codes.map(|code| (Call::NewAttachment, Busy, code, "has settled"));
    all_refused("busy-hubs", &table).await;
}

#[tokio::test]
async fn networks_between_two_states() {
    let subnets = [
        "OperationConflict",
        "CreateVSwitch.IncorrectStatus.cbnStatus",
        "OperationFailed.DistibuteLock",
        "OperationFailed.NotifyCenCreate",
        "InvalidStatus.RouteEntry",
    ];
    let routes = [
        "IncorrcetRouteEntryStatus",
        "IncorrectRouteEntryStatus",
        "Forbbiden",
        "IncorrectStatus.VpcRouteEntry",
        "SystemBusy",
    ];
    let subnets = subnets.map(|code| (Call::NewSubnet, Busy, code, "has settled"));
    let routes = routes.map(|code| (Call::DropRoute, Busy, code, "has settled"));
    all_refused("busy-networks", &[subnets, routes].concat()).await;
}

#[tokio::test]
async fn machines_and_connections_between_two_states() {
    let table = [
        (
            Call::DropInstance,
            Busy,
            "IncorrectInstanceStatus",
            "has settled",
        ),
        (
            Call::DropInstance,
            Busy,
            "IncorrectInstanceStatus.Initializing",
            "has settled",
        ),
        (
            Call::DropInstance,
            Busy,
            "LastOrderProcessing",
            "same token",
        ),
        (
            Call::DropInstance,
            Busy,
            "LastRequestProcessing",
            "same token",
        ),
        (
            Call::NewConnection,
            Busy,
            "IncorrectStatus.VpcPeer",
            "has settled",
        ),
        (
            Call::NewConnection,
            Busy,
            "IncorrectStatus.AcceptingVpc",
            "has settled",
        ),
        (Call::NewConnection, Busy, "IncorrectStatus", "has settled"),
    ];
    all_refused("busy-machines", &table).await;
}

#[tokio::test]
async fn what_is_used_stays() {
    const DRAIN: &str = "remove what depends on it";
    let table = [
        (
            Call::DropNetwork,
            InUse,
            "DependencyViolation.VSwitch",
            DRAIN,
        ),
        (Call::DropSubnet, InUse, "DependencyViolation", DRAIN),
        (
            Call::DropRouter,
            InUse,
            "InvalidOperation.AttachedChildInstanceExist",
            "detach everything",
        ),
        (
            Call::DropCen,
            InUse,
            "OperationFailed.DeleteCenWithRouteEntry",
            DRAIN,
        ),
        (
            Call::DropAttachment,
            InUse,
            "OperationFailed.AttachmentReferencedVpcRouteEntryExisted",
            "delete the routes",
        ),
        (
            Call::DropAttachment,
            InUse,
            "OperationFailed.RouteTableAssociationExist",
            DRAIN,
        ),
        (
            Call::DropLink,
            InUse,
            "OperationFailed.RouteTablePropagationExist",
            DRAIN,
        ),
        (Call::DropGroup, InUse, "DependencyViolation", DRAIN),
        (
            Call::DropConnection,
            InUse,
            "OperationDenied.RouteEntryExist",
            "on both sides",
        ),
    ];
    all_refused("in-use", &table).await;
}

#[tokio::test]
async fn what_is_gone_is_deleted() {
    let scene = Scene::of("gone").await;
    for (what, times) in [
        (Call::DropNetwork, 3),
        (Call::DropSubnet, 2),
        (Call::DropRoute, 3),
        (Call::DropCen, 1),
        (Call::DropRouter, 2),
        (Call::DropAttachment, 1),
        (Call::DropLink, 1),
        (Call::DropGrant, 1),
        (Call::DropGroup, 2),
        (Call::DropInstance, 2),
        (Call::DropConnection, 1),
    ] {
        for _ in 0..times {
            let gone = call(&scene, what).await;
            gone.unwrap_or_else(|error| panic!("{what:?}: {error}"));
        }
    }
    scene.finish();
}

#[tokio::test]
async fn quotas_are_told() {
    const MORE: &str = "Quota Center";
    let table = [
        (Call::NewNetwork, QuotaExceeded, "QuotaExceeded.Vpc", MORE),
        (
            Call::NewAttachment,
            QuotaExceeded,
            "QuotaExceeded.CenQuotaVpcAttachPerTransitRouter",
            MORE,
        ),
        (
            Call::NewAttachment,
            QuotaExceeded,
            "QuotaFull.ChildInstanceRelatedCen",
            "detach the VPC",
        ),
        (
            Call::NewLink,
            QuotaExceeded,
            "QuotaExceeded.Bandwidth",
            "less bandwidth",
        ),
        (
            Call::NewRules,
            QuotaExceeded,
            "AuthorizationLimitExceed",
            MORE,
        ),
        (
            Call::NewConnection,
            QuotaExceeded,
            "QuotaExceeded.VpcPeerCountPerVpc",
            MORE,
        ),
        (
            Call::NewConnection,
            QuotaExceeded,
            "QuotaExceeded.VpcPeerCountPerUserPerRegion",
            MORE,
        ),
    ];
    all_refused("quotas", &table).await;
}

#[tokio::test]
async fn closed_services_are_told_with_the_account_that_must_open_them() {
    const OWNER: &str = "Forbidden.ResourceOwnerTransitRouterService";
    let (closed, expired) = (format!("{OWNER}NotOpen"), format!("{OWNER}Expired"));
    let table = [
        (
            Call::NewAttachment,
            ServiceNotOpen,
            closed.as_str(),
            "the account that owns the VPC",
        ),
        (
            Call::NewAttachment,
            ServiceNotOpen,
            expired.as_str(),
            "network owner's bill",
        ),
        (
            Call::NewRouter,
            ServiceNotOpen,
            "Forbbiden.TransitRouterServiceNotOpen",
            "transit-router service",
        ),
        (
            Call::NewLink,
            ServiceNotOpen,
            "OperationUnsupported.CloudDataTransferService",
            "Cloud Data Transfer",
        ),
        (
            Call::NewConnection,
            ServiceNotOpen,
            "OperationFailed.CdtNotOpened",
            "requester's account",
        ),
        (
            Call::NewConnection,
            ServiceNotOpen,
            "OperationFailed.AcceptUserCdtNotOpened",
            "accepter's account",
        ),
        (
            Call::NewConnection,
            ServiceNotOpen,
            "OperationFailed.CrossBorderCdtNotOpened",
            "cross-border",
        ),
    ];
    all_refused("closed-services", &table).await;
}

#[tokio::test]
async fn what_can_never_be_made_as_asked_for() {
    const LEGACY: &str = "legacy";
    let table = [
        (
            Call::NewAttachment,
            InvalidInput,
            "IllegalParam.ZoneMappings",
            "in each of one to ten zones",
        ),
        (
            Call::NewAttachment,
            InvalidInput,
            "InsufficientIpAddr.vsw",
            "free an address",
        ),
        (
            Call::NewAttachment,
            InvalidInput,
            "Duplicated.ZoneMapping",
            "one vSwitch per zone",
        ),
        (
            Call::NewAttachment,
            Unsupported,
            "Forbbiden.AttachChildInstanceAcrossBid",
            "same site",
        ),
        (
            Call::NewAttachment,
            Unsupported,
            "InvalidStatus.VpcAttachedFullModeCen",
            LEGACY,
        ),
        (
            Call::NewAttachment,
            PermissionDenied,
            "NoPermission.AliyunServiceRoleForCEN",
            "CreateServiceLinkedRole",
        ),
        (
            Call::NewAttachment,
            Unsupported,
            "OperationUnsupported.TransitRouterRegionId",
            "choose another region",
        ),
        (
            Call::NewLink,
            NotFound,
            "InvalidPeerTransitRouterId.NotFound",
            "other region first",
        ),
        (
            Call::NewLink,
            Refused,
            "OperationInvalid.UserCanNotBuyCrossBorderBwp",
            "as an enterprise",
        ),
        (
            Call::NewConnection,
            Unsupported,
            "OperationFailed.CrossBusinessNotAllowed",
            "same site",
        ),
        (
            Call::NewConnection,
            Refused,
            "ResourceAlreadyExist.RouterInterface",
            "delete the router interfaces",
        ),
        (
            Call::NewConnection,
            Refused,
            "OperationFailed.ViolativeVpcPeer",
            "ask the cloud's support",
        ),
        (
            Call::NewRules,
            InvalidInput,
            "InvalidSourceGroupId.Mismatch",
            "CIDR block",
        ),
        (
            Call::NewRules,
            InvalidInput,
            "InvalidGroupAuthParameter.OperationDenied",
            "CIDR blocks",
        ),
        (
            Call::NewRules,
            NotFound,
            "InvalidSourceGroupId.NotFound",
            "the account that owns it",
        ),
        (
            Call::NewRoute,
            NotFound,
            "InvalidNextHop.NotFound",
            "until the attachment is ready",
        ),
        (
            Call::NewRoute,
            Refused,
            "ResourceNotAssociated.Cen",
            "attach the VPC",
        ),
        (
            Call::NewRoute,
            Unsupported,
            "OperationDenied.CenTypeInvalid",
            LEGACY,
        ),
        (
            Call::DropRoute,
            Refused,
            "OperationDenied",
            "the cloud owns it",
        ),
        (
            Call::DropRoute,
            Refused,
            "OperationDenied.DeleteManagedRouteEntry",
            "cloud service that manages",
        ),
    ];
    all_refused("refused-attachments", &table).await;
}
