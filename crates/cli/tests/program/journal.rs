//! `--journal` and `resume`: a command that was killed is told, settled and continued.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use landbridge_sim::{FaultEffect, FaultRule};
use tempfile::TempDir;

use crate::common::{A, B, Run, World, program, run};

const PASSWORD: &str = "Canary-Pass-1";

struct Stage {
    world: World,
    folder: TempDir,
}

impl Stage {
    /// Networks of two accounts and a hub between them, in a file.
    fn start() -> Self {
        let stage = Self {
            world: World::start(),
            folder: tempfile::tempdir().expect("a folder"),
        };
        let network = |number: u8, account: &str| {
            format!(
                "  - {{ name: vpc{number}, account: {account}, region: cn-hangzhou, range: 10.{number}.0.0/16, subnets: [
      {{ name: h, zone: cn-hangzhou-h, range: 10.{number}.1.0/24 }}, {{ name: i, zone: cn-hangzhou-i, range: 10.{number}.2.0/24 }}] }}\n"
            )
        };
        stage.write(
            "net.yaml",
            &format!(
                "name: demo
accounts:
  - {{ name: a, cloud: aliyun, id: \"{A}\", credentials: {{ env: A }} }}
  - {{ name: b, cloud: aliyun, id: \"{B}\", credentials: {{ env: B }} }}
networks:
{}{}interconnects: [{{ name: core, owner: a, model: hub, members: [vpc1, vpc2] }}]
firewalls: [{{ name: ssh, networks: [vpc1], rules: [{{ allow: tcp, ports: \"22\", from: [\"members:core\"] }}] }}]
instances: [{{ name: probe, subnet: vpc1/h, type: ecs.t5-lc2m1.nano, firewalls: [ssh], password-env: PASS,
  image: acs:alibaba_cloud_linux_3_2104_lts_x64 }}]
",
                network(1, "a"),
                network(2, "b")
            ),
        );
        stage
    }

    fn path(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.to_str().expect("UTF-8").to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("it can be written");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("it is there")
    }

    fn client(&self) -> Command {
        let mut client = self.world.client();
        client.env("PASS", PASSWORD).arg("--yes");
        client
    }

    fn run(&self, args: &[&str]) -> Run {
        run(self.client().args(args))
    }

    fn noted(&self, command: &str) -> Command {
        let mut client = self.client();
        client.args([command, &self.path("net.yaml")]);
        client.args(["--journal", &self.path("run.journal")]);
        client
    }

    /// Kills the command when the cloud has taken its `n`th write from now, whose answer does not come before.
    /// Tells whether it had so many.
    fn killed_at(&self, command: &str, n: usize) -> bool {
        let wanted = self.world.writes().len() + n;
        let effect = FaultEffect::SlowBody {
            milliseconds: 600_000_000,
        };
        let slow = FaultRule::new(effect).write(true).nth(n as u64);
        let slow = self.world.simulator.add_fault(slow);
        let mut client = self.noted(command);
        let client = client.stdout(Stdio::null()).stderr(Stdio::null());
        let mut client = client.spawn().expect("the program starts");
        while self.world.writes().len() < wanted {
            if client.try_wait().expect("it can be asked").is_some() {
                return false;
            }
            std::thread::yield_now();
        }
        client.kill().expect("killed");
        client.wait().expect("it ended");
        self.world.simulator.remove_fault(slow);
        // Nothing is waited for that is older than a minute.
        let text = self.read("run.journal");
        self.write("run.journal", &text.replace("\"at\":\"20", "\"at\":\"19"));
        true
    }

    fn resume(&self) -> Run {
        self.run(&["resume", &self.path("run.journal"), "--no-verify"])
    }

    fn alive(&self) -> Vec<String> {
        let mut kinds: Vec<String> = self
            .world
            .simulator
            .alive()
            .iter()
            .map(|entry| entry.kind.to_string())
            .collect();
        kinds.sort();
        kinds
    }
}

#[test]
fn the_model_that_was_chosen_is_continued_whatever_prices_become() {
    let stage = Stage::start();
    let open = stage.read("net.yaml").replace("model: hub, ", "");
    stage.write("net.yaml", &open);
    // Nothing is built yet that tells the model.
    assert!(stage.killed_at("apply", 1));
    stage.write(
        "dear.yaml",
        "{ format: 1, date: 2026-11-28, base: built-in, prices: [
          { cloud: aliyun, item: peering, unit: hour, amount: 5, currency: CNY, source: nowhere, verified: false },
          { cloud: aliyun, item: local-transfer, unit: gb, amount: 5, currency: CNY, source: nowhere, verified: false }] }",
    );
    let (journal, prices) = (stage.path("run.journal"), stage.path("dear.yaml"));
    let resumed = stage.run(&["resume", &journal, "--no-verify", "--prices", &prices]);
    assert_eq!(resumed.code, Some(0), "{resumed:#?}");
    let writes = stage.world.writes();
    let made = |action: &str| writes.iter().any(|write| write == action);
    assert!(
        made("CreateVpcPeerConnection") && !made("CreateCen"),
        "{writes:?}"
    );
}

/// The writes at which commands are killed: one for each, or with `LANDBRIDGE_KILLS=all` every one.
fn kills() -> std::ops::Range<usize> {
    let all = std::env::var("LANDBRIDGE_KILLS").is_ok_and(|kills| kills == "all");
    if all { 1..usize::MAX } else { 5..6 }
}

#[test]
fn a_killed_command_is_continued_from_its_journal() {
    for n in kills() {
        let stage = Stage::start();
        if !stage.killed_at("apply", n) {
            break;
        }
        let journal = stage.read("run.journal");
        for (name, value) in stage.world.keys("A", "A").chain(stage.world.keys("B", "B")) {
            assert!(
                !name.ends_with("SECRET") || !journal.contains(value),
                "{name}"
            );
        }
        assert!(!journal.contains(PASSWORD));
        let resumed = stage.resume();
        assert_eq!(resumed.code, Some(0), "killed at {n}: {resumed:#?}");
        for words in [
            "`landbridge apply` of topology demo",
            "did not end by itself",
            "under way when the last run ended: ",
            "the clouds say of them:",
        ] {
            assert!(
                resumed.stdout.contains(words),
                "`{words}`, killed at {n}: {resumed:#?}"
            );
        }
        let plan = stage.run(&["plan", &stage.path("net.yaml")]);
        assert!(
            plan.stdout.contains("nothing to do"),
            "killed at {n}: {plan:#?}"
        );
        let mut kinds = stage.alive();
        kinds.retain(|kind| kind == "vpc" || kind == "vpc-attachment");
        assert_eq!(
            kinds,
            ["vpc", "vpc", "vpc-attachment", "vpc-attachment"],
            "killed at {n}"
        );

        let again = stage.resume();
        assert_eq!(again.code, Some(0), "{again:#?}");
        assert!(again.stdout.contains("nothing to do"), "{again:#?}");

        std::fs::remove_file(stage.path("run.journal")).expect("removed");
        let killed = stage.killed_at("destroy", n);
        assert!(killed || n > 5, "destroy ended before write {n}");
        if killed {
            let resumed = stage.resume();
            assert_eq!(resumed.code, Some(0), "destroy killed at {n}: {resumed:#?}");
            assert!(resumed.stdout.contains("nothing is left"), "{resumed:#?}");
        }
        assert_eq!(stage.alive(), Vec::<String>::new(), "killed at {n}");
    }
}

#[test]
fn a_journal_of_another_topology_or_account_is_refused_before_any_write() {
    let stage = Stage::start();
    assert!(stage.killed_at("apply", 2));
    let writes = stage.world.writes();
    let journal = stage.read("run.journal");

    let topology = stage.read("net.yaml");
    stage.write("net.yaml", &topology.replace("10.2.", "10.3."));
    let refused = stage.resume();
    assert_eq!(refused.code, Some(3), "{refused:#?}");
    assert!(
        refused
            .stderr
            .contains("is not the one that the journal was written for"),
        "{refused:#?}"
    );
    stage.write("net.yaml", &topology);

    let mut client = stage.client();
    client.envs(stage.world.keys("B", "A"));
    let refused = run(client.args(["resume", &stage.path("run.journal")]));
    assert_eq!(refused.code, Some(3), "{refused:#?}");
    assert!(refused.stdout.contains("identity/"), "{refused:#?}");

    let (header, entries) = journal.split_once('\n').expect("lines");
    let foreign = entries
        .replace(A, "1999999999999999")
        .replace(B, "1999999999999999");
    stage.write("run.journal", &format!("{header}\n{foreign}"));
    let refused = stage.resume();
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(
        refused
            .stderr
            .contains("line 3: its account is not one of the topology"),
        "{refused:#?}"
    );
    assert_eq!(stage.world.writes(), writes);
}

#[test]
fn a_torn_journal_is_continued_and_a_damaged_one_is_not() {
    let stage = Stage::start();
    assert!(stage.killed_at("apply", 3));
    let journal = stage.read("run.journal");
    stage.write(
        "run.journal",
        &journal.replacen("\"entry\"", "\"entr\u{1}", 1),
    );
    let refused = stage.resume();
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(
        refused.stderr.contains("invalid journal: line 2: "),
        "{refused:#?}"
    );
    stage.write("run.journal", &(journal + "{\"entry\":\"intent\",\"wri"));
    let resumed = stage.resume();
    assert_eq!(resumed.code, Some(0), "{resumed:#?}");
    assert!(
        resumed
            .stdout
            .contains("the last line was cut off after 22 bytes"),
        "{resumed:#?}"
    );
}

#[test]
fn a_journal_is_new_and_for_its_owner_and_a_second_run_needs_another() {
    let stage = Stage::start();
    assert!(stage.killed_at("apply", 1));
    let mode = std::fs::metadata(stage.path("run.journal"))
        .expect("there")
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    // What the killed run had sent last may still be on its way to the server; a whole command later it is not.
    let valid = stage.run(&["validate", &stage.path("net.yaml")]);
    assert_eq!(valid.code, Some(0), "{valid:#?}");
    let writes = stage.world.writes();
    for command in ["apply", "destroy"] {
        let refused = run(&mut stage.noted(command));
        assert_eq!(refused.code, Some(2), "{refused:#?}");
        assert!(
            refused.stderr.contains("landbridge resume "),
            "{refused:#?}"
        );
    }
    for bad in [
        "/dev/full",
        "/no/such/folder/journal",
        &stage.path("net.yaml"),
    ] {
        let refused = stage.run(&["apply", &stage.path("net.yaml"), "--journal", bad]);
        assert_eq!(refused.code, Some(2), "{refused:#?}");
        assert!(
            refused.stderr.contains("cannot create journal"),
            "{refused:#?}"
        );
    }
    assert_eq!(
        stage.world.writes(),
        writes,
        "nothing is written without the journal"
    );
    let missing = stage.run(&["resume", &stage.path("none")]);
    assert_eq!(missing.code, Some(2), "{missing:#?}");
}

#[test]
fn when_the_disk_is_full_no_further_write_is_sent() {
    let stage = Stage::start();
    let noted = stage.noted("apply");
    let mut limited = program();
    let program = limited.get_program().to_owned();
    limited = Command::new("/bin/bash");
    limited
        .env_clear()
        .envs(
            noted
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .args(["-c", "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\""])
        .arg(program)
        .args(noted.get_args());
    let stopped = run(&mut limited);
    assert_eq!(stopped.code, Some(4), "{stopped:#?}");
    assert!(
        stopped.stderr.contains("cannot write journal"),
        "{stopped:#?}"
    );
    assert!(
        stopped.stderr.contains("landbridge resume "),
        "{stopped:#?}"
    );
    let journal = stage.read("run.journal");
    assert!(journal.ends_with('\n'), "no half of a line is left");
    let announced = journal
        .lines()
        .filter(|line| line.contains("\"intent\""))
        .count();
    assert!(announced > 0);
    assert_eq!(stage.world.writes().len(), announced);
    let journal = journal.replace("\"at\":\"20", "\"at\":\"19");
    stage.write("run.journal", &journal);
    let resumed = stage.resume();
    assert_eq!(resumed.code, Some(0), "{resumed:#?}");
}
