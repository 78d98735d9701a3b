//! Policies in RAM's words. RAM knows no names of statements, and its documents say of few actions on which resources they
//! can be allowed; what is not documented is allowed on all, and told.

use std::collections::BTreeSet;

use landbridge_core::handover::shell_word;
use landbridge_core::policy::{AccountUse, PolicyLanguage, Purpose, Statement};
use landbridge_core::{Capabilities, EnsureTrust, Region};
use serde_json::{Map, Value, json};

use crate::ram::trust_document;

/// What a custom policy may have.
const LIMIT: usize = 6144;

/// How RAM writes policies.
#[derive(Debug)]
pub(crate) struct AliyunPolicies;

/// How far an action can be limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// To a region and an account: VPCs, vSwitches, route tables.
    Vpc,
    /// The same of ECS, whose instances and security groups stand in VPCs.
    Ecs,
    /// To an account: CEN instances, transit routers and attachments belong to no region.
    Cen,
    /// To nothing that is documented.
    Anywhere,
}

impl Reach {
    const ALL: [Self; 4] = [Self::Vpc, Self::Ecs, Self::Cen, Self::Anywhere];

    fn of(action: &str) -> Self {
        match action {
            // What joins two accounts names resources of both.
            "cen:CreateTransitRouterVpcAttachment"
            | "cen:GrantInstanceToTransitRouter"
            | "cen:RevokeInstanceFromTransitRouter"
            | "cen:OpenTransitRouterService"
            | "vpc:AcceptVpcPeerConnection"
            | "vpc:CreateVpcPeerConnection"
            | "vpc:DeleteVpcPeerConnection" => Self::Anywhere,
            _ => match action.split_once(':') {
                Some(("vpc", _)) => Self::Vpc,
                Some(("ecs", _)) => Self::Ecs,
                Some(("cen", _)) => Self::Cen,
                _ => Self::Anywhere,
            },
        }
    }

    fn sid(self) -> &'static str {
        match self {
            Self::Vpc => "Networks",
            Self::Ecs => "GroupsAndInstances",
            Self::Cen => "Hubs",
            Self::Anywhere => "NotLimited",
        }
    }

    fn why(self) -> &'static str {
        match self {
            Self::Vpc => "writes VPCs, vSwitches and routes in the regions of the topology",
            Self::Ecs => "writes security groups and instances in the regions of the topology",
            Self::Cen => "writes CEN instances, transit routers and attachments of the account",
            Self::Anywhere => {
                "it is not documented to which resources these actions can be limited"
            }
        }
    }

    fn resources(self, usage: &AccountUse, regions: &BTreeSet<&Region>) -> Vec<String> {
        let account = &usage.account;
        let in_regions = |product: &str| -> Vec<String> {
            let arn = |region: &&Region| format!("acs:{product}:{region}:{account}:*");
            regions.iter().map(arn).collect()
        };
        match self {
            Self::Vpc => in_regions("vpc"),
            Self::Ecs => [in_regions("ecs"), in_regions("vpc")].concat(),
            Self::Cen => vec![format!("acs:cen:*:{account}:*")],
            Self::Anywhere => vec!["*".to_owned()],
        }
    }
}

impl PolicyLanguage for AliyunPolicies {
    fn statements(&self, usage: &AccountUse, _: &Capabilities, purpose: Purpose) -> Vec<Statement> {
        let mut statements = Vec::new();
        if !usage.reads.is_empty() {
            statements.push(Statement::new(
                "Read",
                "reads what is there",
                usage.reads.iter().cloned(),
            ));
        }
        if purpose == Purpose::Life {
            let all = Reach::ALL.into_iter();
            statements.extend(all.filter_map(|reach| of_reach(usage, reach)));
        }
        statements.extend(Statement::entering(usage));
        statements
    }

    fn document(&self, statements: &[Statement]) -> Value {
        let statements: Vec<Value> = statements.iter().map(statement).collect();
        json!({ "Version": "1", "Statement": statements })
    }

    fn trust(&self, request: &EnsureTrust, _: &AccountUse) -> Value {
        trust_document(request)
    }

    fn limit(&self) -> usize {
        LIMIT
    }

    fn create_policy(&self, name: &str, file: &str) -> String {
        let (name, file) = (shell_word(name), shell_word(file));
        format!("aliyun ram CreatePolicy --PolicyName {name} --PolicyDocument \"$(cat {file})\"")
    }

    fn create_role(&self, name: &str, file: &str) -> String {
        let (name, file) = (shell_word(name), shell_word(file));
        format!(
            "aliyun ram CreateRole --RoleName {name} --AssumeRolePolicyDocument \"$(cat {file})\""
        )
    }

    fn notes(&self) -> Vec<String> {
        [
            "RAM is not asked for tags here: which actions look at `acs:RequestTag` and `acs:ResourceTag` is not verified, so \
             these policies also allow to change what others made in the same account and regions",
            "actions on VPCs, vSwitches, route tables, security groups and instances are limited to the account and the regions \
             of the topology; actions on CEN instances, transit routers and attachments to the account; for all others, and for \
             reading, it is not verified to which resources RAM limits them, so they are allowed on `*`",
            "a custom policy has at most 6144 characters; a larger policy is written in parts",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn scope_of(&self, action: &str) -> String {
        match Reach::of(action) {
            Reach::Vpc => "`acs:vpc:REGION:ACCOUNT:*`".to_owned(),
            Reach::Ecs => "`acs:ecs:REGION:ACCOUNT:*`, `acs:vpc:REGION:ACCOUNT:*`".to_owned(),
            Reach::Cen => "`acs:cen:*:ACCOUNT:*`".to_owned(),
            Reach::Anywhere => "`*` (not verified)".to_owned(),
        }
    }
}

fn of_reach(usage: &AccountUse, reach: Reach) -> Option<Statement> {
    let writes = usage.writes.iter();
    let writes: Vec<_> = writes
        .filter(|(action, _)| Reach::of(action) == reach)
        .collect();
    let regions = writes.iter().flat_map(|(_, written)| &written.regions);
    let resources = reach.resources(usage, &regions.collect());
    let actions = writes.iter().map(|(action, _)| (*action).clone());
    let statement = Statement::new(reach.sid(), reach.why(), actions).on(resources);
    (!writes.is_empty()).then_some(statement)
}

fn statement(statement: &Statement) -> Value {
    let mut value = json!({
        "Effect": "Allow",
        "Action": statement.actions,
        "Resource": statement.resources,
    });
    if !statement.conditions.is_empty() {
        let conditions: Map<String, Value> = statement
            .conditions
            .iter()
            .map(|(operator, keys)| (operator.clone(), json!(keys)))
            .collect();
        value["Condition"] = Value::Object(conditions);
    }
    value
}
