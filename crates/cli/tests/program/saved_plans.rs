//! `plan --out` and `apply PLANFILE`: exactly the steps that were reviewed, or none.

use std::process::Command;

use tempfile::TempDir;

use crate::common::A;
use crate::common::{Run, World, run};

const ONE: &str = "networks: [{ name: one, account: a, region: cn-hangzhou, range: 10.1.0.0/16 }]";
const TWO: &str = "networks: [{ name: one, account: a, region: cn-hangzhou, range: 10.1.0.0/16 },
  { name: two, account: a, region: cn-hangzhou, range: 10.2.0.0/16 }]";

struct Stage {
    world: World,
    folder: TempDir,
}

impl Stage {
    fn start() -> Self {
        Self {
            world: World::start(),
            folder: tempfile::tempdir().expect("a folder"),
        }
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

    fn topology(&self, networks: &str) {
        let text = format!(
            "name: demo\naccounts: [{{ name: a, cloud: aliyun, id: \"{A}\", credentials: {{ env: A }} }}]\n{networks}\n"
        );
        self.write("net.yaml", &text);
    }

    fn run(&self, args: &[&str], file: &str) -> Run {
        let mut client: Command = self.world.client();
        run(client.args(args).arg(self.path(file)))
    }

    fn save(&self) -> Run {
        let out = self.path("net.plan");
        self.run(&["plan", "--out", &out], "net.yaml")
    }
}

#[test]
fn a_saved_plan_is_applied_once_and_only_as_it_is() {
    let stage = Stage::start();
    stage.topology(ONE);
    let saved = stage.save();
    assert_eq!(saved.code, Some(0), "{saved:#?}");
    assert!(saved.stdout.contains("saved to "), "{saved:#?}");
    // The topology file may go: the plan holds all that it needs.
    std::fs::remove_file(stage.path("net.yaml")).expect("removed");

    let applied = stage.run(&["apply", "--yes", "--no-verify"], "net.plan");
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    assert_eq!(stage.world.writes(), ["CreateVpc"]);

    let again = stage.run(&["apply", "--yes", "--no-verify"], "net.plan");
    assert_eq!(again.code, Some(3), "{again:#?}");
    assert!(
        again
            .stderr
            .contains("every step of the saved plan is done"),
        "{again:#?}"
    );
    assert!(again.stdout.contains("gone: network/one"), "{again:#?}");
    assert_eq!(stage.world.writes(), ["CreateVpc"]);
}

#[test]
fn a_plan_that_the_world_has_left_behind_is_refused_with_the_differences() {
    let stage = Stage::start();
    stage.topology(TWO);
    assert_eq!(stage.save().code, Some(0));
    stage.topology(ONE);
    let other = stage.run(&["apply", "--yes", "--no-verify"], "net.yaml");
    assert_eq!(other.code, Some(0), "{other:#?}");
    let writes = stage.world.writes();

    let refused = stage.run(&["--format", "json", "apply", "--yes"], "net.plan");
    assert_eq!(refused.code, Some(3), "{refused:#?}");
    let document = refused.document();
    let differences = document["differences"].as_array().expect("a list");
    assert_eq!(differences.len(), 1, "{document:#}");
    assert_eq!(differences[0]["difference"], "gone");
    assert_eq!(differences[0]["key"], "network/one");
    assert!(refused.stderr.contains("out of date"), "{refused:#?}");
    assert_eq!(stage.world.writes(), writes, "nothing was written");
}

#[test]
fn a_plan_file_is_for_its_owner_and_holds_no_key() {
    let stage = Stage::start();
    stage.topology(ONE);
    stage.write("net.plan", "an older plan");
    assert_eq!(stage.save().code, Some(0));
    let text = stage.read("net.plan");
    assert!(
        text.starts_with("{\n  \"kind\": \"landbridge-plan\""),
        "{text}"
    );
    for (name, value) in stage.world.keys("A", "A") {
        assert!(!text.contains(value), "{name}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let meta = std::fs::metadata(stage.path("net.plan")).expect("it is there");
        assert_eq!(meta.permissions().mode() & 0o777, 0o600);
    }
    let others = std::fs::read_dir(stage.folder.path())
        .expect("a folder")
        .count();
    assert_eq!(
        others, 2,
        "nothing is left beside the plan and the topology"
    );
}

#[test]
fn a_plan_file_that_is_cut_or_altered_is_one_clear_error() {
    let stage = Stage::start();
    stage.topology(ONE);
    assert_eq!(stage.save().code, Some(0));
    let text = stage.read("net.plan");
    for bad in [
        text[..text.len() / 2].to_owned(),
        text.replace("\"format\": 1", "\"format\": 9"),
    ] {
        stage.write("bad.plan", &bad);
        let refused = stage.run(&["apply", "--yes"], "bad.plan");
        assert_eq!(refused.code, Some(2), "{refused:#?}");
        assert!(refused.stderr.contains("bad.plan"), "{refused:#?}");
        assert!(refused.stderr.contains("invalid plan file"), "{refused:#?}");
        assert_eq!(refused.stdout, "");
    }
    let nowhere = stage.run(&["plan", "--out", "/no/such/folder/plan"], "net.yaml");
    assert_eq!(nowhere.code, Some(2), "{nowhere:#?}");
    assert!(
        nowhere.stderr.contains("cannot write plan file"),
        "{nowhere:#?}"
    );
}
