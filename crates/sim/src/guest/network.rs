//! What a script sees of the network around its instance.

use std::net::IpAddr;
use std::time::Duration;

use crate::packet::Protocol;

/// The network as one instance sees it. Asked at each packet, so that what changes meanwhile counts.
pub(crate) trait Network {
    /// What becomes of a packet that is sent at a moment.
    fn send(&self, target: IpAddr, protocol: Protocol, at: Duration) -> Reached;
}

/// What the sender of a packet learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// An answer came after this time: an echo, or a connection that was accepted.
    Answered(Duration),
    /// The target's own system refused after this time: nothing listens on the port.
    Refused(Duration),
    /// The packet or its answer was lost on the way.
    Lost,
    /// The instance has no address of the target's family, so its system sends nothing.
    NoAddress,
}
