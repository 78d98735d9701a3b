//! Plans that give the consent of a member's owner, or take it back, without a topology.

use super::{EndpointRef, Plan, Ref, Step};
use crate::error::Result;
use crate::ids::{AccountId, HubId, Place};
use crate::object::{Attached, MemberKey, ObjectKey, grant};
use crate::traits::{Capabilities, Endpoint, Member, Payer};

/// The consent of a member's owner: this hub may take this member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Where the member is, and so with whose credentials the consent is given.
    pub place: Place,
    /// The member: a network or a border router.
    pub member: Endpoint,
    /// The hub that may take it.
    pub hub: HubId,
    /// The account that owns the hub.
    pub hub_account: AccountId,
    /// Who pays; absent for a hub at the edge, where the cloud offers no choice.
    pub payer: Option<Payer>,
}

impl Consent {
    /// The plan that gives it. `capabilities` are those of the engine that is to take its step.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a member that is a hub, or an ID that no key can hold.
    pub fn give(&self, capabilities: &[Capabilities]) -> Result<Plan> {
        let id = Ref::Id(self.member.id().to_owned());
        let (account, region) = (self.member.account().clone(), self.place.region.clone());
        let member = match Member::of(&self.member)? {
            Member::Network(_) => EndpointRef::Network {
                id,
                account,
                region,
            },
            Member::BorderRouter(_) => EndpointRef::BorderRouter {
                id,
                account,
                region,
            },
        };
        let step = grant::Create {
            member,
            hub: Ref::Id(self.hub.to_string()),
            hub_account: self.hub_account.clone(),
            payer: self.payer,
        };
        let step = Step::alone(self.key()?, step, &self.place, capabilities)?;
        Ok(Plan::in_order("", vec![step]))
    }

    /// The plan that takes it back.
    ///
    /// # Errors
    /// As [`give`](Self::give).
    pub fn take_back(&self, capabilities: &[Capabilities]) -> Result<Plan> {
        let step = grant::Revoke {
            member: self.member.clone(),
            hub: self.hub.clone(),
            hub_account: self.hub_account.clone(),
            edge: self.payer.is_none(),
        };
        let step = Step::alone(self.key()?, step, &self.place, capabilities)?;
        Ok(Plan::in_order("", vec![step]))
    }

    fn key(&self) -> Result<ObjectKey> {
        let member = match Member::of(&self.member)? {
            Member::Network(id) => MemberKey::Network(id.to_string()),
            Member::BorderRouter(id) => MemberKey::BorderRouter(id),
        };
        let to = self.hub.to_string();
        Ok(ObjectKey::Grant(Attached { to, member }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::ids::CloudName;
    use crate::plan::StepKey;

    fn consent(member: &str, hub: &str) -> Consent {
        let place = Place::new(CloudName::new("memory"), "2", "r1");
        Consent {
            member: Endpoint::Network {
                id: member.into(),
                account: place.account.clone(),
                region: place.region.clone(),
            },
            place,
            hub: hub.into(),
            hub_account: "1".into(),
            payer: Some(Payer::HubOwner),
        }
    }

    #[test]
    fn the_step_is_named_after_hub_and_member() {
        let key = ObjectKey::from("grant/cen-1/vpc-1");
        let given = consent("vpc-1", "cen-1").give(&[]).expect("a plan");
        assert_eq!(given.steps[0].key, StepKey::create(key.clone()));
        assert_eq!(given.steps[0].domain.as_deref(), Some("network/vpc-1"));
        let taken = consent("vpc-1", "cen-1").take_back(&[]).expect("a plan");
        assert_eq!(taken.steps[0].key, StepKey::delete(key));
    }

    #[test]
    fn an_id_that_no_key_can_hold_is_refused() {
        for (member, hub) in [
            ("vpc/1", "cen-1"),
            ("vpc~1", "cen-1"),
            ("vpc-1", "cen@1"),
            ("router:1", "cen-1"),
            ("", "cen-1"),
        ] {
            let error = consent(member, hub).give(&[]).expect_err("no such key");
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
    }
}
