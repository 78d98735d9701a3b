//! What a person gets wrong in a topology file, and the one error that tells what, where and how to mend it.

use crate::common::{changed, landbridge, path};

/// A mistake, as a change of the example, and what is told of it after the name of the file.
struct Mistake {
    from: &'static str,
    to: &'static str,
    told: &'static str,
}

const fn mistake(from: &'static str, to: &'static str, told: &'static str) -> Mistake {
    Mistake { from, to, told }
}

/// Told by `validate`, which asks no cloud.
const MISTAKES: &[Mistake] = &[
    mistake(
        "cloud: aliyun",
        "cloud: alibaba",
        ":27:12: account `a`: unknown cloud `alibaba`: expected `aliyun` or `aws`; did you mean `aliyun`?\n\
         FILE:38:12: account `b`: unknown cloud `alibaba`: expected `aliyun` or `aws`; did you mean `aliyun`?",
    ),
    mistake(
        "from: [\"members:backbone\"] }",
        "from: \"10.0.0.0/8\" }",
        ":92:30: key `from`: invalid value `10.0.0.0/8`: expected a list, such as `[\"10.0.0.0/8\"]`",
    ),
    mistake(
        "members: [vpc1, vpc2, vpc3]",
        "members: [vpc1, vpc2, vcp3]",
        ":82:27: interconnect `backbone`: invalid member `vcp3`: expected a name declared in `networks`; did you mean `vpc3`?",
    ),
    mistake(
        "range: 172.16.0.0/16",
        "range: 172.16.0.1/16",
        ":53:12: network `vpc1`: invalid CIDR block `172.16.0.1/16`: expected no host bits; write `172.16.0.0/16`",
    ),
    mistake(
        "range: 10.0.20.0/24",
        "range: 10.1.20.0/24",
        ":62:51: subnet `vpc2/vsw2`: invalid CIDR block `10.1.20.0/24`: expected a part of `10.0.0.0/16`, that of network `vpc2`\n\
         FILE:111:14: instance `ecs2`: invalid address `10.0.20.100`: expected an address in `10.1.20.0/24`, the CIDR block \
         of subnet `vpc2/vsw2`",
    ),
    mistake(
        "payer: hub-owner",
        "pay: hub-owner",
        ":84:5: invalid key `pay`: expected `name`, `owner`, `model`, `hub`, `reach`, `members`, `attachments`, `payer`, \
         `max-mbps`, `dns-resolution`, `was`, `protect` or `aggregate`",
    ),
    mistake(
        "payer: hub-owner",
        "payer: hubowner",
        ":84:12: key `payer`: invalid value `hubowner`: expected `hub-owner` or `member-owner`; did you mean `hub-owner`?",
    ),
    mistake(
        "ports: \"22\"",
        "ports: \"ssh\"",
        ":93:30: invalid ports `ssh`: expected one port, such as `22`, or a range, such as `8000-8080`",
    ),
    mistake(
        "subnet: vpc1/vsw1",
        "subnet: vpc1/vsw9",
        ":99:13: instance `ecs1`: invalid subnet `vpc1/vsw9`: expected a subnet declared in `networks`, as `NETWORK/SUBNET`; \
         did you mean `vpc1/vsw1`?",
    ),
    mistake(
        "subnet: vpc2/vsw2",
        "subnet: vpc2",
        ":110:13: invalid subnet `vpc2`: expected `NETWORK/SUBNET`",
    ),
    mistake(
        "networks:\n  - name: vpc1",
        "networks: [\n  - name: vpc1",
        ":50:3: malformed YAML or JSON: check the indentation, colons, quotes and brackets here and in the line above",
    ),
    mistake(
        "\n    owner: a",
        "\n\towner: a",
        ":78:2: malformed YAML or JSON: check the indentation, colons, quotes and brackets here and in the line above",
    ),
    mistake(
        "size_gib: 40",
        "size_gib: forty",
        ":104:51: key `size_gib`: invalid value `forty`: expected a whole number from 0 to 4294967295",
    ),
    mistake(
        "account: b",
        "account: bb",
        ":58:14: network `vpc2`: invalid account `bb`: expected a name declared in `accounts`; did you mean `b`?",
    ),
    mistake(
        "name: vpc3",
        "name: \"\"",
        ":64:11: invalid network name ``: expected 1 to 40 letters, digits, hyphens and underscores\n\
         FILE:82:27: interconnect `backbone`: invalid member `vpc3`: expected a name declared in `networks`; did you mean \
         `vpc1`?\n\
         FILE:89:28: firewall `members-only`: invalid network `vpc3`: expected a name declared in `networks`; did you mean \
         `vpc1`?\n\
         FILE:118:13: instance `ecs3`: invalid subnet `vpc3/vsw3`: expected a subnet declared in `networks`, as \
         `NETWORK/SUBNET`; did you mean `vpc1/vsw1`?",
    ),
];

#[test]
fn a_mistake_in_a_file_is_told_with_its_place_and_what_is_right() {
    let mut wrong = Vec::new();
    for Mistake { from, to, told } in MISTAKES {
        let file = changed(from, to);
        let run = landbridge(&["validate", path(&file)]);
        let seen = run.stderr.replace(path(&file), "FILE");
        let expected = format!("error: FILE{told}\n");
        if run.code != Some(2) || seen != expected {
            wrong.push(format!("{to}\n{seen}{expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Told by preflight, on the simulator.
const REFUSALS: &[Mistake] = &[
    mistake(
        "zone: cn-qingdao-c",
        "zone: cn-hangzhou-c",
        ":69:29: subnet vpc3/vsw3 [zone/unknown]\n  region cn-qingdao has no availability zone cn-hangzhou-c\n",
    ),
    mistake(
        "address: 172.16.20.100",
        "address: 172.16.20.254",
        ":100:14: instance ecs1 [instance/address-kept]\n  172.16.20.254 is one of the first 1 or last 3 addresses of \
         subnet vpc1/vsw1, which aliyun keeps for itself\n",
    ),
    mistake(
        "members-only",
        "m",
        ":88:5: firewall m in network vpc1 [name/invalid]\n  aliyun takes no group named `m`: expected 2 to 128 characters\n",
    ),
];

#[test]
fn what_a_cloud_would_refuse_is_told_with_the_line_of_the_file() {
    for Mistake { from, to, told } in REFUSALS {
        let file = changed(from, to);
        let run = landbridge(&["rehearse", path(&file)]);
        let seen = run.stdout.replace(path(&file), "FILE");
        assert_eq!(run.code, Some(3), "{run:#?}");
        assert!(seen.contains(&format!("error: FILE{told}")), "{seen}");
    }
}

#[test]
fn a_file_that_is_not_there_or_empty_is_told() {
    let missing = landbridge(&["validate", "missing.yaml"]);
    let told = "error: cannot read topology file `missing.yaml`: no such file or directory\n";
    assert_eq!((missing.code, missing.stderr.as_str()), (Some(2), told));
    let empty = tempfile::NamedTempFile::new().expect("a file");
    let run = landbridge(&["validate", path(&empty)]);
    let told = "the file is empty: expected a topology, such as one of `examples/topologies`";
    assert_eq!(run.stderr, format!("error: {}: {told}\n", path(&empty)));
}

#[test]
fn an_account_id_that_looks_wrong_is_asked_about() {
    let file = changed("1234567890123457", "12345678901");
    let run = landbridge(&["validate", path(&file)]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let told = "warning: account `b`: ID `12345678901` does not have 16 digits, as accounts of Alibaba Cloud usually have\n";
    assert!(run.stderr.starts_with(told), "{run:#?}");
    let aws = std::fs::read_to_string("../../examples/topologies/aws-peering-two-accounts.yaml");
    let file = tempfile::NamedTempFile::new().expect("a file");
    let text = aws
        .expect("an example")
        .replace("111122223333", "11112222333");
    std::fs::write(file.path(), text).expect("written");
    let run = landbridge(&["validate", path(&file)]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    let told = "invalid ID `11112222333`: expected 12 digits, as every account of AWS has\n";
    assert!(run.stderr.ends_with(told), "{run:#?}");
}
