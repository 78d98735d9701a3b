//! Random worlds on the simulator: what the verifier says of what the backends read, against what the data plane does.

#[path = "../support/acs.rs"]
mod acs;
mod aliyun;
#[cfg(feature = "aws")]
mod aws;
#[allow(dead_code)]
#[path = "../support/ec2.rs"]
mod ec2;
#[path = "../support/virtual_time.rs"]
mod virtual_time;

use landbridge_core::verify::Traffic;
use landbridge_core::{IcmpType, Protocol};

/// The packet as the simulator calls it.
fn packet(traffic: Traffic) -> landbridge_sim::Protocol {
    use landbridge_sim::Protocol as Packet;
    let source = traffic.source_port.unwrap_or_default();
    let port = traffic.port.unwrap_or_default();
    match (traffic.protocol, traffic.icmp) {
        (Protocol::Tcp, _) => Packet::tcp(port).from_port(source),
        (Protocol::Udp, _) => Packet::udp(port).from_port(source),
        (Protocol::Icmp, Some(IcmpType { kind, code })) => Packet::Icmp {
            kind,
            code: code.unwrap_or_default(),
        },
        (other, _) => Packet::Other(other.number().expect("a packet has one protocol")),
    }
}
