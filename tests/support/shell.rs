//! A terminal of the owner of another account, into which the commands of a hand-over are pasted as they stand.

use std::process::Command;

use landbridge_core::handover::HandOver;

/// Runs the commands of every part by a shell, each part as one paste. `environment` gives the tools and the keys.
///
/// # Panics
///
/// If a part fails.
pub(crate) fn paste(document: &HandOver, environment: &[(String, String)]) {
    for part in &document.parts {
        let lines = part.how_to.commands.join("\n");
        assert!(!lines.is_empty(), "no command for: {}", part.act);
        let output = Command::new("bash")
            .args(["-e", "-o", "pipefail", "-c", &lines])
            .env_clear()
            .envs(environment.iter().cloned())
            .output()
            .expect("bash starts");
        assert!(
            output.status.success(),
            "{lines}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
