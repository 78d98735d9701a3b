use std::collections::BTreeMap;
use std::io::Write;

use super::*;
use crate::args;

fn read(args: &[&str], variables: &[(&str, &str)]) -> Result<Cli, String> {
    let args = std::iter::once("landbridge").chain(args.iter().copied());
    let set: BTreeMap<&str, &str> = variables.iter().copied().collect();
    let value = |name: &str| set.get(name).map(OsString::from);
    let read = read_from(args.map(OsString::from).collect(), &value);
    read.map(|(cli, _)| cli).map_err(|refusal| match refusal {
        Refusal::CommandLine(error) => format!("command line: {error}"),
        Refusal::Before(problem) => problem,
    })
}

fn good(args: &[&str], variables: &[(&str, &str)]) -> Cli {
    read(args, variables).unwrap_or_else(|error| panic!("{args:?} {variables:?}: {error}"))
}

const PRICES: [&str; 2] = ["prices", "--no-config"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&PRICES[..], more].concat()
}

#[test]
fn a_variable_goes_before_the_default_and_an_option_before_both() {
    let parallel =
        |args: &[&str], variables: &[(&str, &str)]| good(args, variables).options.parallel;
    let set = [("LANDBRIDGE_PARALLEL", "7")];
    assert_eq!(parallel(&PRICES, &[]), 32);
    assert_eq!(parallel(&PRICES, &set), 7);
    assert_eq!(parallel(&with(&["--parallel", "9"]), &set), 9);
    assert_eq!(
        parallel(&["--parallel=9", "prices", "--no-config"], &set),
        9
    );
    assert_eq!(parallel(&PRICES, &[("LANDBRIDGE_PARALLEL", "")]), 32);
}

#[test]
fn switches_are_true_or_false_and_counts_are_numbers() {
    for (value, on) in [
        ("1", true),
        ("true", true),
        ("TRUE", true),
        ("0", false),
        ("false", false),
    ] {
        let options = good(&PRICES, &[("LANDBRIDGE_SIMULATE", value)]).options;
        assert_eq!(options.simulate, on, "{value}");
    }
    let verbose = |value| {
        good(&PRICES, &[("LANDBRIDGE_VERBOSE", value)])
            .options
            .verbose
    };
    assert_eq!([verbose("2"), verbose("true"), verbose("0")], [2, 1, 0]);
}

#[test]
fn options_of_a_command_have_its_name_in_their_variable() {
    let set = [
        ("LANDBRIDGE_PLAN_DETAILED_EXITCODE", "1"),
        ("LANDBRIDGE_PLAN_OUT", "net.plan"),
    ];
    let args::Command::Plan(plan) = good(&["--no-config", "plan", "net.yaml"], &set).command else {
        panic!("another command");
    };
    assert!(plan.detailed_exitcode);
    assert_eq!(plan.out.as_deref(), Some("net.plan".as_ref()));
    let args::Command::Identity(identity) = good(
        &["--no-config", "identity", "a"],
        &[("LANDBRIDGE_ACCOUNTS", "ours.yaml")],
    )
    .command
    else {
        panic!("another command");
    };
    assert_eq!(
        identity.accounts.accounts.as_deref(),
        Some("ours.yaml".as_ref())
    );
}

#[test]
fn a_list_has_spaces_between_its_values_and_gives_way_as_a_whole() {
    let set = [("LANDBRIDGE_ENDPOINT", "aliyun=https://a  aws=https://b")];
    let clouds = |args: &[&str]| -> Vec<&str> {
        good(&with(args), &set)
            .options
            .endpoints
            .0
            .into_keys()
            .collect()
    };
    assert_eq!(clouds(&[]), ["aliyun", "aws"]);
    assert_eq!(clouds(&["--endpoint", "aws=https://c"]), ["aws"]);
    assert_eq!(clouds(&["--simulate"]), Vec::<&str>::new());
    let former = good(&with(&["--aws-endpoint", "https://c"]), &set)
        .options
        .endpoints
        .0;
    assert_eq!(former.get("aws").map(String::as_str), Some("https://c"));
}

#[test]
fn consent_and_what_is_written_come_from_the_command_line_alone() {
    let variables = variables_of(&command(), &[]);
    for consent in ["YES", "PRUNE", "REPLACE"] {
        let all = variables.iter().filter(|name| name.ends_with(consent));
        assert_eq!(all.count(), 0, "{consent}: {variables:?}");
    }
    for command in ["TRUST", "GRANT", "FIREWALL", "ADOPT", "ACCEPT", "INIT"] {
        let prefix = format!("LANDBRIDGE_{command}_");
        assert!(
            !variables.iter().any(|name| name.starts_with(&prefix)),
            "{variables:?}"
        );
    }
    let set = [("LANDBRIDGE_YES", "1"), ("LANDBRIDGE_APPLY_REPLACE", "1")];
    let cli = good(&["--no-config", "apply", "net.yaml"], &set);
    let args::Command::Apply(apply) = cli.command else {
        panic!("another command");
    };
    assert!(!cli.options.yes && !apply.consent.replace);
}

fn variables_of(command: &Command, path: &[&str]) -> Vec<String> {
    let own = command
        .get_arguments()
        .filter_map(|arg| names::variable(path, arg));
    let below = command
        .get_subcommands()
        .flat_map(|below| variables_of(below, &[path, &[below.get_name()]].concat()));
    own.chain(below).collect()
}

#[test]
fn no_two_options_share_a_variable_and_each_is_in_the_help() {
    let command = command();
    let mut names = variables_of(&command, &[]);
    names.retain(|name| name != "LANDBRIDGE_ACCOUNTS");
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(all > 30, "{names:?}");
    // Those hold secrets.
    for secret in ["LANDBRIDGE_PASSWORD", "LANDBRIDGE_MFA_CODE"] {
        assert!(!names.iter().any(|name| name == secret));
    }
    assert_told(&command, &[]);
}

fn assert_told(command: &Command, path: &[&str]) {
    for arg in command.get_arguments() {
        let Some(name) = names::variable(path, arg) else {
            continue;
        };
        let note = format!("[env: {name}]");
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.ends_with(&note), "{name}: {help}");
        let long = arg.get_long_help().map(ToString::to_string);
        assert!(long.is_none_or(|long| long.ends_with(&note)), "{name}");
    }
    for below in command.get_subcommands() {
        assert_told(below, &[path, &[below.get_name()]].concat());
    }
}

#[test]
fn a_bad_value_is_told_with_its_variable_and_what_is_expected() {
    for (name, value, told) in [
        (
            "PARALLEL",
            "many",
            "variable LANDBRIDGE_PARALLEL: invalid value `many`: expected a whole number from 1",
        ),
        (
            "POLL",
            "5",
            "variable LANDBRIDGE_POLL: invalid duration `5`: expected a number with",
        ),
        (
            "FORMAT",
            "yaml",
            "variable LANDBRIDGE_FORMAT: invalid value `yaml`: expected `text` or `json`",
        ),
        (
            "SIMULATE",
            "yes",
            "variable LANDBRIDGE_SIMULATE: invalid value `yes`: expected true, false, 1 or 0",
        ),
        (
            "VERBOSE",
            "loud",
            "variable LANDBRIDGE_VERBOSE: invalid value `loud`: expected a number from 0",
        ),
        (
            "COLOR",
            "blue",
            "variable LANDBRIDGE_COLOR: invalid value `blue`: expected `auto`, `always` or `never`",
        ),
        (
            "ENDPOINT",
            "alyun=http://a",
            "variable LANDBRIDGE_ENDPOINT: ",
        ),
    ] {
        let name = format!("LANDBRIDGE_{name}");
        let error = read(&PRICES, &[(&name, value)]).expect_err(value);
        assert!(error.starts_with(told), "{error}");
    }
}

#[test]
fn what_excludes_each_other_gives_way_to_the_command_line() {
    let options = good(&with(&["-v"]), &[("LANDBRIDGE_QUIET", "1")]).options;
    assert_eq!((options.verbose, options.quiet), (1, false));
    let options = good(&with(&["-q"]), &[("LANDBRIDGE_VERBOSE", "1")]).options;
    assert_eq!((options.verbose, options.quiet), (0, true));
    let both = [("LANDBRIDGE_QUIET", "1"), ("LANDBRIDGE_VERBOSE", "1")];
    let error = read(&PRICES, &both).expect_err("two");
    assert!(
        error.contains("LANDBRIDGE_VERBOSE") && error.contains("LANDBRIDGE_QUIET"),
        "{error}"
    );
    assert!(read(&with(&["-q", "-v"]), &[]).is_err());
}

fn config(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    file
}

#[test]
fn the_configuration_file_comes_after_variables_and_before_defaults() {
    let file = config(
        "defaults: { parallel: 5, poll: 1s, quiet: true, endpoint: { aws: \"https://a\" } }\n",
    );
    let path = file.path().to_str().expect("UTF-8");
    let set = [("LANDBRIDGE_CONFIG", path), ("LANDBRIDGE_POLL", "2s")];
    let options = good(&["prices"], &set).options;
    assert_eq!(
        (options.parallel, options.poll.as_secs(), options.quiet),
        (5, 2, true)
    );
    assert_eq!(options.endpoints.0["aws"], "https://a");
    let options = good(&["prices", "--parallel=6", "-v", "--simulate"], &set).options;
    assert_eq!((options.parallel, options.quiet), (6, false));
    assert!(options.endpoints.0.is_empty());
    let options = good(
        &["prices", "--config", path],
        &[("LANDBRIDGE_VERBOSE", "1")],
    )
    .options;
    assert_eq!((options.verbose, options.quiet), (1, false));
    for off in [["prices", "--no-config"], ["schema", "--color=auto"]] {
        assert_eq!(good(&off, &set).options.parallel, 32, "{off:?}");
    }
    let none = [("LANDBRIDGE_NO_CONFIG", "1")];
    assert_eq!(good(&["prices"], &none).options.parallel, 32);
}

#[test]
fn the_usual_file_need_not_exist_and_a_named_one_must() {
    let home = tempfile::tempdir().expect("a directory");
    let set = [("HOME", home.path().to_str().expect("UTF-8"))];
    assert_eq!(good(&["prices"], &set).options.parallel, 32);
    let directory = home.path().join(".config/landbridge");
    std::fs::create_dir_all(&directory).expect("made");
    std::fs::write(directory.join("config.yaml"), "defaults: { parallel: 4 }\n").expect("written");
    assert_eq!(good(&["prices"], &set).options.parallel, 4);
    let error = read(&["prices", "--config", "no-such.yaml"], &[]).expect_err("none");
    assert!(
        error.starts_with("cannot read configuration file `no-such.yaml`: "),
        "{error}"
    );
}

#[test]
fn mistakes_of_the_configuration_file_have_line_and_column() {
    let file = config("accounts: []\ndefaults:\n  paralel: 5\n");
    let path = file.path().to_str().expect("UTF-8");
    let error = read(&["prices", "--config", path], &[]).expect_err("refused");
    assert!(
        error.starts_with(&format!("{path}:3:3: invalid key `paralel`")),
        "{error}"
    );
    assert!(error.ends_with("did you mean `parallel`?"), "{error}");
}
