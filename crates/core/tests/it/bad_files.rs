//! Topology files that are wrong: every problem has its line and column, is told in our words, and repeats no key.

use landbridge_core::topology::Topology;

const GOOD: &str = r#"name: demo
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
  - { name: core, owner: a, members: [left, right], max-mbps: 50 }
instances:
  - { name: i, subnet: left/s, address: 10.1.1.10, type: t, image: x, firewalls: [f] }
firewalls:
  - { name: f, networks: [left], rules: [{ allow: icmp, from: ["network:right"] }] }
"#;

/// Words of libraries, which no reader of a file knows.
const FOREIGN: [&str; 12] = [
    "u32",
    "u64",
    "DuplicateKeyPolicy",
    "from_str_multiple",
    "Options",
    "mapping start",
    "sequence start",
    "invalid IP address syntax",
    "stream did not contain",
    "scalar",
    "struct ",
    "visitor",
];

fn told(text: &str) -> String {
    let told = Topology::from_text(text).expect_err(text).to_string();
    for word in FOREIGN {
        assert!(!told.contains(word), "`{word}` in: {told}");
    }
    told
}

fn changed(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}

#[test]
fn the_parser_speaks_our_words() {
    for (from, to, start, words) in [
        (
            "range: 10.1.0.0/16",
            "range: 10.1.0.0/33",
            "line 8, column 12: ",
            "key `range`: invalid value `10.1.0.0/33`",
        ),
        (
            "range: 10.1.0.0/16",
            "range: 10.1.0.0/-1",
            "line 8, column 12: ",
            "such as `10.0.0.0/16`",
        ),
        (
            "range: 10.1.0.0/16",
            "range: 10.1.0.0",
            "line 8, column 12: ",
            "a CIDR block",
        ),
        (
            "max-mbps: 50",
            "max-mbps: -5",
            "line 13, column ",
            "key `max-mbps`: invalid value `-5`: expected a whole number",
        ),
        (
            "max-mbps: 50",
            "max-mbps: 99999999999999999999",
            "line 13, column ",
            "expected a whole number",
        ),
        (
            "members: [left, right]",
            "members: left",
            "line 13, column ",
            "expected a list",
        ),
        (
            "accounts:\n",
            "accounts: x\nmore:\n",
            "line 2, column ",
            "expected a list",
        ),
        (
            "    region: r1\n",
            "    region: r1\n    region: r2\n",
            "line 8, column ",
            "duplicate key `region`",
        ),
        (
            "    region: r1\n",
            "    region: \"r1\n",
            "line ",
            "malformed YAML or JSON",
        ),
        (
            "\"network:right\"] }] }\n",
            "\"network:right\"] }] }\n---\nname: two\n",
            "line ",
            "more than one document",
        ),
        (
            "name: demo\n",
            "name: demo\n\tx: 1\n",
            "line ",
            "malformed YAML or JSON",
        ),
        ("name: demo", "name: *nowhere", "line 1", "invalid alias"),
    ] {
        let told = told(&changed(from, to));
        assert!(
            told.starts_with(start) && told.contains(words),
            "{to}: {told}"
        );
    }
}

#[test]
fn what_the_whole_file_shows_has_line_and_column_too() {
    for (from, to, start) in [
        (
            "[left, right]",
            "[left, rihgt]",
            "line 13, column 45: interconnect `core`: invalid member `rihgt`",
        ),
        (
            "range: 10.1.0.0/16",
            "range: 10.1.0.1/16",
            "line 8, column 12: network `left`: invalid CIDR block",
        ),
        (
            "range: 10.1.1.0/24",
            "range: 10.9.1.0/24",
            "line 10, column 39: subnet `left/s`: invalid CIDR block",
        ),
        (
            "    account: a\n",
            "    account: b\n",
            "line 6, column 14: network `left`: invalid account `b`",
        ),
        (
            "subnet: left/s",
            "subnet: left/t",
            "line 15, column 24: instance `i`: ",
        ),
        (
            "name: right",
            "name: left",
            "line 11, column 13: duplicate network name `left`",
        ),
        (
            "name: core",
            "name: \"co re\"",
            "line 13, column 13: invalid interconnect name `co re`",
        ),
        (
            "id: \"0123\"",
            "id: \"x12\"",
            "line 3, column 35: account `a`: invalid account ID `x12`",
        ),
        (
            "range: 10.1.0.0/16",
            "range: 010.001.000.000/16",
            "line 8, column 12: invalid address `010.001.000.000/16`",
        ),
    ] {
        let told = told(&changed(from, to));
        assert!(
            told.lines().any(|line| line.starts_with(start)),
            "{to}: {told}"
        );
    }
}

#[test]
fn a_key_or_a_password_in_the_wrong_place_is_not_repeated() {
    for secret in [
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "LTAI5tQnKxKbLrM2Z9pXyZaB",
        "IfEUdfBcd8sYtJKlmnO0PQRSTUvwxyz",
    ] {
        for (from, to) in [
            ("max-mbps: 50", format!("max-mbps: {secret}")),
            ("name: core", format!("name: {secret} x")),
            ("id: \"0123\"", format!("id: \"{secret}\"")),
            ("    account: a\n", format!("    account: {secret}\n")),
            ("range: 10.1.0.0/16", format!("range: {secret}")),
            (
                "    region: r1\n",
                format!("    region: r1\n    {secret}: x\n"),
            ),
            (
                "    region: r1\n",
                format!("    region: r1\n    password: {secret}\n"),
            ),
            (
                "members: [left, right]",
                format!("members: [left, {secret}]"),
            ),
        ] {
            let told = told(&changed(from, &to));
            assert!(!told.contains(&secret[..12]), "{told}");
        }
    }
    // Where a parser shows what it was given, a password has no place.
    for (from, to) in [
        ("max-mbps: 50", "max-mbps: Hunter2!"),
        ("range: 10.1.0.0/16", "range: Hunter2!"),
        (
            "    region: r1\n",
            "    region: r1\n    password: Hunter2!\n",
        ),
    ] {
        let told = told(&changed(from, to));
        assert!(!told.contains("Hunter2"), "{told}");
    }
}

#[test]
fn long_values_are_cut_and_control_characters_are_visible() {
    let long = "n".repeat(10_000);
    let told_long = told(&changed("name: core", &format!("name: {long}")));
    assert!(
        told_long.len() < 500 && told_long.contains("10000 characters"),
        "{told_long}"
    );
    let raw = told(&changed(
        "name: core",
        "name: \"a\\e[31m\\r\\nforged: line\"",
    ));
    assert!(
        !raw.contains('\u{1b}') && !raw.contains(['\r', '\n']),
        "{raw:?}"
    );
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let folder = std::env::temp_dir().join(format!("landbridge-bad-{}.yaml", std::process::id()));
    std::fs::write(&folder, b"name: demo\naccounts: \xff\n").expect("written");
    let told = Topology::from_file(&folder)
        .expect_err("no text")
        .to_string();
    std::fs::remove_file(&folder).expect("removed");
    let place = format!("{}:2:11: ", folder.display());
    assert!(
        told.starts_with(&place) && told.contains("expected UTF-8 text"),
        "{told}"
    );
    assert_eq!(
        told.matches(&folder.display().to_string()).count(),
        1,
        "{told}"
    );
}

#[test]
fn validation_refuses_what_no_cloud_has() {
    let validate = |text: &str| Topology::validate_text(text).map_err(|error| error.to_string());
    assert!(validate(GOOD).is_ok(), "{:?}", validate(GOOD));
    for (from, to, place, words) in [
        (
            "region: r1\n",
            "region: \"\"\n",
            "line 7, column ",
            "invalid region ``",
        ),
        (
            "region: r1\n",
            "region: \"evil.example/#\"\n",
            "line 7, column ",
            "invalid region",
        ),
        (
            "zone: r1-a",
            "zone: \"\"",
            "line 10, column ",
            "invalid zone ``",
        ),
        (
            "range: 10.2.0.0/16",
            "range: 0.0.0.0/0",
            "line 11, column ",
            "invalid CIDR block `0.0.0.0/0`",
        ),
        (
            "range: 10.2.0.0/16",
            "range: 10.2.0.0/32",
            "line 11, column ",
            "expected a prefix from /8 to /29",
        ),
        (
            "range: 10.2.0.0/16",
            "range: 10.1.128.0/17",
            "line 11, column ",
            "overlaps `10.1.0.0/16` of network `left`",
        ),
    ] {
        let told = validate(&changed(from, to)).expect_err(to);
        assert!(
            told.starts_with(place) && told.contains(words),
            "{to}: {told}"
        );
    }
}

#[test]
fn what_is_nested_too_deep_is_refused_and_no_stack_overflows() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("[{a: ", "}]")] {
        for depth in [100, 1_000, 100_000] {
            for key in ["range: ", "tags: ", "name: "] {
                let deep = format!("{key}{}x{}", open.repeat(depth), close.repeat(depth));
                told(&format!("{GOOD}{deep}\n"));
                told(&GOOD.replacen("range: 10.1.0.0/16", &deep, 1));
            }
        }
    }
}
