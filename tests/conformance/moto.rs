//! The AWS backend on moto, which nobody here wrote.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use landbridge::aws::Aws;
use landbridge::aws::credential::{AssumeRoleCredentials, StaticCredentials};
use landbridge_core::conformance::{Subject, Verdict, run_all};
use landbridge_core::memory::ManualClock;
use landbridge_core::{Clock, CloudName, Place, Zone};

use crate::moto_server::{Moto, REQUIREMENTS, VISITOR, role};
use crate::python::Python;

const A: &str = "111122223333";
const B: &str = "444455556666";

/// Promises that moto makes impossible to keep, and why. Each is asserted to be broken: one that is kept has to be
/// taken from this list.
const GAPS: &[(&str, &str)] = &[
    (
        "auth.assume.external-id",
        "moto opens a session of any role for anybody",
    ),
    (
        "auth.assume.untrusted",
        "moto opens a session of any role for anybody",
    ),
    (
        "network.delete.with-group",
        "moto deletes a network with the groups that are left in it",
    ),
    (
        "subnet.delete.with-instance",
        "moto deletes a subnet under the interfaces of instances",
    ),
    (
        "peering.create.token",
        "moto takes the same request twice, where the cloud gives the peering that waits",
    ),
    ("peering.twice", "moto joins two networks twice"),
    (
        "group.delete.with-members",
        "moto deletes a group that instances are in",
    ),
    (
        "group.delete.referred",
        "moto deletes a group that rules refer to",
    ),
    (
        "rule.authorize.group",
        "moto forgets the description of a rule that names a group",
    ),
    (
        "rule.authorize.gre",
        "moto fails on a rule of a protocol that it does not know by name",
    ),
    (
        "network.range",
        "moto removes a range although a subnet is in it",
    ),
    ("instance.create.token", "moto ignores client tokens"),
    (
        "command.agents",
        "moto knows none of the policies that AWS manages, so a role of agents cannot be made",
    ),
    (
        "command.run",
        "moto knows none of the policies that AWS manages, so a role of agents cannot be made",
    ),
    (
        "command.run.failure",
        "moto knows none of the policies that AWS manages, so a role of agents cannot be made",
    ),
    (
        "command.run.token",
        "moto knows none of the policies that AWS manages, so a role of agents cannot be made",
    ),
    (
        "agent-role.once",
        "moto knows none of the policies that AWS manages, so a role of agents cannot be made",
    ),
    (
        "agent-role.found",
        "moto knows none of the policies that AWS manages, so a role of agents cannot be made",
    ),
    (
        "agent-role.delete",
        "moto knows none of the policies that AWS manages, so a role of agents cannot be made",
    ),
    (
        "service-endpoint.create.token",
        "moto ignores client tokens",
    ),
    (
        "service-endpoint.create.found",
        "moto fails where endpoints are asked for by their ids",
    ),
    (
        "service-endpoint.create.label",
        "moto fails where endpoints are asked for by their ids",
    ),
    (
        "service-endpoint.create.ready",
        "moto fails where endpoints are asked for by their ids",
    ),
    (
        "service-endpoint.list.ids",
        "moto fails where endpoints are asked for by their ids",
    ),
    (
        "service-endpoint.list.topology",
        "moto fails where endpoints are asked for by their ids",
    ),
    (
        "service-endpoint.list.all",
        "moto fails where endpoints are asked for by their ids",
    ),
    (
        "service-endpoint.list.elsewhere",
        "moto fails where endpoints are asked for by their ids",
    ),
    (
        "service-endpoint.delete",
        "moto fails where endpoints are asked for by their ids",
    ),
    (
        "service-endpoint.delete.absent",
        "moto fails where endpoints are asked for by their ids",
    ),
    (
        "service-endpoint.record",
        "moto fails where endpoints are asked for by their ids",
    ),
];

/// Nothing at moto takes time, so nobody waits for real; but its sessions end by the machine's date.
#[derive(Debug, Default)]
struct Impatient(ManualClock);

#[async_trait]
impl Clock for Impatient {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn uptime(&self) -> Duration {
        self.0.uptime()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }

    fn chance(&self) -> f64 {
        self.0.chance()
    }
}

fn subject(moto: &Moto) -> Subject {
    let visitor = Arc::new(StaticCredentials::new(VISITOR, VISITOR));
    let clock = Arc::new(Impatient::default());
    let mut builder = Aws::builder()
        .clock(clock.clone())
        .endpoint(&moto.url())
        .expect("a loopback address is allowed");
    for id in [A, B] {
        let session = AssumeRoleCredentials::new(visitor.clone(), role(id));
        builder = builder.credentials(id, Arc::new(session));
    }
    let provider = Arc::new(builder.build().expect("a provider"));
    let home = Place::new(CloudName::from_static("aws"), A, "us-east-1");
    Subject::new(provider, clock, home, "eu-central-1", B)
        .with_zones("us-east-1", [Zone::new("us-east-1a")])
        .with_machines("t3.nano", "ami-12c6146b")
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_on_moto() {
    let Some(python) = Python::ready(REQUIREMENTS) else {
        return;
    };
    let moto = Moto::start(&python);
    let report = run_all(&subject(&moto)).await;
    println!("conformance aws-on-moto: {}", report.summary());

    let gaps: BTreeMap<&str, &str> = GAPS.iter().copied().collect();
    let mut complaints = Vec::new();
    for finding in &report.findings {
        match (&finding.verdict, gaps.get(finding.check)) {
            (Verdict::Broken(violation), None) => complaints.push(violation.to_string()),
            (Verdict::Kept, Some(reason)) => complaints.push(format!(
                "{} is kept now; take it from the list of gaps, which says: {reason}",
                finding.check
            )),
            _ => {}
        }
    }
    let known = |name: &&&str| {
        !report
            .findings
            .iter()
            .any(|finding| finding.check == **name)
    };
    let unknown = gaps.keys().filter(known);
    complaints.extend(unknown.map(|name| format!("no check is called {name}")));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
