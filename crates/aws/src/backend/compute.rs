use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, Instance};
use landbridge_core::{
    CommandId, CommandOutput, Compute, Error, ErrorKind, InstanceId, InstanceRecord, Result,
    RunCommand, RunInstance, Select,
};

use super::describe::DESCRIBE_INSTANCES;
use super::{AwsCloud, absent_is_done, calls, selected};
use crate::client::{Operation, list, repeatable};
use crate::ec2::filter;
use crate::ec2::instance::{LIVE, is_terminated, lacks_profile, read_instance, run};
use crate::iam::is_profile_of_ours;

// The client token makes a second request the first one.
const RUN: Operation = repeatable("RunInstances");
const TERMINATE: Operation = repeatable("TerminateInstances");
const DESCRIBE_IMAGES: Operation = list("DescribeImages");

impl AwsCloud {
    // An image says which of its devices is the root; a disk of another size is mapped to that one.
    async fn root_device(&self, image: &str) -> Result<String> {
        let image = self.image_id(image).await?;
        let call = self.client.ec2().describe_images();
        let call = call.filters(filter("image-id", [&image]));
        let answer = self
            .client
            .call(DESCRIBE_IMAGES, || call.clone().send())
            .await?;
        let mut images = answer.images.into_iter().flatten();
        let known = images.find(|known| known.image_id() == Some(image.as_str()));
        known
            .and_then(|image| image.root_device_name)
            .ok_or_else(|| {
                let message = format!("image {image} does not exist in this region");
                let error = Error::new(ErrorKind::InvalidInput, message)
                    .with_remedy("name an image of this region: images are per region");
                self.client.locate(error, RUN)
            })
    }

    fn read_instances(&self, instances: &[Instance]) -> Result<Vec<InstanceRecord>> {
        // Of a terminated instance neither network nor subnet is left.
        let live = instances.iter().filter(|one| !is_terminated(one));
        self.read_listed(DESCRIBE_INSTANCES, live, read_instance)
    }
}

// EC2 knows a profile some time after IAM has made it. One that others made is there, or never will be.
fn waiting_for_profile(request: &RunInstance, error: Error) -> Error {
    let role = request.agent_role.as_ref();
    let made = role.is_some_and(|role| is_profile_of_ours(role.as_str()));
    match made && lacks_profile(&error) {
        true => error.with_kind(ErrorKind::Busy).with_remedy(
            "wait, then repeat: EC2 knows an instance profile some seconds after it was made",
        ),
        false => error,
    }
}

fn alive(mut filters: Vec<Filter>) -> Vec<Filter> {
    filters.push(filter("instance-state-name", LIVE));
    filters
}

#[async_trait]
impl Compute for AwsCloud {
    async fn run_instance(&self, request: &RunInstance) -> Result<InstanceRecord> {
        let root = match &request.disk {
            Some(_) if request.password.is_none() => Some(self.root_device(&request.image).await?),
            _ => None,
        };
        let input = run(request, root.as_deref());
        let input = input.map_err(|error| self.client.locate(error, RUN))?;
        let send = || input.clone().send_with(self.client.ec2());
        let answer = self.client.call(RUN, send).await;
        let groups = request.groups.iter().map(AsRef::as_ref);
        let parts: Vec<&str> = [request.subnet.as_str()]
            .into_iter()
            .chain(groups)
            .collect();
        let answer = answer.map_err(|error| waiting_for_profile(request, error));
        let answer = self.memory.patient(answer, &parts)?;
        let first = answer.instances.into_iter().flatten().next();
        let mut instance = self.read_one(RUN, first, read_instance)?;
        instance.name.clone_from(&request.label.name);
        instance.owner = Some(request.label.owner.clone());
        Ok(instance)
    }

    async fn list_instances(&self, select: &Select<InstanceId>) -> Result<Vec<InstanceRecord>> {
        let calls = calls(select, "instance-id")
            .into_iter()
            .map(alive)
            .collect();
        let instances = self.read_instances(&self.instances(calls).await?)?;
        Ok(selected(
            select,
            instances,
            |one| &one.id,
            |one| one.owner.as_ref(),
        ))
    }

    async fn terminate_instance(&self, id: &InstanceId) -> Result<()> {
        let call = self
            .client
            .ec2()
            .terminate_instances()
            .instance_ids(id.as_str());
        let answer = self.client.call(TERMINATE, || call.clone().send()).await;
        absent_is_done(answer.map(drop))
    }

    async fn agents_ready(&self, ids: &[InstanceId]) -> Result<Vec<bool>> {
        self.agents_online(ids).await
    }

    async fn run_command(&self, request: &RunCommand) -> Result<CommandId> {
        self.send_command(request).await
    }

    async fn command_output(&self, instance: &InstanceId, id: &CommandId) -> Result<CommandOutput> {
        self.invocation(instance, id).await
    }
}
