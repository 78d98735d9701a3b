//! Log lines, on stderr.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{FilterFn, LevelFilter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// What `-v`, `-vv` and so on show. The filter matches the beginnings of targets, so [`OURS`] covers all our crates.
const DIRECTIVES: [&str; 4] = [
    "warn",
    "warn,landbridge=info",
    "warn,landbridge=debug",
    "warn,landbridge=trace",
];

/// The beginning of the targets of our crates.
const OURS: &str = "landbridge";

/// The most that a dependency may log. HTTP clients and the AWS SDK write requests, answers and keys at lower levels, and
/// we do not control what they write there.
const MOST_OF_OTHERS: LevelFilter = LevelFilter::WARN;

/// Starts logging. `RUST_LOG` overrides `-q` and the number of `-v`, but not [`MOST_OF_OTHERS`].
pub(crate) fn start(verbose: u8, quiet: bool) {
    let directives = match quiet {
        true => "error",
        false => DIRECTIVES[usize::from(verbose).min(DIRECTIVES.len() - 1)],
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(directives));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(lines)
        .with(FilterFn::new(|metadata| {
            is_harmless(metadata.target(), *metadata.level())
        }))
        .with(filter)
        .init();
}

fn is_harmless(target: &str, level: tracing::Level) -> bool {
    let crate_name = target.split("::").next().unwrap_or_default();
    let is_ours = crate_name == OURS || crate_name.starts_with("landbridge_");
    is_ours || level <= MOST_OF_OTHERS
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn dependencies_log_warnings_and_errors_only() {
        for ours in [
            "landbridge",
            "landbridge_aws::client::call",
            "landbridge_core",
        ] {
            assert!(is_harmless(ours, Level::TRACE), "{ours}");
        }
        for other in [
            "aws_smithy_runtime::client",
            "hyper_util::client",
            "reqwest::connect",
            "rustls",
            "h2::codec",
            "log",
            "landbridgeless",
            "",
        ] {
            assert!(is_harmless(other, Level::WARN), "{other}");
            assert!(!is_harmless(other, Level::INFO), "{other}");
            assert!(!is_harmless(other, Level::TRACE), "{other}");
        }
    }
}
