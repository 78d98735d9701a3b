//! The one table that says what a code means.

use landbridge_core::ErrorKind::*;
use landbridge_core::backend::CodeRow;
use landbridge_core::backend::codes::remedy::*;
use landbridge_core::backend::codes::{only, row};

const SLOW: &str = "wait, then repeat: the limit is per API, account and region";
const AGAIN: &str = "repeat; after a write read the object back first";
const ABSENT: &str = "check the ID, the account and the region";
const KEY: &str = "check the access key and that it is active";
const SESSION: &str = "sign in again, or use a source of keys that renews them";
const QUOTA: &str = "raise the quota in Service Quotas, or delete what is no longer used";
const MESH: &str = "raise the quota (125 at most), or split the mesh";
const ACCEPT: &str = "accept, reject or delete pending requests";
const REGION: &str = "enable the region for the account";
const AGENT: &str = "see that the instance is running, that its agent has registered with Systems Manager, and that its instance profile has AmazonSSMManagedInstanceCore";
const RANGE: &str = "choose a CIDR block from /16 to /28 inside the VPC's that overlaps no other";

/// All lines.
#[rustfmt::skip] // one line per code
pub(crate) const TABLE: &[CodeRow] = &[
    // Clock, signature, credentials.
    row("RequestTimeTooSkewed", ClockSkew, CLOCK),
    row("RequestInTheFuture", ClockSkew, CLOCK),
    row("RequestExpired", SessionExpired, "refresh the session; if that does not help, set the clock of this machine"),
    row("ExpiredToken", SessionExpired, SESSION),
    row("ExpiredTokenException", SessionExpired, SESSION),
    row("AuthFailure", Unauthenticated, "check the keys, and the clock of this machine"),
    row("InvalidClientTokenId", Unauthenticated, KEY),
    row("UnrecognizedClientException", Unauthenticated, KEY),
    row("InvalidAccessKeyId", Unauthenticated, KEY),
    row("MissingAuthenticationToken", Unauthenticated, KEY),
    row("InvalidSignatureException", Unauthenticated, "check the secret key, and the clock of this machine"),
    row("SignatureDoesNotMatch", Unauthenticated, "check the secret key, and the clock of this machine"),
    row("IncompleteSignature", Unauthenticated, "check the secret key"),
    row("OptInRequired", ServiceNotOpen, "enable the region for the account, or sign the account up for the service"),
    row("RegionDisabledException", ServiceNotOpen, REGION),
    row("Blocked", PermissionDenied, "ask AWS Support why the account is blocked"),
    // Permissions.
    row("UnauthorizedOperation", PermissionDenied, ALLOW),
    row("AccessDenied", PermissionDenied, ALLOW),
    row("AccessDeniedException", PermissionDenied, ALLOW),
    only("AssumeRole", "AccessDenied", PermissionDenied, "check that the role exists and trusts the caller, the external id and MFA; a new role takes up to a minute; account keys may not assume roles"),
    only("AssumeRoleWithWebIdentity", "AccessDenied", PermissionDenied, "let the role's trust name the identity service, the audience and the subject of the token"),
    row("InvalidIdentityToken", Unauthenticated, "check the token file, and that the account knows the identity service"),
    row("IDPRejectedClaim", Unauthenticated, "get a fresh token from the identity service"),
    only("GetSessionToken", "AccessDenied", PermissionDenied, "use the long-term keys of a user and a fresh MFA code"),
    // Load and failures of the cloud.
    row("RequestLimitExceeded", Throttled, SLOW),
    row("Throttling", Throttled, SLOW),
    row("ThrottlingException", Throttled, SLOW),
    row("ThrottledException", Throttled, SLOW),
    row("EC2ThrottledException", Throttled, SLOW),
    row("RequestThrottled", Throttled, SLOW),
    row("RequestThrottledException", Throttled, SLOW),
    row("TooManyRequestsException", Throttled, SLOW),
    row("BandwidthLimitExceeded", Throttled, SLOW),
    row("SlowDown", Throttled, SLOW),
    row("PriorRequestNotComplete", Throttled, SLOW),
    row("InternalError", Unavailable, AGAIN),
    row("InternalErrorException", Unavailable, AGAIN),
    row("InternalFailure", Unavailable, AGAIN),
    row("InternalServerError", Unavailable, AGAIN),
    row("ServerInternal", Unavailable, AGAIN),
    row("ServiceUnavailable", Unavailable, AGAIN),
    row("Unavailable", Unavailable, AGAIN),
    row("RequestTimeout", Unavailable, AGAIN),
    row("RequestTimeoutException", Unavailable, AGAIN),
    row("InsufficientInstanceCapacity", Refused, "choose another zone or instance type, or try later"),
    // States.
    row("InvalidStateTransition", Refused, "check the connection's state: only a pending one can be accepted, only a live one deleted"),
    row("OperationNotPermitted", PermissionDenied, "act in the account and region of the side that the message is about"),
    row("InvalidVpcPeeringConnectionState.DnsHostnamesDisabled", InvalidInput, "turn on DNS hostnames and DNS support in both VPCs"),
    row("InvalidInstanceId", Refused, AGENT),
    row("IncorrectState", Busy, WAIT),
    row("IncorrectInstanceState", Busy, WAIT),
    row("ConcurrentTagAccess", Busy, WAIT),
    row("ConcurrentModification", Busy, WAIT),
    row("IdempotentInstanceTerminated", NotFound, "use a new token: this one was used for an instance that is gone"),
    // Dependencies.
    row("DependencyViolation", InUse, DRAIN),
    row("DeleteConflict", InUse, DRAIN),
    row("InvalidGroup.InUse", InUse, DRAIN),
    row("AnalysisExistsForNetworkInsightsPath", InUse, "delete the analyses of the path first"),
    row("InvalidCidrBlock.InUse", InUse, "delete the subnets in the CIDR block first"),
    row("InvalidIPAddress.InUse", InUse, "choose another address, or free this one"),
    // Quotas. The outstanding requests drain as they are accepted.
    row("OutstandingVpcPeeringConnectionLimitExceeded", Busy, ACCEPT),
    row("PendingVpcPeeringConnectionLimitExceeded", Busy, ACCEPT),
    row("ActiveVpcPeeringConnectionPerVpcLimitExceeded", QuotaExceeded, MESH),
    row("VpcPeeringConnectionsPerVpcLimitExceeded", QuotaExceeded, MESH),
    row("VpcLimitExceeded", QuotaExceeded, QUOTA),
    row("SubnetLimitExceeded", QuotaExceeded, QUOTA),
    row("RouteLimitExceeded", QuotaExceeded, QUOTA),
    row("RouteTableLimitExceeded", QuotaExceeded, QUOTA),
    row("RulesPerSecurityGroupLimitExceeded", QuotaExceeded, QUOTA),
    row("SecurityGroupLimitExceeded", QuotaExceeded, QUOTA),
    row("SecurityGroupsPerInterfaceLimitExceeded", QuotaExceeded, QUOTA),
    row("InstanceLimitExceeded", QuotaExceeded, QUOTA),
    row("VcpuLimitExceeded", QuotaExceeded, QUOTA),
    row("TagLimitExceeded", QuotaExceeded, QUOTA),
    row("LimitExceeded", QuotaExceeded, QUOTA),
    row("*LimitExceeded", QuotaExceeded, QUOTA),
    // Absent things.
    row("InvalidVpcID.NotFound", NotFound, ABSENT),
    row("InvalidVpcPeeringConnectionID.NotFound", NotFound, ABSENT),
    row("InvalidRouteTableID.NotFound", NotFound, ABSENT),
    row("InvalidRoute.NotFound", NotFound, ABSENT),
    row("InvalidGroup.NotFound", NotFound, "check the ID: a rule finds security groups in this region and through an active peering only"),
    row("InvalidSecurityGroupID.NotFound", NotFound, ABSENT),
    row("InvalidSecurityGroupRuleId.NotFound", NotFound, ABSENT),
    row("InvalidPermission.NotFound", NotFound, ABSENT),
    row("InvalidSubnetID.NotFound", NotFound, ABSENT),
    row("InvalidInstanceID.NotFound", NotFound, ABSENT),
    row("InvalidAMIID.NotFound", InvalidInput, "name an image of this region: images are per region"),
    row("InvocationDoesNotExist", NotFound, "repeat: a command is known a few seconds after it was sent; then check instance and region"),
    row("InvalidCommandId", NotFound, "check the ID, the account and the region: commands are kept for 30 days"),
    row("ParameterNotFound", InvalidInput, "name a parameter of this region, such as /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"),
    row("NotFoundException", NotFound, ABSENT),
    row("NoSuchEntity", NotFound, ABSENT),
    row("*.NotFound", NotFound, ABSENT),
    // Things that exist already.
    row("RouteAlreadyExists", AlreadyExists, ADOPT),
    row("InvalidPermission.Duplicate", AlreadyExists, ADOPT),
    row("InvalidGroup.Duplicate", AlreadyExists, ADOPT),
    row("VpcPeeringConnectionAlreadyExists", AlreadyExists, "delete this request and use the VPC peering connection in the other direction"),
    row("InvalidSubnet.Conflict", AlreadyExists, "choose another CIDR block, or adopt the subnet that has it if it carries your topology's tags"),
    row("EntityAlreadyExists", AlreadyExists, ADOPT),
    // Parameters.
    row("InvalidParameter*", InvalidInput, FIX),
    row("Missing*", InvalidInput, FIX),
    row("UnknownParameter", InvalidInput, FIX),
    row("ValidationError", InvalidInput, FIX),
    row("InvalidInput", InvalidInput, FIX),
    row("ValidationException", InvalidInput, FIX),
    row("InvalidDocument*", InvalidInput, FIX),
    row("InvalidFilter*", InvalidInput, FIX),
    row("MaxDocumentSizeExceeded", InvalidInput, "shorten the script: 64 KB at most"),
    row("DuplicateInstanceId", InvalidInput, FIX),
    row("IdempotentParameterMismatch", InvalidInput, NEW_TOKEN),
    row("MalformedPolicyDocument", InvalidInput, "correct the policy; a principal that was just created takes a while to be known"),
    row("PackedPolicyTooLarge", InvalidInput, "shorten the session policy"),
    row("InvalidVpcRange", InvalidInput, "choose a CIDR block from /16 to /28"),
    row("InvalidVpc.Range", InvalidInput, "choose a CIDR block from /16 to /28"),
    row("InvalidSubnet.Range", InvalidInput, RANGE),
    row("InvalidCidr*", InvalidInput, RANGE),
    row("*.Malformed", InvalidInput, FIX),
    row("InvalidAction", Unsupported, ENDPOINT),
    row("UnknownOperationException", Unsupported, ENDPOINT),
    row("Unsupported*", Unsupported, "choose another region or instance type: this one does not offer the operation"),
    row("DryRunOperation", Refused, DRY_RUN),
];
