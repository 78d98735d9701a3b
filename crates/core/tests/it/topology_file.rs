use landbridge_core::topology::{Topology, json_schema};

const GOOD: &str = r#"
name: demo
accounts:
  - { name: a, cloud: memory, id: "0123" }
networks:
  - name: left
    account: a
    region: r1
    range: 10.1.0.0/16
    subnets:
      - { name: s, zone: r1-a, range: 10.1.1.0/24 }
  - { name: right, account: a, region: r2, range: 10.2.0.0/16 }
interconnects:
  - { name: core, owner: a, members: [left, right], payer: member-owner, max-mbps: 50 }
firewalls:
  - name: probe
    networks: [left]
    rules:
      - { allow: tcp, ports: 8000-8080, from: ["members:core", 192.168.0.0/24] }
      - { allow: icmp, from: ["network:right"] }
instances:
  - { name: i, subnet: left/s, address: 10.1.1.10, type: t, image: x, firewalls: [probe] }
"#;

#[test]
fn yaml_and_json_say_the_same_and_ids_keep_their_zeros() {
    let yaml = Topology::from_text(GOOD).expect("good");
    assert_eq!(yaml.accounts[0].id.as_str(), "0123");
    let json = serde_json::to_string(&yaml).expect("JSON");
    assert_eq!(Topology::from_text(&json).expect("also good"), yaml);
}

#[test]
fn an_unknown_key_is_refused_with_line_and_column() {
    let text = GOOD.replace("    region: r1\n", "    region: r1\n    colour: blue\n");
    let error = Topology::from_text(&text).expect_err("refused").to_string();
    assert!(error.contains("colour"), "{error}");
    assert!(error.contains("line 9") || error.contains("9:"), "{error}");
}

#[test]
fn every_problem_of_a_file_is_told_at_once() {
    let text = GOOD
        .replace("owner: a", "owner: nobody")
        .replace("10.1.1.0/24", "10.9.1.0/24")
        .replace("firewalls: [probe]", "firewalls: []");
    let error = Topology::from_text(&text).expect_err("refused");
    assert_eq!(error.problems().len(), 4, "{error}");
}

#[test]
fn wrong_values_are_refused_with_what_would_be_right() {
    for (right, wrong, told) in [
        ("8000-8080", "80-20", "80-20"),
        ("network:right", "netwrk:right", "network:NAME"),
        ("subnet: left/s", "subnet: left", "NETWORK/SUBNET"),
        ("payer: member-owner", "payer: nobody", "nobody"),
    ] {
        let error = Topology::from_text(&GOOD.replace(right, wrong))
            .expect_err(wrong)
            .to_string();
        assert!(error.contains(told), "{wrong}: {error}");
    }
}

#[test]
fn the_schema_describes_files() {
    let schema = json_schema();
    assert_eq!(schema["properties"]["networks"]["type"], "array");
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn no_text_makes_the_reader_panic() {
    use proptest::prelude::*;
    proptest!(|(text in "\\PC{0,200}")| {
        let _ = Topology::from_text(&text);
    });
    for cut in 0..GOOD.len() {
        if GOOD.is_char_boundary(cut) {
            let _ = Topology::from_text(&GOOD[..cut]);
        }
    }
}

#[test]
fn a_role_must_be_assumed_from_keys_that_exist() {
    let account = r#"{ name: a, cloud: memory, id: "0123" }"#;
    let circle = r#"{ name: a, cloud: memory, id: "0123", credentials: { assume-role: { from: a, role: r } } }"#;
    let nobody = circle.replace("from: a", "from: nobody");
    for (text, told) in [(circle.to_owned(), "circle"), (nobody, "nobody")] {
        let error = Topology::from_text(&GOOD.replace(account, &text))
            .expect_err(told)
            .to_string();
        assert!(error.contains(told), "{error}");
    }
}
