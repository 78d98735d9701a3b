//! The archive of a release: what is in it, and that the same program gives the same bytes.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Run, run};

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.ci/release")
}

/// A small program that is the one under test, so that the archive is small.
fn program_in(directory: &Path) -> PathBuf {
    let file = directory.join("landbridge");
    let text = format!(
        "#!/bin/sh\nexec '{}' \"$@\"\n",
        env!("CARGO_BIN_EXE_landbridge")
    );
    std::fs::write(&file, text).expect("written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o700)).expect("allowed");
    file
}

fn release(program: &Path, out: &Path) -> Run {
    let mut command = Command::new("bash");
    command
        .arg(script())
        .arg("--binary")
        .arg(program)
        .arg("--out")
        .arg(out);
    // What the machine's user has set must not get into the archive.
    command
        .env("LANDBRIDGE_CONFIG", "no-such-file.yaml")
        .env("SOURCE_DATE_EPOCH", "1000000000");
    run(command.args(["--target", "x86_64-unknown-linux-gnu"]))
}

fn tool(directory: &Path, name: &str, args: &[&str]) -> String {
    let run = run(Command::new(name).args(args).current_dir(directory));
    assert_eq!(run.code, Some(0), "{name} {args:?}: {run:#?}");
    run.stdout
}

#[test]
fn an_archive_has_the_program_with_all_that_belongs_to_it_and_is_reproducible() {
    let directory = tempfile::tempdir().expect("a directory");
    let program = program_in(directory.path());
    let out = directory.path().join("dist");
    let made = release(&program, &out);
    assert_eq!(made.code, Some(0), "{made:#?}");
    let name = format!(
        "landbridge-{}-x86_64-unknown-linux-gnu",
        env!("CARGO_PKG_VERSION")
    );
    let archive = format!("{name}.tar.gz");
    assert_eq!(made.stdout.trim(), out.join(&archive).display().to_string());
    tool(
        &out,
        "sha256sum",
        &["--check", &format!("{archive}.sha256")],
    );

    let listed = tool(
        &out,
        "tar",
        &["--numeric-owner", "--utc", "-tvzf", &archive],
    );
    let mut names: Vec<&str> = Vec::new();
    for line in listed.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!((words[1], words[3]), ("0/0", "2001-09-09"), "{line}");
        names.push(words[5]);
    }
    assert!(names.is_sorted(), "{names:#?}");
    for expected in [
        "landbridge",
        "README.md",
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "completions/landbridge.bash",
        "completions/_landbridge",
        "completions/landbridge.fish",
        "completions/landbridge.elv",
        "completions/_landbridge.ps1",
        "man/man1/landbridge.1",
        "man/man1/landbridge-trust-ensure.1",
    ] {
        let path = format!("{name}/{expected}");
        assert!(
            names.contains(&path.as_str()),
            "{path} is missing: {names:#?}"
        );
    }

    tool(&out, "tar", &["-xzf", &archive]);
    let root = out.join(&name);
    let version = tool(&root, "./landbridge", &["--version"]);
    assert_eq!(
        version.trim(),
        format!("landbridge {}", env!("CARGO_PKG_VERSION"))
    );
    let mode = |file: &str| root.join(file).metadata().expect(file).permissions().mode() & 0o777;
    assert_eq!(
        (mode("landbridge"), mode("man/man1/landbridge.1")),
        (0o755, 0o644)
    );

    let again = directory.path().join("again");
    assert_eq!(release(&program, &again).code, Some(0));
    let bytes = |directory: &Path| std::fs::read(directory.join(&archive)).expect("an archive");
    assert!(bytes(&out) == bytes(&again), "two runs give two archives");
}

#[test]
fn an_option_that_is_not_known_builds_nothing() {
    let refused = run(Command::new("bash").arg(script()).arg("--featurs"));
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(
        refused
            .stderr
            .starts_with("unknown option --featurs: expected --features"),
        "{refused:#?}"
    );
}
