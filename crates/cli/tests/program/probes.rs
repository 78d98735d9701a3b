//! `verify --probe`: what it shows and asks, and what is left when it is stopped or killed.

use rustix::process::Signal;

use crate::common::{A, B, Run, Server, World, path, run};
use crate::running::Running;

/// Two networks of two accounts with a peering, and no instance. The keys are in the variables `{prefix}A_..` and `{prefix}B_..`.
fn pair(prefix: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let network = |name: &str, account: &str, number: u8| {
        format!(
            "  - {{ name: {name}, account: {account}, region: cn-hangzhou, range: 10.{number}.0.0/16,
      subnets: [{{ name: s, zone: cn-hangzhou-h, range: 10.{number}.1.0/24 }}] }}"
        )
    };
    let text = format!(
        "name: pair
accounts:
  - {{ name: a, cloud: aliyun, id: \"{A}\", credentials: {{ env: {prefix}A }} }}
  - {{ name: b, cloud: aliyun, id: \"{B}\", credentials: {{ env: {prefix}B }} }}
networks:
{}
{}
interconnects: [{{ name: core, owner: a, model: mesh, members: [left, right] }}]
",
        network("left", "a", 1),
        network("right", "b", 2)
    );
    std::fs::write(file.path(), text).expect("written");
    file
}

struct Stage {
    world: World,
    file: tempfile::NamedTempFile,
}

impl Stage {
    fn applied() -> Self {
        let stage = Self {
            world: World::start(),
            file: pair(""),
        };
        let applied = stage.run(&["apply", "--yes", "--no-verify"]);
        assert_eq!(applied.code, Some(0), "{applied:#?}");
        stage
    }

    fn run(&self, args: &[&str]) -> Run {
        run(self.world.client().args(args).arg(path(&self.file)))
    }

    fn instances(&self) -> usize {
        let alive = self.world.simulator.alive();
        let alive = alive.iter().map(|one| format!("{one:?}").to_lowercase());
        alive.filter(|one| one.contains("instance")).count()
    }

    fn alive(&self) -> usize {
        self.world.simulator.alive().len()
    }

    fn probing(&self) -> Running {
        let mut client = self.world.client();
        client.args(["verify", "--probe", "--yes", path(&self.file)]);
        Running::start(&client)
    }
}

#[test]
fn probes_are_shown_with_their_cost_asked_about_used_and_removed() {
    let (server, file) = (Server::start(), pair("LANDBRIDGE_"));
    let landbridge = |args: &[&str]| run(server.client([0, 1]).args(args).arg(path(&file)));
    let applied = landbridge(&["apply", "--yes", "--no-verify"]);
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    let is_as_before = || {
        let plan = landbridge(&["plan", "--detailed-exitcode"]);
        assert_eq!(plan.code, Some(0), "nothing is left to delete: {plan:#?}");
    };
    let asked = landbridge(&["verify", "--probe"]);
    assert_eq!(asked.code, Some(2), "{asked:#?}");
    let question = "Start these instances, and terminate them";
    assert!(asked.stderr.contains(question), "{asked:#?}");
    is_as_before();

    let probed = landbridge(&["verify", "--probe", "--yes"]);
    assert_eq!(probed.code, Some(0), "{probed:#?}");
    for part in [
        "probe: 2 instances for the time of the verification",
        "probe-left-s: ecs.t5-lc2m1.nano in left/s",
        "CNY",
        "verify: 2 of 2 ordered pairs reachable",
        "4 of 4 pings answered",
        "probe: removed, 4 objects deleted",
    ] {
        assert!(probed.stdout.contains(part), "{part}: {probed:#?}");
    }
    is_as_before();

    let web = [
        "verify",
        "--probe",
        "--yes",
        "--traffic",
        "tcp:443",
        "--format",
        "json",
    ];
    let web = landbridge(&web);
    assert_eq!(web.code, Some(0), "{web:#?}");
    let web = web.document();
    assert_eq!(web["probe"]["instances"][0]["name"], "probe-left-s");
    assert_eq!(
        web["verify"]["verdicts"][0]["connection"]["outcome"],
        "refused"
    );
    is_as_before();
}

#[test]
fn a_signal_removes_the_probes_before_the_program_ends() {
    let stage = Stage::applied();
    let before = stage.alive();
    let mut running = stage.probing();
    running.wait_for("start  instance/");
    running.signal(Signal::INT);
    let ended = running.end();
    assert_eq!(ended.code, Some(130), "{ended:#?}");
    let said = "what was made for the verification is removed now";
    assert!(ended.stderr.contains(said), "{ended:#?}");
    let left = "probe: nothing of it is left";
    assert!(ended.stdout.contains(left), "{ended:#?}");
    assert_eq!(stage.alive(), before, "{ended:#?}");
}

#[test]
fn a_killed_program_leaves_probes_that_plan_shows_and_destroy_removes() {
    let stage = Stage::applied();
    let mut running = stage.probing();
    running.wait_for("done   instance/");
    running.signal(Signal::KILL);
    drop(running.end());
    assert!(stage.instances() > 0);
    let planned = stage.run(&["plan"]);
    assert!(
        planned.stdout.contains("instance probe-left-s"),
        "{planned:#?}"
    );
    let destroyed = stage.run(&["destroy", "--yes"]);
    assert_eq!(destroyed.code, Some(0), "{destroyed:#?}");
    assert_eq!(stage.alive(), 0);
}

#[test]
fn what_cannot_be_probed_is_refused_before_any_write() {
    let stage = Stage::applied();
    let writes = stage.world.writes().len();
    for (args, expected) in [
        (vec!["--traffic", "udp:53"], "udp 53 cannot be probed"),
        (vec!["--probe-in", "left/t"], "invalid subnet `left/t`"),
        (vec!["--probe-in", "left"], "expected `NETWORK/SUBNET`"),
    ] {
        let args = [&["verify", "--probe", "--yes"], args.as_slice()].concat();
        let refused = stage.run(&args);
        assert_eq!(refused.code, Some(2), "{refused:#?}");
        assert!(
            refused.stderr.contains(expected),
            "{expected}: {refused:#?}"
        );
    }
    assert_eq!(stage.world.writes().len(), writes);
}

#[test]
fn the_policy_with_probes_has_instances_and_commands() {
    let file = pair("");
    let policy = |more: &[&str]| {
        let run = run(crate::program().args(["policy", path(&file)]).args(more));
        assert_eq!(run.code, Some(0), "{run:#?}");
        run.stdout
    };
    assert!(!policy(&[]).contains("ecs:RunInstances"));
    let with = policy(&["--probe"]);
    for action in ["ecs:RunInstances", "ecs:DeleteInstances", "ecs:RunCommand"] {
        assert!(with.contains(action), "{action}: {with}");
    }
}
