//! Whether the caller may do what it asks for. It is asked before anything else, dry runs included.

mod commands;
mod passing;

use super::context::Context;
use super::ec2::{Peering, kind_of};
use super::failure::{Failure, Outcome};
use super::operation::{Operation, Product};
use super::policy::{Decision, Policy, Purpose, Question, decide};
use crate::account::Holder;

/// Refuses what no policy of the caller allows. Roots may do everything, and users whom nothing restricts.
pub(crate) fn check(ctx: &Context<'_>, operation: &Operation) -> Outcome<()> {
    match &ctx.caller.holder {
        Holder::Root | Holder::Anonymous => Ok(()),
        Holder::User { name, .. } => check_user(ctx, operation, name),
        Holder::Temporary { of, mfa, .. } => {
            check_temporary(ctx, operation, *mfa)?;
            match &**of {
                Holder::User { name, .. } => check_user(ctx, operation, name),
                _ => Ok(()),
            }
        }
        Holder::Session { .. } if is_everybodys(operation) => Ok(()),
        Holder::Session { role, .. } => {
            let policies = ctx.state.iam.policies(ctx.account(), role);
            refuse_first(ctx, questions(ctx, operation), |question| {
                session_allows(ctx, &policies, question)
            })
        }
    }
}

fn refuse_first(
    ctx: &Context<'_>,
    questions: Vec<Question>,
    allows: impl Fn(&Question) -> bool,
) -> Outcome<()> {
    let refused = questions.into_iter().find(|question| !allows(question));
    refused.map_or(Ok(()), |question| Err(denied(ctx, &question)))
}

/// What restricts a user and the user's own policies allow together what the user may do.
fn check_user(ctx: &Context<'_>, operation: &Operation, name: &str) -> Outcome<()> {
    match policies_of_user(ctx, name).filter(|_| !is_everybodys(operation)) {
        None => Ok(()),
        Some(policies) => refuse_first(ctx, questions(ctx, operation), |question| {
            decide(&policies, question) == Decision::Allow
        }),
    }
}

/// `None` if nothing restricts the user.
fn policies_of_user(ctx: &Context<'_>, name: &str) -> Option<Vec<Policy>> {
    let restriction = ctx.accounts.restriction(&ctx.caller.key_id)?;
    let mut policies = ctx.state.iam.user_policies(ctx.account(), name);
    policies.extend(Policy::parse(restriction, Purpose::Identity).ok());
    Some(policies)
}

/// The role and, if it has policies, the session must both allow.
fn session_allows(ctx: &Context<'_>, of_role: &[Policy], question: &Question) -> bool {
    let session = ctx.state.sts.policies(&ctx.caller.key_id);
    let by_session = session.map_or(Decision::Allow, |all| decide(all, question));
    decide(of_role, question) == Decision::Allow && by_session == Decision::Allow
}

/// Whether the caller may take all of these actions, for services that act in the caller's name.
pub(crate) fn allows_all(ctx: &Context<'_>, actions: &[&str]) -> bool {
    let policies = match &ctx.caller.holder {
        Holder::Root | Holder::Anonymous => None,
        Holder::User { name, .. } => policies_of_user(ctx, name),
        Holder::Temporary { of, .. } => match &**of {
            Holder::User { name, .. } => policies_of_user(ctx, name),
            _ => None,
        },
        Holder::Session { role, .. } => Some(ctx.state.iam.policies(ctx.account(), role)),
    };
    let allows = |policies: &Vec<Policy>| {
        actions.iter().all(|action| {
            let question = Resource::of("*").question(ctx, action);
            session_allows(ctx, policies, &question)
        })
    };
    policies.as_ref().is_none_or(allows)
}

/// Policies have no say about who one is, nor about showing one's second factor.
fn is_everybodys(operation: &Operation) -> bool {
    ["GetCallerIdentity", "GetSessionToken"].contains(&operation.name)
}

/// Keys from `GetSessionToken` have no business with IAM, unless a second factor was shown, and little with STS.
fn check_temporary(ctx: &Context<'_>, operation: &Operation, mfa: bool) -> Outcome<()> {
    let refused = match ctx.product {
        Product::Iam => !mfa,
        Product::Sts => !["AssumeRole", "GetCallerIdentity"].contains(&operation.name),
        Product::Ec2 | Product::Ssm | Product::Pricing => false,
    };
    if refused {
        return Err(Failure::forbidden(
            "AccessDenied",
            format!("Cannot call {} with session credentials", operation.name),
        ));
    }
    Ok(())
}

fn denied(ctx: &Context<'_>, question: &Question) -> Failure {
    let why = format!(
        "User: {} is not authorized to perform: {} on resource: {} because no policy allows the action",
        ctx.caller_arn(),
        question.action,
        question.resource
    );
    match ctx.product {
        Product::Ec2 => Failure::forbidden(
            "UnauthorizedOperation",
            format!("You are not authorized to perform this operation. {why}"),
        ),
        Product::Sts | Product::Iam => Failure::forbidden("AccessDenied", why),
        Product::Ssm | Product::Pricing => Failure::bad("AccessDeniedException", why),
    }
}

/// Everything that must be allowed for the call to be.
fn questions(ctx: &Context<'_>, operation: &Operation) -> Vec<Question> {
    let action = format!("{}:{}", ctx.product.name(), operation.name);
    let resources = match ctx.product {
        Product::Ec2 if !operation.write => vec![Resource::of("*")],
        Product::Ec2 => ec2_resources(ctx, operation),
        Product::Sts => vec![Resource::of(ctx.parameters.get("RoleArn").unwrap_or("*"))],
        Product::Iam => vec![iam_resource(ctx)],
        Product::Ssm => commands::resources(ctx, operation),
        Product::Pricing => vec![Resource::of("*")],
    };
    let mut questions: Vec<Question> = resources
        .into_iter()
        .map(|resource| resource.question(ctx, &action))
        .collect();
    questions.extend(tagging_questions(ctx, operation));
    questions.extend(passing::questions(ctx, operation));
    questions
}

/// A resource, with the condition keys that belong to it.
struct Resource {
    arn: String,
    keys: Vec<(String, String)>,
}

impl Resource {
    fn of(arn: impl Into<String>) -> Self {
        Self {
            arn: arn.into(),
            keys: Vec::new(),
        }
    }

    fn key(mut self, name: &str, value: impl Into<String>) -> Self {
        self.keys.push((name.to_owned(), value.into()));
        self
    }

    /// The tags that it carries. Each account sees those that it has written itself.
    fn tagged(mut self, ctx: &Context<'_>, id: &str) -> Self {
        for (key, value) in ctx.tags(id) {
            let key = key.to_lowercase();
            self = self
                .key(&format!("aws:resourcetag/{key}"), value.clone())
                .key(&format!("ec2:resourcetag/{key}"), value);
        }
        self
    }

    /// The tags that the call is to write on it.
    fn requested(mut self, ctx: &Context<'_>, prefix: &str) -> Self {
        for number in ctx.parameters.numbers(prefix) {
            let field = |name| ctx.parameters.nested(prefix, number, name);
            let Some(key) = field("Key") else {
                continue;
            };
            self = self.key("aws:tagkeys", key);
            if let Some(value) = field("Value") {
                self = self.key(&format!("aws:requesttag/{}", key.to_lowercase()), value);
            }
        }
        self
    }

    fn question(self, ctx: &Context<'_>, action: &str) -> Question {
        let mut keys = self.keys;
        keys.push(("aws:requestedregion".to_owned(), ctx.region.clone()));
        keys.push(("ec2:region".to_owned(), ctx.region.clone()));
        Question {
            principals: Vec::new(),
            action: action.to_owned(),
            resource: self.arn,
            keys,
        }
    }
}

fn iam_resource(ctx: &Context<'_>) -> Resource {
    let named = |kind, parameter| {
        let name = ctx.parameters.get(parameter)?;
        Some(Resource::of(ctx.iam_arn(&format!("{kind}/{name}"))))
    };
    named("instance-profile", "InstanceProfileName")
        .or_else(|| named("role", "RoleName"))
        .or_else(|| named("user", "UserName"))
        .map(|resource| match ctx.parameters.get("PolicyArn") {
            Some(policy) => resource.key("iam:policyarn", policy),
            None => resource,
        })
        .unwrap_or_else(|| Resource::of("*"))
}

fn ec2_resources(ctx: &Context<'_>, operation: &Operation) -> Vec<Resource> {
    let sent = |name: &str| ctx.parameters.get(name);
    match operation.name {
        "CreateVpcPeeringConnection" => requested_peering(ctx),
        "AcceptVpcPeeringConnection" => {
            let accepter = stored_peering(ctx).map(|peering| own(ctx, &peering.accepter.vpc));
            let accepter = accepter.unwrap_or_else(|| Resource::of(ctx.arn("vpc", "*")));
            vec![accepter, named_peering(ctx)]
        }
        "DisassociateVpcCidrBlock" => {
            let vpc = sent("AssociationId").and_then(|id| vpc_of_block(ctx, id));
            vec![vpc.map_or_else(|| Resource::of("*"), |vpc| own(ctx, &vpc))]
        }
        "RunInstances" => instance_resources(ctx),
        "RejectVpcPeeringConnection"
        | "DeleteVpcPeeringConnection"
        | "ModifyVpcPeeringConnectionOptions" => vec![named_peering(ctx)],
        "CreateTags" | "DeleteTags" => {
            let ids = ctx.parameters.list("ResourceId");
            let named = ids.iter().map(|id| own(ctx, id));
            named.map(|one| one.requested(ctx, "Tag")).collect()
        }
        "DeleteVpcEndpoints" => {
            let ids = ctx.parameters.list("VpcEndpointId");
            ids.iter().map(|id| own(ctx, id)).collect()
        }
        "DisassociateIamInstanceProfile" => {
            let instance = sent("AssociationId").and_then(|id| instance_of_association(ctx, id));
            vec![instance.map_or_else(|| Resource::of("*"), |id| own(ctx, &id))]
        }
        "TerminateInstances" | "StopInstances" | "StartInstances" => {
            let ids = ctx.parameters.list("InstanceId");
            ids.iter().map(|id| own(ctx, id)).collect()
        }
        name => {
            let fresh = created_kind(name).map(|kind| fresh(ctx, kind));
            const NAMES: [&str; 16] = [
                "NetworkInsightsAnalysisId",
                "NetworkInsightsPathId",
                "VpcEndpointId",
                "RouteTableId",
                "GroupId",
                "NetworkAclId",
                "PrefixListId",
                "SubnetId",
                "InternetGatewayId",
                "EgressOnlyInternetGatewayId",
                "NatGatewayId",
                "AllocationId",
                "DhcpOptionsId",
                "NetworkInterfaceId",
                "InstanceId",
                "VpcId",
            ];
            let named = NAMES
                .iter()
                .find_map(|name| sent(name))
                .map(|id| own(ctx, id));
            let mut resources: Vec<Resource> = fresh.into_iter().chain(named).collect();
            if resources.is_empty() {
                resources.push(Resource::of("*"));
            }
            resources
        }
    }
}

/// What is created has no id yet; the call says which tags it will carry.
fn fresh(ctx: &Context<'_>, kind: &str) -> Resource {
    let resource = Resource::of(ctx.arn(kind, "*"));
    let mut numbers = ctx.parameters.numbers("TagSpecification").into_iter();
    let number = numbers.find(|number| {
        let of = ctx
            .parameters
            .nested("TagSpecification", *number, "ResourceType");
        of == Some(kind)
    });
    match number {
        Some(number) => resource.requested(ctx, &format!("TagSpecification.{number}.Tag")),
        None => resource,
    }
}

/// EC2 asks about every part of an instance. An image may be anybody's.
fn instance_resources(ctx: &Context<'_>) -> Vec<Resource> {
    let parameters = &ctx.parameters;
    let partition = ctx.arn("image", "*");
    let before_region = partition.split(':').take(4).collect::<Vec<_>>().join(":");
    let image = parameters.get("ImageId").unwrap_or("*");
    let mut resources = vec![
        fresh(ctx, "instance"),
        fresh(ctx, "network-interface"),
        fresh(ctx, "volume"),
        Resource::of(format!("{before_region}::image/{image}")),
    ];
    let mut named: Vec<String> = parameters.list("SecurityGroupId");
    named.extend(parameters.get("SubnetId").map(str::to_owned));
    for number in parameters.numbers("NetworkInterface") {
        let of_interface = |field: &str| parameters.nested("NetworkInterface", number, field);
        named.extend(of_interface("SubnetId").map(str::to_owned));
        let groups = format!("NetworkInterface.{number}.SecurityGroupId");
        named.extend(parameters.list(&groups));
    }
    resources.extend(named.iter().map(|id| own(ctx, id)));
    resources
}

fn vpc_of_block(ctx: &Context<'_>, association: &str) -> Option<String> {
    let mut vpcs = ctx.state.ec2.vpcs.iter();
    let vpc = vpcs.find(|vpc| {
        vpc.ranges.iter().any(|one| one.id == association)
            || vpc.ranges_v6.iter().any(|one| one.id == association)
    });
    vpc.map(|vpc| vpc.base.id.clone())
}

fn instance_of_association(ctx: &Context<'_>, association: &str) -> Option<String> {
    let mut instances = ctx.state.ec2.instances.iter();
    let instance = instances.find(|instance| {
        let profile = instance.profile(ctx.now);
        profile.is_some_and(|profile| profile.id() == association)
    });
    instance.map(|instance| instance.base.id.clone())
}

fn created_kind(operation: &str) -> Option<&'static str> {
    match operation {
        "CreateVpc" => Some("vpc"),
        "CreateSubnet" => Some("subnet"),
        "CreateRouteTable" => Some("route-table"),
        "CreateSecurityGroup" => Some("security-group"),
        "CreateNetworkAcl" => Some("network-acl"),
        "CreateManagedPrefixList" => Some("prefix-list"),
        "CreateInternetGateway" => Some("internet-gateway"),
        "CreateEgressOnlyInternetGateway" => Some("egress-only-internet-gateway"),
        "CreateNatGateway" => Some("natgateway"),
        "AllocateAddress" => Some("elastic-ip"),
        "CreateVpcEndpoint" => Some("vpc-endpoint"),
        "CreateDhcpOptions" => Some("dhcp-options"),
        "CreateNetworkInterface" => Some("network-interface"),
        "CreateNetworkInsightsPath" => Some("network-insights-path"),
        "StartNetworkInsightsAnalysis" => Some("network-insights-analysis"),
        _ => None,
    }
}

/// An object of the caller by its id; what is in a VPC says in which.
fn own(ctx: &Context<'_>, id: &str) -> Resource {
    let ec2 = &ctx.state.ec2;
    let vpc = ec2
        .tables
        .get(id)
        .map(|table| &table.vpc)
        .or_else(|| ec2.groups.get(id).map(|group| &group.vpc))
        .or_else(|| ec2.acls.get(id).map(|acl| &acl.vpc))
        .or_else(|| ec2.subnets.get(id).map(|subnet| &subnet.vpc));
    let resource = Resource::of(ctx.arn(kind_of(id).unwrap_or("*"), id)).tagged(ctx, id);
    match vpc {
        Some(vpc) => resource.key("ec2:vpc", ctx.arn("vpc", vpc)),
        None => resource,
    }
}

fn stored_peering<'a>(ctx: &'a Context<'_>) -> Option<&'a Peering> {
    let id = ctx.parameters.get("VpcPeeringConnectionId")?;
    ctx.state.ec2.peerings.get(id)
}

fn named_peering(ctx: &Context<'_>) -> Resource {
    let id = ctx.parameters.get("VpcPeeringConnectionId").unwrap_or("*");
    let resource = Resource::of(ctx.arn("vpc-peering-connection", id)).tagged(ctx, id);
    let Some(peering) = stored_peering(ctx) else {
        return resource;
    };
    let (requester, accepter) = (&peering.requester, &peering.accepter);
    let vpc = |region: &str, account: &str, vpc: &str| ctx.arn_in(region, account, "vpc", vpc);
    resource
        .key(
            "ec2:requestervpc",
            vpc(&requester.region, &requester.account, &requester.vpc),
        )
        .key(
            "ec2:acceptervpc",
            vpc(&accepter.region, &accepter.account, &accepter.vpc),
        )
}

/// The own VPC, and the peering to be, which is told by the other VPC.
fn requested_peering(ctx: &Context<'_>) -> Vec<Resource> {
    let sent = |name: &str| ctx.parameters.get(name);
    let requester = ctx.arn("vpc", sent("VpcId").unwrap_or("*"));
    let accepter = ctx.arn_in(
        sent("PeerRegion").unwrap_or(&ctx.region),
        sent("PeerOwnerId").unwrap_or(ctx.account()),
        "vpc",
        sent("PeerVpcId").unwrap_or_default(),
    );
    let peering = fresh(ctx, "vpc-peering-connection")
        .key("ec2:requestervpc", requester.clone())
        .key("ec2:acceptervpc", accepter);
    let requester = match sent("VpcId") {
        Some(id) => own(ctx, id),
        None => Resource::of(requester),
    };
    vec![requester, peering]
}

/// Tagging at creation needs the right to tag.
fn tagging_questions(ctx: &Context<'_>, operation: &Operation) -> Vec<Question> {
    let specified = |number: u32| {
        let kind = ctx
            .parameters
            .nested("TagSpecification", number, "ResourceType")?;
        let resource = fresh(ctx, kind).key("ec2:createaction", operation.name);
        Some(resource.question(ctx, "ec2:CreateTags"))
    };
    let numbers = ctx.parameters.numbers("TagSpecification");
    numbers.into_iter().filter_map(specified).collect()
}
