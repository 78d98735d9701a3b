//! What the words for the state of a command mean.

use landbridge_core::CommandState;

/// The progress that an invocation tells. A command that ran to an end has an exit code, also if that is not 0.
pub(super) fn state_of(status: &str, details: &str, code: Option<i64>) -> CommandState {
    let [status, details] = [status, details].map(|word| word.replace(' ', ""));
    let code = code.and_then(|code| i32::try_from(code).ok());
    match (status.as_str(), code) {
        ("Pending" | "InProgress" | "Delayed" | "Cancelling", _) => CommandState::Running(status),
        ("Success", _) => CommandState::Exited(0),
        ("Failed", Some(code)) if code >= 0 => CommandState::Exited(code),
        _ if details.is_empty() => CommandState::Aborted(status),
        _ => CommandState::Aborted(details),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CommandState::{Aborted, Exited, Running};

    #[test]
    fn words_for_states_are_read_with_and_without_spaces() {
        let word = str::to_owned;
        for (status, details, code, expected) in [
            ("Pending", "Pending", -1, Running(word("Pending"))),
            ("InProgress", "InProgress", -1, Running(word("InProgress"))),
            ("In Progress", "", -1, Running(word("InProgress"))),
            ("Delayed", "Delayed", -1, Running(word("Delayed"))),
            ("Cancelling", "Cancelling", -1, Running(word("Cancelling"))),
            ("Success", "Success", 0, Exited(0)),
            ("Failed", "Failed", 1, Exited(1)),
            ("Failed", "Failed", -1, Aborted(word("Failed"))),
            (
                "Failed",
                "InvalidPlatform",
                -1,
                Aborted(word("InvalidPlatform")),
            ),
            ("Cancelled", "Cancelled", -1, Aborted(word("Cancelled"))),
            (
                "TimedOut",
                "Delivery Timed Out",
                -1,
                Aborted(word("DeliveryTimedOut")),
            ),
            (
                "TimedOut",
                "ExecutionTimedOut",
                -1,
                Aborted(word("ExecutionTimedOut")),
            ),
            ("Undeliverable", "", -1, Aborted(word("Undeliverable"))),
        ] {
            assert_eq!(state_of(status, details, Some(code)), expected, "{status}");
        }
    }
}
