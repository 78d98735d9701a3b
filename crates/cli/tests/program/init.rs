//! `landbridge init`: the file that it writes, with and without a terminal.

use std::path::Path;
use std::process::Command;

use crate::common::{Run, program, run};

fn init(directory: &Path, args: &[&str]) -> Run {
    run(program().current_dir(directory).arg("init").args(args))
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

/// What the file promises: it is valid, and its whole life passes on the simulator.
fn assert_proven(directory: &Path, file: &str) {
    let valid = run(program().current_dir(directory).args(["validate", file]));
    assert_eq!(valid.code, Some(0), "{valid:#?}");
    let rehearsed = run(program()
        .current_dir(directory)
        .args(["-q", "rehearse", file]));
    assert_eq!(rehearsed.code, Some(0), "{rehearsed:#?}");
    assert!(
        rehearsed.stdout.contains("rehearsal passed"),
        "{rehearsed:#?}"
    );
}

const ALIYUN: [&str; 13] = [
    "net.yaml",
    "--cloud",
    "aliyun",
    "--account",
    "app=1234567890123456",
    "--account",
    "data=1234567890123457",
    "--network",
    "web=app@cn-hangzhou:10.10.0.0/16",
    "--network",
    "db=data@cn-beijing:10.20.0.0/20",
    "--join",
    "hub",
];

#[test]
fn options_answer_all_questions() {
    for model in ["hub", "mesh", "auto"] {
        let directory = directory();
        let args = [&ALIYUN[..12], &[model]].concat();
        let written = init(directory.path(), &args);
        assert_eq!(written.code, Some(0), "{written:#?}");
        assert_eq!(written.stderr, "");
        for next in ["validate", "rehearse", "plan"] {
            assert!(
                written
                    .stdout
                    .contains(&format!("  landbridge {next} net.yaml ")),
                "{written:#?}"
            );
        }
        let text = std::fs::read_to_string(directory.path().join("net.yaml")).expect("written");
        assert!(
            text.contains("name: net\n") && text.contains(&format!("model: {model}\n")),
            "{text}"
        );
        assert_eq!(
            text.contains("# open-services: true"),
            model != "mesh",
            "{text}"
        );
        assert_proven(directory.path(), "net.yaml");
    }
}

#[test]
fn a_file_that_is_there_is_never_overwritten() {
    let directory = directory();
    let file = directory.path().join("net.yaml");
    std::fs::write(&file, "mine").expect("written");
    let refused = init(directory.path(), &ALIYUN);
    assert_eq!(refused.code, Some(3), "{refused:#?}");
    assert!(
        refused.stderr.contains("file `net.yaml` exists"),
        "{refused:#?}"
    );
    assert_eq!(std::fs::read_to_string(&file).expect("there"), "mine");
}

#[test]
fn without_a_terminal_every_missing_answer_is_named() {
    let directory = directory();
    let refused = init(
        directory.path(),
        &["--cloud", "aliyun", "--region", "cn-hangzhou"],
    );
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    let told = "error: cannot ask: standard input is not a terminal; no file was written. Answer with --account NAME=ID, \
                --network NAME=ACCOUNT@REGION:CIDR, --join MODEL\n";
    assert_eq!(refused.stderr, told);
    assert!(!directory.path().join("landbridge.yaml").exists());
}

#[test]
fn a_wrong_option_is_told_with_what_is_expected_and_leaves_no_file() {
    for (wrong, told) in [
        (
            "db=data@cn-beijing:10.10.128.0/20",
            "--network: network `db`: CIDR block `10.10.128.0/20` overlaps `10.10.0.0/16`",
        ),
        (
            "db=dat@cn-beijing:10.20.0.0/20",
            "--network: network `db`: unknown account `dat`: expected `app` or `data`; did you mean `data`?",
        ),
        (
            "db=data@cn-bejing:10.20.0.0/20",
            "did you mean `cn-beijing`?",
        ),
    ] {
        let directory = directory();
        let args = ALIYUN.map(|arg| if arg.starts_with("db=") { wrong } else { arg });
        let refused = init(directory.path(), &args);
        assert_eq!(refused.code, Some(2), "{refused:#?}");
        assert!(refused.stderr.contains(told), "{refused:#?}");
        assert!(!directory.path().join("net.yaml").exists());
    }
}

#[test]
fn accounts_of_the_configuration_file_are_written_out() {
    let directory = directory();
    let config = directory.path().join("config.yaml");
    let text = "accounts:
  - { name: base, cloud: aliyun, id: \"1234567890123456\", credentials: { profile: 'my: own' } }
  - { name: shop, cloud: aliyun, id: \"1234567890123457\", credentials: { assume-role: { from: base, role: 'acs:ram::1234567890123457:role/r' } } }
";
    std::fs::write(&config, text).expect("written");
    let args = [
        "net.yaml",
        "--config",
        "config.yaml",
        "--cloud",
        "aliyun",
        "--account",
        "shop",
        "--network",
        "a=shop@cn-hangzhou:10.1.0.0/16",
        "--network",
        "b=base@cn-hangzhou:10.2.0.0/16",
        "--join",
        "mesh",
    ];
    let written = init(directory.path(), &args);
    assert_eq!(written.code, Some(0), "{written:#?}");
    // Without the configuration file: the topology has all that it needs.
    assert_proven(directory.path(), "net.yaml");
}

#[test]
fn a_program_reads_what_was_written() {
    let directory = directory();
    let written = init(
        directory.path(),
        &[&ALIYUN[..], &["--format", "json", "--name", "shop"]].concat(),
    );
    let document = written.document();
    assert_eq!(document["written"]["file"], "net.yaml");
    assert_eq!(document["written"]["topology"]["name"], "shop");
    assert_eq!(
        document["written"]["next"][1],
        "landbridge rehearse net.yaml"
    );
}

#[cfg(unix)]
mod at_a_terminal {
    use super::*;
    use crate::common::at_a_terminal;

    fn asked(directory: &Path, args: &[&str], dialogue: &[(&str, &str)]) -> (i64, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landbridge"));
        let file = directory.join("net.yaml");
        command
            .arg("init")
            .arg(file)
            .args(args)
            .env("HOME", directory);
        let run = at_a_terminal(&command, dialogue);
        let shown = run["shown"].as_str().expect("text").to_owned();
        assert_eq!(run["echo"], true, "{run:#}");
        (run["code"].as_i64().expect("a code"), shown)
    }

    #[test]
    fn five_questions_and_their_suggestions_make_a_file_for_alibaba_cloud() {
        let directory = directory();
        let (code, shown) = asked(
            directory.path(),
            &[],
            &[
                ("1 of 5.", "aliyun\\n"),
                ("2 of 5.", "app=1234567890123456, data=1234567890123457\\n"),
                ("3 of 5.", "cn-hangzhou, cn-beijing\\n"),
                ("4 of 5.", "\\n"),
                ("5 of 5.", "\\n"),
            ],
        );
        assert_eq!(code, 0, "{shown}");
        assert!(
            shown.contains("data-cn-beijing=data@cn-beijing:10.40.0.0/16]: "),
            "{shown}"
        );
        assert!(
            shown.contains("4 networks, 1 interconnect; next:"),
            "{shown}"
        );
        assert_proven(directory.path(), "net.yaml");
    }

    #[cfg(feature = "aws")]
    #[test]
    fn five_questions_and_their_suggestions_make_a_file_for_aws() {
        let directory = directory();
        let (code, shown) = asked(
            directory.path(),
            &[],
            &[
                ("1 of 5.", "aws\\n"),
                ("2 of 5.", "app=111122223333\\n"),
                ("3 of 5.", "\\n"),
                ("4 of 5.", "\\n"),
                ("5 of 5.", "\\n"),
            ],
        );
        assert_eq!(code, 0, "{shown}");
        assert!(shown.contains("[mesh]: "), "{shown}");
        assert_proven(directory.path(), "net.yaml");
    }

    #[test]
    fn wrong_answers_are_asked_again_and_options_are_not_asked_for() {
        let directory = directory();
        let (code, shown) = asked(
            directory.path(),
            &["--join", "mesh", "--region", "cn-hangzhou"],
            &[
                ("[aliyun]: ", "alyun\\n"),
                ("did you mean `aliyun`?", "\\n"),
                ("2 of 5.", "app\\n"),
                ("expected NAME=ID", "app=12x\\n"),
                ("expected digits", "app=1234567890123456\\n"),
                ("4 of 5.", "a=app@cn-hangzhou:10.1.0.0/16\\n"),
                (
                    "expected at least two",
                    "a=app@cn-hangzhou:10.1.0.0/16,b=app@cn-hangzhou:10.1.1.0/24\\n",
                ),
                (
                    "overlaps",
                    "a=app@cn-hangzhou:10.1.0.0/16,b=app@cn-hangzhou:10.2.0.0/16\\n",
                ),
            ],
        );
        assert_eq!(code, 0, "{shown}");
        assert!(
            !shown.contains("3 of 5.") && !shown.contains("5 of 5."),
            "{shown}"
        );
        assert_proven(directory.path(), "net.yaml");
    }

    #[test]
    fn ctrl_c_and_the_end_of_input_leave_no_file() {
        for (key, expected) in [("\\x03", 130), ("\\x04", 2)] {
            let directory = directory();
            let dialogue = [("1 of 5.", "aliyun\\n"), ("2 of 5.", key)];
            let (code, shown) = asked(directory.path(), &[], &dialogue);
            assert_eq!(code, expected, "{shown}");
            assert_eq!(
                std::fs::read_dir(directory.path()).expect("there").count(),
                0,
                "{shown}"
            );
        }
    }
}
