//! Questions at the terminal.

use std::io::{self, IsTerminal, Write};

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::exit::{Exit, Failure, Outcome};

/// Whether a person can be asked.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Refuses unless the answer is `yes`.
pub(crate) async fn confirm(question: &str, cancel: &CancellationToken) -> Outcome<()> {
    if !is_interactive() {
        return Err(Failure::bad_input(format!(
            "cannot ask \"{question}\": standard input is not a terminal; nothing was written. Review the plan, then \
             run the command again with --yes"
        )));
    }
    let question = question.to_owned();
    let answer = ask(cancel, move || read_line(&question)).await?;
    match answer.trim() {
        "yes" => Ok(()),
        _ => Err(Failure::refused("not confirmed; nothing was written")),
    }
}

/// Asks for a password without showing it.
pub(crate) async fn password(prompt: String, cancel: &CancellationToken) -> Outcome<SecretString> {
    let answer = ask(cancel, move || rpassword::prompt_password(prompt)).await?;
    Ok(SecretString::from(answer))
}

fn read_line(question: &str) -> io::Result<String> {
    // Standard error must not stay locked while we wait: Ctrl-C reports there.
    write!(io::stderr(), "{question} Type `yes` to continue: ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer)
}

async fn ask(
    cancel: &CancellationToken,
    read: impl FnOnce() -> io::Result<String> + Send + 'static,
) -> Outcome<String> {
    let answer = tokio::task::spawn_blocking(read);
    tokio::select! {
        () = cancel.cancelled() => Err(Failure::cancelled()),
        answer = answer => match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Failure::new(Exit::Unexpected, error)),
            Err(error) => Err(Failure::new(Exit::Unexpected, error)),
        },
    }
}
