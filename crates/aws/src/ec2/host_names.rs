//! What resolution over a peering needs of a VPC: DNS support and DNS host names.

use aws_sdk_ec2::operation::describe_vpc_attribute::DescribeVpcAttributeOutput;
use aws_sdk_ec2::operation::describe_vpc_attribute::builders::DescribeVpcAttributeInputBuilder;
use aws_sdk_ec2::operation::modify_vpc_attribute::builders::ModifyVpcAttributeInputBuilder;
use aws_sdk_ec2::types::{AttributeBooleanValue, VpcAttributeName};
use landbridge_core::NetworkId;

/// Host names need the support, so it comes first. A call takes one attribute.
pub(crate) const NEEDED: [VpcAttributeName; 2] = [
    VpcAttributeName::EnableDnsSupport,
    VpcAttributeName::EnableDnsHostnames,
];

/// `ModifyVpcAttribute` that turns one on.
pub(crate) fn turn_on(id: &NetworkId, name: &VpcAttributeName) -> ModifyVpcAttributeInputBuilder {
    let on = AttributeBooleanValue::builder().value(true).build();
    let input = ModifyVpcAttributeInputBuilder::default().vpc_id(id.as_str());
    match name {
        VpcAttributeName::EnableDnsSupport => input.enable_dns_support(on),
        _ => input.enable_dns_hostnames(on),
    }
}

/// `DescribeVpcAttribute` of one.
pub(crate) fn ask(id: &NetworkId, name: &VpcAttributeName) -> DescribeVpcAttributeInputBuilder {
    DescribeVpcAttributeInputBuilder::default()
        .vpc_id(id.as_str())
        .attribute(name.clone())
}

/// Whether the one that was asked for is on.
pub(crate) fn is_on(answer: &DescribeVpcAttributeOutput, name: &VpcAttributeName) -> bool {
    let value = match name {
        VpcAttributeName::EnableDnsSupport => answer.enable_dns_support(),
        _ => answer.enable_dns_hostnames(),
    };
    value.and_then(AttributeBooleanValue::value) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attribute_is_sent_and_read_as_its_own() {
        let [support, names] = NEEDED;
        let sent = |name| turn_on(&"vpc-1".into(), name).build().expect("builds");
        let (first, second) = (sent(&support), sent(&names));
        assert_eq!(first.vpc_id(), Some("vpc-1"));
        assert!(first.enable_dns_support().is_some() && first.enable_dns_hostnames().is_none());
        assert!(second.enable_dns_support().is_none() && second.enable_dns_hostnames().is_some());
        let asked = ask(&"vpc-1".into(), &names).build().expect("builds");
        assert_eq!(asked.attribute(), Some(&names));
        let value = |on| AttributeBooleanValue::builder().value(on).build();
        let answer = DescribeVpcAttributeOutput::builder();
        let answer = answer
            .enable_dns_support(value(true))
            .enable_dns_hostnames(value(false));
        let answer = answer.build();
        assert!(is_on(&answer, &support) && !is_on(&answer, &names));
        assert!(!is_on(
            &DescribeVpcAttributeOutput::builder().build(),
            &support
        ));
    }
}
