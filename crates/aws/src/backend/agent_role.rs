//! The role of agents on instances, inside an instance profile. The profile is made first and deleted last, so whatever is
//! left of the two is found by it.

use aws_sdk_iam::types::InstanceProfile;
use landbridge_core::{AgentRoleId, AgentRoleRecord, Error, ErrorKind, Label, Result, Select};

use super::trust::{foreign, not_shown_yet};
use super::{AwsCloud, absent_is_done};
use crate::client::{Operation, read, repeatable};
use crate::iam::{
    agent_policy, instance_trust, is_profile_of_ours, is_whole, profile_name, read_profile, tags,
};

const GET: Operation = read("GetInstanceProfile");
const CREATE: Operation = repeatable("CreateInstanceProfile");
const DELETE: Operation = repeatable("DeleteInstanceProfile");
const CREATE_ROLE: Operation = repeatable("CreateRole");
const ATTACH: Operation = repeatable("AttachRolePolicy");
const ADD_ROLE: Operation = repeatable("AddRoleToInstanceProfile");
const REMOVE_ROLE: Operation = repeatable("RemoveRoleFromInstanceProfile");

impl AwsCloud {
    async fn profile(&self, name: &str) -> Result<Option<InstanceProfile>> {
        let call = self.client.iam().get_instance_profile();
        let call = call.instance_profile_name(name);
        match self.client.call(GET, || call.clone().send()).await {
            Ok(answer) => Ok(answer.instance_profile),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lists of profiles tell no tags, so each is asked for by its name.
    pub(super) async fn agent_roles(
        &self,
        select: &Select<AgentRoleId>,
    ) -> Result<Vec<AgentRoleRecord>> {
        let names = match select {
            Select::Ids(ids) => ids.iter().map(AgentRoleId::to_string).collect(),
            Select::Topology(topology) => vec![profile_name(topology)],
            _ => {
                let message = "agent roles are listed by topology or by name";
                return Err(Error::unsupported(message));
            }
        };
        let mut records = Vec::new();
        for name in names {
            records.extend(self.profile(&name).await?.as_ref().map(read_profile));
        }
        if let Select::Topology(topology) = select {
            records.retain(|one| {
                one.owner
                    .as_ref()
                    .is_some_and(|own| own.topology == *topology)
            });
        }
        Ok(records)
    }

    pub(super) async fn make_agent_role(&self, label: &Label) -> Result<AgentRoleRecord> {
        let name = profile_name(&label.owner.topology);
        let profile = self.make_profile(&name, label).await?;
        if !is_whole(&profile) {
            self.make_role_of_agents(&name, label).await?;
            self.put_role(&name).await?;
        }
        let mut record = read_profile(&profile);
        record.owner = Some(label.owner.clone());
        Ok(record)
    }

    async fn make_profile(&self, name: &str, label: &Label) -> Result<InstanceProfile> {
        let call = self.client.iam().create_instance_profile();
        let call = call
            .instance_profile_name(name)
            .set_tags(Some(tags(&label.owner)?));
        match self.client.call(CREATE, || call.clone().send()).await {
            // An answer of ours may have been lost, or a run was interrupted.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let found = self.profile(name).await?;
                let found = found.ok_or_else(|| not_shown_yet(error))?;
                let owner = read_profile(&found).owner;
                match owner.as_ref() == Some(&label.owner) {
                    true => Ok(found),
                    false => {
                        let error = foreign("instance profile", name, owner.as_ref());
                        Err(self.client.locate(error, CREATE))
                    }
                }
            }
            other => {
                let profile = other?.instance_profile;
                self.memory.created(name);
                self.read_one(CREATE, profile, |profile| Ok(profile.clone()))
            }
        }
    }

    async fn make_role_of_agents(&self, name: &str, label: &Label) -> Result<()> {
        let iam = self.client.iam();
        let trust = instance_trust(self.client.partition());
        let call = iam
            .create_role()
            .role_name(name)
            .assume_role_policy_document(trust.to_string())
            .set_tags(Some(tags(&label.owner)?));
        match self.client.call(CREATE_ROLE, || call.clone().send()).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let found = self.role(name).await?;
                let found = found.ok_or_else(|| not_shown_yet(error))?;
                let owner = found.record.owner.as_ref();
                if owner != Some(&label.owner) {
                    let error = foreign("role", name, owner);
                    return Err(self.client.locate(error, CREATE_ROLE));
                }
            }
            other => drop(other?),
        }
        let policy = agent_policy(self.client.partition());
        let call = iam.attach_role_policy().role_name(name).policy_arn(policy);
        let answer = self.client.call(ATTACH, || call.clone().send()).await;
        self.memory.patient(answer.map(drop), &[name])
    }

    // A profile has one role at most: one that is full has it already, as nothing but this puts one into it.
    async fn put_role(&self, name: &str) -> Result<()> {
        let call = self.client.iam().add_role_to_instance_profile();
        let call = call.instance_profile_name(name).role_name(name);
        let answer = self.client.call(ADD_ROLE, || call.clone().send()).await;
        match answer {
            Err(error) if error.kind() == ErrorKind::QuotaExceeded => {
                let found = self.profile(name).await?;
                match found.is_some_and(|found| is_whole(&found)) {
                    true => Ok(()),
                    false => Err(error),
                }
            }
            other => self.memory.patient(other.map(drop), &[name]),
        }
    }

    pub(super) async fn remove_agent_role(&self, id: &AgentRoleId) -> Result<()> {
        let name = id.as_str();
        let Some(profile) = self.profile(name).await? else {
            return Ok(());
        };
        let owner = read_profile(&profile).owner;
        let Some(owner) = owner.filter(|_| is_profile_of_ours(name)) else {
            let error = foreign("instance profile", name, None);
            return Err(self.client.locate(error, DELETE));
        };
        let iam = self.client.iam();
        let call = iam.remove_role_from_instance_profile();
        let call = call.instance_profile_name(name).role_name(name);
        let answer = self.client.call(REMOVE_ROLE, || call.clone().send()).await;
        absent_is_done(answer.map(drop))?;
        // A role of others that has the name was never put into the profile.
        let role = self.role(name).await?;
        if let Some(role) = role.filter(|role| role.record.owner.as_ref() == Some(&owner)) {
            self.remove_role(role, &owner.topology).await?;
        }
        let call = iam.delete_instance_profile().instance_profile_name(name);
        let answer = self.client.call(DELETE, || call.clone().send()).await;
        absent_is_done(answer.map(drop))
    }
}
