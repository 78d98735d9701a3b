//! Instance profiles: what hands a role to instances. The role of the agents has the name of its profile.

use aws_sdk_iam::types::InstanceProfile;
use landbridge_core::{AgentRoleRecord, Phase, Status};
use serde_json::{Value, json};

use super::record::told_by;
use crate::partition::Partition;

/// What the names of such profiles begin with. The name of the topology follows.
const PREFIX: &str = "landbridge-agent-";

/// The longest name of a role.
const LONGEST: usize = 64;

/// The name of the profile of a topology, and of its role.
pub(crate) fn profile_name(topology: &str) -> String {
    let name = format!("{PREFIX}{topology}");
    name.chars().take(LONGEST).collect()
}

/// Whether Landbridge gives profiles such a name.
pub(crate) fn is_profile_of_ours(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// The policy that lets an agent fetch commands.
pub(crate) fn agent_policy(partition: Partition) -> String {
    let partition = partition.name;
    format!("arn:{partition}:iam::aws:policy/AmazonSSMManagedInstanceCore")
}

/// The name under which EC2 assumes roles.
pub(crate) fn instance_service(partition: Partition) -> &'static str {
    match partition.name {
        "aws-cn" => "ec2.amazonaws.com.cn",
        _ => "ec2.amazonaws.com",
    }
}

/// Lets instances assume a role.
pub(crate) fn instance_trust(partition: Partition) -> Value {
    let service = instance_service(partition);
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
        }],
    })
}

/// Whether a profile has the role of its name, which is put into it last.
pub(crate) fn is_whole(profile: &InstanceProfile) -> bool {
    let mut roles = profile.roles().iter();
    roles.any(|role| role.role_name() == profile.instance_profile_name())
}

/// A profile with its owner.
pub(crate) fn read_profile(profile: &InstanceProfile) -> AgentRoleRecord {
    let status = match is_whole(profile) {
        true => Status::new(Phase::Ready, "available"),
        false => Status::new(Phase::Pending, "without its role"),
    };
    AgentRoleRecord::new(profile.instance_profile_name().into(), status)
        .with_owner(told_by(profile.tags()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_into_what_iam_takes() {
        assert_eq!(profile_name("pair"), "landbridge-agent-pair");
        let longest = profile_name(&"x".repeat(60));
        assert_eq!(longest.len(), LONGEST);
        assert!(is_profile_of_ours(&longest) && !is_profile_of_ours("web-servers"));
    }

    #[test]
    fn each_partition_has_its_words() {
        let of = |region: &str| Partition::of(&region.into());
        let service =
            |region| instance_trust(of(region))["Statement"][0]["Principal"]["Service"].clone();
        assert_eq!(service("eu-central-1"), "ec2.amazonaws.com");
        assert_eq!(service("cn-north-1"), "ec2.amazonaws.com.cn");
        assert_eq!(
            agent_policy(of("us-gov-west-1")),
            "arn:aws-us-gov:iam::aws:policy/AmazonSSMManagedInstanceCore"
        );
    }
}
