//! What the simulator answers where the reference is silent or unverified.
//!
//! | situation | the simulator's choice |
//! | --- | --- |
//! | attaching a foreign VPC without a grant | [`ATTACH_WITHOUT_GRANT`], HTTP 403 |
//! | attaching under a grant without `OrderType` | [`GRANT_WITHOUT_PAYER`]; such a grant is stored with an empty `EffectiveOrderType` |
//! | revoking a grant whose attachment still exists | [`REVOKE_WHILE_ATTACHED`] |
//! | revoking a grant that does not exist | [`REVOKE_WITHOUT_GRANT`] |
//! | grants to a CEN instance that is deleted | stay, and only the VPC's owner sees them |
//! | grants of a VPC that is deleted | go with it; one that is on its way out is not granted any more |
//! | granting again | succeeds and creates nothing if the payer is the same or not given, else [`GRANT_EXISTS`] |
//! | `CheckTransitRouterService` in an account that has not opened it | the error `USER_NOT_OPEN_TR_SERVICE` |
//! | opening CDT a second time | `ORDER.OPEND`; transit routers answer the documented `Order.Opened` |
//! | `BandwidthType` absent | as `BandwidthPackage`, which needs a `Bandwidth` and a package; there are no packages |
//! | how long client tokens are remembered | [`Timings::token_memory`](crate::Timings), 10 minutes, failures not at all |
//! | route sync (`AutoPublishRouteEnabled` of a VPC attachment) | fills the system route table only; its routes are of `Type` `Custom` with `ServiceType` `TR` and `Origin` `RoutePropagation`, which no other route has |
//! | an attachment without `TransitRouterId` in a region whose CEN has no router | makes one, ready at once, without name and tags |
//! | `ListTransitRouterPeerAttachments` by `RegionId` alone | as by CEN: the documents name the pair, or a transit router |
//! | `ListTransitRouterRouteTableAssociations` without table and attachment | `InvalidParameter` |
//! | `ListTransitRouters` without CEN, router and region | `InvalidParameterCombination.TransitRouter` |
//! | `MaxResult` of `DescribeRouteEntryList` | 1 to 100, default 10, as the text says; the schema says 500 and 100 |
//! | more than 20 tags | `NumberExceed.Tags`; 21 are taken where the schema says so |
//! | numbered pages of `DescribeSecurityGroups` | `NotSupported.PageNumberAndPageSize`, though the schema still has the parameters |
//! | images | families of Alibaba Cloud Linux, and ids that begin like a public image's; there are no custom images |
//! | system disks | 20 to 2048 GiB, whatever the category |
//! | `Status` of an ECR that is ready | `ACTIVE`, as the text says; the example says `Active` |
//! | `AutoPublishRouteEnabled` of a peer attachment | governs both directions |
//! | attaching, peering, associating, propagating or routing twice | [`VPC_ATTACHED_ALREADY`], [`PEERED_ALREADY`], [`ASSOCIATED_ALREADY`], [`PROPAGATED_ALREADY`], [`ROUTER_ROUTE_EXISTS`]; a code is documented for associations only |
//! | a route inside a vSwitch's range | [`ROUTE_INSIDE_VSWITCH`] |
//! | `FailedCode` of `CreateRouteEntries` and `DeleteRouteEntries` | `VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE`, `VPC_ROUTE_ENTRY_STATUS_ERROR`, `VPC_ROUTER_ENTRY_NOT_EXIST`, else the code of the call for one route |
//! | `CreateRouteEntries` and `DeleteRouteEntries` while a route of the VPC is on its way | `TaskConflict`, and nothing is written; with more than 50 entries [`TOO_MANY_ROUTES`] |
//! | answers in XML | to calls with the older signature, unless `Format` is `JSON`, and where it is `XML`; lists repeat the element that holds them |
//! | a call without any signature | `IncompleteSignature` |
//! | role names in the names of sessions | lower case |
//! | `DeleteCen` with empty transit routers | deletes them too |
//! | `DeleteCen` or `DeleteTransitRouter` with attachments | `InvalidOperation.AttachedChildInstanceExist` |
//! | tags of roles | accepted as JSON text in `Tag`, shown as `Tags.Tag[].{TagKey,TagValue}` by ListRoles and not by GetRole, those of policies by ListPolicies |
//! | when RAM's changes count | new roles, new trust and newly attached policies after [`Timings::ram_propagation`](crate::Timings), 10 seconds; until then a role is `EntityNotExist.Role` for AssumeRole and its former trust counts; policy versions, detaching and deleting count at once |
//! | the longest trust document | 4096 characters, `InvalidParameter.AssumeRolePolicyDocument.Length` |
//! | deleting the default version of a policy | `DeleteConflict.Policy.Version` |
//! | deleting a policy that roles have | `DeleteConflict.Role.Policy` |
//! | quotas of RAM | `LimitExceeded.Role`, `.Policy`, `.Role.Policy` and `.Policy.Version`, HTTP 409 |
//! | a role session that assumes a role for more than an hour | `InvalidParameter.DurationSeconds` |
//! | a session policy that is too long | `InvalidParameter.PolicySize` |
//! | condition keys of trust | `sts:ExternalId`; `acs:MFAPresent`, which is always `false`; `oidc:iss`, `oidc:aud` and `oidc:sub` of a JSON Web Token; operators that are not known never hold |
//! | what users may do | everything, unless [`AccountSpec::policy`](crate::AccountSpec::policy) restricts them; roles of [`provision_role`](crate::Simulator::provision_role) everything |
//! | a call that no policy allows | `Unauthorized` on CBN, HTTP 400, as documented; `Forbidden.RAM` on VPC and ECS, `NoPermission` elsewhere, HTTP 403; with `AccessDeniedDetail` |
//! | `Resource` of policies other than `*` | product, region and account are compared, and the last part with the ids and names in the call's parameters; a call that names none passes as to the last part, and one without `RegionId` as to the region |
//! | identity providers | take exactly the token of [`provision_oidc_provider`](crate::Simulator::provision_oidc_provider); `exp` of a JSON Web Token is compared with the virtual clock |
//! | more than 20 groups referenced by one group | [`TOO_MANY_REFERENCES`] |
//! | a group of the classic network and one of a VPC | `InvalidNetworkType.Mismatch` |
//! | owner of a referenced group in DescribeSecurityGroupAttribute | [`AccountSpec::login_name`](crate::AccountSpec::login_name), else the account's id |
//! | `ShareType` of a shared vSwitch | `Sharing` for its owner, `Shared` for the others |
//! | IPv6 in a vSwitch whose VPC has none, and in an instance whose vSwitch has none | [`NETWORK_WITHOUT_IPV6`], [`VSWITCH_WITHOUT_IPV6`] |
//! | what lists of VPC attachments show of their options | `TransitRouterVPCAttachmentOptions`, an object |
//! | instances of the classic network | are shown and released; no packet leaves or reaches them |
//! | RunCommand on an instance without a running agent | accepted; the result is `Error` with `ErrorCode` `ClientNotRunning`, or `Aborted` with `InstanceNotRunning` |
//! | an ECR call by GET | [`ECR_BY_GET`], before the signature is looked at |
//! | which failures of ExpressConnectRouter travel inside HTTP 200 | all that an operation answers, dry runs and unfit client tokens included; authentication, throttling, unknown operations and injected faults stay HTTP errors |
//! | client tokens of reads of ExpressConnectRouter | taken and ignored |
//! | programs on instances | `ping`, `echo`, `sleep`, `true`, `false`, `exit`, `timeout`, `bash -c`; redirections from and to `/dev/tcp/ADDRESS/PORT` open connections |
//! | ports on which instances listen | 22, unless [`Simulator::listen`](crate::Simulator::listen) or [`listen_by_default`](crate::Simulator::listen_by_default) chose others; others refuse |
//! | parameters of an analysis of Network Intelligence Service | both ends with ID and type, a protocol, and the target's port unless that is `icmp`, else `MissingParameter`; addresses of IPv4 only; `RegionId` only has to exist |
//! | an analysis | takes 5 s; its result and `Reachable` are absent until `finish` |
//! | an analysis with an end of another account, one that does not exist, or one that is no instance, no address of an instance in a vSwitch and no host behind a border router | ends as `error` |
//! | `Reachable` | whether packet and answer arrive, for UDP too |
//! | `errorCode` of a result | `SECURITY_GROUP_DROP`, `NETWORK_ACL_DROP`, `ROUTE_UNREACHABLE`, `REVERSE_ROUTE_UNREACHABLE`, `INSTANCE_NOT_RUNNING`; no list of codes is published |
//! | `status` of a result | the stage at which the packet stopped, else `security_group_checking_target`; other stages are named after it |
//! | one-off analyses | are found until the simulator ends, and enter no ledger and no quota |
//! | deleting a path with analyses | deletes them too; unknown ones are `ResourceNotFound`, HTTP 404, and nothing is deleted |
//! | more paths or analyses than the quota | [`TOO_MANY_PATHS`], [`TOO_MANY_ANALYSES`] |
//! | status of an ECR while it is created or changed | `UPDATING`; `DELETING` and, forced, `RECLAIMING` while it goes |
//! | putting a foreign VPC on an ECR without a grant | [`ASSOCIATE_WITHOUT_GRANT`], whether or not the instance exists |
//! | putting a foreign border router on an ECR without a grant | [`ATTACH_WITHOUT_GRANT`], likewise: no code is documented |
//! | sharing border routers that the account manager has not approved | `Forbbiden.AttachChildInstanceAcrossBid`, for the grant and for the attachment |
//! | granting an instance to an ECR of one's own | `IllegalParam.EcrOwnerAliUid` |
//! | granting to an ECR an instance that does not exist in the region | `ResourceNotFound.InstanceId` |
//! | revoking a grant to an ECR that is in use, or that does not exist | [`ECR_REVOKE_IN_USE`], [`ECR_REVOKE_WITHOUT_GRANT`] |
//! | what is written under the lock of an ECR | everything, grants of other accounts included; a repeated grant changes nothing and needs no lock |
//! | grants to an ECR that is deleted | go with it |
//! | associating a VPC or attaching a border router twice | [`ECR_ASSOCIATION_EXISTS`], [`ECR_CHILD_EXISTS`], on another ECR [`ECR_CHILD_ELSEWHERE`] |
//! | associating a transit router | [`ECR_WITH_TRANSIT_ROUTER`]: only VPCs are modelled |
//! | deleting an ECR with VPCs or border routers | [`ECR_WITH_ASSOCIATION`], [`ECR_WITH_CHILD_INSTANCE`] |
//! | `ForceDeleteExpressConnectRouter` while VPC routes lead to an association | `OperationFailed.UsedInRouteEntryNextHop`, as for the association itself |
//! | other writes during a forced deletion | `OperationDenied.ForceDeleting` |
//! | a VPC route to an association that does not exist, or of another VPC | `InvalidNextHop.NotFound`; to one not `ACTIVE` [`ECR_HOP_NOT_READY`] |
//! | routes that a VPC learns from an ECR | none: VPC tables need static routes of type `Ecr`; an ECR knows its VPCs' ranges, or instead of them `AllowedPrefixes`, whatever their mode |
//! | deleting a VPC on an ECR | [`VPC_WITH_ECR_ASSOCIATION`] |
//! | the legacy `GrantInstanceToCen` | kept apart: it permits no attachment to a transit router |
//! | peering overlapping VPCs | [`PEERING_OVERLAP`]: no code is documented for it, and this one for regions that may not be joined |
//! | `VpcId` or `AcceptingVpcId` of a peering that does not exist | `ResourceNotFound.VpcId`, `ResourceNotFound.AcceptingVpcId` |
//! | rejected and expired peerings | count as existing for a new one of the same VPCs, not for quotas nor the deletion of a VPC |
//! | accepting or rejecting a peering as its requester | [`PEERING_ANSWERED_BY_REQUESTER`] |
//! | deleting or changing a peering | either owner; changes only while `Activated` |
//! | `Bandwidth` of a peering within a region | `IllegalParam.Bandwidth` |
//! | `Bandwidth` of a peering above the quota | [`PEERING_BANDWIDTH_EXCEEDED`] |
//! | quota of peerings per VPC, in one region or between two | `QuotaExceeded.VpcPeerCountPerVpc` for both, looked at for the requester only |
//! | opening CDT by `CreateVpcPeerConnection` | it does not; both accounts must have opened it |
//! | deleting a peering with `Force` | takes the routes of both accounts with it |
//! | a deleted peering | `GetVpcPeerConnectionAttribute` shows it as `Deleted` for a while, the list does not |
//! | ports of entries of network ACLs | the receiver's, in both directions |
//! | a new network ACL | accepts everything of IPv4 in both directions; entries for IPv6 are the user's to make |
//! | a network ACL of a vSwitch | filters once bound, and until it is unbound; not between instances of one vSwitch |
//! | `TaskConflict` of a network ACL | every write while it is not `Available` |
//! | binding a network ACL twice, unbinding one that is not bound | [`ACL_BOUND_ALREADY`], [`ACL_NOT_BOUND`] |
//! | deleting a list that rules, routes or entries refer to | [`LIST_IN_USE`] for lists of ECS, [`VPC_LIST_IN_USE`] for those of VPC |
//! | more entries in a list than `MaxEntries` | [`LIST_FULL`] |
//! | changes of lists of ECS | count at once; those of lists of VPC once the list is `Created` again |
//! | equal ranges in a route table | a route to the range wins over the entry of a prefix list, and that over a learned route |
//! | a route that is still being created | decides, and drops; one that is being deleted does not count any more |
//! | `InnerAccessPolicy` of an advanced group | cannot be changed, [`INNER_POLICY_OF_ADVANCED`] |
//! | rules of security groups about ICMP | all types and codes: the calls know no others |
//! | associating a prefix list twice with a table of a transit router | [`ROUTER_LIST_ASSOCIATED`] |
//! | `NatType` of a NAT gateway | must be `Enhanced`; the public one of a VPC adds a default route to the system table that has none |
//! | deleting a NAT gateway | takes the routes to it along; with SNAT entries or elastic addresses it needs `Force`, else [`NAT_GATEWAY_WITH_SNAT`], [`NAT_GATEWAY_WITH_ADDRESS`] |
//! | a second SNAT entry for a range | [`SNAT_EXISTS`] |
//! | a second IPv4 gateway, a second gateway endpoint to a service | [`IPV4_GATEWAY_EXISTS`], [`ENDPOINT_EXISTS`] |
//! | deleting an IPv4 gateway that routes lead to, a gateway endpoint with tables | [`IPV4_GATEWAY_WITH_ROUTES`], [`ENDPOINT_WITH_TABLES`] |
//! | the prefix list in the route of a gateway endpoint | is shown by no call; the route goes with the association only, [`ENDPOINT_ROUTE`] |
//! | packets to NAT gateways, IPv4 gateways and gateway endpoints | end there |

/// More entries in `CreateRouteEntries` or `DeleteRouteEntries` than they take.
pub const TOO_MANY_ROUTES: &str = "InvalidParameter.RouteEntries";
/// Deleting a NAT gateway that has SNAT entries.
pub const NAT_GATEWAY_WITH_SNAT: &str = "DependencyViolation.SnatEntry";
/// Deleting a NAT gateway that has elastic addresses.
pub const NAT_GATEWAY_WITH_ADDRESS: &str = "DependencyViolation.EIPS";
/// Creating a second SNAT entry of a NAT gateway for a range.
pub const SNAT_EXISTS: &str = "Forbidden.SourceVSwitchId.Duplicated";
/// Creating a second IPv4 gateway in a VPC.
pub const IPV4_GATEWAY_EXISTS: &str = "ResourceAlreadyExist.Ipv4Gateway";
/// Deleting an IPv4 gateway that routes lead to.
pub const IPV4_GATEWAY_WITH_ROUTES: &str = "DependencyViolation.RouteEntry";
/// Creating a second gateway endpoint to a service in a VPC.
pub const ENDPOINT_EXISTS: &str = "ResourceAlreadyExist.GatewayEndpoint";
/// Deleting a gateway endpoint that is associated with route tables.
pub const ENDPOINT_WITH_TABLES: &str = "DependencyViolation.RouteTable";
/// Deleting the route of a gateway endpoint.
pub const ENDPOINT_ROUTE: &str = "OperationDenied";
/// Binding a network ACL to a vSwitch that has one.
pub const ACL_BOUND_ALREADY: &str = "ResourceAlreadyBinded";
/// Unbinding a network ACL from a vSwitch that does not have it.
pub const ACL_NOT_BOUND: &str = "ResourceNotBinded";
/// Deleting a prefix list or a port list of ECS that rules refer to.
pub const LIST_IN_USE: &str = "DependencyViolation";
/// Deleting a prefix list of VPC that routes or entries refer to.
pub const VPC_LIST_IN_USE: &str = "DependencyViolation.PrefixListAssociation";
/// More entries in a list than it may have.
pub const LIST_FULL: &str = "InvalidParameter.MaxEntries";
/// Changing how members of an advanced group trust each other.
pub const INNER_POLICY_OF_ADVANCED: &str = "InvalidOperation.SecurityGroupType";
/// Associating a prefix list with a route table of a transit router that has it.
pub const ROUTER_LIST_ASSOCIATED: &str = "InstanceExist.PrefixListAssociation";
/// Attaching another account's VPC that is not granted to the CEN, or its border router that is not granted to the ECR.
pub const ATTACH_WITHOUT_GRANT: &str = "Forbidden.InstanceNotGranted";
/// Associating another account's VPC that is not granted to the ECR.
pub const ASSOCIATE_WITHOUT_GRANT: &str = "OperationDenied.NotGrantedByNodeOwner";
/// Attaching under a grant that names no payer.
pub const GRANT_WITHOUT_PAYER: &str = "InvalidOperation.GrantWithoutOrderType";
/// A rule that refers to a group when the group's rules refer to as many as they may.
pub const TOO_MANY_REFERENCES: &str = "AuthorizationLimitExceed";
/// Granting what is granted already, with another payer.
pub const GRANT_EXISTS: &str = "OperationFailed.GrantCrossAccountExist";
/// Revoking a grant while the attachment exists.
pub const REVOKE_WHILE_ATTACHED: &str = "OperationDenied.AttachmentExist";
/// Revoking a grant that does not exist.
pub const REVOKE_WITHOUT_GRANT: &str = "OperationFailed.GrantCrossAccountNotExist";
/// Creating a VPC route whose destination lies inside a vSwitch.
pub const ROUTE_INSIDE_VSWITCH: &str = "InvalidCidrBlock.InsideVSwitch";
/// Attaching a VPC twice to one transit router.
pub const VPC_ATTACHED_ALREADY: &str = "InstanceExist.TransitRouterVpcAttachment";
/// Joining two transit routers twice.
pub const PEERED_ALREADY: &str = "InstanceExist.TransitRouterPeerAttachment";
/// Associating an attachment that has an association.
pub const ASSOCIATED_ALREADY: &str = "AssociationExist.TransitRouterTable";
/// Enabling a propagation that is enabled.
pub const PROPAGATED_ALREADY: &str = "InstanceExist.TransitRouterRouteTable";
/// Creating a static route of a transit router whose destination has one.
pub const ROUTER_ROUTE_EXISTS: &str = "InstanceExist.TransitRouterRouteEntry";
/// A call of ExpressConnectRouter by GET.
pub const ECR_BY_GET: &str = "UnsupportedHTTPMethod";
/// Revoking a grant to an ECR that does not exist.
pub const ECR_REVOKE_WITHOUT_GRANT: &str = "ResourceNotFound.GrantId";
/// Revoking a grant to an ECR while the instance is on it.
pub const ECR_REVOKE_IN_USE: &str = "OperationDenied.EcrAssociationExisted";
/// Associating a transit router with an ECR: not modelled.
pub const ECR_WITH_TRANSIT_ROUTER: &str = "UnsupportedRegion";
/// Associating a VPC twice with one ECR.
pub const ECR_ASSOCIATION_EXISTS: &str = "ResourceAlreadyExist.VpcId";
/// Attaching a border router that is on the ECR already.
pub const ECR_CHILD_EXISTS: &str = "ResourceAlreadyExist.ChildInstanceId";
/// Attaching a border router that is on another ECR.
pub const ECR_CHILD_ELSEWHERE: &str = "OperationDenied.VbrAlreadyAttachedToEcr";
/// Deleting an ECR that VPCs are associated with.
pub const ECR_WITH_ASSOCIATION: &str = "ResourceInUse.Ecr";
/// Deleting an ECR that border routers are attached to.
pub const ECR_WITH_CHILD_INSTANCE: &str = "ResourceInUse.Ecr";
/// Routing to an association that is not `ACTIVE`.
pub const ECR_HOP_NOT_READY: &str = "OperationDenied.VbrAttachEcrInMiddleStatus";
/// Deleting a VPC that is associated with an ECR.
pub const VPC_WITH_ECR_ASSOCIATION: &str = "DependencyViolation.EcrAssociation";
/// Deleting a VPC that has a peering connection, unless that is rejected or expired.
pub const VPC_WITH_PEERING: &str = "OperationDenied.VpcPeerExists";
/// Deleting a VPC that is attached to a transit router.
pub const VPC_WITH_TRANSIT_ROUTER: &str = "DependencyViolation.TransitRouter";
/// Peering VPCs whose ranges overlap.
pub const PEERING_OVERLAP: &str = "OperationFailed.ViolativeVpcPeer";
/// Accepting or rejecting a peering connection as its requester.
pub const PEERING_ANSWERED_BY_REQUESTER: &str = "OperationDenied.NotAcceptingUser";
/// Asking for more bandwidth between regions than the quota allows.
pub const PEERING_BANDWIDTH_EXCEEDED: &str = "QuotaExceeded.Bandwidth";
/// Recording more network paths than the quota allows.
pub const TOO_MANY_PATHS: &str = "QuotaExceeded.NetworkPath";
/// Recording more analyses of network paths than the quota allows.
pub const TOO_MANY_ANALYSES: &str = "QuotaExceeded.NetworkReachableAnalysis";

/// IPv6 is asked for in a VPC that has none.
pub const NETWORK_WITHOUT_IPV6: &str = "OperationDenied.VpcIpv6NotEnabled";

/// An instance asks for an IPv6 address in a vSwitch that has no range.
pub const VSWITCH_WITHOUT_IPV6: &str = "InvalidVSwitchId.Ipv6NotTurnOn";
