//! Policies in IAM's words: which action takes which resources, and how what is Landbridge's own is told from what is not.
//!
//! What Landbridge creates carries the tag `landbridge:topology` from its creation, so a create is allowed with that tag only,
//! and a change or a deletion of what has it only. Route tables of new VPCs, network interfaces and volumes carry no tags of
//! ours, peerings none on the accepter's side; for these, conditions name the VPCs.

mod facts;

use std::collections::BTreeSet;

use landbridge_core::handover::shell_word;
use landbridge_core::policy::{AccountUse, PolicyLanguage, Purpose, Statement};
use landbridge_core::{Capabilities, EnsureTrust, Region, TAG_TOPOLOGY};
use serde_json::{Value, json};

use crate::ec2::route_mark::MARKS;
use crate::iam::{Trusted, agent_policy, instance_service, profile_name, trust_document};
use crate::partition::Partition;
use facts::{Fact, facts_of};

/// What a managed policy may have, without white space.
const LIMIT: usize = 6144;

/// How IAM writes policies.
#[derive(Debug)]
pub(crate) struct AwsPolicies;

impl PolicyLanguage for AwsPolicies {
    fn statements(&self, usage: &AccountUse, _: &Capabilities, purpose: Purpose) -> Vec<Statement> {
        let mut statements = Vec::new();
        if !usage.reads.is_empty() {
            statements.push(Statement::new(
                "Read",
                "reads what is there; EC2 limits none of these actions to single resources",
                usage.reads.iter().cloned(),
            ));
        }
        if purpose == Purpose::Life {
            statements.extend(Writer::new(usage).statements());
        }
        statements.extend(Statement::entering(usage));
        statements
    }

    fn document(&self, statements: &[Statement]) -> Value {
        let statements: Vec<Value> = statements.iter().map(statement).collect();
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    fn trust(&self, request: &EnsureTrust, usage: &AccountUse) -> Value {
        trust_document(partition(usage).name, &Trusted::from(request))
    }

    fn limit(&self) -> usize {
        LIMIT
    }

    fn create_policy(&self, name: &str, file: &str) -> String {
        let (name, file) = (shell_word(name), shell_word(&format!("file://{file}")));
        format!("aws iam create-policy --policy-name {name} --policy-document {file}")
    }

    fn create_role(&self, name: &str, file: &str) -> String {
        let (name, file) = (shell_word(name), shell_word(&format!("file://{file}")));
        format!("aws iam create-role --role-name {name} --assume-role-policy-document {file}")
    }

    fn notes(&self) -> Vec<String> {
        [
            "the main route table of a VPC that Landbridge creates carries no tag, so routes are allowed in every route table of \
             its region and account; in existing VPCs, in their tables alone",
            "that EC2 asks for `security-group-rule/*` beside the security group is not verified; the statement allows no rule \
             in a group that the others do not allow",
            "a managed policy has at most 6144 characters without white space; a larger policy is written in parts",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn scope_of(&self, action: &str) -> String {
        let facts = facts_of(action).iter().map(|fact| fact.words());
        let words: Vec<String> = facts.collect();
        match words.is_empty() {
            true => "`*`".to_owned(),
            false => words.join("; "),
        }
    }
}

fn statement(statement: &Statement) -> Value {
    let mut value = json!({
        "Sid": statement.sid,
        "Effect": "Allow",
        "Action": one_or_all(&statement.actions.iter().collect::<Vec<_>>()),
        "Resource": one_or_all(&statement.resources.iter().collect::<Vec<_>>()),
    });
    if !statement.conditions.is_empty() {
        let mut conditions = serde_json::Map::new();
        for (operator, keys) in &statement.conditions {
            let keys = keys.iter();
            let keys: serde_json::Map<String, Value> = keys
                .map(|(key, values)| (key.clone(), one_or_all(&values.iter().collect::<Vec<_>>())))
                .collect();
            conditions.insert(operator.clone(), Value::Object(keys));
        }
        value["Condition"] = Value::Object(conditions);
    }
    value
}

// A list of one is written as its item: documents have a limit.
fn one_or_all(texts: &[&String]) -> Value {
    match texts {
        [only] => json!(only),
        all => json!(all),
    }
}

fn partition(usage: &AccountUse) -> Partition {
    usage
        .regions
        .iter()
        .next()
        .map_or_else(Partition::default, Partition::of)
}

/// Writes the statements of an account's writes.
struct Writer<'a> {
    usage: &'a AccountUse,
}

impl<'a> Writer<'a> {
    fn new(usage: &'a AccountUse) -> Self {
        Self { usage }
    }

    // One statement for each fact: all actions that it holds for.
    fn statements(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        for fact in Fact::ALL.iter().filter(|fact| self.has(**fact)) {
            let of_fact = self.usage.writes.keys();
            let of_fact: BTreeSet<&str> = of_fact
                .map(String::as_str)
                .filter(|action| facts_of(action).contains(fact))
                .collect();
            if !of_fact.is_empty() {
                statements.extend(self.statement(*fact, &of_fact));
            }
        }
        let unknown = self.usage.writes.keys();
        let unknown: Vec<&String> = unknown.filter(|one| facts_of(one).is_empty()).collect();
        if !unknown.is_empty() {
            statements.push(Statement::new(
                "NotLimited",
                "IAM limits these actions to no single resources",
                unknown,
            ));
        }
        statements
    }

    // The options of a peering are changed on its own side by each owner, who is told apart by how it came to be.
    fn has(&self, fact: Fact) -> bool {
        let takes = |action: &str| self.usage.writes.contains_key(action);
        match fact {
            Fact::Offered => takes("ec2:AcceptVpcPeeringConnection"),
            Fact::OwnPeering => takes("ec2:CreateVpcPeeringConnection"),
            Fact::OwnProbes => takes("ec2:RunInstances"),
            _ => true,
        }
    }

    fn statement(&self, fact: Fact, actions: &BTreeSet<&str>) -> Option<Statement> {
        let statement = || Statement::new(fact.sid(), fact.why(), actions.iter().copied());
        let regions = self.regions(actions);
        let statement = match fact {
            Fact::New(kind) => self.with_new_tag(statement().on(self.arns(&regions, &[kind]))),
            Fact::TagNew => self.tag_new(statement(), &regions)?,
            Fact::Ours => {
                let arns = self.own_arns(&regions, actions);
                self.with_own_tag(statement().on(arns))
            }
            Fact::Existing => statement().on(self.existing_networks(&regions)),
            Fact::ExistingGroup => {
                let groups = self.usage.groups.iter();
                let groups =
                    groups.map(|(region, id)| self.arn(region, "security-group", id.as_str()));
                statement().on(groups)
            }
            Fact::ExistingSubnet => {
                let subnets = self.usage.subnets.iter();
                let subnets = subnets.map(|(region, id)| self.arn(region, "subnet", id.as_str()));
                statement().on(subnets)
            }
            Fact::RuleItself => statement().on(self.arns(&regions, &["security-group-rule"])),
            Fact::TableOfNew => {
                let regions = self.new_regions(&regions);
                statement().on(self.arns(&regions, &["route-table"]))
            }
            Fact::TableOfExisting => self.tables_of_existing(statement(), &regions),
            Fact::Mark => self.tables_of_existing(statement(), &regions).when(
                "ForAllValues:StringLike",
                "aws:TagKeys",
                [MARKS],
            ),
            Fact::Requested => self
                .with_new_tag(statement().on(self.arns(&regions, &["vpc-peering-connection"])))
                .when("ArnLike", "ec2:AccepterVpc", self.far()),
            Fact::Offered => statement()
                .on(self.arns(&regions, &["vpc-peering-connection"]))
                .when("ArnLike", "ec2:RequesterVpc", self.far()),
            Fact::OwnPeering => {
                let arns = self.arns(&regions, &["vpc-peering-connection"]);
                self.with_own_tag(statement().on(arns))
            }
            Fact::Parts => {
                let mut arns = self.arns(&regions, &["network-interface", "volume"]);
                let images = regions.iter().map(|region| {
                    format!("arn:{}:ec2:{region}::image/*", Partition::of(region).name)
                });
                arns.extend(images);
                statement().on(arns)
            }
            Fact::Rename => self.rename(statement(), &regions)?,
            Fact::Analysis => statement(),
            Fact::AgentRole => {
                let kinds = ["role", "instance-profile"].into_iter();
                statement().on(kinds.flat_map(|kind| self.agent_arns(kind)))
            }
            Fact::AgentPolicy => statement().on(self.agent_arns("role")).when(
                "ArnEquals",
                "iam:PolicyARN",
                [agent_policy(partition(self.usage))],
            ),
            Fact::PassRole => {
                let named = self.usage.agent_roles.iter();
                let named = named.map(|name| self.iam_arn("role", name));
                let service = instance_service(partition(self.usage));
                let roles = self.agent_arns("role").into_iter().chain(named);
                statement()
                    .on(roles)
                    .when("StringEquals", "iam:PassedToService", [service])
            }
            Fact::Script => statement().on(regions.iter().map(|region| {
                let partition = Partition::of(region).name;
                format!("arn:{partition}:ssm:{region}::document/AWS-RunShellScript")
            })),
            Fact::PublicParameters => statement().on(regions.iter().map(|region| {
                let partition = Partition::of(region).name;
                format!("arn:{partition}:ssm:{region}::parameter/aws/service/*")
            })),
            Fact::OwnProbes => statement().on(self.arns(&regions, &["instance"])).when(
                "StringEquals",
                format!("ssm:resourceTag/{TAG_TOPOLOGY}"),
                self.usage.topologies.iter().cloned(),
            ),
            Fact::ExistingProbes => {
                let instances = self.usage.instances.iter();
                statement()
                    .on(instances.map(|(region, id)| self.arn(region, "instance", id.as_str())))
            }
        };
        (!statement.resources.is_empty()).then_some(statement)
    }

    fn regions(&self, actions: &BTreeSet<&str>) -> BTreeSet<&'a Region> {
        let writes = self.usage.writes.iter();
        let writes = writes.filter(|(action, _)| actions.contains(action.as_str()));
        writes.flat_map(|(_, written)| &written.regions).collect()
    }

    fn new_regions(&self, regions: &BTreeSet<&'a Region>) -> BTreeSet<&'a Region> {
        let new = self.usage.regions_of_new_networks();
        regions.intersection(&new).copied().collect()
    }

    fn arn(&self, region: &Region, kind: &str, id: &str) -> String {
        let (partition, account) = (Partition::of(region).name, &self.usage.account);
        format!("arn:{partition}:ec2:{region}:{account}:{kind}/{id}")
    }

    fn iam_arn(&self, kind: &str, name: &str) -> String {
        let (partition, account) = (partition(self.usage).name, &self.usage.account);
        format!("arn:{partition}:iam::{account}:{kind}/{name}")
    }

    // Under every name that the topology had.
    fn agent_arns(&self, kind: &str) -> Vec<String> {
        let names = self.usage.topologies.iter();
        let names = names.map(|name| self.iam_arn(kind, &profile_name(name)));
        names.collect()
    }

    fn arns(&self, regions: &BTreeSet<&Region>, kinds: &[&str]) -> Vec<String> {
        let regions = regions.iter();
        let all = regions.flat_map(|region| kinds.iter().map(|kind| self.arn(region, kind, "*")));
        all.collect()
    }

    fn existing_networks(&self, regions: &BTreeSet<&Region>) -> Vec<String> {
        let networks = self.usage.existing_networks();
        let networks = networks.filter(|(region, _)| regions.contains(region));
        networks
            .map(|(region, id)| self.arn(region, "vpc", id.as_str()))
            .collect()
    }

    // Where Landbridge creates VPCs too, another statement allows all tables.
    fn tables_of_existing(&self, statement: Statement, regions: &BTreeSet<&Region>) -> Statement {
        let networks = self.existing_networks(regions);
        let with_some = self.usage.existing_networks().map(|(region, _)| region);
        let with_some: BTreeSet<&Region> = with_some.filter(|one| regions.contains(one)).collect();
        let tables = self.arns(&with_some, &["route-table"]);
        statement.on(tables).when("ArnEquals", "ec2:Vpc", networks)
    }

    // Those sorts of objects that these actions change or delete. VPCs are ours only where Landbridge creates some.
    fn own_arns(&self, regions: &BTreeSet<&Region>, actions: &BTreeSet<&str>) -> Vec<String> {
        let kinds = actions.iter().flat_map(|action| facts::own_kinds(action));
        let kinds: BTreeSet<&str> = kinds.copied().collect();
        let new = self.usage.regions_of_new_networks();
        let mut arns = Vec::new();
        for region in regions {
            let there = kinds
                .iter()
                .filter(|kind| **kind != "vpc" || new.contains(region));
            arns.extend(there.map(|kind| self.arn(region, kind, "*")));
        }
        arns
    }

    fn with_new_tag(&self, statement: Statement) -> Statement {
        let name = self.usage.topologies.first().cloned();
        statement.when(
            "StringEquals",
            format!("aws:RequestTag/{TAG_TOPOLOGY}"),
            name,
        )
    }

    fn with_own_tag(&self, statement: Statement) -> Statement {
        let names = self.usage.topologies.iter().cloned();
        statement.when(
            "StringEquals",
            format!("aws:ResourceTag/{TAG_TOPOLOGY}"),
            names,
        )
    }

    fn tag_new(&self, statement: Statement, regions: &BTreeSet<&Region>) -> Option<Statement> {
        let creates = facts::CREATES.iter();
        let creates: Vec<&(&str, &str)> = creates
            .filter(|(create, _)| self.usage.writes.contains_key(&format!("ec2:{create}")))
            .collect();
        let kinds: Vec<&str> = creates.iter().map(|(_, kind)| *kind).collect();
        let names: Vec<&str> = creates.iter().map(|(create, _)| *create).collect();
        let statement = self.with_new_tag(statement.on(self.arns(regions, &kinds)));
        (!names.is_empty()).then(|| statement.when("StringEquals", "ec2:CreateAction", names))
    }

    // What was made under another name gets the tags that it would be made with now.
    fn rename(&self, statement: Statement, regions: &BTreeSet<&Region>) -> Option<Statement> {
        use landbridge_core::object::{Kind, OpKind};
        let tags = self.usage.writes.get("ec2:CreateTags")?;
        let renames = tags.kinds.contains(&OpKind::create(Kind::Adoption));
        let arns = self.arns(regions, facts::TAGGED);
        let statement = self.with_own_tag(statement.on(arns));
        renames.then(|| self.with_new_tag(statement))
    }

    fn far(&self) -> BTreeSet<String> {
        let far = self.usage.far.iter();
        far.map(|network| {
            let id = network.id.as_ref().map_or("*", |id| id.as_str());
            let partition = Partition::of(&network.region).name;
            let (region, account) = (&network.region, &network.account);
            format!("arn:{partition}:ec2:{region}:{account}:vpc/{id}")
        })
        .collect()
    }
}
