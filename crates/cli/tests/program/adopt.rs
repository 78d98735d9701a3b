//! Objects of others that a topology uses, and takes as its own on request.

use std::process::Command;

use crate::common::{A, B, World, path, peered, run};

struct Peered {
    world: World,
    file: tempfile::NamedTempFile,
    /// The peering that topology `others` has made.
    id: String,
}

impl Peered {
    /// A topology that joins two networks which others have made and peered.
    fn start() -> Self {
        let world = World::start();
        let (left, right, id) = peered(&world);
        let network = |name: &str, account: &str, id: &str| {
            format!("{{ name: {name}, account: {account}, region: cn-hangzhou, id: {id} }}")
        };
        let text = format!(
            "name: joined
accounts:
  - {{ name: a, cloud: aliyun, id: \"{A}\", credentials: {{ env: A }} }}
  - {{ name: b, cloud: aliyun, id: \"{B}\", credentials: {{ env: B }} }}
networks:
  - {}
  - {}
interconnects:
  - {{ name: net, owner: a, members: [left, right], model: mesh }}
",
            network("left", "a", &left),
            network("right", "b", &right)
        );
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), text).expect("it can be written");
        Self { world, file, id }
    }

    fn command(&self, action: &str) -> Command {
        let mut command = self.world.client();
        command.args([action, path(&self.file)]);
        command
    }
}

#[test]
fn what_could_be_adopted_is_shown_and_nothing_is_written() {
    let peered = Peered::start();
    let before = peered.world.writes().len();
    let planned = run(&mut peered.command("plan"));
    assert_eq!(planned.code, Some(0), "{planned:#?}");
    for word in ["peering/used", "route/used", &peered.id] {
        assert!(planned.stdout.contains(word), "{word}: {planned:#?}");
    }
    let shown = run(&mut peered.command("adopt"));
    assert_eq!(shown.code, Some(0), "{shown:#?}");
    let line = format!("{} as peering/net/left~right", peered.id);
    assert!(shown.stdout.contains(&line), "{shown:#?}");
    assert!(
        shown.stdout.contains("belongs to topology others"),
        "{shown:#?}"
    );
    let listed = run(peered.command("adopt").args(["--format", "json"]));
    let document = listed.document();
    let known = document["adoptable"].as_array().expect("a list");
    assert!(
        known
            .iter()
            .any(|one| one["key"] == "peering/net/left~right"),
        "{document:#}"
    );

    // Nobody is there to be asked, and the owner was not named.
    for options in [
        vec![&peered.id[..], "--from", "others"],
        vec![&peered.id, "--yes"],
    ] {
        let refused = run(peered.command("adopt").args(options));
        assert_eq!(refused.code, Some(2), "{refused:#?}");
    }
    assert_eq!(peered.world.writes().len(), before);
}

#[test]
fn an_adopted_peering_is_deleted_with_the_topology() {
    let peered = Peered::start();
    let adopt = [peered.id.as_str(), "--from", "others", "--yes"];
    let adopted = run(peered.command("adopt").args(adopt));
    assert_eq!(adopted.code, Some(0), "{adopted:#?}");
    assert!(adopted.stdout.contains("adopted: 1 steps"), "{adopted:#?}");
    let destroyed = run(peered.command("destroy").arg("--yes"));
    assert_eq!(destroyed.code, Some(0), "{destroyed:#?}");
    let writes = peered.world.writes();
    assert!(
        writes.contains(&"DeleteVpcPeerConnection".to_owned()),
        "{writes:?}"
    );
    assert!(!writes.contains(&"DeleteVpc".to_owned()), "{writes:?}");
}
