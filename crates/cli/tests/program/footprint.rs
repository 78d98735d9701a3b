//! What a file dropped is found by its tags, and what could not be searched is told.

use landbridge_sim::AccountSpec;

use crate::common::{A, World, run};

fn untied(second: bool) -> tempfile::NamedTempFile {
    let second = match second {
        true => "\n  - { name: two, account: a, region: cn-qingdao, range: 10.2.0.0/16 }",
        false => "",
    };
    let text = format!(
        "name: untied
accounts:
  - {{ name: a, cloud: aliyun, id: \"{A}\", credentials: {{ env: A }} }}
networks:
  - {{ name: one, account: a, region: cn-hangzhou, range: 10.1.0.0/16 }}{second}
"
    );
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("it can be written");
    file
}

#[test]
fn a_network_that_left_the_file_is_planned_and_destroyed() {
    let world = World::start();
    let (both, one) = (untied(true), untied(false));
    let applied = run(world.client().arg("apply").arg(both.path()).arg("--yes"));
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    let plan = run(world.client().arg("plan").arg(one.path()));
    assert!(
        plan.stdout.contains("0 to create, 1 to delete"),
        "{plan:#?}"
    );
    let destroyed = run(world.client().arg("destroy").arg(one.path()).arg("--yes"));
    assert_eq!(destroyed.code, Some(0), "{destroyed:#?}");
    for part in [
        "nothing is left in 2 places",
        "35 regions of 1 account without tagged objects before the destroy",
    ] {
        assert!(destroyed.stdout.contains(part), "{part}: {destroyed:#?}");
    }
    assert!(world.simulator.alive().is_empty());
}

#[test]
fn a_destroy_that_could_not_look_everywhere_ends_undecided() {
    let mut world = World::start();
    let policy = r#"{"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "vpc:DescribeRegions", "Resource": "*"}]}"#;
    world.provision("C", AccountSpec::new("aliyun", A).policy(policy));
    let keys: Vec<_> = world
        .keys("C", "A")
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    let file = untied(true);
    let client = |command: &str| {
        let mut client = world.client();
        client
            .envs(keys.iter().cloned())
            .arg(command)
            .arg(file.path())
            .arg("--yes");
        run(&mut client)
    };
    let applied = client("apply");
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    assert!(
        applied.stdout.contains("place/not-searched"),
        "{applied:#?}"
    );
    let destroyed = client("destroy");
    assert_eq!(destroyed.code, Some(6), "{destroyed:#?}");
    let line = format!("could not be looked at: all other regions of account {A}");
    assert!(destroyed.stdout.contains(&line), "{destroyed:#?}");
    assert!(world.simulator.alive().is_empty());
}
