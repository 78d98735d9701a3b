//! What the simulator answers on AWS where the reference is silent or unverified.
//!
//! | situation | the simulator's choice |
//! | --- | --- |
//! | a wrong secret, unknown key or wrong token on EC2 | `AuthFailure`, HTTP 401, without details; on STS and IAM `SignatureDoesNotMatch` or `InvalidClientTokenId`, 403 |
//! | a request dated more than 15 minutes ago or 5 minutes ahead | `RequestExpired` on EC2, `SignatureDoesNotMatch` on STS and IAM |
//! | a session that is over | `RequestExpired` on EC2, `ExpiredToken` (403) on STS and IAM |
//! | IAM calls signed for any region that the account has | are taken: clients with an endpoint of their own sign for their own region |
//! | no signature at all | `MissingAuthenticationToken`, 403 |
//! | the second factor | each user has the device `arn:<partition>:iam::<account>:mfa/<user name>`; its code is always [`MFA_CODE`] |
//! | what policies are asked about | a read: `*`; a write: every object that it names or creates, each with `aws:ResourceTag`, `ec2:ResourceTag`, `aws:RequestTag` and `aws:TagKeys`, what is in a VPC with `ec2:Vpc`, peerings with `ec2:RequesterVpc` and `ec2:AccepterVpc`; `RunInstances` also image, network interface and disk; rules themselves are not asked about |
//! | what users and roles may do | users of the setup everything, unless [`AccountSpec::policy`](crate::AccountSpec::policy) restricts them: then what it and the user's own policies allow; users made by `CreateUser` what their policies allow; roles what their policies allow; roles of [`provision_role`](crate::Simulator::provision_role) everything |
//! | deleting a user of the setup | `DeleteConflict`, because the user has keys |
//! | a new access key | is good at once; at most two for a user, `LimitExceeded`, 409 |
//! | managed policies of accounts | have the version `v1` only |
//! | more than 50 tags on a role or a user | `LimitExceeded`, 409 |
//! | one rule of several in an `AuthorizeSecurityGroup…` exists already | `InvalidPermission.Duplicate` fails the whole call and adds nothing |
//! | `DeleteVpc` with an active peering or an incoming request | `DependencyViolation` |
//! | a route to a peering that is over | `InvalidVpcPeeringConnectionID.NotFound` |
//! | a route inside the VPC's own range | `RouteAlreadyExists` if equal, else `InvalidParameterValue` |
//! | regions that accounts have to enable | are enabled in every account |
//! | a region that does not exist in `PeerRegion` | `InvalidParameterValue` |
//! | accepting as a stranger | `InvalidVpcPeeringConnectionID.NotFound`; as the requester `OperationNotPermitted` |
//! | deleting as the accepter while the request is pending | `OperationNotPermitted` |
//! | a request that fails before it reaches the accepter | the accepter never sees it |
//! | a new range in the way of another, of a route or of a peering | [`RANGE_IN_THE_WAY`] |
//! | more ranges than the quota | [`TOO_MANY_RANGES`] |
//! | replies of TCP and UDP at network ACLs | go to the port that the packet came from |
//! | `GetSessionToken` | needs no permission |
//! | managed policies of the cloud | those that people attach, with the actions on the products that are simulated |
//! | packets to internet, NAT and egress-only gateways and to endpoints | end there, but for those of agents |
//! | services with gateway endpoints | those with a prefix list in the region; interface endpoints lead to every `com.amazonaws.` name |
//! | volumes, images | instances have no volumes; every image id is good |
//! | elastic addresses | are of no use but for NAT gateways |
//! | an instance profile, and its role | are known to EC2 ten seconds after they were made and joined; until then `InvalidParameterValue` |
//! | a second role in a profile | `LimitExceeded`, 409; a profile with a role and the role of a profile are not deleted: `DeleteConflict`, 409 |
//! | who hands a role on (`RunInstances`, `AssociateIamInstanceProfile`, `AddRoleToInstanceProfile`) | needs `iam:PassRole` on it, asked with `iam:PassedToService` |
//! | a second profile for an instance | `IncorrectState`; an unknown association `NoSuchAssociation` |
//! | public addresses of instances | come with the launch, are kept while it is stopped, and serve no packet but those to Systems Manager |
//! | private names of an endpoint | are wanted unless `PrivateDnsEnabled` is false; without both DNS attributes of the VPC, or beside another endpoint with the name, `InvalidParameter` |
//! | errors of Systems Manager | HTTP 400 with `__type` and `Message`; credentials: `UnrecognizedClientException`, `InvalidSignatureException`, `ExpiredTokenException`; no permission: `AccessDeniedException` |
//! | rates of Systems Manager | 40 reading calls, then 20 a second; 20 commands, then 5 a second; `ThrottlingException` |
//! | which images have an agent | all but the minimal ones of Amazon Linux 2023; images are told by the public parameters under `/aws/service/ami-amazon-linux-latest/` |
//! | what an agent needs | a role that instances may assume and that allows `ssm:UpdateInstanceInformation`, `ssmmessages:CreateControlChannel` and `ssmmessages:OpenControlChannel`; the services `ssm` and `ssmmessages` on port 443 (not `ec2messages`) |
//! | how an agent reaches a service | by the endpoint with the private name, even if that lets nobody in; else by a route to an internet gateway with a public address, or over a public NAT gateway that has such a route; not over peerings |
//! | when an agent registers | 45 s after all of that is there; with a profile that comes after the launch 30 min later, unless the instance is started anew |
//! | when `ConnectionLost` comes | 5 min after the way or the role is gone; commands until then are not delivered |
//! | a command to an instance that is not registered, or does not run | `InvalidInstanceId` |
//! | a fresh invocation | `InvocationDoesNotExist` for a second; it starts after two; its output appears when it ends |
//! | a script that fails | `Failed` with its exit code; the agent adds `failed to run commands: exit status N` to the standard error |
//! | a command that no agent takes | is given up when it can no longer be delivered and its execution time is over as well |
//! | programs of the shell | `ping`, `echo`, `sleep`, `true`, `false`, `exit`, `timeout`, `bash -c`; all others are not found, 127; redirections from and to `/dev/tcp/ADDRESS/PORT` open connections, and complain with the number of the line as bash 5.1 does |
//! | ports on which instances listen | 22, unless [`Simulator::listen`](crate::Simulator::listen) or [`listen_by_default`](crate::Simulator::listen_by_default) chose others; others refuse |
//! | the ends of a network insights path | need not exist when it is created: the analysis fails, `missing component`; those that are not instances or their interfaces fail as not supported |
//! | too many paths or analyses, or too many at once | [`TOO_MANY_OF_INSIGHTS`] |
//! | an analysis | takes 30 s; fails if what it tells differs between its start and its end, if the caller may not read the network or call `tiros`, and with `AdditionalAccount`, because there are no organizations |
//! | a destination of another account or region | `NO_POSSIBLE_DESTINATION`; a source of another one fails as inaccessible |
//! | packets of an analysis | from port 50000 unless the filter says otherwise; of a range of ports, those are tried at which a rule or an entry begins or ends |
//! | what an analysis walks | there and back, for UDP too; groups are in the way there only; the path has the route table also inside of a subnet |
//! | all that blocks | groups and ACLs in the way are told together, up to the first route that leads nowhere |
//! | an instance that is not running, in an analysis | `BAD_STATE` |
//! | a route to a gateway, in an analysis | `NO_ROUTE_TO_DESTINATION`; to what is not simulated `UNSUPPORTED_COMPONENT`; with a less specific route to the destination `MORE_SPECIFIC_ROUTE`, with an equal one `HIGHER_PRIORITY_ROUTE` as well |
//! | another range routed over the peering to the destination's VPC | `CANNOT_ROUTE` beside `NO_ROUTE_TO_DESTINATION` |
//! | documents of commands | `AWS-RunShellScript` only; `UnsupportedPlatformType` for PowerShell, else `InvalidDocument` |
//! | types of instances | all of the form `family.size` exist; those with `t` earn credits |
//! | default networks of fresh accounts | there are none |
//! | changing what another account shares (routes, tables, ACLs, subnets, peerings of its VPC) | `UnauthorizedOperation`, 403 |
//! | groups of users | there are none, so every user is in none |
//! | the price list | has made-up prices, published when asked: instances of some types, `gp2` and `gp3` volumes, traffic between regions; `AccessDeniedException`, HTTP 400 |
//! | a malformed page token | `InvalidPaginationToken` |

/// The one-time code of every second factor.
pub const MFA_CODE: &str = "123456";
/// Paths or analyses of Reachability Analyzer beyond a quota.
pub const TOO_MANY_OF_INSIGHTS: &str = "ResourceLimitExceeded";
/// A new range of a VPC that overlaps what is there.
pub const RANGE_IN_THE_WAY: &str = "InvalidVpc.Range";
/// A new range of a VPC that has as many as it may.
pub const TOO_MANY_RANGES: &str = "CidrLimitExceeded";
