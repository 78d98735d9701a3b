//! Whether the caller may do what it asks for. It is asked before anything else, dry runs included.

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
        Holder::Session { role, .. } => {
            if is_everybodys(operation) {
                return Ok(());
            }
            let policies = ctx.state.iam.policies(ctx.account(), role);
            let session = ctx.state.sts.policies(&ctx.caller.key_id);
            for question in questions(ctx, operation) {
                let by_role = decide(&policies, &question);
                let by_session = session.map_or(Decision::Allow, |all| decide(all, &question));
                if by_role != Decision::Allow || by_session != Decision::Allow {
                    return Err(denied(ctx, &question));
                }
            }
            Ok(())
        }
    }
}

/// What restricts a user and the user's own policies allow together what the user may do.
fn check_user(ctx: &Context<'_>, operation: &Operation, name: &str) -> Outcome<()> {
    let restriction = ctx.accounts.restriction(&ctx.caller.key_id);
    let Some(restriction) = restriction.filter(|_| !is_everybodys(operation)) else {
        return Ok(());
    };
    let mut policies = ctx.state.iam.user_policies(ctx.account(), name);
    policies.extend(Policy::parse(restriction, Purpose::Identity).ok());
    let mut questions = questions(ctx, operation).into_iter();
    let refused = questions.find(|question| decide(&policies, question) != Decision::Allow);
    refused.map_or(Ok(()), |question| Err(denied(ctx, &question)))
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
        Product::Ec2 | Product::Pricing => false,
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
        Product::Pricing => Failure::bad("AccessDeniedException", why),
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
        Product::Pricing => vec![Resource::of("*")],
    };
    let mut questions: Vec<Question> = resources
        .into_iter()
        .map(|resource| resource.question(ctx, &action))
        .collect();
    questions.extend(tagging_questions(ctx, operation));
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
    named("role", "RoleName")
        .or_else(|| named("user", "UserName"))
        .unwrap_or_else(|| Resource::of("*"))
}

fn ec2_resources(ctx: &Context<'_>, operation: &Operation) -> Vec<Resource> {
    let sent = |name: &str| ctx.parameters.get(name);
    match operation.name {
        "CreateVpcPeeringConnection" => requested_peering(ctx),
        "AcceptVpcPeeringConnection" => {
            let accepter = stored_peering(ctx).map(|peering| ctx.arn("vpc", &peering.accepter.vpc));
            let accepter = accepter.unwrap_or_else(|| ctx.arn("vpc", "*"));
            vec![Resource::of(accepter), named_peering(ctx)]
        }
        "RejectVpcPeeringConnection"
        | "DeleteVpcPeeringConnection"
        | "ModifyVpcPeeringConnectionOptions" => vec![named_peering(ctx)],
        "CreateTags" | "DeleteTags" => {
            let ids = ctx.parameters.list("ResourceId");
            ids.iter().map(|id| own(ctx, id)).collect()
        }
        "DeleteVpcEndpoints" => {
            let ids = ctx.parameters.list("VpcEndpointId");
            ids.iter().map(|id| own(ctx, id)).collect()
        }
        "TerminateInstances" | "StopInstances" | "StartInstances" => {
            let ids = ctx.parameters.list("InstanceId");
            ids.iter().map(|id| own(ctx, id)).collect()
        }
        name => {
            let fresh = created_kind(name).map(|kind| Resource::of(ctx.arn(kind, "*")));
            const NAMES: [&str; 13] = [
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

fn created_kind(operation: &str) -> Option<&'static str> {
    match operation {
        "CreateVpc" => Some("vpc"),
        "CreateSubnet" => Some("subnet"),
        "CreateRouteTable" => Some("route-table"),
        "CreateSecurityGroup" => Some("security-group"),
        "CreateNetworkAcl" => Some("network-acl"),
        "CreateManagedPrefixList" => Some("prefix-list"),
        "RunInstances" => Some("instance"),
        "CreateInternetGateway" => Some("internet-gateway"),
        "CreateEgressOnlyInternetGateway" => Some("egress-only-internet-gateway"),
        "CreateNatGateway" => Some("natgateway"),
        "AllocateAddress" => Some("elastic-ip"),
        "CreateVpcEndpoint" => Some("vpc-endpoint"),
        "CreateDhcpOptions" => Some("dhcp-options"),
        "CreateNetworkInterface" => Some("network-interface"),
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
    let resource = Resource::of(ctx.arn(kind_of(id).unwrap_or("*"), id));
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
    let resource = Resource::of(ctx.arn("vpc-peering-connection", id));
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
    let peering = Resource::of(ctx.arn("vpc-peering-connection", "*"))
        .key("ec2:requestervpc", requester.clone())
        .key("ec2:acceptervpc", accepter);
    vec![Resource::of(requester), peering]
}

/// Tagging at creation needs the right to tag.
fn tagging_questions(ctx: &Context<'_>, operation: &Operation) -> Vec<Question> {
    let specified = |number: u32| {
        let kind = ctx
            .parameters
            .nested("TagSpecification", number, "ResourceType")?;
        let resource = Resource::of(ctx.arn(kind, "*")).key("ec2:createaction", operation.name);
        Some(resource.question(ctx, "ec2:CreateTags"))
    };
    let numbers = ctx.parameters.numbers("TagSpecification");
    numbers.into_iter().filter_map(specified).collect()
}
