use landbridge_core::{InterfaceRecord, NetworkId, Region, Result};

use super::request;
use crate::document::Doc;
use crate::paging::{Listing, UNCOUNTED};
use crate::params::Params;
use crate::request::in_region;

/// `DescribeNetworkInterfaces`: all in the region.
pub(crate) fn all_interfaces(region: &Region) -> Listing {
    interfaces(in_region(region))
}

/// `DescribeNetworkInterfaces`: those in a VPC.
pub(crate) fn interfaces_in(region: &Region, network: &NetworkId) -> Listing {
    interfaces(in_region(region).with("VpcId", network))
}

fn interfaces(params: Params) -> Listing {
    Listing::new(
        request("DescribeNetworkInterfaces", params),
        UNCOUNTED,
        &["NetworkInterfaceSets", "NetworkInterfaceSet"],
    )
}

/// An interface of `DescribeNetworkInterfaces`. What has no description has a name, if anything.
pub(crate) fn read_interface(doc: Doc<'_>) -> Result<InterfaceRecord> {
    let described = doc.text("Description").filter(|text| !text.is_empty());
    let named = || doc.text_or_empty("NetworkInterfaceName");
    let instance = doc.text("InstanceId").filter(|id| !id.is_empty());
    Ok(
        InterfaceRecord::new(doc.need("NetworkInterfaceId")?, doc.need("VSwitchId")?)
            .with_groups(doc.texts(&["SecurityGroupIds", "SecurityGroupId"]))
            .with_instance(instance.map(Into::into))
            .with_description(described.unwrap_or_else(named)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_interface_is_read_with_what_it_is_for() {
        let read = |doc: serde_json::Value| read_interface(Doc::new(&doc)).expect("reads");
        let own = read(
            json!({"NetworkInterfaceId": "eni-1", "VSwitchId": "vsw-1", "InstanceId": "i-1", "Type": "Primary",
            "SecurityGroupIds": {"SecurityGroupId": ["sg-1"]}, "Description": ""}),
        );
        assert_eq!(own.instance, Some("i-1".into()));
        assert_eq!(own.groups, ["sg-1".into()]);
        let managed = read(
            json!({"NetworkInterfaceId": "eni-2", "VSwitchId": "vsw-1", "InstanceId": "",
            "NetworkInterfaceName": "nat", "ServiceManaged": true}),
        );
        assert_eq!(
            (managed.instance, managed.description.as_str()),
            (None, "nat")
        );
    }
}
