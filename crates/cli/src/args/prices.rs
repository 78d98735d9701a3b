//! Options of `prices`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct PricesArgs {
    /// Ask the vendors for the prices of what this topology is charged for
    ///
    /// Reads prices with the credentials of the topology's accounts, and writes nothing to a cloud. What a vendor does not tell
    /// is listed and keeps the built-in price. Ends with exit code 6 if a vendor did not tell what it was asked.
    #[arg(long, value_name = "TOPOLOGY")]
    pub(crate) refresh: Option<PathBuf>,
    /// Write the new prices to a file, for `--prices`
    ///
    /// Asks for confirmation before it replaces a file.
    #[arg(long, value_name = "FILE", requires = "refresh")]
    pub(crate) out: Option<PathBuf>,
}
