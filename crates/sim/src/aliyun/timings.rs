//! How long everything takes, in one place.

use std::time::Duration;

/// Durations in virtual time. Change fields of `Timings::default()` for slower or faster clouds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Timings {
    /// VPC `Pending` to `Available`.
    pub vpc: Duration,
    /// vSwitch `Pending` to `Available`.
    pub vswitch: Duration,
    /// VPC route table creation, association and the like.
    pub route_table: Duration,
    /// VPC route entry `Pending` to `Available`, and `Deleting` to absent.
    pub route: Duration,
    /// Deletion of a VPC or vSwitch.
    pub network_delete: Duration,
    /// NAT gateway `Creating` to `Available`.
    pub nat_gateway: Duration,
    /// NAT gateway `Deleting` to absent.
    pub nat_gateway_delete: Duration,
    /// Binding and unbinding an elastic address, and the same for SNAT entries.
    pub elastic_address: Duration,
    /// CEN `Creating` to `Active`, and `Deleting` to absent.
    pub cen: Duration,
    /// Network ACL, or its binding to a vSwitch, `Modifying` to `Available`.
    pub network_acl: Duration,
    /// Prefix list of the VPC product `Modifying` to `Created`, and its deletion.
    pub prefix_list: Duration,
    /// Transit router `Creating` to `Active`.
    pub transit_router: Duration,
    /// Transit router `Deleting` to absent.
    pub transit_router_delete: Duration,
    /// VPC attachment `Attaching` to `Attached`.
    pub vpc_attachment: Duration,
    /// Peer attachment `Attaching` to `Attached`.
    pub peer_attachment: Duration,
    /// Attachment `Detaching` to absent.
    pub detach: Duration,
    /// Attachment `Modifying` to `Attached`.
    pub modify: Duration,
    /// Association, both ways.
    pub association: Duration,
    /// Propagation, both ways.
    pub propagation: Duration,
    /// Transit router route table, and its static routes.
    pub transit_router_table: Duration,
    /// How long a transit router's interface occupies its vSwitch after its attachment is gone.
    pub interface_drain: Duration,
    /// Instance `Pending` to `Running`.
    pub instance: Duration,
    /// Cloud Assistant after the instance is running.
    pub agent: Duration,
    /// Instance `Stopping` to `Stopped`.
    pub instance_stop: Duration,
    /// Instance release.
    pub instance_delete: Duration,
    /// From RunCommand to the start of the command.
    pub command_start: Duration,
    /// One way there and back of a ping within a region; between regions it takes ten times this.
    pub round_trip: Duration,
    /// How long lists do not show a fresh object of CBN, an express connect router, or a VPC peering.
    pub visibility: Duration,
    /// How long a write on a CEN blocks other writes on it.
    pub cen_lock: Duration,
    /// Express connect router: creation, change and deletion.
    pub ecr: Duration,
    /// VPC `ASSOCIATING` to `ACTIVE` on an express connect router.
    pub ecr_association: Duration,
    /// Border router `ASSOCIATING` to `ACTIVE` on an express connect router.
    pub ecr_child_instance: Duration,
    /// VPC or border router `DISSOCIATING` to absent.
    pub ecr_detach: Duration,
    /// How long a write on an express connect router blocks other writes on it.
    pub ecr_lock: Duration,
    /// VPC peering `Creating` to `Accepting` or `Activated`.
    pub vpc_peering: Duration,
    /// VPC peering `Updating` to `Activated`.
    pub vpc_peering_update: Duration,
    /// VPC peering `Deleting` to `Deleted`.
    pub vpc_peering_delete: Duration,
    /// How long a deleted VPC peering can still be looked at.
    pub vpc_peering_remembered: Duration,
    /// After which time from its creation a VPC peering that was not accepted is `Expired`.
    pub vpc_peering_expiry: Duration,
    /// Analysis of a network path `init` to `finish` or `error`.
    pub network_analysis: Duration,
    /// How long a new role is not known, and new trust and newly attached policies do not count.
    pub ram_propagation: Duration,
    /// How long client tokens are remembered.
    pub token_memory: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            vpc: seconds(2),
            vswitch: seconds(3),
            route_table: seconds(3),
            route: seconds(4),
            network_delete: seconds(2),
            nat_gateway: seconds(60),
            nat_gateway_delete: seconds(30),
            elastic_address: seconds(3),
            cen: seconds(3),
            network_acl: seconds(3),
            prefix_list: seconds(3),
            transit_router: seconds(20),
            transit_router_delete: seconds(20),
            vpc_attachment: seconds(60),
            peer_attachment: seconds(45),
            detach: seconds(30),
            modify: seconds(10),
            association: seconds(10),
            propagation: seconds(10),
            transit_router_table: seconds(5),
            interface_drain: seconds(20),
            instance: seconds(25),
            agent: seconds(15),
            instance_stop: seconds(15),
            instance_delete: seconds(10),
            command_start: seconds(1),
            round_trip: Duration::from_micros(420),
            visibility: Duration::from_millis(500),
            cen_lock: seconds(2),
            ecr: seconds(3),
            ecr_association: seconds(30),
            ecr_child_instance: seconds(30),
            ecr_detach: seconds(20),
            ecr_lock: seconds(2),
            vpc_peering: seconds(5),
            vpc_peering_update: seconds(5),
            vpc_peering_delete: seconds(5),
            vpc_peering_remembered: seconds(30),
            vpc_peering_expiry: seconds(7 * 24 * 60 * 60),
            network_analysis: seconds(5),
            ram_propagation: seconds(10),
            token_memory: seconds(600),
        }
    }
}
