//! How long everything takes on AWS, in one place.

use std::time::Duration;

/// Durations in virtual time. Change fields of `AwsTimings::default()` for slower or faster clouds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Timings {
    /// VPC `pending` to `available`.
    pub vpc: Duration,
    /// Subnet `pending` to `available`.
    pub subnet: Duration,
    /// IPv6 range of a VPC `associating` to `associated`.
    pub ipv6_range: Duration,
    /// How long a fresh VPC, subnet, route table, security group or network ACL is answered as not found.
    pub visibility: Duration,
    /// Peering `initiating-request` to `pending-acceptance` or `failed`.
    pub peering_request: Duration,
    /// How long the requester's region does not find a fresh peering.
    pub peering_visibility: Duration,
    /// How long the accepter's side does not find a fresh peering, if it is another account or region.
    pub peering_visibility_accepter: Duration,
    /// Peering `provisioning` to `active`.
    pub peering_provisioning: Duration,
    /// How much later than the acting side the other side sees a change of state.
    pub peering_lag: Duration,
    /// Peering between regions `deleting` to `deleted`.
    pub peering_delete: Duration,
    /// How long a request waits for its acceptance.
    pub peering_expiry: Duration,
    /// How long `failed` and one's own `rejected` or `deleted` peerings stay visible.
    pub tombstone: Duration,
    /// How long `expired` peerings and those that the other side rejected or deleted stay visible.
    pub tombstone_other_side: Duration,
    /// How long a new role cannot be assumed, a new principal cannot be named in a trust policy, and EC2 does not know a new
    /// instance profile or its new role.
    pub role_propagation: Duration,
    /// Managed prefix list `create-in-progress`, `modify-in-progress` or `delete-in-progress` to the end of it.
    pub prefix_list: Duration,
    /// Instance `pending` to `running`.
    pub instance: Duration,
    /// Instance `shutting-down` to `terminated`.
    pub instance_terminate: Duration,
    /// How long terminated instances stay visible.
    pub instance_tombstone: Duration,
    /// Instance `stopping` to `stopped`.
    pub instance_stop: Duration,
    /// Instance profile `associating` to `associated`, and `disassociating` to gone.
    pub profile_association: Duration,
    /// NAT gateway `pending` to `available` or `failed`.
    pub nat_gateway: Duration,
    /// NAT gateway `deleting` to `deleted`.
    pub nat_gateway_delete: Duration,
    /// How long deleted and failed NAT gateways stay visible.
    pub nat_gateway_tombstone: Duration,
    /// Interface endpoint `pending` to `available`.
    pub endpoint: Duration,
    /// Interface endpoint `deleting` to gone.
    pub endpoint_delete: Duration,
    /// From the moment at which an instance can reach Systems Manager with its role to the registration of its agent.
    pub agent: Duration,
    /// How long an agent waits that was refused because its instance had no role, until it tries again or the instance restarts.
    pub agent_hibernation: Duration,
    /// From the loss of the way out to `ConnectionLost`.
    pub agent_loss: Duration,
    /// From a command to its start on an instance whose agent is online.
    pub command_start: Duration,
    /// How long a fresh invocation of a command is answered as not existing.
    pub command_visibility: Duration,
    /// Command `Cancelling` to `Cancelled`.
    pub command_cancel: Duration,
    /// Analysis of a network path `running` to `succeeded` or `failed`.
    pub analysis: Duration,
    /// How long an analysis is kept.
    pub analysis_memory: Duration,
    /// An echo to another instance and back.
    pub round_trip: Duration,
    /// How long client tokens are remembered.
    pub token_memory: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        let hours = |hours: u64| seconds(hours * 3600);
        Self {
            vpc: seconds(2),
            subnet: seconds(1),
            ipv6_range: seconds(4),
            visibility: Duration::ZERO,
            peering_request: seconds(2),
            peering_visibility: seconds(1),
            peering_visibility_accepter: seconds(3),
            peering_provisioning: seconds(3),
            peering_lag: seconds(1),
            peering_delete: seconds(20),
            peering_expiry: hours(168),
            tombstone: hours(2),
            tombstone_other_side: hours(48),
            role_propagation: seconds(10),
            prefix_list: seconds(2),
            instance: seconds(20),
            instance_terminate: seconds(20),
            instance_tombstone: hours(1),
            instance_stop: seconds(20),
            profile_association: seconds(2),
            nat_gateway: seconds(60),
            nat_gateway_delete: seconds(30),
            nat_gateway_tombstone: hours(1),
            endpoint: seconds(60),
            endpoint_delete: seconds(30),
            agent: seconds(45),
            agent_hibernation: seconds(30 * 60),
            agent_loss: seconds(5 * 60),
            command_start: seconds(2),
            command_visibility: seconds(1),
            command_cancel: seconds(1),
            analysis: seconds(30),
            analysis_memory: hours(120 * 24),
            round_trip: Duration::from_micros(420),
            token_memory: hours(24),
        }
    }
}
