//! What can be told of an item of a list before it is read.

use aws_sdk_ec2::types::{
    Instance, NetworkInsightsPath, SecurityGroup, Subnet, Tag, Vpc, VpcEndpoint,
    VpcPeeringConnection,
};
use landbridge_core::TAG_TOPOLOGY;

/// An item of a list: its ID and its tags.
pub(crate) trait Raw {
    /// Its ID, if it has one.
    fn id(&self) -> Option<&str>;

    /// Its tags.
    fn tags(&self) -> &[Tag];

    /// Whether its tags name a topology, in whatever form the rest of it is.
    fn is_ours(&self) -> bool {
        let mut keys = self.tags().iter().filter_map(Tag::key);
        keys.any(|key| key == TAG_TOPOLOGY)
    }
}

macro_rules! raw {
    ($($item:ty: $id:ident),+ $(,)?) => {$(
        impl Raw for $item {
            fn id(&self) -> Option<&str> {
                self.$id()
            }

            fn tags(&self) -> &[Tag] {
                <$item>::tags(self)
            }
        }
    )+};
}

raw!(
    Vpc: vpc_id,
    Subnet: subnet_id,
    SecurityGroup: group_id,
    VpcPeeringConnection: vpc_peering_connection_id,
    Instance: instance_id,
    NetworkInsightsPath: network_insights_path_id,
    VpcEndpoint: vpc_endpoint_id,
);
