use std::net::{IpAddr, Ipv6Addr};

use landbridge_core::{
    InstanceId, InstanceRecord, NetworkId, Region, Result, RunInstance, SubnetId,
};

use super::request;
use crate::document::{Doc, malformed};
use crate::paging::{Listing, UNCOUNTED};
use crate::params::Params;
use crate::request::{Request, fresh_token, in_region, lettered, with_token};
use crate::vpc::of_topology;

/// `RunInstances`: one, paid by the hour, without a public address.
pub(crate) fn run_instance(region: &Region, wanted: &RunInstance) -> Request {
    let image = if wanted.image.starts_with("acs:") {
        "ImageFamily"
    } else {
        "ImageId"
    };
    let disk = wanted.disk.as_ref();
    let params = in_region(region)
        .with(image, &wanted.image)
        .with("InstanceType", &wanted.instance_type)
        .with("VSwitchId", &wanted.subnet)
        .with_list("SecurityGroupIds", &wanted.groups)
        .with_option("PrivateIpAddress", wanted.address)
        .with("InstanceName", lettered(&wanted.label.name))
        .with_option("Ipv6AddressCount", wanted.ipv6.then_some(1))
        .with("InstanceChargeType", "PostPaid")
        .with("InternetMaxBandwidthOut", 0)
        .with("Amount", 1)
        .with_option("SystemDisk.Category", disk.map(|disk| &disk.category))
        .with_option("SystemDisk.Size", disk.map(|disk| disk.size_gib))
        .with_secret("Password", wanted.password.as_ref())
        .with_tags(&wanted.label.owner.to_tags());
    request("RunInstances", with_token(params, &wanted.label.token))
}

/// The id of the one instance of `RunInstances`.
pub(crate) fn read_started(answer: Doc<'_>) -> Result<InstanceId> {
    let ids: Vec<InstanceId> = answer.texts(&["InstanceIdSets", "InstanceIdSet"]);
    ids.into_iter()
        .next()
        .ok_or_else(|| malformed("the answer names no instance"))
}

/// `DeleteInstances`, running ones too.
pub(crate) fn delete_instance(region: &Region, id: &InstanceId) -> Request {
    let params = in_region(region)
        .with_list("InstanceId", [id])
        .with("Force", true);
    request("DeleteInstances", with_token(params, &fresh_token()))
}

fn instances(params: Params) -> Listing {
    Listing::new(
        request("DescribeInstances", params),
        UNCOUNTED,
        &["Instances", "Instance"],
    )
}

/// `DescribeInstances`: all of the account in the region.
pub(crate) fn all_instances(region: &Region) -> Listing {
    instances(in_region(region))
}

/// `DescribeInstances`: those of a topology.
pub(crate) fn topology_instances(region: &Region, topology: &str) -> Listing {
    instances(of_topology(in_region(region), topology))
}

/// `DescribeInstances`: these, at most [`IDS_PER_CALL`](super::IDS_PER_CALL).
pub(crate) fn instances_by_id(region: &Region, ids: &[InstanceId]) -> Listing {
    instances(in_region(region).with_json_list("InstanceIds", ids))
}

/// An instance of `DescribeInstances`.
pub(crate) fn read_instance(doc: Doc<'_>) -> Result<InstanceRecord> {
    let place = doc.get("VpcAttributes");
    Ok(
        InstanceRecord::new(doc.need("InstanceId")?, doc.status("Status"))
            .with_name(doc.text_or_empty("InstanceName"))
            .with_network(place.text("VpcId").map(NetworkId::from))
            .with_subnet(place.text("VSwitchId").map(SubnetId::from))
            .with_address(address(doc).and_then(|text| text.parse::<IpAddr>().ok()))
            .with_ipv6_addresses(ipv6_addresses(doc))
            .with_groups(doc.texts(&["SecurityGroupIds", "SecurityGroupId"]))
            .with_instance_type(doc.text("InstanceType"))
            .with_image(doc.text("ImageId"))
            .with_owner(doc.owner())
            .with_maker(doc.maker()),
    )
}

fn ipv6_addresses(doc: Doc<'_>) -> Vec<Ipv6Addr> {
    let interfaces = doc.list_or_none(&["NetworkInterfaces", "NetworkInterface"]);
    let sets = interfaces
        .into_iter()
        .flat_map(|interface| interface.list_or_none(&["Ipv6Sets", "Ipv6Set"]));
    sets.filter_map(|set| set.parse("Ipv6Address")).collect()
}

fn address(doc: Doc<'_>) -> Option<String> {
    let place = doc.get("VpcAttributes");
    let own: Vec<String> = place.texts(&["PrivateIpAddress", "IpAddress"]);
    let of_interface = || {
        let interfaces = doc.list_or_none(&["NetworkInterfaces", "NetworkInterface"]);
        interfaces.first()?.text("PrimaryIpAddress")
    };
    let on_classic = || {
        doc.texts(&["InnerIpAddress", "IpAddress"])
            .into_iter()
            .next()
    };
    own.into_iter()
        .next()
        .or_else(of_interface)
        .or_else(on_classic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::{Disk, Label, Owner, Token};
    use secrecy::SecretString;
    use serde_json::json;

    fn wanted(image: &str) -> RunInstance {
        let label = Label::new(
            "probe",
            Owner::new("t", "instance/i"),
            Token::derive(&["x"]),
        );
        RunInstance::new(
            label,
            "vsw-1".into(),
            vec!["sg-1".into()],
            "ecs.t6-c1m1.large",
            image,
        )
        .with_address("10.0.20.100".parse::<IpAddr>().expect("address"))
        .with_disk(Disk {
            category: "cloud_efficiency".to_owned(),
            size_gib: 40,
        })
        .with_password(SecretString::from("Passw0rd!"))
    }

    #[test]
    fn an_instance_is_paid_by_the_hour_and_has_no_public_address() {
        let request = run_instance(
            &"r".into(),
            &wanted("acs:alibaba_cloud_linux_3_2104_lts_x64"),
        );
        let body = request.params().form_body();
        assert!(body.starts_with(
            "RegionId=r&ImageFamily=acs%3Aalibaba_cloud_linux_3_2104_lts_x64&InstanceType=ecs.t6-c1m1.large&VSwitchId=vsw-1\
             &SecurityGroupIds.1=sg-1&PrivateIpAddress=10.0.20.100&InstanceName=probe&InstanceChargeType=PostPaid\
             &InternetMaxBandwidthOut=0&Amount=1&SystemDisk.Category=cloud_efficiency&SystemDisk.Size=40&Password=Passw0rd%21&"
        ), "{body}");
        assert!(!format!("{request:?}").contains("Passw0rd"));
        let by_id = run_instance(&"r".into(), &wanted("img-1"));
        assert_eq!(by_id.params().get("ImageId"), Some("img-1"));
    }

    #[test]
    fn an_ipv6_address_is_asked_for_and_all_are_read() {
        let body = |ipv6| {
            let request = run_instance(&"r".into(), &wanted("img-1").with_ipv6(ipv6));
            request.params().form_body()
        };
        assert!(body(true).contains("&Ipv6AddressCount=1&"));
        assert!(!body(false).contains("Ipv6"));
        let set = |text: &str| json!({"Ipv6Set": [{"Ipv6Address": text}]});
        let doc = json!({"InstanceId": "i-1", "Status": "Running", "NetworkInterfaces": {"NetworkInterface": [
            {"PrimaryIpAddress": "10.0.0.1", "Ipv6Sets": set("2408::10")}, {"Ipv6Sets": set("2408::11")}]}});
        let instance = read_instance(Doc::of(&doc)).expect("reads");
        let addresses: Vec<String> = (instance.ipv6_addresses.iter())
            .map(ToString::to_string)
            .collect();
        assert_eq!(addresses, ["2408::10", "2408::11"]);
    }

    #[test]
    fn an_instance_is_read() {
        let doc = json!({"InstanceId": "i-1", "InstanceName": "probe", "Status": "Running",
            "VpcAttributes": {"VpcId": "vpc-1", "VSwitchId": "vsw-1", "PrivateIpAddress": {"IpAddress": ["10.0.20.100"]}},
            "SecurityGroupIds": {"SecurityGroupId": ["sg-1"]}, "Tags": {"Tag": []}});
        let instance = read_instance(Doc::of(&doc)).expect("reads");
        assert!(instance.status.is_ready());
        assert_eq!(
            instance.address,
            Some("10.0.20.100".parse().expect("address"))
        );
        let bare = json!({"InstanceId": "i-1", "NetworkInterfaces": {"NetworkInterface": [{"PrimaryIpAddress": "10.0.0.1"}]}});
        assert!(
            read_instance(Doc::of(&bare))
                .expect("reads")
                .address
                .is_some()
        );
        let classic = json!({"InstanceId": "i-2", "InstanceNetworkType": "classic", "Status": "Running",
            "VpcAttributes": {"VpcId": "", "VSwitchId": "", "PrivateIpAddress": {"IpAddress": []}},
            "InnerIpAddress": {"IpAddress": ["10.170.0.5"]}, "SecurityGroupIds": {"SecurityGroupId": ["sg-1"]}});
        let classic = read_instance(Doc::of(&classic)).expect("reads");
        assert_eq!((classic.network, classic.subnet), (None, None));
        assert_eq!(
            classic.address,
            Some("10.170.0.5".parse().expect("address"))
        );
        assert!(read_started(Doc::of(&json!({"InstanceIdSets": {"InstanceIdSet": []}}))).is_err());
    }
}
