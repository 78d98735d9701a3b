//! What the codes of AWS mean: one table, from which errors are made and the docs are printed.

mod codes;
mod table;

pub use codes::CODES;
