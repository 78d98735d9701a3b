//! The configuration file: accounts by name, in topologies and on the command line.

use std::process::Command;

use crate::common::{A, B, Joined, World, landbridge, program, run};

/// A file for one test.
fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("it can be written");
    file
}

/// The accounts of a world under other names than their keys have.
fn accounts() -> tempfile::NamedTempFile {
    file(&format!(
        "# Who we are.
accounts:
  - {{ name: shop, cloud: aliyun, id: \"{A}\", credentials: {{ env: A }} }}
  - {{ name: store, cloud: aliyun, id: \"{B}\", credentials: {{ env: B }} }}
"
    ))
}

const TOPOLOGY: &str = "name: by-name
accounts: [shop, store]
networks:
  - { name: n, account: shop, region: cn-hangzhou, range: 10.1.0.0/16,
      subnets: [{ name: s, zone: cn-hangzhou-h, range: 10.1.1.0/24 }] }
  - { name: m, account: store, region: cn-hangzhou, range: 10.2.0.0/16,
      subnets: [{ name: s, zone: cn-hangzhou-h, range: 10.2.1.0/24 }] }
interconnects: [{ name: core, owner: shop, members: [n, m] }]
";

fn with_config(mut command: Command, config: &tempfile::NamedTempFile) -> Command {
    command.env("LANDBRIDGE_CONFIG", config.path());
    command
}

#[test]
fn a_topology_names_accounts_of_the_configuration_file() {
    let world = World::start();
    let (config, topology) = (accounts(), file(TOPOLOGY));
    let client = || with_config(world.client(), &config);
    let valid = run(client().arg("validate").arg(topology.path()));
    assert!(
        valid.stdout.contains("2 accounts, 2 networks"),
        "{valid:#?}"
    );
    let saved = tempfile::tempdir().expect("a directory");
    let saved = saved.path().join("net.plan");
    let planned = run(client()
        .arg("plan")
        .arg(topology.path())
        .arg("--out")
        .arg(&saved));
    assert_eq!(planned.code, Some(0), "{planned:#?}");
    // What was saved needs no configuration file.
    let applied = run(world.client().arg("apply").arg(&saved).arg("--yes"));
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    let drift = run(client().arg("drift").arg(topology.path()));
    assert_eq!(drift.code, Some(0), "{drift:#?}");
    let destroyed = run(client().arg("destroy").arg(topology.path()).arg("--yes"));
    assert_eq!(destroyed.code, Some(0), "{destroyed:#?}");
}

#[test]
fn an_unknown_name_is_told_with_both_places_and_a_near_match() {
    let config = accounts();
    let topology = file(&TOPOLOGY.replace("[shop, store]", "[shpo, store]"));
    let shown = topology.path().display();
    let run_with = |command: Command| {
        let mut command = command;
        run(command.arg("validate").arg(topology.path()))
    };
    let refused = run_with(with_config(program(), &config));
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    let told =
        format!("error: {shown}:2:12: unknown account `shpo`: this file does not declare it");
    assert!(refused.stderr.starts_with(&told), "{refused:#?}");
    let told = format!(
        "and the configuration file `{}` has no account of that name; did you mean `shop`?",
        config.path().display()
    );
    assert!(refused.stderr.contains(&told), "{refused:#?}");
    let home = tempfile::tempdir().expect("a directory");
    let mut without = program();
    without.env("HOME", home.path());
    let refused = run_with(without);
    assert!(
        refused
            .stderr
            .contains("landbridge/config.yaml`, which does not exist, has no account"),
        "{refused:#?}"
    );
    assert_eq!(
        refused.stderr.matches("unknown account").count(),
        2,
        "{refused:#?}"
    );
    let mut off = with_config(program(), &config);
    off.arg("--no-config");
    let refused = run_with(off);
    assert!(
        refused.stderr.contains("which is switched off"),
        "{refused:#?}"
    );
}

#[test]
fn the_usual_file_is_found_and_its_mistakes_have_a_place() {
    let home = tempfile::tempdir().expect("a directory");
    let directory = home.path().join("landbridge");
    std::fs::create_dir(&directory).expect("made");
    let usual = directory.join("config.yaml");
    std::fs::write(&usual, "defaults:\n  format: json\n").expect("written");
    let prices = || run(program().env("XDG_CONFIG_HOME", home.path()).arg("prices"));
    assert_eq!(prices().document()["command"], "prices");
    std::fs::write(&usual, "defaults:\n  formt: json\n").expect("written");
    let refused = prices();
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    let told = format!(
        "error: {}:2:3: invalid key `formt`: expected",
        usual.display()
    );
    assert!(refused.stderr.starts_with(&told), "{refused:#?}");
    assert!(
        refused.stderr.contains("did you mean `format`?"),
        "{refused:#?}"
    );
    // What mends it, and what a shell reads when it starts, work all the same.
    for args in [
        &["schema", "--of", "config"][..],
        &["completions", "bash"],
        &["man"],
        &["prices", "--no-config"],
    ] {
        let run = run(program().env("XDG_CONFIG_HOME", home.path()).args(args));
        assert_eq!(run.code, Some(0), "{args:?}: {:.300}", run.stderr);
    }
}

#[test]
fn names_of_the_file_stand_for_accounts_on_the_command_line() {
    let world = World::start();
    let config = accounts();
    let client = || with_config(world.client(), &config);
    let identity = run(client().args(["identity", "shop", "store"]));
    assert_eq!(identity.code, Some(0), "{identity:#?}");
    assert!(
        identity
            .stdout
            .contains(&format!("store: aliyun account {B}")),
        "{identity:#?}"
    );
    let discovered = run(client().args(["discover", "shop@cn-hangzhou,cn-beijing"]));
    assert_eq!(discovered.code, Some(0), "{discovered:#?}");
    let trust = run(client().args([
        "trust", "ensure", "--in", "store", "--role", "peer", "--trust", "shop", "--yes",
    ]));
    assert_eq!(trust.code, Some(0), "{trust:#?}");
    assert!(trust.stdout.contains(A), "{trust:#?}");
    let unknown = run(client().args(["identity", "shpo"]));
    assert_eq!(unknown.code, Some(2), "{unknown:#?}");
    assert!(
        unknown
            .stderr
            .contains("declare `shop` or `store`; did you mean `shop`?"),
        "{unknown:#?}"
    );
}

#[test]
fn a_file_of_accounts_goes_before_the_configuration_file() {
    let world = World::start();
    let config = accounts();
    let own = file(&format!(
        "name: ours\naccounts: [{{ name: shop, cloud: aliyun, id: \"{B}\", credentials: {{ env: B }} }}]\n"
    ));
    let mut client = with_config(world.client(), &config);
    let identity = run(client
        .args(["identity", "shop", "--accounts"])
        .arg(own.path()));
    assert_eq!(identity.code, Some(0), "{identity:#?}");
    assert!(
        identity
            .stdout
            .contains(&format!("shop: aliyun account {B}")),
        "{identity:#?}"
    );
}

#[test]
fn the_owner_of_a_hub_is_named_by_its_account() {
    let joined = Joined::start();
    let config = accounts();
    let member = joined.lonely_network();
    let mut client = with_config(joined.world.client(), &config);
    client.args([
        "grant",
        "create",
        "--from",
        "store@cn-hangzhou",
        "--member",
        &member,
    ]);
    let granted = run(client.args(["--to", &joined.hub, "--hub-account", "shop", "--yes"]));
    assert_eq!(granted.code, Some(0), "{granted:#?}");
    assert!(
        granted.stdout.contains(&format!("of account {A}")),
        "{granted:#?}"
    );
}

#[test]
fn a_configuration_file_never_holds_a_key() {
    let secret = file(
        "accounts:\n  - { name: a, cloud: aws, id: \"1\", secret: wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY }\n",
    );
    let refused = run(with_config(program(), &secret).arg("prices"));
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(
        refused.stderr.contains("invalid key `secret`"),
        "{refused:#?}"
    );
    assert!(!refused.stderr.contains("wJalr"), "{refused:#?}");
    let missing = landbridge(&["prices", "--config", "no-such-file.yaml"]);
    assert_eq!(missing.code, Some(2), "{missing:#?}");
    assert!(
        missing
            .stderr
            .starts_with("error: cannot read configuration file `no-such-file.yaml`"),
        "{missing:#?}"
    );
}
