//! IAM: policy documents and records, without sending anything.

mod check;
mod document;
#[cfg(test)]
mod fuzz;
mod profile;
mod record;

pub(crate) use check::{check_name, check_trust, check_user};
pub(crate) use document::{Trusted, permissions_document, roles_in, trust_document, user_document};
pub(crate) use profile::{
    agent_policy, instance_service, instance_trust, is_profile_of_ours, is_whole, profile_name,
    read_profile,
};
pub(crate) use record::{decoded, read_role, read_user, tags};
