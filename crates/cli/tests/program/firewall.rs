//! Rules between two parties, each in its own account.

use std::process::Command;

use landbridge_sim::{FaultEffect, FaultRule};

use crate::common::{B, Joined, World, landbridge, run};

impl Joined {
    fn firewall(&self, action: &str) -> Command {
        let mut command = self.world.client();
        let (left, right) = (self.left(), self.right());
        command.args(["firewall", action, "--left", &left, "--right", &right]);
        command
    }

    fn rule_writes(&self) -> usize {
        let writes = self.world.writes();
        let is_rule = |action: &&String| {
            action.contains("SecurityGroup") && !action.starts_with("CreateSecurityGroup")
        };
        writes.iter().filter(is_rule).count()
    }
}

#[test]
fn two_instances_of_two_accounts_are_let_talk_and_stopped_again() {
    let joined = Joined::start();
    let before = joined.rule_writes();

    let unconfirmed = run(&mut joined.firewall("allow"));
    assert_eq!(unconfirmed.code, Some(2), "{unconfirmed:#?}");
    assert!(
        unconfirmed.stdout.contains("+ in icmp from"),
        "shown all the same"
    );
    assert_eq!(joined.rule_writes(), before, "{unconfirmed:#?}");

    let allowed = run(joined.firewall("allow").arg("--yes"));
    assert_eq!(allowed.code, Some(0), "{allowed:#?}");
    for expected in [
        "applies to 1 instance",
        "keeps 1 rule of other owners",
        "after these changes:",
        "verify: 2 of 2",
        "4 of 4 pings",
    ] {
        assert!(
            allowed.stdout.contains(expected),
            "{expected}: {allowed:#?}"
        );
    }

    let again = run(joined.firewall("allow").arg("--no-verify"));
    assert_eq!(again.code, Some(0), "nobody is asked: {again:#?}");
    assert!(again.stdout.contains("nothing to do"), "{again:#?}");

    let group = format!("aliyun:env-B@cn-hangzhou/{}", joined.right.groups[0]);
    let list = run(joined
        .world
        .client()
        .args(["firewall", "list", &group, "--format", "json"]));
    let rules = list.document()["rules"].as_array().expect("a list").clone();
    let ours: Vec<_> = rules.iter().filter(|rule| rule["ours"] == true).collect();
    assert_eq!((rules.len(), ours.len()), (2, 1), "{list:#?}");
    assert_eq!(ours[0]["topology"], "landbridge");

    let revoked = run(joined.firewall("revoke").arg("--yes"));
    assert_eq!(revoked.code, Some(0), "{revoked:#?}");
    assert!(
        revoked.stdout.contains("2 of 2 paths are closed"),
        "{revoked:#?}"
    );
    let again = run(&mut joined.firewall("revoke"));
    assert_eq!(again.code, Some(0), "{again:#?}");
    assert!(again.stdout.contains("nothing to do"), "{again:#?}");
}

#[test]
fn a_write_that_fails_stops_the_others_and_running_again_continues() {
    let joined = Joined::start();
    let refusal = FaultEffect::ErrorBefore {
        status: 403,
        code: "Forbidden.RAM".to_owned(),
    };
    let simulator = &joined.world.simulator;
    simulator.add_fault(
        FaultRule::new(refusal)
            .action("AuthorizeSecurityGroup")
            .account(B),
    );
    let stopped = run(joined.firewall("allow").arg("--yes"));
    assert_eq!(stopped.code, Some(4), "{stopped:#?}");
    assert!(stopped.stderr.contains("permission denied"), "{stopped:#?}");
    simulator.clear_faults();
    let continued = run(joined.firewall("allow").arg("--yes"));
    assert_eq!(continued.code, Some(0), "{continued:#?}");
    assert!(
        continued.stdout.contains("= in icmp"),
        "one was there: {continued:#?}"
    );
}

#[test]
fn findings_refuse_and_a_rule_that_names_a_group_of_another_network_is_one() {
    let joined = Joined::start();
    let before = joined.rule_writes();
    let run = run(joined
        .firewall("allow")
        .args(["--by", "group", "--yes", "--format", "json"]));
    assert_eq!(run.code, Some(3), "{run:#?}");
    let document = run.document();
    let findings = document["permit"]["report"]["findings"].as_array();
    let codes: Vec<_> = findings
        .expect("a list")
        .iter()
        .map(|f| &f["code"])
        .collect();
    assert!(
        codes.iter().any(|code| **code == "permit/group-reference"),
        "{document:#}"
    );
    assert_eq!(joined.rule_writes(), before);
}

#[test]
fn an_owner_given_by_name_or_found_by_keys_becomes_an_id() {
    let joined = Joined::start();
    let accounts = tempfile::NamedTempFile::new().expect("a file");
    let text = format!(
        r#"{{"name": "f", "accounts": [
            {{"name": "theirs", "cloud": "aliyun", "id": "{B}", "credentials": {{"env": "B"}}}}]}}"#
    );
    std::fs::write(accounts.path(), text).expect("it can be written");
    let file = accounts.path().to_str().expect("UTF-8");
    let (left, group) = (joined.left(), &joined.right.groups[0]);
    for owner in ["theirs", "office-b", "ops@example.com"] {
        let right = format!("{owner}/{group}");
        let args = ["firewall", "allow", "--left", &left, "--right", &right];
        let run = run(joined.world.client().args(args).args(["--accounts", file]));
        // What was resolved is seen in the plan, whatever the plan comes to.
        assert!(run.stdout.contains(&format!("{B}/{group}")), "{run:#?}");
    }
    let right = format!("ops@example.com/{group}");
    let args = ["firewall", "allow", "--left", &left, "--right", &right];
    let unknown = run(joined.world.client().args(args));
    assert_eq!(unknown.code, Some(2), "{unknown:#?}");
    assert!(
        unknown.stderr.contains("give the account ID"),
        "{unknown:#?}"
    );
}

#[test]
fn two_different_keys_of_one_account_are_refused() {
    let mut world = World::start();
    let more = landbridge_sim::AccountSpec::new("aliyun", B).name("more");
    world.provision("MORE", more);
    let run = run(world.client().args([
        "firewall",
        "allow",
        "--left",
        "aliyun:env-B@cn-hangzhou/i-1",
        "--right",
        "aliyun:env-MORE@cn-hangzhou/i-2",
    ]));
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("are both account"), "{run:#?}");
}

#[test]
fn parties_and_protocols_that_are_none_are_refused() {
    for (right, protocol, told) in [
        ("sg-1", "icmp", "expected PLACE/ID"),
        ("10.0.0.0/8", "smtp", "invalid protocol `smtp`"),
        ("10.0.0.0/8", "icmp:1", "no ports"),
        ("012/i-1", "icmp", "needs its place"),
    ] {
        let left = "aliyun:env-A@cn-hangzhou/i-1";
        let run = landbridge(&[
            "firewall",
            "allow",
            "--left",
            left,
            "--right",
            right,
            "--protocol",
            protocol,
        ]);
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert!(run.stderr.contains(told), "{run:#?}");
    }
}

#[test]
fn parties_and_groups_are_named_where_the_name_is_the_only_one() {
    let joined = Joined::start();
    let allow = |left: &str, right: &str| {
        let mut command = joined.world.client();
        command.args([
            "firewall", "allow", "--yes", "--left", left, "--right", right,
        ]);
        run(&mut command)
    };
    let named = allow(
        "aliyun:env-A@cn-hangzhou/ecs1",
        "aliyun:env-B@cn-hangzhou/ecs2",
    );
    assert_eq!(named.code, Some(0), "{named:#?}");
    assert!(named.stdout.contains(joined.left.id.as_str()), "{named:#?}");
    let unknown = allow("aliyun:env-A@cn-hangzhou/esc1", "10.0.0.0/8");
    assert_eq!(unknown.code, Some(2), "{unknown:#?}");
    let told = format!("`ecs1` ({})", joined.left.id);
    assert!(
        unknown
            .stderr
            .contains("unknown instance or security group `esc1`"),
        "{unknown:#?}"
    );
    assert!(unknown.stderr.contains(&told), "{unknown:#?}");
    let list = |group: &str| {
        let mut command = joined.world.client();
        run(command.args([
            "firewall",
            "list",
            &format!("aliyun:env-A@cn-hangzhou/{group}"),
        ]))
    };
    let group = joined.left.groups[0].as_str();
    let by_id = list(group);
    assert_eq!(by_id.code, Some(0), "{by_id:#?}");
    let name = by_id.stdout.split('`').nth(1).expect("a name").to_owned();
    assert_eq!(list(&name).stdout, by_id.stdout);
}
