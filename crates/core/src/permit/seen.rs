use ipnet::IpNet;

use super::{Covered, Party};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::ids::{AccountId, GroupId, NetworkId, Place};
use crate::traits::{
    CallerIdentity, Cloud, GroupRecord, InstanceRecord, NetworkRecord, RuleRecord, Select,
};

/// A party as it was found.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The party in words.
    pub(super) subject: String,
    /// Whether it is one instance.
    pub(super) is_instance: bool,
    /// Where it is, if it was looked up.
    pub(super) place: Option<Place>,
    /// Who looked.
    pub(super) identity: Option<CallerIdentity>,
    /// Whether what was looked up is there.
    pub(super) exists: bool,
    /// The instance, or for a group one that it covers.
    pub(super) instance: Option<InstanceRecord>,
    /// The groups of the instance, or the group.
    pub(super) groups: Vec<SeenGroup>,
    /// Its network; absent on a classic network.
    pub(super) network: Option<NetworkRecord>,
    /// What stands for it in the rules of the other side, where that is given.
    pub(super) given: Option<Given>,
}

/// A far end that is not looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Range(IpNet),
    Group(AccountId, GroupId),
}

/// A group with all that concerns it.
#[derive(Clone, Debug)]
pub(super) struct SeenGroup {
    pub(super) record: GroupRecord,
    pub(super) rules: Vec<RuleRecord>,
    pub(super) covers: Vec<Covered>,
}

impl Seen {
    fn given(subject: String, given: Given) -> Self {
        Self {
            subject,
            is_instance: false,
            place: None,
            identity: None,
            exists: true,
            instance: None,
            groups: Vec::new(),
            network: None,
            given: Some(given),
        }
    }

    fn at(subject: String, place: &Place, identity: CallerIdentity) -> Self {
        Self {
            subject,
            is_instance: false,
            place: Some(place.clone()),
            identity: Some(identity),
            exists: false,
            instance: None,
            groups: Vec::new(),
            network: None,
            given: None,
        }
    }

    /// Whether it is on a classic network.
    pub(super) fn is_classic(&self) -> bool {
        self.place.is_some() && self.exists && self.network_id().is_none()
    }

    pub(super) fn network_id(&self) -> Option<NetworkId> {
        let of_group = || self.groups.first()?.record.network.clone();
        let network = self.network.as_ref().map(|network| network.id.clone());
        network.or_else(of_group)
    }
}

impl Engine {
    pub(super) async fn see(&self, party: &Party) -> Result<Seen> {
        match party {
            Party::Range(range) => Ok(Seen::given(range.to_string(), Given::Range(*range))),
            Party::ForeignGroup { account, id } => Ok(Seen::given(
                format!("group {id} of account {account}"),
                Given::Group(account.clone(), id.clone()),
            )),
            Party::Instance { place, id } => {
                let cloud = self.cloud(place).await?;
                let identity = cloud.caller_identity().await?;
                let mut seen = Seen::at(format!("instance {id} in {place}"), place, identity);
                seen.is_instance = true;
                if seen.is_foreign() {
                    return Ok(seen);
                }
                let found = cloud.list_instances(&Select::id(id.clone())).await?;
                if let Some(instance) = found.into_iter().next() {
                    let groups = instance.groups.clone();
                    seen.exists = true;
                    seen.instance = Some(instance);
                    seen.look_around(cloud.as_ref(), &groups).await?;
                }
                Ok(seen)
            }
            Party::Group { place, id } => {
                let cloud = self.cloud(place).await?;
                let identity = cloud.caller_identity().await?;
                let mut seen = Seen::at(format!("group {id} in {place}"), place, identity);
                if !seen.is_foreign() {
                    seen.look_around(cloud.as_ref(), std::slice::from_ref(id))
                        .await?;
                    seen.exists = !seen.groups.is_empty();
                }
                Ok(seen)
            }
        }
    }
}

impl Seen {
    /// Whether the credentials belong to another account, which sees nothing of this one.
    pub(super) fn is_foreign(&self) -> bool {
        self.wrong_account().is_some()
    }

    /// Why the credentials are not those of the party's account.
    pub(super) fn wrong_account(&self) -> Option<Error> {
        let (place, identity) = (self.place.as_ref()?, self.identity.as_ref()?);
        identity.check_account(&place.account).err()
    }

    async fn look_around(&mut self, cloud: &dyn Cloud, groups: &[GroupId]) -> Result<()> {
        if groups.is_empty() {
            return Ok(());
        }
        let records = cloud.list_groups(&Select::Ids(groups.to_vec())).await?;
        let instances = cloud.list_instances(&Select::All).await?;
        for record in records {
            let rules = cloud.list_rules(&record.id).await?;
            let members = instances.iter().filter(|i| i.groups.contains(&record.id));
            let covers = members.clone().map(covered).collect();
            if self.instance.is_none() {
                self.instance = members.clone().next().cloned();
            }
            self.groups.push(SeenGroup {
                record,
                rules,
                covers,
            });
        }
        if let Some(id) = self.network_id() {
            let networks = cloud.list_networks(&Select::id(id)).await?;
            self.network = networks.into_iter().next();
        }
        Ok(())
    }
}

fn covered(instance: &InstanceRecord) -> Covered {
    Covered {
        id: instance.id.clone(),
        name: instance.name.clone(),
        address: instance.address,
    }
}
