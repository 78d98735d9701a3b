//! Runs commands by the scripts of this directory, at a pseudo-terminal.

use std::process::Command;

use serde_json::Value;

/// The command, run by a script of this directory.
pub(crate) fn through_python(command: &Command, script: &str, arguments: &[&str]) -> Command {
    let script = format!("{}/tests/program/{script}", env!("CARGO_MANIFEST_DIR"));
    let mut python = Command::new("python3");
    python
        .args(["-I", &script])
        .args(arguments)
        .arg("--")
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for (name, value) in command.get_envs() {
        python.env(name, value.unwrap_or_default());
    }
    python
}

/// Runs a command at a pseudo-terminal, with answers to what it shows.
pub(crate) fn at_a_terminal(command: &Command, dialogue: &[(&str, &str)]) -> Value {
    let dialogue: Vec<_> = dialogue
        .iter()
        .flat_map(|(expected, answer)| [*expected, *answer])
        .collect();
    let output = through_python(command, "terminal.py", &dialogue).output();
    let output = output.expect("python3 is there");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}
