use std::net::IpAddr;

use async_trait::async_trait;

use super::cloud::MemoryCloud;
use super::packet::Payload;
use super::shell::{Command, Reach, run};
use super::world::{World, invalid};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{CommandId, InstanceId, Place};
use crate::traits::{
    CommandOutput, CommandState, Compute, GroupRecord, InstanceRecord, Phase, RunCommand,
    RunInstance, Select, Status, SubnetRecord,
};

const COMMAND: &str = "command";
/// The port that instances listen on.
const SSH: u16 = 22;
/// Where connections come from.
const EPHEMERAL: u16 = 49_152;

/// What an instance reaches.
struct Origin<'w> {
    world: &'w World,
    instance: &'w InstanceId,
}

impl Reach for Origin<'_> {
    fn answers(&self, to: &IpAddr) -> bool {
        self.world.delivers(self.instance, to, Payload::echo_to(to))
    }

    fn connects(&self, to: &IpAddr, port: u16) -> Option<bool> {
        let payload = Payload::Tcp {
            source: EPHEMERAL,
            destination: port,
        };
        let passes = self.world.delivers(self.instance, to, payload);
        passes.then_some(port == SSH)
    }
}

#[async_trait]
impl Compute for MemoryCloud {
    async fn run_instance(&self, request: &RunInstance) -> Result<InstanceRecord> {
        let key = &request.label.owner.key;
        self.write("run_instance", key, |world, place| {
            world.run_instance(place, request)
        })
        .await
    }

    async fn list_instances(&self, select: &Select<InstanceId>) -> Result<Vec<InstanceRecord>> {
        self.look(|world| world.list(&self.place, select)).await
    }

    async fn terminate_instance(&self, id: &InstanceId) -> Result<()> {
        self.write("terminate_instance", id.as_str(), |world, place| {
            world.end::<InstanceRecord>(place, id);
            Ok(())
        })
        .await
    }

    async fn agents_ready(&self, ids: &[InstanceId]) -> Result<Vec<bool>> {
        self.read(World::check_commands)?;
        let is_ready = |world: &World, id: &InstanceId| {
            let instance = world.find_ready::<InstanceRecord>(&self.place, id);
            instance.is_ok_and(|instance| world.has_agent(&instance.record))
        };
        self.look(|world| ids.iter().map(|id| is_ready(world, id)).collect())
            .await
    }

    async fn run_command(&self, request: &RunCommand) -> Result<CommandId> {
        self.check_identity()?;
        self.read(World::check_commands)?;
        let world = &mut self.shared.lock().world;
        world.run_command(&self.place, request)
    }

    async fn command_output(&self, instance: &InstanceId, id: &CommandId) -> Result<CommandOutput> {
        self.read(World::check_commands)?;
        self.look(|world| world.command_output(instance, id))
            .await?
    }
}

impl World {
    fn run_instance(&mut self, place: &Place, request: &RunInstance) -> Result<InstanceRecord> {
        let label = &request.label;
        if let Some(known) = self.remembered(place, &label.token) {
            return Ok(known);
        }
        let subnet = self.find_ready::<SubnetRecord>(place, &request.subnet)?;
        let network = subnet.record.network.clone();
        let ipv6 = match request.ipv6 {
            true => vec![self.choose_ipv6_address(&subnet.record)?],
            false => Vec::new(),
        };
        self.check_groups(place, request, &network)?;
        let address = match request.address {
            Some(address) => {
                self.check_address(&request.subnet, &address)?;
                address
            }
            None => self.choose_address(&request.subnet)?,
        };
        let life = self.birth();
        Ok(self.admit(place, &label.token, life, |id| {
            InstanceRecord::new(id, Status::new(Phase::Pending, ""))
                .with_name(label.name.clone())
                .with_network(network)
                .with_subnet(request.subnet.clone())
                .with_address(address)
                .with_ipv6_addresses(ipv6)
                .with_groups(request.groups.clone())
                .with_instance_type(request.instance_type.clone())
                .with_image(request.image.clone())
                .with_agent_role(request.agent_role.clone())
                .with_owner(label.owner.clone())
        }))
    }

    fn check_groups(
        &self,
        place: &Place,
        request: &RunInstance,
        network: &crate::ids::NetworkId,
    ) -> Result<()> {
        for id in &request.groups {
            let group = self.find::<GroupRecord>(place, id)?;
            if group.record.network.as_ref() != Some(network) {
                return Err(invalid(format!("group {id} is not of network {network}")));
            }
        }
        Ok(())
    }

    fn check_commands(&self) -> Result<()> {
        match self.options.capabilities.commands {
            true => Ok(()),
            false => Err(Error::unsupported("this cloud runs no commands")),
        }
    }

    fn run_command(&mut self, place: &Place, request: &RunCommand) -> Result<CommandId> {
        if let Some(known) = self.token(place, COMMAND, &request.token) {
            return Ok(CommandId::new(known));
        }
        self.find_ready::<InstanceRecord>(place, &request.instance)?;
        let outcome = run(
            &request.script,
            &Origin {
                world: self,
                instance: &request.instance,
            },
        );
        let id: CommandId = self.fresh("cmd");
        self.remember(place, COMMAND, &request.token, id.as_str());
        self.commands.push(Command {
            id: id.clone(),
            instance: request.instance.clone(),
            outcome,
            life: self.birth(),
        });
        Ok(id)
    }

    fn command_output(&self, instance: &InstanceId, id: &CommandId) -> Result<CommandOutput> {
        let command = (self.commands.iter())
            .find(|command| command.id == *id && command.instance == *instance)
            .ok_or_else(|| {
                let message = format!("instance {instance} ran no command {id}");
                Error::new(ErrorKind::NotFound, message)
            })?;
        Ok(match command.life.phase(self.now) {
            Phase::Ready => CommandOutput::new(
                CommandState::Exited(command.outcome.exit_code),
                command.outcome.text.clone(),
            ),
            _ => CommandOutput::new(CommandState::Running("Running".to_owned()), String::new()),
        })
    }
}
