//! Findings say where in the topology's text the part is that they are about.

use landbridge_core::memory::MemoryAccount;
use landbridge_core::preflight::preflight;
use landbridge_core::topology::{Source, Topology};

use crate::common::{A, B, world_of};

const TEXT: &str = r#"
name: t
accounts:
  - { name: a, cloud: memory, id: "1111" }
  - { name: b, cloud: memory, id: "2222" }
networks:
  - name: left
    account: a
    region: r1
    range: 10.1.0.0/16
    subnets:
      - { name: l1, zone: r1-a, range: 10.1.1.0/24 }
  - { name: right, account: b, region: r1, range: 10.1.0.0/17 }
interconnects:
  - { name: core, owner: a, members: [left, right], model: mesh }
"#;

/// The findings, as code and place.
async fn located(kind: landbridge_core::IdentityKind) -> Vec<String> {
    let text = TEXT.replace("1111", A).replace("2222", B);
    let (engine, ..) = world_of([MemoryAccount::new(A).with_kind(kind), MemoryAccount::new(B)]);
    let topology = Topology::from_text(&text).expect("a topology");
    let observation = engine.observe(&topology).await.expect("observe");
    let mut report = preflight(&topology, &observation);
    let source = Source::of_text(&text).expect("YAML");
    let source = source.in_file("net.yaml".as_ref());
    source.locate(&mut report.findings);
    let findings = report.findings.iter();
    let told = findings.map(|finding| {
        let at = finding.at.as_ref();
        let at = at.map_or_else(|| "nowhere".to_owned(), ToString::to_string);
        format!("{} {at}", finding.code)
    });
    told.collect()
}

#[tokio::test]
async fn findings_point_at_the_value_they_repeat_or_at_the_element() {
    let told = located(landbridge_core::IdentityKind::User).await;
    // `left`, in the list of members.
    assert_eq!(told, ["range/overlap net.yaml:15:39"]);
}

#[tokio::test]
async fn an_account_is_found_by_its_id() {
    let told = located(landbridge_core::IdentityKind::Root).await;
    assert_eq!(told, ["identity/root net.yaml:4:5"]);
}
