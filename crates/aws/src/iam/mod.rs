//! IAM: policy documents and records, without sending anything.

mod check;
mod document;
#[cfg(test)]
mod fuzz;
mod record;

pub(crate) use check::{check_name, check_trust, check_user};
pub(crate) use document::{Trusted, permissions_document, roles_in, trust_document, user_document};
pub(crate) use record::{decoded, read_role, read_user, tags};
