//! Accounts on the command line, and whom their keys belong to.

use landbridge_sim::{AccountSpec, IdentityKind, RoleSpec};

use crate::common::{A, B, World, example, landbridge, run};

#[test]
fn callers_are_shown_with_account_kind_and_name() {
    let world = World::start();
    let run = run(world
        .client()
        .args(["identity", "aliyun:env-A", "aliyun:env-B"]));
    assert_eq!(run.code, Some(0), "{run:#?}");
    for expected in [
        format!("aliyun:env-A: aliyun account {A}"),
        format!("user acs:ram::{A}:user/a"),
        format!("aliyun account {B} (alias office-b)"),
        format!("user acs:ram::{B}:user/b"),
    ] {
        assert!(run.stdout.contains(&expected), "{expected}: {run:#?}");
    }
}

#[test]
fn the_document_has_one_identity_an_account() {
    let world = World::start();
    let own = format!("aliyun:env-A={A}");
    let run = run(world.client().args(["--format", "json", "identity", &own]));
    assert_eq!(run.code, Some(0), "{run:#?}");
    let document = run.document();
    assert_eq!(document["command"], "identity");
    assert_eq!(document["identities"][0]["id"], A);
    assert_eq!(document["identities"][0]["kind"], "user");
    assert_eq!(
        document["identities"][0]["problem"],
        serde_json::Value::Null
    );
}

#[test]
fn keys_of_another_account_are_shown_and_end_with_bad_input() {
    let world = World::start();
    let wrong = format!("aliyun:env-A={B}");
    let run = run(world.client().args(["identity", "aliyun:env-B", &wrong]));
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stdout.contains("WRONG ACCOUNT"), "{run:#?}");
    let told = format!("`{wrong}`: the credentials for account {B} belong to account {A}");
    assert!(run.stderr.contains(&told), "{run:#?}");
}

#[test]
fn root_keys_are_warned_of_with_the_remedy() {
    let mut world = World::start();
    let root = AccountSpec::new("aliyun", A).identity(IdentityKind::Root);
    world.provision("ROOT", root);
    let run = run(world
        .client()
        .args(["identity", "aliyun:env-ROOT", "--format", "json"]));
    assert_eq!(run.code, Some(0), "{run:#?}");
    let document = run.document();
    assert_eq!(document["identities"][0]["kind"], "root");
    let remedy = document["warnings"][0]["remedy"].as_str().expect("text");
    assert!(remedy.contains("delete the root keys"), "{document:#}");
}

#[test]
fn a_role_is_assumed_and_its_account_is_meant() {
    let world = World::start();
    world
        .simulator
        .provision_role(RoleSpec::new(B, "peer").trust(A).external_id("secret-1"));
    let role = format!("aliyun:env-A={A}+acs:ram::{B}:role/peer");
    let with_id = format!("{role}?secret-1");
    let allowed = run(world.client().args(["identity", &with_id]));
    assert_eq!(allowed.code, Some(0), "{allowed:#?}");
    assert!(
        allowed
            .stdout
            .contains(&format!("role acs:ram::{B}:assumed-role/peer/")),
        "{allowed:#?}"
    );
    let refused = run(world.client().args(["identity", &role]));
    assert_eq!(refused.code, Some(1), "{refused:#?}");
    assert!(refused.stderr.contains("permission denied"), "{refused:#?}");
}

#[test]
fn no_secret_is_in_any_output() {
    let world = World::start();
    let trusting = RoleSpec::new(B, "peer").trust(A);
    world.simulator.provision_role(trusting);
    let role = format!("aliyun:env-A+acs:ram::{B}:role/peer");
    let mut client = world.client();
    client.env("RUST_LOG", "trace");
    let run = run(client.args(["identity", &role, "aliyun:env-B", "-vvv"]));
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stderr.contains("DEBUG"), "the log is there");
    for (name, secret) in world.keys("A", "A").chain(world.keys("B", "B")) {
        let shown = run.stdout.contains(secret) || run.stderr.contains(secret);
        assert!(!shown || name.ends_with("_ID"), "{name}");
    }
}

#[test]
fn whoever_assumes_a_role_is_checked_too() {
    let world = World::start();
    let trusting = RoleSpec::new(B, "peer").trust(A);
    world.simulator.provision_role(trusting);
    let role = format!("aliyun:env-A={B}+acs:ram::{B}:role/peer");
    let run = run(world.client().args(["identity", &role]));
    assert_eq!(run.code, Some(2), "{run:#?}");
    let told = format!("the credentials for account {B} belong to account {A}");
    assert!(run.stderr.contains(&told), "{run:#?}");
}

#[test]
fn accounts_of_a_file_go_by_their_names() {
    let world = World::start();
    let mut client = world.client();
    // Only the keys of the account that is meant are needed.
    client.envs(world.keys("B", "LANDBRIDGE_B"));
    let run = run(client.args(["identity", "--accounts", &example(), "b"]));
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(
        run.stdout.contains(&format!("b: aliyun account {B}")),
        "{run:#?}"
    );
}

#[test]
fn what_names_no_account_is_refused_with_one_clear_error() {
    for (reference, told) in [
        ("somebody", "with --accounts FILE"),
        (
            "aliyun:keys",
            "expected default, env-PREFIX or profile-NAME",
        ),
        ("aliyun:env-A=x", "invalid account ID `x`"),
        ("aliyun:env-NOT_SET", "NOT_SET_ACCESS_KEY_ID"),
        ("elsewhere:default", "expected `aliyun` or `aws`"),
        ("alibaba:default", "did you mean `aliyun`?"),
        ("aliyun:env-A+peer", "invalid role ARN `peer`"),
    ] {
        let run = landbridge(&["identity", reference]);
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert!(run.stderr.contains(told), "{told}: {run:#?}");
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn an_empty_simulator_is_refused_with_the_remedy() {
    let run = landbridge(&["identity", "aliyun:env-A", "--simulate"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("landbridge simulator"), "{run:#?}");
    assert!(run.stderr.contains("--endpoint CLOUD=URL"), "{run:#?}");
}

#[test]
fn root_keys_write_nothing() {
    let mut world = World::start();
    let root = AccountSpec::new("aliyun", A).identity(IdentityKind::Root);
    world.provision("ROOT", root);
    let role = ["--in", "aliyun:env-ROOT", "--role", "peer", "--yes"];
    let grant = [
        "--from",
        "aliyun:env-ROOT@cn-hangzhou",
        "--member",
        "vpc-1",
        "--to",
        "cen-1",
        "--hub-account",
        A,
        "--yes",
    ];
    for (command, args) in [
        (vec!["trust", "ensure", "--trust", A], &role[..]),
        (vec!["trust", "delete"], &role[..]),
        (vec!["grant", "create"], &grant[..]),
        (vec!["grant", "revoke"], &grant[..]),
    ] {
        let refused = run(world.client().args(&command).args(args));
        assert_eq!(refused.code, Some(3), "{refused:#?}");
        assert!(
            refused.stderr.contains("delete the root keys"),
            "{refused:#?}"
        );
    }
    assert_eq!(world.writes(), [""; 0]);
}

#[test]
fn a_profile_may_be_a_section_of_the_shared_file() {
    let (world, home) = (World::start(), tempfile::tempdir().expect("made"));
    let keys: String = world
        .keys("B", "")
        .map(|(name, value)| format!("{} = {value} ; ours\n", name.trim_start_matches('_')))
        .collect();
    let folder = home.path().join(".alibabacloud");
    std::fs::create_dir(&folder).expect("made");
    let text = format!("[odd]\naccess_key_id\n[client one]\n{keys}");
    std::fs::write(folder.join("credentials"), text).expect("written");
    let mut client = world.client();
    let found = run(client
        .env("HOME", home.path())
        .args(["identity", "aliyun:profile-client one"]));
    assert_eq!(found.code, Some(0), "{found:#?}");
    assert!(found.stdout.contains(&format!("account {B}")), "{found:#?}");
    for (profile, part) in [
        ("odd", "credentials:2: expected `key = value`"),
        ("absent", "profile `absent`"),
    ] {
        let reference = format!("aliyun:profile-{profile}");
        let mut client = world.client();
        let refused = run(client
            .env("HOME", home.path())
            .args(["identity", &reference]));
        assert_eq!(refused.code, Some(2), "{refused:#?}");
        assert!(refused.stderr.contains(part), "{refused:#?}");
    }
}

#[test]
fn the_variables_of_a_session_without_its_token_are_named() {
    let world = World::start();
    let mut client = world.client();
    client.envs([
        ("S_ACCESS_KEY_ID", "STS.session"),
        ("S_ACCESS_KEY_SECRET", "s3cret"),
    ]);
    let refused = run(client.args(["identity", "aliyun:env-S"]));
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    let told = "from the variables S_* belongs to a session, and the session token is missing";
    assert!(refused.stderr.contains(told), "{refused:#?}");
    assert!(!refused.stderr.contains("s3cret"), "{refused:#?}");
    assert!(world.simulator.calls().is_empty(), "{refused:#?}");
}
