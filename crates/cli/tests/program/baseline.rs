//! Existing groups and instances, and `--baseline`: what is there after a destroy is what was there before the apply.

use std::process::Command;

use crate::common::{A, Joined, Run, run};

/// A topology of its own that puts a rule into the group of A's instance, in A's network.
fn topology(joined: &Joined) -> String {
    let left = &joined.left;
    format!(
        "name: guest
accounts: [{{ name: a, cloud: aliyun, id: \"{A}\", credentials: {{ env: A }} }}]
networks: [{{ name: old, account: a, region: cn-hangzhou, id: {} }}]
firewalls:
  - {{ name: web, networks: [old], groups: {{ old: {} }},
      rules: [{{ allow: tcp, ports: \"443\", from: [10.9.0.0/16] }}] }}
instances: [{{ name: probe, network: old, id: {} }}]
",
        left.network.as_ref().expect("a network"),
        left.groups[0],
        left.id,
    )
}

struct Stage {
    joined: Joined,
    folder: tempfile::TempDir,
}

impl Stage {
    fn start() -> Self {
        let joined = Joined::start();
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("guest.yaml"), topology(&joined)).expect("written");
        Self { joined, folder }
    }

    fn path(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.to_str().expect("UTF-8").to_owned()
    }

    fn run(&self, command: &str, more: &[&str]) -> Run {
        let mut client: Command = self.joined.world.client();
        client.args(["--yes", command, &self.path("guest.yaml")]);
        run(client.args(more))
    }
}

#[test]
fn a_destroy_proves_that_the_world_is_as_it_was() {
    let stage = Stage::start();
    let file = stage.path("before.json");
    let before = stage.joined.rules_of_left();
    let applied = stage.run("apply", &["--no-verify", "--baseline", &file]);
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    for words in [
        "[group/used]",
        "[instance/used]",
        "baseline: what is there now is in",
    ] {
        assert!(applied.stdout.contains(words), "`{words}`: {applied:#?}");
    }
    assert!(
        applied.stdout.contains(stage.joined.left.id.as_str()),
        "{applied:#?}"
    );
    assert_eq!(stage.joined.rules_of_left().len(), before.len() + 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let meta = std::fs::metadata(&file).expect("it is there");
        assert_eq!(meta.permissions().mode() & 0o777, 0o600);
    }
    // A later apply keeps what was written first.
    let first = std::fs::read_to_string(&file).expect("it is there");
    let again = stage.run("apply", &["--no-verify", "--baseline", &file]);
    assert_eq!(again.code, Some(0), "{again:#?}");
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), first);

    let destroyed = stage.run("destroy", &["--baseline", &file]);
    assert_eq!(destroyed.code, Some(0), "{destroyed:#?}");
    assert!(
        destroyed.stdout.contains("residue: nothing is left"),
        "{destroyed:#?}"
    );
    assert!(
        !destroyed.stdout.contains("differs from before"),
        "{destroyed:#?}"
    );
    assert_eq!(stage.joined.rules_of_left(), before);
}

#[test]
fn what_differs_from_before_is_named_and_ends_with_its_own_code() {
    let stage = Stage::start();
    let file = stage.path("before.json");
    let applied = stage.run("apply", &["--no-verify", "--baseline", &file]);
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    let gone = stage.joined.revoke_rules_of("joined");
    let destroyed = stage.run("destroy", &["--baseline", &file]);
    assert_eq!(destroyed.code, Some(5), "{destroyed:#?}");
    for rule in gone {
        let line = format!("rule {}", rule.id.expect("an ID"));
        assert!(
            destroyed.stdout.contains("differs from before in"),
            "{destroyed:#?}"
        );
        assert!(destroyed.stdout.contains(&line), "{line}: {destroyed:#?}");
    }
}

#[test]
fn a_baseline_must_be_there_and_of_the_topology() {
    let stage = Stage::start();
    let file = stage.path("before.json");
    let writes = stage.joined.world.writes().len();
    let absent = stage.run("destroy", &["--baseline", &file]);
    assert_eq!(absent.code, Some(2), "{absent:#?}");
    assert!(
        absent.stderr.contains("cannot read baseline file"),
        "{absent:#?}"
    );
    std::fs::write(&file, "{}").expect("written");
    for command in ["apply", "destroy"] {
        let refused = stage.run(command, &["--baseline", &file]);
        assert_eq!(refused.code, Some(2), "{refused:#?}");
        assert!(
            refused.stderr.contains("invalid baseline file"),
            "{refused:#?}"
        );
    }
    let other = "{\"kind\": \"landbridge-baseline\", \"format\": 1, \"topology\": \"other\", \"inventories\": []}";
    std::fs::write(&file, other).expect("written");
    let refused = stage.run("apply", &["--baseline", &file]);
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(
        refused.stderr.contains("baseline of topology `other`"),
        "{refused:#?}"
    );
    assert_eq!(
        stage.joined.world.writes().len(),
        writes,
        "nothing was written"
    );
}
