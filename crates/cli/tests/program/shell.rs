//! What shells and `man` read, `--quiet`, and variables in place of options.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::common::{Run, World, example, landbridge, program, run};

/// What a shell says to a script that it only reads; `None` where it is not installed.
fn read_by(shell: &str, arguments: &[&str], script: &str) -> Option<Run> {
    let child = Command::new(shell)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.ok()?;
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let script = script.to_owned();
    let writing = std::thread::spawn(move || stdin.write_all(script.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    // A shell that ends early closes its end.
    let _ = writing.join();
    Some(Run {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

#[test]
fn shells_read_their_completions_and_each_names_every_command() {
    for (shell, arguments) in [
        ("bash", &["-n"][..]),
        ("zsh", &["-n"][..]),
        ("fish", &["--no-execute"][..]),
        ("elvish", &["-compileonly", "/dev/stdin"][..]),
        ("powershell", &[][..]),
    ] {
        let script = landbridge(&["completions", shell]);
        assert_eq!(script.code, Some(0), "{shell}: {:.500}", script.stderr);
        for word in ["rehearse", "ensure", "detailed-exitcode", "completions"] {
            assert!(script.stdout.contains(word), "{shell}: `{word}` is missing");
        }
        // PowerShell is only where someone installed it, and has no mode that only reads.
        let read = (shell != "powershell").then(|| read_by(shell, arguments, &script.stdout));
        match read.flatten() {
            Some(read) => assert_eq!((read.code, read.stderr.as_str()), (Some(0), ""), "{shell}"),
            None => println!("skipped: {shell} is not installed"),
        }
    }
}

#[test]
fn bash_completes_commands_and_options() {
    let script = landbridge(&["completions", "bash"]).stdout;
    let complete = |words: &[&str]| {
        let last = words.len() - 1;
        let (word, before) = (words[last], words[last - 1]);
        let ask = format!(
            "{script}\nCOMP_WORDS=({})\nCOMP_CWORD={last}\n_landbridge landbridge '{word}' '{before}'\necho \"${{COMPREPLY[@]}}\"\n",
            words.join(" ")
        );
        let read = read_by("bash", &["--norc", "--noprofile"], &ask).expect("bash is there");
        assert_eq!(read.code, Some(0), "{read:#?}");
        read.stdout
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(complete(&["landbridge", "reh"]), ["rehearse"]);
    assert_eq!(complete(&["landbridge", "trust", "ens"]), ["ensure"]);
    assert_eq!(
        complete(&["landbridge", "plan", "--det"]),
        ["--detailed-exitcode"]
    );
}

#[test]
fn a_shell_that_is_not_known_is_refused_with_those_that_are() {
    let run = landbridge(&["completions", "tcsh"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(
        run.stderr
            .contains("[possible values: bash, elvish, fish, powershell, zsh]"),
        "{run:#?}"
    );
}

/// The long options in a text.
fn options(text: &str) -> BTreeSet<String> {
    let is_part = |letter: char| letter.is_ascii_lowercase() || letter == '-';
    let words = text.split(|letter: char| !is_part(letter) && !letter.is_ascii_digit());
    let options = words.filter(|word| word.starts_with("--") && word.len() > 3);
    options.map(str::to_owned).collect()
}

#[test]
fn every_command_has_a_page_with_each_of_its_options() {
    let directory = tempfile::tempdir().expect("a directory");
    let out = directory.path().join("man");
    let written = landbridge(&["man", "--out", out.to_str().expect("UTF-8")]);
    assert_eq!(written.code, Some(0), "{written:#?}");
    for (name, arguments) in [
        ("landbridge", &[][..]),
        ("landbridge-plan", &["plan"][..]),
        ("landbridge-graph", &["graph"][..]),
        ("landbridge-init", &["init"][..]),
        ("landbridge-trust", &["trust"][..]),
        ("landbridge-trust-ensure", &["trust", "ensure"][..]),
        ("landbridge-firewall-allow", &["firewall", "allow"][..]),
        ("landbridge-completions", &["completions"][..]),
    ] {
        let page = std::fs::read_to_string(out.join(format!("{name}.1"))).expect(name);
        let help = landbridge(&[arguments, &["--help"]].concat());
        let said = options(&page.replace("\\-", "-"));
        let missing: Vec<_> = options(&help.stdout).difference(&said).cloned().collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
        let printed = landbridge(&[&["man"], arguments].concat());
        assert_eq!(printed.stdout.trim_end(), page.trim_end(), "{name}");
    }
    let pages = std::fs::read_dir(&out).expect("a directory").count();
    assert!(
        written
            .stdout
            .starts_with(&format!("{pages} manual pages in ")),
        "{written:#?}"
    );
    assert!(pages > 30, "{pages}");
}

#[test]
fn man_renders_the_pages_and_keeps_tables() {
    let page = landbridge(&["man"]).stdout;
    let Some(shown) = read_by("man", &["-l", "-"], &page) else {
        println!("skipped: man is not installed");
        return;
    };
    assert_eq!(shown.code, Some(0), "{shown:#?}");
    // The lines of the table of exit codes are not run together.
    let table = shown
        .stdout
        .lines()
        .filter(|line| line.trim_start().starts_with("130 "));
    assert_eq!(table.count(), 1, "{shown:#?}");
    for word in ["SYNOPSIS", "LANDBRIDGE_PARALLEL", "landbridge-rehearse(1)"] {
        assert!(shown.stdout.contains(word), "{word}: {shown:#?}");
    }
}

#[test]
fn a_page_of_an_unknown_command_is_refused_with_the_known_ones() {
    let run = landbridge(&["man", "trust", "make"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(
        run.stderr
            .contains("unknown command `make`: expected `ensure`, `show` or `delete`"),
        "{run:#?}"
    );
    let run = landbridge(&["man", "plan", "x"]);
    assert!(
        run.stderr.contains("`plan` has no commands below it"),
        "{run:#?}"
    );
}

#[test]
fn quiet_tells_results_and_errors_only() {
    let loud = landbridge(&["rehearse", &example()]);
    let quiet = landbridge(&["rehearse", &example(), "--quiet"]);
    assert_eq!(quiet.code, Some(0), "{quiet:#?}");
    assert_eq!(quiet.stderr, "");
    assert_eq!(quiet.stdout, loud.stdout);
    let json = landbridge(&["-q", "--format", "json", "rehearse", &example()]);
    assert_eq!(
        (json.document()["exit"].as_u64(), json.stderr.as_str()),
        (Some(0), "")
    );
    let refused = landbridge(&["-q", "apply", "--simulate", &example()]);
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(
        refused.stdout.contains("45 to create"),
        "the plan is a result: {refused:#?}"
    );
    assert!(
        refused.stderr.starts_with("error: cannot ask"),
        "{refused:#?}"
    );
    let both = landbridge(&["-q", "-v", "prices"]);
    assert_eq!(both.code, Some(2), "{both:#?}");
    assert!(both.stderr.contains("cannot be used with"), "{both:#?}");
}

#[test]
fn quiet_leaves_out_warnings_on_stderr_and_keeps_them_in_the_document() {
    let mut world = World::start();
    let root = landbridge_sim::AccountSpec::new("aliyun", crate::common::A)
        .identity(landbridge_sim::IdentityKind::Root);
    world.provision("ROOT", root);
    let identity = |option: &[&str]| {
        run(world
            .client()
            .args(["identity", "aliyun:env-ROOT"])
            .args(option))
    };
    assert!(
        identity(&[]).stderr.contains("warning: "),
        "{:#?}",
        identity(&[])
    );
    let quiet = identity(&["-q"]);
    assert_eq!(
        (quiet.code, quiet.stderr.as_str()),
        (Some(0), ""),
        "{quiet:#?}"
    );
    // A program still reads them.
    let json = identity(&["-q", "--format", "json"]);
    assert_eq!(json.stderr, "");
    assert!(
        json.document()["warnings"][0]["message"].is_string(),
        "{json:#?}"
    );
}

#[test]
fn variables_take_the_place_of_options() {
    let run_with =
        |name: &str, value: &str, args: &[&str]| run(program().env(name, value).args(args));
    let json = run_with("LANDBRIDGE_FORMAT", "json", &["validate", &example()]);
    assert_eq!(json.document()["command"], "validate");
    let text = run_with(
        "LANDBRIDGE_FORMAT",
        "json",
        &["validate", &example(), "--format", "text"],
    );
    assert!(
        text.stdout.starts_with("cen-two-accounts: valid"),
        "{text:#?}"
    );
    let plan = run_with("LANDBRIDGE_SIMULATE", "1", &["plan", &example()]);
    assert_eq!(plan.code, Some(0), "{plan:#?}");
    let plan = run(program()
        .env("LANDBRIDGE_SIMULATE", "true")
        .env("LANDBRIDGE_PLAN_DETAILED_EXITCODE", "1")
        .args(["plan", &example()]));
    assert_eq!(plan.code, Some(5), "{plan:#?}");
    // `graph` has formats of its own, and so a variable of its own.
    let drawn = run_with("LANDBRIDGE_FORMAT", "json", &["graph", &example()]);
    assert!(drawn.stdout.starts_with("<svg "), "{:.200}", drawn.stdout);
    let drawn = run_with("LANDBRIDGE_GRAPH_FORMAT", "dot", &["graph", &example()]);
    assert!(drawn.stdout.starts_with("graph "), "{:.200}", drawn.stdout);
    let bad = run_with("LANDBRIDGE_PARALLEL", "0", &["prices"]);
    assert_eq!(bad.code, Some(2), "{bad:#?}");
    let told =
        "error: variable LANDBRIDGE_PARALLEL: invalid value `0`: expected a whole number from 1\n";
    assert_eq!(bad.stderr, told);
    let help = run_with("LANDBRIDGE_PARALLEL", "0", &["prices", "--help"]);
    assert_eq!(help.code, Some(0), "help is given in any case: {help:#?}");
}

#[test]
fn no_variable_consents_to_a_write() {
    let names = [
        "LANDBRIDGE_YES",
        "LANDBRIDGE_APPLY_YES",
        "LANDBRIDGE_APPLY_REPLACE",
        "LANDBRIDGE_APPLY_PRUNE",
    ];
    let mut command = program();
    command.envs(names.map(|name| (name, "1")));
    let refused = run(command.args(["apply", "--simulate", &example()]));
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(
        refused.stderr.contains("run the command again with --yes"),
        "{refused:#?}"
    );
}

#[test]
fn help_names_variables_and_never_their_values() {
    let secret = "https://user:Correct-Horse-7@example.com";
    let help = run(program()
        .env("LANDBRIDGE_ENDPOINT", secret)
        .args(["plan", "--help"]));
    assert!(
        help.stdout.contains("[env: LANDBRIDGE_ENDPOINT]"),
        "{help:#?}"
    );
    assert!(
        help.stdout.contains("[env: LANDBRIDGE_PLAN_OUT]"),
        "{help:#?}"
    );
    assert!(!help.stdout.contains("Correct-Horse"), "{help:#?}");
}

#[test]
fn the_schemas_of_both_files_are_printed() {
    let topology = landbridge(&["schema"]).document();
    assert_eq!(
        topology,
        landbridge(&["schema", "--of", "topology"]).document()
    );
    let config = landbridge(&["schema", "--of", "config"]).document();
    assert!(config["properties"]["defaults"].is_object(), "{config:#}");
    // A bare name of an account is allowed in a topology.
    let items = topology["properties"]["accounts"]["items"].to_string();
    assert!(items.contains("AccountOrName"), "{items}");
}

#[cfg(unix)]
#[test]
fn quiet_still_asks_before_a_write() {
    let mut command = program();
    command.args(["-q", "apply", "--simulate", &example()]);
    let run = crate::common::at_a_terminal(&command, &[("Type `yes` to continue: ", "no\\n")]);
    assert_eq!(run["code"], 3, "{run:#}");
    let shown = run["shown"].as_str().expect("text");
    assert!(
        shown.contains("not confirmed; nothing was written"),
        "{shown}"
    );
    assert!(!shown.contains("read   "), "no progress: {shown}");
}
