//! Consent to being attached to a hub of another account.

use std::process::Command;

use landbridge_sim::BorderRouterSpec;

use crate::common::{A, B, Joined, World, edge_hub, landbridge, run};

const FROM: &str = "aliyun:env-B@cn-hangzhou";

impl Joined {
    fn grant(&self, action: &str, member: &str) -> Command {
        let mut command = self.world.client();
        command.args(["grant", action, "--from", FROM, "--member", member]);
        command.args(["--to", &self.hub, "--hub-account", A]);
        command
    }

    fn grant_writes(&self) -> usize {
        let writes = self.world.writes();
        writes
            .iter()
            .filter(|action| action.contains("Grant") || action.contains("Revoke"))
            .count()
    }
}

#[test]
fn a_grant_is_given_listed_by_both_sides_and_taken_back() {
    let joined = Joined::start();
    let network = joined.lonely_network();

    let given = run(joined.grant("create", &network).arg("--yes"));
    assert_eq!(given.code, Some(0), "{given:#?}");
    assert!(
        given
            .stdout
            .contains(&format!("{network} of account {B} -> {}", joined.hub)),
        "{given:#?}"
    );
    let again = run(&mut joined.grant("create", &network));
    assert_eq!(again.code, Some(0), "nobody is asked: {again:#?}");
    assert!(again.stdout.contains("nothing to do"), "{again:#?}");

    let received = [
        "grant",
        "list",
        "--received",
        "aliyun:env-A@cn-hangzhou",
        "--hub",
        &joined.hub,
    ];
    let listed = run(joined
        .world
        .client()
        .args(received)
        .args(["--format", "json"]));
    let document = listed.document();
    let grants = document["grants"].as_array().expect("a list");
    assert!(
        grants.iter().any(|grant| grant["member"] == network),
        "{document:#}"
    );

    let revoked = run(joined.grant("revoke", &network).arg("--yes"));
    assert_eq!(revoked.code, Some(0), "{revoked:#?}");
    let list = ["grant", "list", "--from", FROM, "--member", &network];
    let left = run(joined.world.client().args(list));
    assert_eq!(left.code, Some(0), "{left:#?}");
    assert!(left.stdout.contains("none"), "{left:#?}");
}

#[test]
fn what_the_cloud_refuses_is_shown_and_nothing_else_is_written() {
    let joined = Joined::start();
    let network = joined.lonely_network();
    let before = joined.grant_writes();
    let list = [
        "grant",
        "create",
        "--from",
        FROM,
        "--member",
        &network,
        "--to",
        &joined.hub,
    ];
    let wrong = run(joined
        .world
        .client()
        .args(list)
        .args(["--hub-account", B, "--yes"]));
    assert!(matches!(wrong.code, Some(1 | 2)), "{wrong:#?}");
    assert_eq!(joined.grant_writes(), before + 1, "the refused call alone");

    // The network that is attached keeps its grant.
    let other = "member-owner";
    let attached = attached_network(&joined);
    let payer = run(joined
        .grant("create", &attached)
        .args(["--payer", other, "--yes"]));
    assert_eq!(payer.code, Some(1), "{payer:#?}");
    assert!(
        payer.stderr.contains("->") || payer.stderr.contains("revoke"),
        "{payer:#?}"
    );
    let in_use = run(joined.grant("revoke", &attached).arg("--yes"));
    assert_eq!(in_use.code, Some(1), "{in_use:#?}");
}

fn attached_network(joined: &Joined) -> String {
    let received = [
        "grant",
        "list",
        "--received",
        "aliyun:env-A@cn-hangzhou",
        "--hub",
        &joined.hub,
    ];
    let listed = run(joined
        .world
        .client()
        .args(received)
        .args(["--format", "json"]));
    let document = listed.document();
    document["grants"][0]["member"]
        .as_str()
        .expect("text")
        .to_owned()
}

#[test]
fn a_border_router_is_granted_once_the_account_manager_has_approved() {
    let world = World::start();
    let hub = edge_hub(&world);
    let line = BorderRouterSpec::new(B, "cn-hangzhou").name("line");
    let member = world.simulator.provision_border_router(line);
    let create = || {
        let mut command = world.client();
        command.args([
            "grant", "create", "--from", FROM, "--member", &member, "--to", &hub,
        ]);
        command.args(["--hub-account", A, "--yes"]);
        command
    };
    let payer = run(create().args(["--payer", "hub-owner"]));
    assert_eq!(payer.code, Some(2), "{payer:#?}");
    assert!(
        payer.stderr.contains("--payer is for a CEN instance"),
        "{payer:#?}"
    );

    let refused = run(&mut create());
    assert_eq!(refused.code, Some(1), "{refused:#?}");
    assert!(refused.stderr.contains("account manager"), "{refused:#?}");

    world.simulator.approve_border_router_sharing(B, A);
    let given = run(create().args(["--format", "json"]));
    assert_eq!(given.code, Some(0), "{given:#?}");
    let document = given.document();
    assert_eq!(document["grants"][0]["member"], member, "{document:#}");
    assert_eq!(document["grants"][0]["hub_account"], A, "{document:#}");
}

#[test]
fn members_and_hubs_that_are_none_are_refused() {
    for (member, hub, told) in [
        ("vsw-1", "cen-1", "invalid member `vsw-1`"),
        ("vpc-1", "tr-1", "invalid hub `tr-1`"),
    ] {
        let args = [
            "grant", "create", "--from", FROM, "--member", member, "--to", hub,
        ];
        let run = landbridge(&[&args[..], &["--hub-account", A]].concat());
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert!(run.stderr.contains(told), "{run:#?}");
    }
}

#[test]
fn networks_and_hubs_are_named_where_the_name_is_the_only_one() {
    let joined = Joined::start();
    let member = joined.lonely_network();
    let grant = |name: &str| {
        let mut command = joined.world.client();
        command.args([
            "grant",
            "create",
            "--from",
            "aliyun:env-B@cn-hangzhou",
            "--member",
            name,
        ]);
        run(command.args(["--to", &joined.hub, "--hub-account", A, "--yes"]))
    };
    let unknown = grant("lonly");
    assert_eq!(unknown.code, Some(2), "{unknown:#?}");
    let told = format!("`lonely` ({member}), `vpc2` (");
    assert!(
        unknown
            .stderr
            .contains("error: unknown network `lonly` in aliyun:"),
        "{unknown:#?}"
    );
    assert!(
        unknown.stderr.contains(&told) && unknown.stderr.contains("did you mean `lonely`?"),
        "{unknown:#?}"
    );
    let granted = grant("lonely");
    assert_eq!(granted.code, Some(0), "{granted:#?}");
    assert!(
        granted
            .stdout
            .contains(&format!("grant to create: {member} of")),
        "{granted:#?}"
    );
    let twin = joined.twin_network();
    let ambiguous = grant("lonely");
    assert_eq!(ambiguous.code, Some(2), "{ambiguous:#?}");
    assert!(
        ambiguous
            .stderr
            .contains("ambiguous network name `lonely`: "),
        "{ambiguous:#?}"
    );
    for id in [&member, &twin] {
        assert!(
            ambiguous.stderr.contains(id.as_str()),
            "{id}: {ambiguous:#?}"
        );
    }
    let received = |hub: &str| {
        let mut command = joined.world.client();
        command.args([
            "grant",
            "list",
            "--received",
            "aliyun:env-A@cn-hangzhou",
            "--hub",
            hub,
        ]);
        run(&mut command)
    };
    let by_id = received(&joined.hub);
    assert!(by_id.stdout.contains(&member), "{by_id:#?}");
    assert_eq!(received("core").stdout, by_id.stdout);
}
