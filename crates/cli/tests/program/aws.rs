//! Whose keys on AWS, and in which region the cloud is asked.

use std::path::Path;
use std::process::Command;

use landbridge_sim::{AccountKeys, AccountSpec, RoleSpec};

use crate::common::{World, program, run};

const ONE: &str = "111111111111";
const TWO: &str = "222222222222";

/// The program, pointed to the AWS half of a world's simulator.
fn client(world: &World) -> Command {
    let mut command = program();
    let endpoint = format!("aws={}", world.simulator.url());
    command.args(["--endpoint", &endpoint]);
    command
}

fn account(world: &World, id: &str, region: &str) -> AccountKeys {
    let spec = AccountSpec::new("aws", id).name("net").home(region);
    world.simulator.provision(spec)
}

fn with_keys<'c>(command: &'c mut Command, prefix: &str, keys: &AccountKeys) -> &'c mut Command {
    let secret = match prefix {
        "AWS" => "SECRET_ACCESS_KEY",
        _ => "ACCESS_KEY_SECRET",
    };
    command
        .env(format!("{prefix}_ACCESS_KEY_ID"), &keys.access_key_id)
        .env(format!("{prefix}_{secret}"), &keys.access_key_secret)
}

/// A config file with one profile, `home`, and what follows it.
fn config(folder: &Path, region: &str, keys: &AccountKeys, more: &str) -> std::path::PathBuf {
    let file = folder.join("config");
    let (id, secret) = (&keys.access_key_id, &keys.access_key_secret);
    let text = format!(
        "[profile home]\nregion = {region}\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n{more}"
    );
    std::fs::write(&file, text).expect("written");
    file
}

#[test]
fn keys_of_any_source_say_whose_they_are() {
    let world = World::start();
    let (one, two) = (
        account(&world, ONE, "us-east-1"),
        account(&world, TWO, "us-east-1"),
    );
    world
        .simulator
        .provision_role(RoleSpec::new(TWO, "net").trust(ONE));
    let role = format!("aws:env-ONE+arn:aws:iam::{TWO}:role/net");
    for (reference, id) in [
        ("aws:env-ONE", ONE),
        ("aws:env-ONE=111111111111", ONE),
        ("aws:default", TWO),
        (role.as_str(), TWO),
    ] {
        let mut client = client(&world);
        with_keys(with_keys(&mut client, "ONE", &one), "AWS", &two);
        let run = run(client.args(["identity", reference]));
        assert_eq!(run.code, Some(0), "{run:#?}");
        let told = format!("{reference}: aws account {id}");
        assert!(run.stdout.contains(&told), "{run:#?}");
    }
}

#[test]
fn the_partition_of_a_profile_or_a_role_is_asked_whatever_region_one_works_in() {
    let folder = tempfile::tempdir().expect("made");
    for (region, partition) in [
        ("cn-northwest-1", "aws-cn"),
        ("us-gov-east-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ] {
        let world = World::start();
        let keys = account(&world, ONE, region);
        account(&world, TWO, region);
        let trusting = RoleSpec::new(TWO, "net").trust(ONE);
        world.simulator.provision_role(trusting);
        let config = config(folder.path(), region, &keys, "");
        let role = format!("aws:profile-home+arn:{partition}:iam::{TWO}:role/net");
        let by_variables = format!("aws:env-ONE+arn:{partition}:iam::{TWO}:role/net");
        for (reference, configured) in [
            ("aws:profile-home", None),
            ("aws:profile-home", Some("us-east-1")),
            (role.as_str(), None),
            (by_variables.as_str(), None),
        ] {
            let mut client = client(&world);
            with_keys(&mut client, "ONE", &keys).env("AWS_CONFIG_FILE", &config);
            client.envs(configured.map(|region| ("AWS_REGION", region)));
            let run = run(client.args(["identity", reference]));
            assert_eq!(run.code, Some(0), "{region} {configured:?}: {run:#?}");
            assert!(
                run.stdout.contains(&format!("arn:{partition}:")),
                "{run:#?}"
            );
        }
        let trust = ["--in", "aws:profile-home", "--role", "peer", "--trust", TWO];
        let mut client = client(&world);
        client.env("AWS_CONFIG_FILE", &config);
        let run = run(client.args(["trust", "ensure", "--yes"]).args(trust));
        assert_eq!(run.code, Some(0), "{run:#?}");
        let calls = world.simulator.calls();
        let made = calls.iter().find(|call| call.action == "CreateRole");
        let trusted = &made.expect("asked for").parameters["AssumeRolePolicyDocument"];
        let name = format!("arn:{partition}:iam::{TWO}:root");
        assert!(trusted.contains(&name), "{trusted}");
        let own = |call: &landbridge_sim::Call| call.region.starts_with(&region[..3]);
        assert!(calls.iter().all(own), "{calls:#?}");
    }
}

#[test]
fn a_region_that_is_not_enabled_is_told_as_that_and_not_as_wrong_keys() {
    let world = World::start();
    let spec = AccountSpec::new("aws", ONE).region_enabled("me-south-1", false);
    let keys = world.simulator.provision(spec);
    let mut client = client(&world);
    with_keys(&mut client, "ONE", &keys).env("AWS_REGION", "me-south-1");
    let run = run(client.args(["identity", "aws:env-ONE"]));
    assert_eq!(run.code, Some(1), "{run:#?}");
    let told = "region me-south-1 is not enabled for the account";
    assert!(run.stderr.contains(told), "{run:#?}");
    assert!(!run.stderr.contains("check the access key"), "{run:#?}");
}

#[test]
fn an_odd_line_of_a_profile_spoils_no_other_and_is_told_by_file_and_line() {
    let (world, folder) = (World::start(), tempfile::tempdir().expect("made"));
    let keys = account(&world, ONE, "us-east-1");
    let odd = "[profile \"odd one\"]\naws_access_key_id\n";
    let config = config(folder.path(), "eu-west-1", &keys, odd);
    let identity = |profile: &str| {
        let reference = format!("aws:profile-{profile}");
        let mut client = client(&world);
        client.env("AWS_CONFIG_FILE", &config);
        run(client.args(["identity", &reference]))
    };
    let good = identity("home");
    assert_eq!(good.code, Some(0), "{good:#?}");
    let refused = identity("odd one");
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    let told = format!("{}:6: expected `key = value`", config.display());
    assert!(refused.stderr.contains(&told), "{refused:#?}");
}

#[test]
fn the_variables_of_a_session_without_its_token_are_named() {
    let world = World::start();
    let mut client = client(&world);
    client.envs([
        ("S_ACCESS_KEY_ID", "ASIASESSION"),
        ("S_ACCESS_KEY_SECRET", "s3cret"),
    ]);
    let refused = run(client.args(["identity", "aws:env-S"]));
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    let told = "from the variables S_* belongs to a session, and the session token is missing";
    assert!(refused.stderr.contains(told), "{refused:#?}");
    assert!(!refused.stderr.contains("s3cret"), "{refused:#?}");
}

#[test]
fn a_program_and_its_role_are_a_source_in_every_build_with_aws() {
    let (world, folder) = (World::start(), tempfile::tempdir().expect("made"));
    let keys = account(&world, ONE, "us-east-1");
    account(&world, TWO, "us-east-1");
    world
        .simulator
        .provision_role(RoleSpec::new(TWO, "net").trust(ONE));
    let printed = serde_json::json!({
        "Version": 1,
        "AccessKeyId": keys.access_key_id,
        "SecretAccessKey": keys.access_key_secret,
    });
    let file = folder.path().join("keys.json");
    std::fs::write(&file, printed.to_string()).expect("written");
    let over = format!(
        "[profile vault]\ncredential_process = cat {}\n[profile over]\nsource_profile = vault\n\
         role_arn = arn:aws:iam::{TWO}:role/net\n",
        file.display()
    );
    let config = config(folder.path(), "us-east-1", &keys, &over);
    let mut client = client(&world);
    client.env("AWS_CONFIG_FILE", &config);
    client.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let run = run(client.args(["identity", "aws:profile-over"]));
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(
        run.stdout.contains(&format!("aws account {TWO}")),
        "{run:#?}"
    );
}

#[test]
fn topologies_of_every_partition_are_rehearsed() {
    let folder = tempfile::tempdir().expect("made");
    let file = folder.path().join("elsewhere.yaml");
    for region in [
        "me-central-1",
        "cn-north-1",
        "us-gov-west-1",
        "eusc-de-east-1",
    ] {
        let text = format!(
            "name: elsewhere
accounts:
  - {{ name: one, cloud: aws, id: \"{ONE}\" }}
  - {{ name: two, cloud: aws, id: \"{TWO}\" }}
networks:
  - {{ name: a, account: one, region: {region}, range: 10.1.0.0/16 }}
  - {{ name: b, account: two, region: {region}, range: 10.2.0.0/16 }}
interconnects: [{{ name: pair, owner: one, model: mesh, members: [a, b] }}]
"
        );
        std::fs::write(&file, text).expect("written");
        let run = run(program().arg("rehearse").arg(&file));
        assert_eq!(run.code, Some(0), "{region}: {run:#?}");
    }
}
