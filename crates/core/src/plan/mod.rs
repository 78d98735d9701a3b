//! What a plan is made of.

mod op;

pub use op::OpKind;
