//! What the codes of Alibaba Cloud mean: one table, from which errors are made and the docs are printed.

mod codes;
#[cfg(test)]
mod published;
mod table;

pub use codes::CODES;
