//! Plans that make roles and users for other accounts, or delete them, without a topology's file.

use super::{Plan, Step};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::Place;
use crate::object::{ObjectKey, role, user};
use crate::traits::{Capabilities, EnsureTrust, EnsureUser, Owner};

/// The plan that makes a user and then a role, each where it is and exactly as described. The user comes first: a cloud
/// may refuse to trust one that is not there. `capabilities` are those of the engine that is to take its steps.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) when an owner is not of `topology`.
pub fn ensure(
    topology: &str,
    user: Option<(&Place, &EnsureUser)>,
    role: Option<(&Place, &EnsureTrust)>,
    capabilities: &[Capabilities],
) -> Result<Plan> {
    let mut steps = Vec::new();
    if let Some((place, user)) = user {
        let key = key(&user.owner, topology)?;
        let step = user::Ensure { user: user.clone() };
        steps.push(Step::alone(key, step, place, capabilities)?);
    }
    if let Some((place, role)) = role {
        let key = key(&role.owner, topology)?;
        let step = role::Ensure { role: role.clone() };
        steps.push(Step::alone(key, step, place, capabilities)?);
    }
    Ok(Plan::in_order(topology, steps))
}

/// The plan that deletes a role and then a user of `topology`, by their names. The role goes first: one that trusts a
/// deleted user trusts an ID that cannot be read.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for an empty name.
pub fn delete(
    topology: &str,
    role: Option<(&Place, &str)>,
    user: Option<(&Place, &str)>,
    capabilities: &[Capabilities],
) -> Result<Plan> {
    let mut steps = Vec::new();
    if let Some((place, name)) = role {
        let role = name.to_owned();
        let key = ObjectKey::Role(role.clone());
        let step = role::Delete { role };
        steps.push(Step::alone(key, step, place, capabilities)?);
    }
    if let Some((place, name)) = user {
        let user = name.to_owned();
        let key = ObjectKey::User(user.clone());
        let step = user::Delete { user };
        steps.push(Step::alone(key, step, place, capabilities)?);
    }
    Ok(Plan::in_order(topology, steps))
}

fn key(owner: &Owner, topology: &str) -> Result<ObjectKey> {
    if owner.topology == topology {
        return Ok(owner.object_key());
    }
    let message = format!("invalid owner `{}`: expected `{topology}`", owner.topology);
    Err(Error::new(ErrorKind::InvalidInput, message)
        .with_remedy("give role and user the owner of their plan"))
}
