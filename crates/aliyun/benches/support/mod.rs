//! What the benches share.
#![allow(dead_code, reason = "each bench uses a part")]

use std::time::{Duration, Instant};

use landbridge_aliyun::Product;
use landbridge_aliyun::bench_support::Prepared;
use landbridge_aliyun::credential::Keys;

pub(crate) const ID: &str = "LTAI4GxxxxxxxxxxxxxxxxxY";
pub(crate) const SECRET: &str = "0123456789abcdefghijklmnopqrst";
pub(crate) const NONCE: &str = "0123456789abcdef0123456789abcdef";

pub(crate) const PARAMS: &[(&str, &str)] = &[
    ("RegionId", "cn-hangzhou"),
    ("PageNumber", "1"),
    ("PageSize", "50"),
    ("Tag.1.Key", "landbridge:topology"),
    ("Tag.1.Value", "cen-two-accounts"),
];

pub(crate) fn prepared(address: &str, action: &'static str, params: &[(&str, &str)]) -> Prepared {
    let keys = Keys::new(ID, SECRET.to_owned());
    Prepared::new(address, Product::Vpc, action, params, keys).expect("prepares")
}

/// What the work takes of this thread's processor time, so that other programs on the machine do not count. Where the
/// system does not tell it, the time that passes.
pub(crate) fn cost(work: impl FnOnce()) -> Duration {
    let (start, before) = (Instant::now(), on_processor());
    work();
    match (before, on_processor()) {
        (Some(before), Some(after)) => after - before,
        _ => start.elapsed(),
    }
}

fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// An answer of `DescribeVpcs` with so many networks, in the shape that the cloud gives it.
pub(crate) fn vpcs(count: usize) -> String {
    let vpc = |i: usize| {
        format!(
            r#"{{"VpcId":"vpc-bp1y4jglgejgoblfu{i:03}","VpcName":"n{i}","CidrBlock":"10.{}.{}.0/24","Status":"Available","RegionId":"cn-hangzhou","OwnerId":1234567890123456,"IsDefault":false,"VRouterId":"vrt-bp1lhl0taikrteen8oxhy","CreationTime":"2026-01-02T03:04:05Z","Description":"","Ipv6CidrBlock":"","SecondaryCidrBlocks":{{"SecondaryCidrBlock":[]}},"UserCidrs":{{"UserCidr":[]}},"RouterTableIds":{{"RouterTableIds":["vtb-bp145q7glnuzdvzu2q"]}},"VSwitchIds":{{"VSwitchId":["vsw-bp1","vsw-bp2"]}},"NatGatewayIds":{{"NatGatewayIds":[]}},"Tags":{{"Tag":[{{"Key":"landbridge:topology","Value":"perf"}},{{"Key":"landbridge:key","Value":"network/n{i}"}}]}},"ResourceGroupId":"rg-default","DhcpOptionsSetStatus":"","SupportIpv4Gateway":true}}"#,
            i / 256,
            i % 256
        )
    };
    let list: Vec<String> = (0..count).map(vpc).collect();
    format!(
        r#"{{"RequestId":"C779A90E-AECD-6781-250E-45626CA92F22","TotalCount":{count},"PageNumber":1,"PageSize":50,"Vpcs":{{"Vpc":[{}]}}}}"#,
        list.join(",")
    )
}
