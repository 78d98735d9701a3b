//! Log lines, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::filter::{FilterFn, LevelFilter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::args::LogFormat;

/// What is logged unless `RUST_LOG` says otherwise.
const DIRECTIVES: &str = "warn,landbridge=info";

/// The beginning of the targets of our crates.
const OURS: &str = "landbridge";

/// The most that a dependency may log: HTTP clients and the AWS SDK write requests, answers and keys at lower levels.
const MOST_OF_OTHERS: LevelFilter = LevelFilter::WARN;

pub(crate) fn start(format: LogFormat) {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DIRECTIVES));
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
            "landbridge_fleet",
            "landbridge_fleet::worker",
            "landbridge_core",
        ] {
            assert!(is_harmless(ours, Level::TRACE), "{ours}");
        }
        for other in ["aws_smithy_runtime::client", "hyper", "landbridgeless", ""] {
            assert!(is_harmless(other, Level::WARN), "{other}");
            assert!(!is_harmless(other, Level::INFO), "{other}");
        }
    }
}
