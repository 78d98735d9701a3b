//! What the simulator answers where the reference is silent or unverified.
//!
//! | situation | the simulator's choice |
//! | --- | --- |
//! | attaching a foreign VPC without a grant | [`ATTACH_WITHOUT_GRANT`], HTTP 403 |
//! | attaching under a grant without `OrderType` | [`GRANT_WITHOUT_PAYER`]; such a grant is stored with an empty `EffectiveOrderType` |
//! | revoking a grant whose attachment still exists | [`REVOKE_WHILE_ATTACHED`] |
//! | revoking a grant that does not exist | [`REVOKE_WITHOUT_GRANT`] |
//! | granting again | succeeds and creates nothing if the payer is the same or not given, else [`GRANT_EXISTS`] |
//! | `CheckTransitRouterService` in an account that has not opened it | the error `USER_NOT_OPEN_TR_SERVICE` |
//! | opening CDT a second time | `ORDER.OPEND`, as for transit routers |
//! | `BandwidthType` absent | as `BandwidthPackage`, which needs a `Bandwidth` and a package; there are no packages |
//! | how long client tokens are remembered | [`Timings::token_memory`](crate::Timings), 10 minutes, failures not at all |
//! | route sync (`AutoPublishRouteEnabled` of a VPC attachment) | fills the system route table only |
//! | `AutoPublishRouteEnabled` of a peer attachment | governs both directions |
//! | `CidrBlock` absent in `CreateVpc` | refused |
//! | attaching, peering, associating, propagating or routing twice | [`VPC_ATTACHED_ALREADY`], [`PEERED_ALREADY`], [`BOUND_ALREADY`], [`ROUTER_ROUTE_EXISTS`] |
//! | a route inside a vSwitch's range | [`ROUTE_INSIDE_VSWITCH`] |
//! | a call without any signature | `IncompleteSignature` |
//! | role names in the names of sessions | lower case |
//! | `DeleteCen` with empty transit routers | deletes them too |
//! | `DeleteCen` or `DeleteTransitRouter` with attachments | `InvalidOperation.AttachedChildInstanceExist` |
//! | tags of roles | accepted as JSON text in `Tag`, shown as `Tags.Tag[].{TagKey,TagValue}` by GetRole and ListRoles, those of policies by ListPolicies |
//! | when RAM's changes count | new roles, new trust and newly attached policies after [`Timings::ram_propagation`](crate::Timings), 10 seconds; until then a role is `EntityNotExist.Role` for AssumeRole and its former trust counts; policy versions, detaching and deleting count at once |
//! | the longest trust document | 4096 characters, `InvalidParameter.AssumeRolePolicyDocument.Length` |
//! | deleting the default version of a policy | `DeleteConflict.Policy.Version` |
//! | deleting a policy that roles have | `DeleteConflict.Role.Policy` |
//! | quotas of RAM | `LimitExceeded.Role`, `.Policy`, `.Role.Policy` and `.Policy.Version`, HTTP 409 |
//! | a role session that assumes a role for more than an hour | `InvalidParameter.DurationSeconds` |
//! | a session policy that is too long | `InvalidParameter.PolicySize` |
//! | condition keys of trust | `sts:ExternalId`; `acs:MFAPresent`, which is always `false`; `oidc:iss`, `oidc:aud` and `oidc:sub` of a JSON Web Token; operators that are not known never hold |
//! | what users may do | everything, unless [`AccountSpec::policy`](crate::AccountSpec::policy) restricts them; roles of [`provision_role`](crate::Simulator::provision_role) everything |
//! | a call that no policy allows | `Forbidden.RAM` on VPC, CBN and ECS, `NoPermission` elsewhere, HTTP 403, with `AccessDeniedDetail` |
//! | `Resource` of policies other than `*` | product, region and account are compared, and the last part with the ids and names in the call's parameters; a call that names none passes as to the last part, and one without `RegionId` as to the region |
//! | identity providers | take exactly the token of [`provision_oidc_provider`](crate::Simulator::provision_oidc_provider); `exp` of a JSON Web Token is compared with the virtual clock |
//! | more than 20 groups referenced by one group | [`TOO_MANY_REFERENCES`] |
//! | a group of the classic network and one of a VPC | `InvalidNetworkType.Mismatch` |
//! | owner of a referenced group in DescribeSecurityGroupAttribute | [`AccountSpec::login_name`](crate::AccountSpec::login_name), else the account's id |
//! | `ShareType` of a shared vSwitch | `Sharing` for its owner, `Shared` for the others |
//! | instances of the classic network | are shown and released; no packet leaves or reaches them |
//! | RunCommand on an instance without a running agent | accepted; the result is `Error` with `ErrorCode` `ClientNotRunning` or `InstanceNotRunning` |

/// Attaching another account's VPC that is not granted to the CEN.
pub const ATTACH_WITHOUT_GRANT: &str = "Forbidden.InstanceNotGranted";
/// Attaching under a grant that names no payer.
pub const GRANT_WITHOUT_PAYER: &str = "InvalidOperation.GrantWithoutOrderType";
/// A rule that refers to a group when the group's rules refer to as many as they may.
pub const TOO_MANY_REFERENCES: &str = "AuthorizationLimitExceed";
/// Granting what is granted already, with another payer.
pub const GRANT_EXISTS: &str = "OperationFailed.GrantCrossAccountExist";
/// Revoking a grant while the attachment exists.
pub const REVOKE_WHILE_ATTACHED: &str = "OperationFailed.AttachmentExist";
/// Revoking a grant that does not exist.
pub const REVOKE_WITHOUT_GRANT: &str = "OperationFailed.GrantCrossAccountNotExist";
/// Creating a VPC route whose destination lies inside a vSwitch.
pub const ROUTE_INSIDE_VSWITCH: &str = "InvalidCidrBlock.InsideVSwitch";
/// Attaching a VPC twice to one transit router.
pub const VPC_ATTACHED_ALREADY: &str = "InstanceExist.TransitRouterVpcAttachment";
/// Joining two transit routers twice.
pub const PEERED_ALREADY: &str = "InstanceExist.TransitRouterPeerAttachment";
/// Associating an attachment that has an association, or enabling a propagation that is enabled.
pub const BOUND_ALREADY: &str = "InstanceExist.TransitRouterRouteTable";
/// Creating a static route of a transit router whose destination has one.
pub const ROUTER_ROUTE_EXISTS: &str = "InstanceExist.TransitRouterRouteEntry";
