//! Interface endpoints of services.

use aws_sdk_ec2::operation::create_vpc_endpoint::builders::CreateVpcEndpointInputBuilder;
use aws_sdk_ec2::types::{ResourceType, UnsuccessfulItem, VpcEndpoint, VpcEndpointType};
use landbridge_core::{
    CreateServiceEndpoint, Error, ErrorKind, Phase, Region, Result, ServiceEndpointRecord, Status,
};

use super::field::need;
use super::tag::{made_by, tagged, told_by};
use super::token::token_of;
use crate::error::CODES;

fn prefix(region: &Region) -> String {
    format!("com.amazonaws.{region}.")
}

/// `CreateVpcEndpoint` of an interface endpoint to which the names of the service lead in the whole VPC.
pub(crate) fn create(
    request: &CreateServiceEndpoint,
    region: &Region,
) -> CreateVpcEndpointInputBuilder {
    let groups: Vec<String> = request.groups.iter().map(ToString::to_string).collect();
    let (network, subnet) = (request.network.as_str(), request.subnet.as_str());
    let parameters = [network, subnet, &request.service, &groups.join(",")];
    let token = token_of(&request.label, &parameters);
    CreateVpcEndpointInputBuilder::default()
        .vpc_endpoint_type(VpcEndpointType::Interface)
        .vpc_id(request.network.as_str())
        .service_name(format!("{}{}", prefix(region), request.service))
        .subnet_ids(request.subnet.as_str())
        .set_security_group_ids(Some(groups))
        .private_dns_enabled(true)
        .client_token(token.as_str())
        .tag_specifications(tagged(ResourceType::VpcEndpoint, &request.label))
}

/// Whether names of a service lead to it: gateways are routes, and other interfaces have names of their own only.
pub(crate) fn answers_names(endpoint: &VpcEndpoint) -> bool {
    endpoint.vpc_endpoint_type() == Some(&VpcEndpointType::Interface)
        && endpoint.private_dns_enabled() == Some(true)
}

/// Whether it exists no more, although it may still be listed.
pub(crate) fn is_gone(endpoint: &VpcEndpoint) -> bool {
    word(endpoint) == "deleted"
}

// The cloud and its SDK disagree on the case of states.
fn word(endpoint: &VpcEndpoint) -> String {
    let state = endpoint.state();
    state.map_or_else(
        || "pending".to_owned(),
        |state| state.as_str().to_ascii_lowercase(),
    )
}

pub(crate) fn read_endpoint(
    region: &Region,
    endpoint: &VpcEndpoint,
) -> Result<ServiceEndpointRecord> {
    let (name, owner) = told_by(endpoint.tags());
    let service = need(endpoint.service_name(), "serviceName")?;
    let short = service.strip_prefix(&prefix(region)).unwrap_or(service);
    let groups = endpoint.groups().iter();
    let groups = groups.filter_map(|group| group.group_id()).map(Into::into);
    let subnets = endpoint.subnet_ids().iter();
    let interfaces = endpoint.network_interface_ids().iter();
    Ok(ServiceEndpointRecord::new(
        need(endpoint.vpc_endpoint_id(), "vpcEndpointId")?.into(),
        short,
        need(endpoint.vpc_id(), "vpcId")?.into(),
        status(&word(endpoint)),
    )
    .with_name(name)
    .with_subnets(subnets.map(|id| id.as_str().into()).collect())
    .with_groups(groups.collect())
    .with_interfaces(interfaces.map(|id| id.as_str().into()).collect())
    .with_owner(owner)
    .with_maker(made_by(endpoint.tags())))
}

fn status(word: &str) -> Status {
    let phase = match word {
        "available" => Phase::Ready,
        "deleting" | "deleted" => Phase::Deleting,
        "failed" | "rejected" | "expired" => Phase::Failed,
        _ => Phase::Pending,
    };
    Status::new(phase, word)
}

/// What an answer says of those that it did not delete. It comes with a good status.
pub(crate) fn refusal(operation: &str, items: &[UnsuccessfulItem]) -> Result<()> {
    let Some(error) = items.first().and_then(UnsuccessfulItem::error) else {
        return Ok(());
    };
    let code = error.code().unwrap_or_default();
    let row = CODES.lookup(operation, code);
    let kind = row.map_or(ErrorKind::Refused, |row| row.kind);
    let message = error.message().unwrap_or("the cloud gave no reason");
    let refused = Error::new(kind, message).with_code(code);
    Err(match row {
        Some(row) => refused.with_remedy(row.remedy),
        None => refused,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::UnsuccessfulItemError;
    use landbridge_core::{Label, Owner, Token};

    fn request() -> CreateServiceEndpoint {
        let owner = Owner::new("t", "service-endpoint/n/ssm");
        let label = Label::new("n ssm", owner, Token::derive(&["x"]));
        let (network, subnet) = ("vpc-1".into(), "subnet-1".into());
        CreateServiceEndpoint::new(label, "ssm", network, subnet, vec!["sg-1".into()])
    }

    #[test]
    fn an_endpoint_takes_the_names_of_its_service_in_one_subnet() {
        let input = create(&request(), &"eu-central-1".into())
            .build()
            .expect("builds");
        assert_eq!(input.service_name(), Some("com.amazonaws.eu-central-1.ssm"));
        assert_eq!(input.private_dns_enabled(), Some(true));
        assert_eq!(input.subnet_ids(), ["subnet-1"]);
        assert_eq!(input.security_group_ids(), ["sg-1"]);
        let mut other = request();
        other.groups = vec!["sg-2".into()];
        let other = create(&other, &"eu-central-1".into())
            .build()
            .expect("builds");
        assert_ne!(input.client_token(), other.client_token());
    }

    #[test]
    fn states_are_read_in_any_case() {
        for (state, phase) in [
            ("pending", Phase::Pending),
            ("pendingAcceptance", Phase::Pending),
            ("Available", Phase::Ready),
            ("deleting", Phase::Deleting),
            ("failed", Phase::Failed),
        ] {
            let endpoint = VpcEndpoint::builder()
                .vpc_endpoint_id("vpce-1")
                .vpc_id("vpc-1")
                .service_name("com.amazonaws.eu-central-1.ssm")
                .state(state.into())
                .build();
            let record = read_endpoint(&"eu-central-1".into(), &endpoint).expect("reads");
            assert_eq!(
                (record.service.as_str(), record.status.phase),
                ("ssm", phase)
            );
        }
    }

    #[test]
    fn a_good_answer_may_refuse() {
        let item = |code: &str| {
            let error = UnsuccessfulItemError::builder().code(code).message("no");
            UnsuccessfulItem::builder().error(error.build()).build()
        };
        assert!(refusal("DeleteVpcEndpoints", &[]).is_ok());
        let absent = refusal("DeleteVpcEndpoints", &[item("InvalidVpcEndpoint.NotFound")]);
        assert!(absent.expect_err("refused").is_not_found());
    }
}
