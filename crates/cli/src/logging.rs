//! Log lines, on stderr.

use tracing_subscriber::EnvFilter;

// The filter matches the beginnings of targets, so `landbridge` covers all our crates.
const DIRECTIVES: [&str; 4] = [
    "warn",
    "warn,landbridge=info",
    "info,landbridge=debug",
    "debug,landbridge=trace",
];

/// Starts logging. `RUST_LOG` overrides the number of `-v`.
pub(crate) fn start(verbose: u8) {
    let directives = DIRECTIVES[usize::from(verbose).min(DIRECTIVES.len() - 1)];
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(directives));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
