//! What the codes of AWS mean: one table, from which errors are made and the docs are printed.

mod codes;
mod table;

pub use codes::{code_rows, codes_as_markdown};
pub use landbridge_core::codes::CodeRow;

pub(crate) use codes::lookup;
