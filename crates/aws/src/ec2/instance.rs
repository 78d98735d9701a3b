//! Instances.

use std::net::{IpAddr, Ipv6Addr};

use aws_sdk_ec2::operation::run_instances::builders::RunInstancesInputBuilder;
use aws_sdk_ec2::types::{
    BlockDeviceMapping, EbsBlockDevice, IamInstanceProfileSpecification, Instance,
    InstanceStateName, InstanceType, ResourceType, VolumeType,
};
use landbridge_core::{
    AgentRoleId, Disk, Error, ErrorKind, InstanceRecord, NetworkId, Phase, Result, RunInstance,
    Status, SubnetId,
};

use super::field::need;
use super::tag::{made_by, tagged, told_by};
use super::token::token_of;

/// The states of an instance that still exists; a terminated one stays visible for an hour.
pub(crate) const LIVE: [&str; 5] = ["pending", "running", "stopping", "stopped", "shutting-down"];

/// `RunInstances` for one instance; `root` is the image's root device, which a disk is mapped to.
pub(crate) fn run(request: &RunInstance, root: Option<&str>) -> Result<RunInstancesInputBuilder> {
    if request.password.is_some() {
        return Err(
            Error::unsupported("Landbridge sets no passwords on AWS instances")
                .with_remedy("leave the password out, or create a user in the image"),
        );
    }
    let groups: Vec<String> = request.groups.iter().map(ToString::to_string).collect();
    let token = token_of(&request.label, &parameters(request, &groups));
    let mut input = RunInstancesInputBuilder::default()
        .min_count(1)
        .max_count(1)
        .image_id(&request.image)
        .instance_type(InstanceType::from(request.instance_type.as_str()))
        .subnet_id(request.subnet.as_str())
        .set_security_group_ids(Some(groups))
        .set_private_ip_address(request.address.map(|address| address.to_string()))
        .set_ipv6_address_count(request.ipv6.then_some(1))
        .set_iam_instance_profile(request.agent_role.as_ref().map(profile))
        .client_token(token.as_str())
        .tag_specifications(tagged(ResourceType::Instance, &request.label));
    if let (Some(disk), Some(root)) = (&request.disk, root) {
        input = input.block_device_mappings(root_disk(disk, root)?);
    }
    Ok(input)
}

/// What differs between two requests of a step that are not the same one.
fn parameters(request: &RunInstance, groups: &[String]) -> [String; 7] {
    let address = request.address.map(|address| address.to_string());
    let disk = request.disk.as_ref();
    let disk = disk.map(|disk| format!("{} {}", disk.category, disk.size_gib));
    let role = request.agent_role.as_ref().map(ToString::to_string);
    [
        request.subnet.to_string(),
        groups.join(","),
        format!("{} {}", request.instance_type, request.image),
        address.unwrap_or_default(),
        request.ipv6.to_string(),
        disk.unwrap_or_default(),
        role.unwrap_or_default(),
    ]
}

fn profile(role: &AgentRoleId) -> IamInstanceProfileSpecification {
    let profile = IamInstanceProfileSpecification::builder();
    profile.name(role.as_str()).build()
}

// The name ends the full name, which may have a path.
fn profile_of(instance: &Instance) -> Option<AgentRoleId> {
    let arn = instance.iam_instance_profile()?.arn()?;
    arn.rsplit('/').next().map(AgentRoleId::from)
}

/// Whether EC2 refuses an instance because it does not know its profile, as for some time after that was made.
pub(crate) fn lacks_profile(error: &Error) -> bool {
    let message = error.message().to_ascii_lowercase();
    error.code() == Some("InvalidParameterValue") && message.contains("iam instance profile")
}

fn root_disk(disk: &Disk, root: &str) -> Result<BlockDeviceMapping> {
    let size = i32::try_from(disk.size_gib).map_err(|_| {
        let message = format!("invalid disk size `{} GiB`", disk.size_gib);
        Error::new(ErrorKind::InvalidInput, message)
    })?;
    let volume = EbsBlockDevice::builder()
        .volume_type(VolumeType::from(disk.category.as_str()))
        .volume_size(size)
        .delete_on_termination(true)
        .build();
    Ok(BlockDeviceMapping::builder()
        .device_name(root)
        .ebs(volume)
        .build())
}

/// An instance that has a network and a subnet.
pub(crate) fn read_instance(instance: &Instance) -> Result<InstanceRecord> {
    let (name, owner) = told_by(instance.tags());
    let groups = instance.security_groups().iter();
    let state = instance.state().and_then(|state| state.name());
    Ok(InstanceRecord::new(
        need(instance.instance_id(), "instanceId")?.into(),
        status(state),
    )
    .with_name(name)
    .with_network(instance.vpc_id().map(NetworkId::from))
    .with_subnet(instance.subnet_id().map(SubnetId::from))
    .with_address(
        instance
            .private_ip_address()
            .and_then(|text| text.parse::<IpAddr>().ok()),
    )
    .with_ipv6_addresses(ipv6_addresses(instance))
    .with_groups(
        groups
            .filter_map(|group| group.group_id())
            .map(Into::into)
            .collect(),
    )
    .with_instance_type(
        instance
            .instance_type()
            .map(|kind| kind.as_str().to_owned()),
    )
    .with_image(instance.image_id().map(str::to_owned))
    .with_agent_role(profile_of(instance))
    .with_owner(owner)
    .with_maker(made_by(instance.tags())))
}

fn ipv6_addresses(instance: &Instance) -> Vec<Ipv6Addr> {
    let interfaces = instance.network_interfaces().iter();
    let addresses = interfaces.flat_map(|interface| interface.ipv6_addresses());
    addresses
        .filter_map(|address| address.ipv6_address()?.parse().ok())
        .collect()
}

/// Whether it exists no more, although it is still listed.
pub(crate) fn is_terminated(instance: &Instance) -> bool {
    let state = instance.state().and_then(|state| state.name());
    state == Some(&InstanceStateName::Terminated)
}

fn status(state: Option<&InstanceStateName>) -> Status {
    let word = state.map_or("pending", InstanceStateName::as_str);
    let phase = match state {
        Some(InstanceStateName::Running) => Phase::Ready,
        Some(InstanceStateName::ShuttingDown | InstanceStateName::Terminated) => Phase::Deleting,
        _ => Phase::Pending,
    };
    Status::new(phase, word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::{Label, Owner, Token};
    use secrecy::SecretString;

    fn request() -> RunInstance {
        let label = Label::new("i", Owner::new("t", "instance/i"), Token::derive(&["x"]));
        RunInstance::new(
            label,
            "subnet-1".into(),
            vec!["sg-1".into()],
            "t3.nano",
            "ami-1",
        )
    }

    #[test]
    fn an_instance_carries_the_token_of_its_step() {
        let request = request()
            .with_address("10.0.0.10".parse::<IpAddr>().ok())
            .with_disk(Disk {
                category: "gp3".to_owned(),
                size_gib: 8,
            });
        let input = run(&request, Some("/dev/xvda"))
            .expect("builds")
            .build()
            .expect("builds");
        let other = run(&request.clone().with_ipv6(true), Some("/dev/xvda"));
        let other = other.expect("builds").build().expect("builds");
        assert_ne!(input.client_token(), other.client_token());
        assert_eq!(input.private_ip_address(), Some("10.0.0.10"));
        let disk = &input.block_device_mappings()[0];
        assert_eq!(disk.ebs().and_then(EbsBlockDevice::volume_size), Some(8));
    }

    #[test]
    fn an_ipv6_address_is_asked_for_and_read() {
        use aws_sdk_ec2::types::{InstanceIpv6Address, InstanceNetworkInterface};
        let built = |request: &RunInstance| run(request, None).expect("builds").build();
        let input = built(&request().with_ipv6(true)).expect("builds");
        assert_eq!(input.ipv6_address_count(), Some(1));
        let input = built(&request()).expect("builds");
        assert_eq!(input.ipv6_address_count(), None);
        let address = InstanceIpv6Address::builder()
            .ipv6_address("2600::10")
            .build();
        let interface = InstanceNetworkInterface::builder().ipv6_addresses(address);
        let instance = Instance::builder()
            .instance_id("i-1")
            .network_interfaces(interface.build())
            .build();
        let read = read_instance(&instance).expect("reads");
        assert_eq!(
            read.ipv6_addresses,
            ["2600::10".parse::<Ipv6Addr>().expect("address")]
        );
    }

    #[test]
    fn a_password_is_refused_before_anything_is_sent() {
        let request = request().with_password(SecretString::from("pw"));
        let error = run(&request, None).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
}
