//! Roles of one account that another may assume.

use std::process::Command;

use landbridge_sim::RoleSpec;

use crate::common::{A, B, World, changed, example, landbridge, path, run};

const IN: &str = "aliyun:env-B";

impl World {
    fn trust(&self, action: &str, more: &[&str]) -> Command {
        let mut command = self.client();
        command.args(["trust", action, "--in", IN, "--role", "peer"]);
        command.args(more);
        command
    }
}

#[test]
fn a_role_is_shown_made_waited_for_and_then_there_is_nothing_to_do() {
    let world = World::start();
    let wish = ["--trust", A, "--external-id", "x-1"];

    let unconfirmed = run(&mut world.trust("ensure", &wish));
    assert_eq!(unconfirmed.code, Some(2), "{unconfirmed:#?}");
    assert!(
        unconfirmed.stdout.contains(&format!("account {A}")),
        "{unconfirmed:#?}"
    );
    assert_eq!(world.writes(), Vec::<String>::new());

    let waited = [&wish[..], &["--wait-as", "aliyun:env-A", "--yes"]].concat();
    let made = run(&mut world.trust("ensure", &waited));
    assert_eq!(made.code, Some(0), "{made:#?}");
    assert!(
        made.stdout
            .contains(&format!("session as acs:ram::{B}:assumed-role/peer/")),
        "{made:#?}"
    );
    let writes = world.writes();

    let again = run(&mut world.trust("ensure", &wish));
    assert_eq!(again.code, Some(0), "nobody is asked: {again:#?}");
    assert!(again.stdout.contains("nothing to do"), "{again:#?}");
    assert_eq!(world.writes(), writes);
}

#[test]
fn what_differs_from_the_wish_is_shown_and_is_unproven() {
    let world = World::start();
    run(&mut world.trust("ensure", &["--trust", A, "--yes"]));
    let show = run(&mut world.trust(
        "show",
        &["--trust", &format!("{A}/user/a"), "--format", "json"],
    ));
    assert_eq!(show.code, Some(5), "{show:#?}");
    let document = show.document();
    assert_eq!(document["drift"][0]["what"], "principals", "{document:#}");
    assert_eq!(document["role"]["max_session"], 3600, "{document:#}");
    let same = run(&mut world.trust("show", &["--trust", A]));
    assert_eq!(same.code, Some(0), "{same:#?}");
}

#[test]
fn a_role_may_do_what_a_plan_asks_of_its_account() {
    let world = World::start();
    let mut ensure = world.trust("ensure", &["--trust", A, "--plan-of", &example(), "--yes"]);
    ensure
        .envs(world.keys("A", "LANDBRIDGE_A"))
        .envs(world.keys("B", "LANDBRIDGE_B"));
    let made = run(&mut ensure);
    assert_eq!(made.code, Some(0), "{made:#?}");
    assert!(
        made.stdout.contains("cen:GrantInstanceToTransitRouter"),
        "{made:#?}"
    );
    assert!(
        !made.stdout.contains("cen:CreateCen\""),
        "that is the other account's: {made:#?}"
    );
}

#[test]
fn a_role_may_build_whichever_model_is_chosen() {
    let world = World::start();
    let open = changed("model: hub", "model: auto");
    let mut ensure = world.trust("ensure", &["--trust", A, "--plan-of", path(&open), "--yes"]);
    ensure
        .envs(world.keys("A", "LANDBRIDGE_A"))
        .envs(world.keys("B", "LANDBRIDGE_B"));
    let made = run(&mut ensure);
    assert_eq!(made.code, Some(0), "{made:#?}");
    for action in [
        "cen:GrantInstanceToTransitRouter",
        "vpc:AcceptVpcPeerConnection",
    ] {
        assert!(
            made.stdout.contains(action),
            "`{action}` is missing: {made:#?}"
        );
    }
}

#[test]
fn a_policy_document_is_passed_as_it_is() {
    let world = World::start();
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = file.path().to_str().expect("UTF-8");
    let statement = r#"{"Effect":"Allow","Action":"vpc:DescribeVpcs","Resource":"*"}"#;
    let text = format!(r#"{{"Version":"1","Statement":[{statement}]}}"#);
    std::fs::write(path, text).expect("it can be written");
    let wish = ["--trust", A, "--permissions", path, "--yes"];
    let made = run(&mut world.trust("ensure", &wish));
    assert_eq!(made.code, Some(0), "{made:#?}");
    assert!(made.stdout.contains("vpc:DescribeVpcs"), "{made:#?}");

    std::fs::write(path, "[1]").expect("it can be written");
    let refused = run(&mut world.trust("ensure", &wish));
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(
        refused.stderr.contains("invalid policy document"),
        "{refused:#?}"
    );
}

#[test]
fn a_role_of_somebody_else_is_neither_changed_nor_deleted() {
    let world = World::start();
    world
        .simulator
        .provision_role(RoleSpec::new(B, "peer").trust(A));
    for (action, more) in [
        ("ensure", &["--trust", A, "--yes"][..]),
        ("delete", &["--yes"]),
    ] {
        let refused = run(&mut world.trust(action, more));
        assert_eq!(refused.code, Some(3), "{refused:#?}");
        assert!(
            refused.stderr.contains("does not carry the mark"),
            "{refused:#?}"
        );
        let told = refused.stderr.contains("add by hand")
            && refused.stderr.contains(&format!("acs:ram::{A}:root"));
        assert_eq!(told, action == "ensure", "{refused:#?}");
    }
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[test]
fn a_role_is_deleted_and_then_it_is_not_there() {
    let world = World::start();
    run(&mut world.trust("ensure", &["--trust", A, "--yes"]));
    let deleted = run(&mut world.trust("delete", &["--yes"]));
    assert_eq!(deleted.code, Some(0), "{deleted:#?}");
    assert!(
        deleted.stdout.contains("deleted: role peer"),
        "{deleted:#?}"
    );
    let again = run(&mut world.trust("delete", &[]));
    assert_eq!(again.code, Some(0), "nobody is asked: {again:#?}");
    let shown = run(&mut world.trust("show", &[]));
    assert_eq!(shown.code, Some(1), "{shown:#?}");
    assert!(shown.stderr.contains("has no role `peer`"), "{shown:#?}");
}

#[test]
fn a_wish_that_trusts_nobody_or_is_unreadable_is_refused() {
    let world = World::start();
    let nobody = run(&mut world.trust("ensure", &["--yes"]));
    assert_eq!(nobody.code, Some(2), "{nobody:#?}");
    assert!(nobody.stderr.contains("--trust"), "{nobody:#?}");
    let user = ["--user", "u", "--user-in", "aliyun:env-A", "--yes"];
    let unsupported = run(&mut world.trust("ensure", &user));
    assert_eq!(unsupported.code, Some(2), "{unsupported:#?}");
    let args = [
        "trust",
        "ensure",
        "--in",
        IN,
        "--role",
        "peer",
        "--trust",
        "some body",
    ];
    let bad = landbridge(&args);
    assert_eq!(bad.code, Some(2), "{bad:#?}");
    assert!(bad.stderr.contains("invalid principal"), "{bad:#?}");
    let unknown = run(&mut world.trust("ensure", &["--trust", "somebody", "--yes"]));
    assert_eq!(unknown.code, Some(2), "{unknown:#?}");
    assert!(
        unknown
            .stderr
            .contains("unknown account `somebody`: name the file"),
        "{unknown:#?}"
    );
}

#[test]
fn permissions_that_no_option_names_stay_as_they_are() {
    let world = World::start();
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = file.path().to_str().expect("UTF-8");
    let statement = r#"{"Effect":"Allow","Action":"vpc:DescribeVpcs","Resource":"*"}"#;
    let text = format!(r#"{{"Version":"1","Statement":[{statement}]}}"#);
    std::fs::write(path, text).expect("it can be written");
    let made = ["--trust", A, "--permissions", path, "--yes"];
    assert_eq!(run(&mut world.trust("ensure", &made)).code, Some(0));
    let writes = world.writes();
    let again = run(&mut world.trust("ensure", &["--trust", A, "--yes"]));
    assert_eq!(again.code, Some(0), "{again:#?}");
    assert!(again.stdout.contains("nothing to do"), "{again:#?}");
    assert_eq!(world.writes(), writes);
    let longer = ["--trust", A, "--max-session", "2h", "--yes"];
    let changed = run(&mut world.trust("ensure", &longer));
    assert_eq!(changed.code, Some(0), "{changed:#?}");
    assert!(changed.stdout.contains("vpc:DescribeVpcs"), "{changed:#?}");
    assert_eq!(
        world.writes().last().map(String::as_str),
        Some("UpdateRole")
    );
}

#[test]
fn a_document_of_another_form_is_replaced_only_on_request() {
    let world = World::start();
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = file.path().to_str().expect("UTF-8");
    let statement = r#"{"Effect":"Deny","Action":"vpc:*","Resource":"*"}"#;
    let text = format!(r#"{{"Version":"1","Statement":[{statement}]}}"#);
    std::fs::write(path, text).expect("it can be written");
    let made = ["--trust", A, "--permissions", path, "--yes"];
    assert_eq!(run(&mut world.trust("ensure", &made)).code, Some(0));
    let writes = world.writes();
    let mut wish = vec!["--trust", A, "--yes", "--plan-of"];
    let example = example();
    wish.push(&example);
    let with_keys = |wish: &[&str]| {
        let mut ensure = world.trust("ensure", wish);
        ensure
            .envs(world.keys("A", "LANDBRIDGE_A"))
            .envs(world.keys("B", "LANDBRIDGE_B"));
        run(&mut ensure)
    };
    let refused = with_keys(&wish);
    assert_eq!(refused.code, Some(3), "{refused:#?}");
    assert!(
        refused.stdout.contains("(altered by others)"),
        "{refused:#?}"
    );
    assert!(refused.stderr.contains("--replace"), "{refused:#?}");
    assert_eq!(world.writes(), writes, "nothing was written");
    wish.push("--replace");
    let replaced = with_keys(&wish);
    assert_eq!(replaced.code, Some(0), "{replaced:#?}");
    assert!(world.writes().len() > writes.len(), "{replaced:#?}");
}
