//! The one table that says what a code means.

use landbridge_core::ErrorKind::{self, *};
use landbridge_core::codes::CodeRow;

const fn row(code: &'static str, kind: ErrorKind, remedy: &'static str) -> CodeRow {
    CodeRow::new(code, kind, remedy)
}

const fn only(
    operation: &'static str,
    code: &'static str,
    kind: ErrorKind,
    remedy: &'static str,
) -> CodeRow {
    CodeRow::only(operation, code, kind, remedy)
}

const SLOW: &str = "wait, then repeat";
const AGAIN: &str = "repeat; a write needs the same ClientToken or a read-back";
const WAIT: &str = "wait until the object has settled, then repeat";
const TOKEN: &str =
    "an earlier call with this token still runs: wait and repeat with the same token";
const DRAIN: &str = "remove what depends on it, or wait until that has drained";
const GONE: &str = "on a delete: done";
const ADOPT: &str = "read it back and adopt it if it is ours";
const KEY: &str = "check the access key and that it is enabled";
const SESSION: &str = "refresh the session";
const ALLOW: &str = "let the account's administrator allow the action to this user or role";
const QUOTA: &str = "raise the quota in Quota Center, or free something";
const OPEN_TR: &str = "open the transit-router service in the account that the message is about";
const OPEN_CDT: &str = "open Cloud Data Transfer (CDT) in the paying account";
const FIX: &str = "correct the parameter";
const SITE: &str = "both accounts must be on the same site (China or international)";

/// All lines. A line for an operation wins over one for all, a literal code over a pattern, a longer pattern over a
/// shorter one.
#[rustfmt::skip] // one line per code
pub(crate) const TABLE: &[CodeRow] = &[
    // Clock, signature, credentials.
    row("InvalidTimeStamp.Expired", ClockSkew, "set the clock of this machine"),
    row("InvalidTimeStamp.Format", InvalidInput, "report this as a bug"),
    row("SignatureNonceUsed", Unavailable, "repeat with a new nonce; an earlier attempt may have taken effect"),
    row("SignatureDoesNotMatch", Unauthenticated, "check the access key secret"),
    row("IncompleteSignature", Unauthenticated, "check the access key secret"),
    row("InvalidAccessKeyId.NotFound", Unauthenticated, KEY),
    row("InvalidAccessKeyId.Inactive", Unauthenticated, KEY),
    row("InvalidAccessKeyId*", Unauthenticated, KEY),
    row("Forbidden.AccessKeyDisabled", Unauthenticated, KEY),
    row("MissingSecurityToken", SessionExpired, SESSION),
    row("InvalidSecurityToken.Expired", SessionExpired, SESSION),
    row("InvalidSecurityToken.Malformed", SessionExpired, SESSION),
    row("InvalidSecurityToken*", SessionExpired, SESSION),
    // Addressing and parameters.
    row("InvalidProtocol.NeedSsl", InvalidInput, "use HTTPS"),
    row("InvalidApi.NotFound", Unsupported, "check the endpoint, the action and the version"),
    row("InvalidAction.NotFound", Unsupported, "check the endpoint, the action and the version"),
    row("Missing*", InvalidInput, FIX),
    row("InvalidParam*", InvalidInput, FIX),
    row("IllegalParam*", InvalidInput, FIX),
    row("ParamExclusive*", InvalidInput, FIX),
    row("InvalidCidrBlock*", InvalidInput, "choose a range inside the network's that overlaps no other"),
    row("InvalidZoneId*", InvalidInput, "choose a zone of the region"),
    row("IllegalParam.ZoneId", InvalidInput, "choose zones in which networks can be attached to transit routers"),
    row("IllegalParam.ZoneMappings", InvalidInput, "give a vSwitch in each of two zones that transit routers support"),
    row("IllegalParam.VSwitchId", InvalidInput, "the vSwitch must be of the network and in the zone it is named for"),
    row("Duplicated.ZoneMapping", InvalidInput, "give one vSwitch per zone"),
    row("InsufficientIpAddr.vsw", InvalidInput, "free an address in the vSwitch or name another one"),
    row("IdempotentParameterMismatch", InvalidInput, "the token was used for another request: use a new one"),
    row("InvalidSourceGroupId.Mismatch", InvalidInput, "groups of other networks cannot be sources: name their address ranges"),
    row("InvalidGroupAuthParameter.OperationDenied", InvalidInput, "enterprise groups take no group as source: name address ranges"),
    row("InvalidGroupParameter.OperationDenied", InvalidInput, "enterprise groups take no group as source: name address ranges"),
    row("InvalidNetworkType.Mismatch", InvalidInput, FIX),
    row("InvalidInstanceType.ValueNotSupported", InvalidInput, "choose an instance type that the zone offers"),
    row("DryRunOperation", Refused, "the dry run passed: the write would work"),
    row("DRYRUN.SUCCESS", Refused, "the dry run passed: the write would work"),
    // Load and failures of the cloud.
    row("Throttling", Throttled, SLOW),
    row("Throttling.User", Throttled, SLOW),
    row("Throttling.Api", Throttled, SLOW),
    row("Throttling.ConcurrentLimitExceeded", Throttled, SLOW),
    row("Rejected.Throttling", Throttled, SLOW),
    row("*Throttling*", Throttled, SLOW),
    row("ServiceUnavailable", Unavailable, AGAIN),
    row("InternalError", Unavailable, AGAIN),
    row("UnknownError", Unavailable, AGAIN),
    // An earlier call with the same token.
    row("IdempotentProcessing", Busy, TOKEN),
    row("LastTokenProcessing", Busy, TOKEN),
    row("TokenProcessing", Busy, TOKEN),
    row("OperationFailed.IdempotentTokenProcessing", Busy, TOKEN),
    row("OperationFailed.LastTokenProcessing", Busy, TOKEN),
    row("LastOrderProcessing", Busy, TOKEN),
    row("LastRequestProcessing", Busy, TOKEN),
    // Permissions.
    row("NoPermission", PermissionDenied, "allow the action to this user or role; account keys may not assume roles, and a role must trust its caller"),
    row("NoPermission.AliyunServiceRoleForCEN", PermissionDenied, "allow ram:CreateServiceLinkedRole, which the first use of CEN needs"),
    row("NoPermission*", PermissionDenied, ALLOW),
    row("Forbidden.RAM", PermissionDenied, ALLOW),
    row("Forbidden", PermissionDenied, ALLOW),
    row("Forbidden.*", PermissionDenied, ALLOW),
    row("Forbbiden", PermissionDenied, ALLOW),
    row("Forbbiden.*", PermissionDenied, ALLOW),
    only("DeleteRouteEntry", "Forbbiden", Busy, WAIT),
    // Services that are not open, and sites.
    row("USER_NOT_OPEN_TR_SERVICE", ServiceNotOpen, OPEN_TR),
    row("Forbbiden.TransitRouterServiceNotOpen", ServiceNotOpen, OPEN_TR),
    row("Forbidden.TransitRouterServiceNotOpen", ServiceNotOpen, OPEN_TR),
    row("Forbidden.TransitRouterServiceExpired", ServiceNotOpen, "settle the account's bill for the transit-router service"),
    row("Forbidden.ResourceOwnerTransitRouterServiceNotOpen", ServiceNotOpen, "open the transit-router service in the account that owns the network"),
    row("Forbidden.ResourceOwnerTransitRouterServiceExpired", ServiceNotOpen, "settle the network owner's bill for the transit-router service"),
    row("OperationUnsupported.CloudDataTransferService", ServiceNotOpen, OPEN_CDT),
    row("*Cdt*", ServiceNotOpen, OPEN_CDT),
    row("Forbbiden.AttachChildInstanceAcrossBid", Unsupported, SITE),
    row("*.CrossBusinessNotAllowed", Unsupported, SITE),
    // Quotas.
    row("QuotaExceeded*", QuotaExceeded, QUOTA),
    row("QuotaExceed.*", QuotaExceeded, QUOTA),
    row("QuotaFull*", QuotaExceeded, QUOTA),
    row("LimitExceeded*", QuotaExceeded, QUOTA),
    row("AuthorizationLimitExceed", QuotaExceeded, "the group has no room for more rules: merge some"),
    row("QuotaFull.ChildInstanceRelatedCen", QuotaExceeded, "detach the network from another CEN"),
    row("QuotaExceeded.CenQuotaVpcAttachPerTransitRouter", QuotaExceeded, QUOTA),
    row("QuotaExceeded.VpcAutoRoutesPublishPerTransitRouter", QuotaExceeded, QUOTA),
    row("QuotaExceeded.Bandwidth", QuotaExceeded, "ask for less bandwidth, or raise the quota"),
    // Busy: CEN and transit routers.
    row("Operation.Blocking", Busy, WAIT),
    row("IncorrectStatus", Busy, WAIT),
    row("IncorrectStatus.*", Busy, WAIT),
    row("InvalidOperation.CenInstanceStatus", Busy, WAIT),
    row("InstanceStatus.NotSupport", Busy, WAIT),
    row("InvalidStatus.ResourceStatus", Busy, WAIT),
    row("OperationFailed.TaskConflict", Busy, WAIT),
    row("TaskConflict", Busy, WAIT),
    row("OperationFailed.CreateRouteEntryWithSameDestinationCidrBlock", Busy, "wait until the earlier route is gone, then repeat"),
    // Busy: networks.
    row("OperationConflict", Busy, WAIT),
    row("IncorrectVpcStatus", Busy, WAIT),
    row("IncorrectVSwitchStatus", Busy, WAIT),
    row("CreateVSwitch.IncorrectStatus.cbnStatus", Busy, WAIT),
    row("DeleteVSwitch.IncorrectStatus.cbnStatus", Busy, WAIT),
    row("OperationFailed.NotifyCenCreate", Busy, WAIT),
    row("OperationFailed.QueryCenIpv6Status", Busy, WAIT),
    row("InvalidStatus.RouteEntry", Busy, WAIT),
    row("IncorrectRouteEntryStatus", Busy, WAIT),
    row("IncorrcetRouteEntryStatus", Busy, WAIT),
    row("IncorrectHaVipStatus", Busy, WAIT),
    row("InvalidVBRStatus", Busy, WAIT),
    row("OperationDenied.OtherSubnetProcessing", Busy, WAIT),
    row("OperationDenied.VbrAttachEcrInMiddleStatus", Busy, WAIT),
    row("OperationFailed.DistibuteLock", Busy, WAIT),
    row("SystemBusy", Busy, WAIT),
    // Busy: instances.
    row("IncorrectInstanceStatus", Busy, WAIT),
    row("IncorrectInstanceStatus.Initializing", Busy, WAIT),
    // In use.
    row("DependencyViolation", InUse, DRAIN),
    row("DependencyViolation.*", InUse, DRAIN),
    row("InvalidOperation.AttachedChildInstanceExist", InUse, "detach everything from the transit router first"),
    row("InvalidOperation.RelatedEcrExists", InUse, DRAIN),
    row("InvalidOperation.*Exist", InUse, DRAIN),
    row("OperationFailed.AttachmentReferencedVpcRouteEntryExisted", InUse, "delete the routes of the network that lead to the attachment"),
    row("OperationFailed.*Exist", InUse, DRAIN),
    row("OperationFailed.*Existed", InUse, DRAIN),
    row("OperationFailed.FlowLogExistOrNisOpened", InUse, "delete the flow log first"),
    row("OperationFailed.DeleteTransitRouter", InUse, DRAIN),
    row("OperationFailed.CCNAttached", InUse, DRAIN),
    row("OperationFailed.DeleteCenWithCustomRouteTable", InUse, DRAIN),
    row("OperationFailed.DeleteCenWithRouteEntry", InUse, DRAIN),
    // Not found.
    row("*.NotFound", NotFound, GONE),
    row("InvalidVpcId.NotFound", NotFound, GONE),
    row("InvalidVpcID.NotFound", NotFound, GONE),
    row("InvalidResource.NotFound", NotFound, GONE),
    row("InvalidVswitchID.NotFound", NotFound, GONE),
    row("InvalidVSwitchId.NotFound", NotFound, GONE),
    row("InvalidRouteEntry.NotFound", NotFound, GONE),
    row("InvalidRouteEntryId.NotFound", NotFound, GONE),
    row("InvalidRouteTableId.NotFound", NotFound, GONE),
    row("ParameterCenInstanceId", NotFound, GONE),
    row("ParameterInstanceId", NotFound, GONE),
    row("InvalidTransitRouterInstance.NotFound", NotFound, GONE),
    row("InvalidTransitRouterId.NotFound", NotFound, GONE),
    row("InvalidPeerTransitRouterId.NotFound", NotFound, "create the hub of the other region first"),
    row("InvalidTransitRouterAttachmentId.NotFound", NotFound, GONE),
    row("InvalidAttachmentId.NotFound", NotFound, GONE),
    row("InvalidAttachment.NotFound", NotFound, "wait until the attachment is ready"),
    row("InvalidNextHop.NotFound", NotFound, "wait until the attachment is ready"),
    only("ListTransitRouterVpcAttachments", "IllegalParam.Region", NotFound, GONE),
    only("ListTransitRouterPeerAttachments", "IllegalParam.Region", NotFound, GONE),
    row("IllegalParam.TransitRouterRouteEntryId", NotFound, GONE),
    row("OperationFailed.GrantCrossAccountNotExist", NotFound, GONE),
    row("InvalidInstanceId.NotFound", NotFound, GONE),
    row("Forbidden.InstanceNotFound", NotFound, GONE),
    row("InvalidSecurityGroupId.NotFound", NotFound, GONE),
    row("InvalidSecurityGroup.NotFound", NotFound, GONE),
    row("InvalidSourceGroupId.NotFound", NotFound, GONE),
    row("InvalidGroupAuthItem.NotFound", NotFound, GONE),
    row("InvalidSecurityGroupRule.RuleNotExist", NotFound, GONE),
    row("InvalidSecurityGroupRuleId.NotFound", NotFound, GONE),
    row("EntityNotExist*", NotFound, "check the name; an ARN of a role is acs:ram::<account>:role/<name>"),
    // Already exists.
    row("InstanceExist.TransitRouterInstance", AlreadyExists, "a CEN has one transit router per region: adopt it if it is ours"),
    row("InstanceExist*", AlreadyExists, ADOPT),
    row("RouterEntryConflict.Duplicated", AlreadyExists, ADOPT),
    row("Duplicated.VpcNextHop", AlreadyExists, ADOPT),
    row("InvalidCIDRBlock.Duplicate", AlreadyExists, ADOPT),
    row("InvalidRouteEntry.Duplicate", AlreadyExists, ADOPT),
    row("RouteConflict.AlreadyExist", AlreadyExists, ADOPT),
    row("InvalidOperation.RuleDuplicate", AlreadyExists, ADOPT),
    row("EntityAlreadyExists*", AlreadyExists, ADOPT),
    row("ORDER.OPEND", AlreadyExists, "the service is open: go on"),
    row("ORDER.OPEN*", AlreadyExists, "the service is open: go on"),
    // What nobody can do.
    row("OperationUnsupported.*", Unsupported, "choose another region or edition"),
    row("OperationUnsupported.RegionId", Unsupported, "transit routers are not offered in this region"),
    row("OperationUnsupported.TransitRouterRegionId", Unsupported, "transit routers are not offered in this region"),
    row("OperationUnsupported.CenFullLevel", Unsupported, "the CEN is of a legacy kind: use another one"),
    row("InvalidStatus.VpcAttachedFullModeCen", Unsupported, "the network is in a legacy CEN: detach it there"),
    row("InvalidOperation.VpcAutoRoutesPublishInOtherCEN", Unsupported, "another CEN writes routes into the network: switch that off"),
    row("OperationNotSupport.VpcAutoRoutesPublish", Unsupported, "add routes explicitly"),
    row("InvalidOperation.OnlyOneRegionSupportIpv6", Unsupported, "use IPv4 between these regions"),
    row("OperationFailed.NotSupportForceDelete", Unsupported, "remove learning and routes first"),
    row("ResourceNotAssociated.Cen", Refused, "attach the network to the transit router first"),
    row("OperationDenied.CenTypeInvalid", Unsupported, "the CEN is of a legacy kind: use another one"),
    row("OperationFailed.ActiveNetworkInterfaceNotFound", Refused, "the next hop has no interface in service: wait for it or recreate it"),
    row("OperationDenied.NoStock", Refused, "choose another instance type or zone"),
    row("Zone.NotOnSale", Refused, "choose another zone"),
    row("InvalidAccountStatus.NotEnoughBalance", Refused, "top up the account"),
    row("InvalidOperation.BwpNotAssociated", Refused, "associate the bandwidth package with the CEN"),
    row("InvalidOperation.BwpBandwidthExceeded", Refused, "ask for less bandwidth or enlarge the package"),
    row("InvalidOperation.BwpBusinessStatus", Refused, "settle the bill of the bandwidth package"),
    row("OperationInvalid.UserCanNotBuyCrossBorderBwp", Refused, "cross-border transit needs an enterprise identity"),
    row("OperationInvalid.IdentityRegistrationStatusNotSupport", Refused, "complete the real-name registration of the account"),
    row("OperationNotPermitted.AttachmentManagedByCloudService", Refused, "a cloud service manages it: change it there"),
    row("OperationDenied", Refused, "the object is the cloud's own and cannot be changed"),
    row("OperationDenied.DeleteManagedRouteEntry", Refused, "a cloud service manages the route: change it there"),
    row("InvalidOperation.DeletionProtection", Refused, "switch deletion protection off"),
    row("InvalidOperation.ResourceManagedByCloudProduct", Refused, "a cloud service manages it: change it there"),
];
