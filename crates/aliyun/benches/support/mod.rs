//! What the benches share.
#![allow(dead_code, reason = "each bench uses a part")]

use std::time::Duration;

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
    let before = now();
    work();
    now() - before
}

#[cfg(unix)]
fn now() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.try_into().expect("after the beginning")
}

#[cfg(not(unix))]
fn now() -> Duration {
    std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .expect("after the beginning")
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
