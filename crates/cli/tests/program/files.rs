//! Files and directories that the program makes are for their owner alone, whatever the umask.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use landbridge_sim::{FaultEffect, FaultRule};

use crate::common::{A, B, Joined, World, run};

/// The same command, begun with a umask that takes nothing away.
fn open_handed(client: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "umask 000; exec \"$0\" \"$@\""]);
    shell.arg(client.get_program()).args(client.get_args());
    shell.env_clear().stdin(std::process::Stdio::null());
    let set = |(name, value): (_, Option<_>)| Some((name, value?));
    shell.envs(client.get_envs().filter_map(set));
    shell
}

fn mode(path: &Path) -> u32 {
    let metadata = fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    metadata.permissions().mode() & 0o777
}

fn topology(partner: &str) -> String {
    format!(
        "name: shop
accounts:
  - {{ name: ours, cloud: aliyun, id: \"{A}\", credentials: {{ env: A }} }}
  - {{ name: partner, cloud: aliyun, id: \"{B}\", held-by: other }}
networks:
  - {{ name: orders, account: ours, region: cn-hangzhou, range: 10.50.0.0/16, subnets: [
      {{ name: h, zone: cn-hangzhou-h, range: 10.50.1.0/24 }}] }}
  - {{ name: warehouse, account: partner, region: cn-hangzhou, id: {partner}, ranges: [10.9.0.0/16] }}
interconnects:
  - {{ name: core, owner: ours, model: mesh, members: [orders, warehouse] }}
"
    )
}

#[test]
fn only_the_owner_can_read_what_the_program_writes() {
    let joined = Joined::start();
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("shop.yaml"), topology(&joined.lonely_network())).expect("written");
    let go = |args: &[&OsStr]| {
        let mut client = joined.world.client();
        client.args(args);
        let run = run(&mut open_handed(&client));
        assert!(matches!(run.code, Some(0 | 6 | 7)), "{args:?}: {run:#?}");
    };
    // A file that is there is replaced, not opened.
    fs::write(at("plan.json"), "old").expect("written");
    fs::set_permissions(at("plan.json"), fs::Permissions::from_mode(0o666)).expect("opened");
    let s = OsStr::new;
    go(&[
        s("plan"),
        at("shop.yaml").as_os_str(),
        s("--out"),
        at("plan.json").as_os_str(),
        s("--record"),
        at("records/first").as_os_str(),
    ]);
    let place = format!("aliyun:env-A={A}@cn-hangzhou");
    let discover = [s("discover"), s(&place), s("--out")];
    go(&[&discover[..], &[at("draft.yaml").as_os_str()]].concat());
    go(&[
        s("apply"),
        at("shop.yaml").as_os_str(),
        s("--yes"),
        s("--no-verify"),
        s("--baseline"),
        at("before.json").as_os_str(),
        s("--handover"),
        at("deep/documents").as_os_str(),
    ]);

    for name in ["plan.json", "draft.yaml", "before.json"] {
        assert_eq!(mode(&at(name)), 0o600, "{name}");
    }
    for name in ["deep", "deep/documents", "records", "records/first"] {
        assert_eq!(mode(&at(name)), 0o700, "{name}");
        for entry in fs::read_dir(at(name)).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            }
        }
    }
    let documents = fs::read_dir(at("deep/documents")).expect("a directory");
    assert_eq!(documents.count(), 2, "both forms of one document");
    let recorded = fs::read_dir(at("records/first")).expect("a directory");
    assert!(recorded.count() > 10);
}

#[test]
fn a_recording_that_breaks_off_is_told_and_spoils_no_result() {
    let world = World::start();
    let folder = tempfile::tempdir().expect("a folder");
    let directory = folder.path().join("recording");
    // The directory goes while the answer to the first call is on its way, so that no exchange can be written.
    let slow = FaultRule::new(FaultEffect::SlowBody { milliseconds: 200 });
    world.simulator.add_fault(slow);
    let mut client = world.client();
    client.args(["identity", "aliyun:env-A", "--format", "json", "--record"]);
    let child = client
        .arg(&directory)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    while world.simulator.calls().is_empty() {
        std::thread::yield_now();
    }
    fs::remove_dir_all(&directory).expect("removed");
    let output = child.wait_with_output().expect("it ends");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{stdout} {stderr}");
    let document: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(document["recording"]["complete"], false, "{document:#}");
    assert!(document["recording"]["failure"].is_string(), "{document:#}");
    assert!(stdout.contains(A), "the result is shown: {stdout}");
    assert!(stderr.contains("the recording broke off"), "{stderr}");
}
