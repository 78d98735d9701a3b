//! Questions at the terminal.

use std::io::{self, IsTerminal, Write};

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::complain;

/// How often an empty answer is asked again.
const MOST_QUESTIONS: u32 = 3;

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

/// Asks for a password without showing it. An empty answer is asked again, a few times.
pub(crate) async fn password(prompt: String, cancel: &CancellationToken) -> Outcome<SecretString> {
    let _echo = Echo::off();
    for _ in 0..MOST_QUESTIONS {
        let prompt = prompt.clone();
        let answer = ask(cancel, move || rpassword::prompt_password(prompt)).await?;
        if !answer.is_empty() {
            return Ok(SecretString::from(answer));
        }
        complain("\nan empty answer is not accepted");
    }
    Err(Failure::bad_input(format!(
        "no answer to \"{}\" after {MOST_QUESTIONS} questions",
        prompt.trim_end_matches([' ', ':'])
    )))
}

/// Asks for a line of text.
pub(crate) async fn line(prompt: String, cancel: &CancellationToken) -> Outcome<String> {
    ask(cancel, move || {
        write!(io::stderr(), "{prompt}")?;
        let mut answer = String::new();
        match io::stdin().read_line(&mut answer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(answer),
        }
    })
    .await
}

fn read_line(question: &str) -> io::Result<String> {
    // Standard error must not stay locked while we wait: a signal is reported there.
    write!(io::stderr(), "{question} Type `yes` to continue: ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer)
}

async fn ask(
    cancel: &CancellationToken,
    read: impl FnOnce() -> io::Result<String> + Send + 'static,
) -> Outcome<String> {
    if cancel.is_cancelled() {
        return Err(Failure::cancelled());
    }
    let answer = tokio::task::spawn_blocking(read);
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Failure::cancelled()),
        answer = answer => match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(unanswered(error)),
            Err(error) => Err(Failure::new(Exit::Unexpected, error)),
        },
    }
}

fn unanswered(error: io::Error) -> Failure {
    match error.kind() {
        // Ctrl-C, typed where it is no signal of its own.
        io::ErrorKind::Interrupted => Failure::cancelled(),
        io::ErrorKind::UnexpectedEof => {
            Failure::bad_input("standard input ended before the question was answered")
        }
        _ => Failure::new(Exit::Unexpected, error),
    }
}

/// The terminal as it was before a question that hides its answer. Echo is off before the question is shown, so that an
/// answer that comes at once is taken like any other. The one who reads the answer is a thread that cannot be stopped, so
/// the program that ends meanwhile restores the terminal itself.
#[cfg(unix)]
struct Echo(Option<(std::fs::File, rustix::termios::Termios)>);

#[cfg(unix)]
impl Echo {
    fn off() -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let kept = std::fs::File::open("/dev/tty").ok().and_then(|terminal| {
            let before = tcgetattr(&terminal).ok()?;
            let mut hidden = before.clone();
            // Each key counts as it is typed, as the reader of the answer has it.
            hidden.local_modes.remove(
                LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG,
            );
            // Where this fails, the reader of the answer tells.
            let _ = tcsetattr(&terminal, OptionalActions::Now, &hidden);
            Some((terminal, before))
        });
        Self(kept)
    }
}

#[cfg(unix)]
impl Drop for Echo {
    fn drop(&mut self) {
        if let Some((terminal, before)) = &self.0 {
            use rustix::termios::{OptionalActions, tcsetattr};
            // A terminal that is gone needs no echo.
            let _ = tcsetattr(terminal, OptionalActions::Now, before);
        }
    }
}

#[cfg(not(unix))]
struct Echo;

#[cfg(not(unix))]
impl Echo {
    fn off() -> Self {
        Self
    }
}
