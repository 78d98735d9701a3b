use landbridge_core::CloudName;
use landbridge_core::topology::{Account, BorderRouter, Edge, Network, Topology, json_schema};

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
    let told =
        "line 9, column 5: invalid key `colour`: expected `name`, `account`, `region`, `range`";
    assert!(error.starts_with(told), "{error}");
    assert!(
        error.contains(" or `") && error.contains("`subnets`"),
        "{error}"
    );
}

#[test]
fn problems_of_a_file_are_told_with_its_path_and_with_a_hint() {
    let path =
        std::env::temp_dir().join(format!("landbridge-topology-{}.yaml", std::process::id()));
    let refused = |text: String| {
        std::fs::write(&path, text).expect("written");
        let error = Topology::from_file(&path).expect_err("refused");
        let told = error.to_string();
        let (place, problem) = told.split_once(": ").expect("a place");
        (
            place.replace(&path.display().to_string(), "FILE"),
            problem.to_owned(),
        )
    };
    let typed = refused(GOOD.replace("region: r1\n", "regoin: r1\n"));
    let unknown = refused(GOOD.replace("[left, right]", "[left, rihgt]"));
    std::fs::remove_file(&path).expect("removed");
    assert_eq!(typed.0, "FILE:8:5");
    assert!(typed.1.ends_with("; did you mean `region`?"), "{typed:?}");
    assert_eq!(unknown.0, "FILE:14:45");
    let told = "interconnect `core`: invalid member `rihgt`: expected a name declared in `networks`; did you mean \
                `right`?";
    assert_eq!(unknown.1.lines().next(), Some(told));
}

#[test]
fn a_file_that_cannot_be_read_is_no_invalid_topology() {
    let error = Topology::from_file("no-such-file.yaml".as_ref()).expect_err("refused");
    let told = error.to_string();
    assert!(
        told.starts_with("cannot read topology file `no-such-file.yaml`: "),
        "{told}"
    );
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
        ("10.1.1.10", "10.1.1.0", "no host has those"),
        ("10.1.1.10", "10.1.1.255", "no host has those"),
        ("10.1.1.10", "10.1.2.10", "expected an address in"),
        (
            "payer: member-owner",
            "payer: member-owmer",
            "did you mean `member-owner`?",
        ),
        (
            "range: 10.1.0.0/16",
            "range: 10.1.0.0/99",
            "invalid value `10.1.0.0/99`: expected",
        ),
        (
            "max-mbps: 50",
            "max-mbps: fast",
            "invalid value `fast`: expected a whole number",
        ),
        ("account: a\n", "account: [a]\n", "expected a string"),
        ("    account: a\n", "", "missing key `account`"),
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
    let hidden = r#"{ name: a, cloud: memory, id: "0123", credentials: { secret: ../b } }"#;
    for (text, told) in [
        (circle.to_owned(), "circle"),
        (nobody, "nobody"),
        (hidden.to_owned(), "invalid `secret` `../b`"),
    ] {
        let error = Topology::from_text(&GOOD.replace(account, &text))
            .expect_err(told)
            .to_string();
        assert!(error.contains(told), "{error}");
    }
    // The program's own keys, and keys that it keeps.
    for text in [circle.replace("from: a, ", ""), hidden.replace("../b", "b")] {
        Topology::from_text(&GOOD.replace(account, &text)).expect("good");
    }
}

const LINES: &str = r#"
name: lines
accounts:
  - { name: a, cloud: memory, id: "01" }
  - { name: b, cloud: memory, id: "02" }
networks:
  - { name: vpc, account: b, region: r1, range: 10.0.0.0/16 }
edges:
  - name: line
    owner: a
    region: r1
    asn: 65000
    members: [vpc]
    border-routers:
      - { name: dc1, id: vbr-1, account: b, region: r1, ranges: [10.9.0.0/16], probe: 10.9.0.10 }
      - { name: dc2, id: vbr-2, account: a, region: r2, ranges: [10.8.0.0/16, "fd00:8::/64"] }
    advertise: { vpc: [10.0.1.0/24] }
"#;

#[test]
fn a_file_declares_edges() {
    let topology = Topology::from_text(LINES).expect("good");
    let edge = topology.edge("line").expect("declared");
    let ranges = |texts: &[&str]| -> Vec<ipnet::IpNet> {
        let parsed = texts.iter().map(|text| text.parse().expect("a range"));
        parsed.collect()
    };
    let probe = "10.9.0.10".parse().expect("an address");
    let built = Edge::new("line", "a", "r1", 65_000)
        .with_member("vpc")
        .with_border_router(
            BorderRouter::new("dc1", "vbr-1", "b", "r1", ranges(&["10.9.0.0/16"]))
                .with_probe(probe),
        )
        .with_border_router(BorderRouter::new(
            "dc2",
            "vbr-2",
            "a",
            "r2",
            ranges(&["10.8.0.0/16", "fd00:8::/64"]),
        ))
        .with_advertised("vpc", ranges(&["10.0.1.0/24"]));
    assert_eq!(*edge, built);
    let places: Vec<String> = topology.places().iter().map(ToString::to_string).collect();
    assert_eq!(places, ["memory:01:r1", "memory:02:r1"]);
    let json = serde_json::to_string(&topology).expect("JSON");
    assert_eq!(Topology::from_text(&json).expect("also good"), topology);
    let schema = json_schema();
    assert_eq!(schema["properties"]["edges"]["type"], "array");
}

#[test]
fn an_edge_that_makes_no_sense_is_refused_with_the_reason() {
    for (right, wrong, told) in [
        ("owner: a", "owner: nobody", "invalid owner `nobody`"),
        (
            "asn: 65000",
            "asn: 0",
            "invalid autonomous system number `0`",
        ),
        (
            "members: [vpc]",
            "members: [vpc, vpc]",
            "duplicate member `vpc`",
        ),
        (
            "members: [vpc]",
            "members: [vpc, x]",
            "invalid member `x`: expected a name declared in `networks`",
        ),
        (
            "name: dc2",
            "name: dc1",
            "edge `line`: duplicate border router name `dc1`",
        ),
        (
            "id: vbr-2",
            "id: vbr-1",
            "border router `line/dc1` has it too",
        ),
        ("id: vbr-2", "id: a/b", "invalid ID `a/b`"),
        (
            "account: a, region: r2",
            "account: x, region: r2",
            "invalid account `x`",
        ),
        (
            "10.8.0.0/16, ",
            "10.8.0.0/16, 10.8.7.0/24, ",
            "`10.8.7.0/24` overlaps its other CIDR block `10.8.0.0/16`",
        ),
        ("10.8.0.0/16", "10.8.0.1/16", "write `10.8.0.0/16`"),
        (
            "ranges: [10.9.0.0/16]",
            "ranges: []",
            "at least one CIDR block",
        ),
        (
            "probe: 10.9.0.10",
            "probe: 10.7.0.10",
            "expected an address in its `ranges`",
        ),
        (
            "{ vpc: [10.0.1.0/24] }",
            "{ x: [10.0.1.0/24] }",
            "invalid `advertise` key `x`: expected a name declared in `members`",
        ),
        (
            "[10.0.1.0/24]",
            "[]",
            "remove `vpc` from it to advertise all",
        ),
        (
            "[10.0.1.0/24]",
            "[10.1.0.0/24]",
            "expected a part of `10.0.0.0/16`",
        ),
        (
            "edges:",
            "interconnects:\n  - { name: line, owner: a, members: [vpc, vpc] }\nedges:",
            "an interconnect has the same name",
        ),
        ("id: \"02\"", "id: \"02\", cloud: other", "duplicate"),
        (
            "cloud: memory, id: \"02\"",
            "cloud: other, id: \"02\"",
            "one edge for each cloud",
        ),
        ("asn: 65000", "asn: 65000\n    colour: blue", "colour"),
    ] {
        let text = LINES.replacen(right, wrong, 1);
        assert_ne!(text, LINES, "{right} is not in the file");
        let error = Topology::from_text(&text).expect_err(wrong).to_string();
        assert!(error.contains(told), "{wrong}: {error}");
    }
}

#[test]
fn two_lines_may_lead_to_the_same_blocks() {
    for behind in ["10.9.0.0/16", "10.9.8.0/24"] {
        let text = LINES.replacen("10.8.0.0/16", behind, 1);
        let topology = Topology::from_text(&text).expect("valid");
        assert_eq!(
            topology.edges[0].border_routers[1].ranges[0].to_string(),
            behind
        );
    }
}

#[test]
fn one_existing_network_under_two_names_is_one_problem_that_names_both() {
    let one = Network::existing("one", "a", "r1", "vpc-1");
    let copy = Network::existing("copy", "a", "r1", "vpc-1");
    let other = Network::existing("other", "a", "r1", "vpc-2");
    let topology = Topology::new("twice")
        .with_account(Account::new("a", CloudName::from_static("memory"), "01"))
        .with_network(one)
        .with_network(other);
    topology.check().expect("different IDs");
    let error = topology.with_network(copy).check().expect_err("refused");
    assert_eq!(
        error.problems(),
        [
            "network `copy`: duplicate ID `vpc-1`: network `one` has it too; declare the network once"
        ]
    );
}

#[test]
fn the_example_of_an_edge_is_good() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/topologies/ecr-two-accounts.yaml");
    let topology = Topology::from_file(&path).expect("good");
    assert_eq!(
        topology.edges[0].border_routers[0].id.as_str(),
        "vbr-bp1example"
    );
}
