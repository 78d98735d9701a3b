//! What list calls of Alibaba Cloud need, and how they are refused.

mod support;

use landbridge_sim::{AccountSpec, IdentityKind};
use support::{
    A, CBN, Client, ECS, EXPRESS_CONNECT, LONG, REGION, VPC, start, start_with, text, vpc,
};

async fn refused(client: &Client, version: &str, action: &str, with: &[(&str, &str)], code: &str) {
    let answer = client.call(version, action, with).await;
    assert_eq!(answer.code(), code, "{action} {with:?}: {}", answer.body);
}

#[tokio::test]
async fn lists_that_name_nothing_are_refused() {
    let (_simulator, client) = start().await;
    for (version, action, code) in [
        (
            CBN,
            "ListTransitRouterVpcAttachments",
            "IllegalParam.CenIdOrRegionId",
        ),
        (
            CBN,
            "ListTransitRouterPeerAttachments",
            "IllegalParam.CenIdOrRegionId",
        ),
        (
            CBN,
            "ListTransitRouterRouteTables",
            "MissingParam.TransitRouterIdOrTransitRouterRouteTables",
        ),
        (
            CBN,
            "ListTransitRouterRouteTableAssociations",
            "InvalidParameter",
        ),
        (
            CBN,
            "ListTransitRouters",
            "InvalidParameterCombination.TransitRouter",
        ),
        (VPC, "DescribeVSwitches", "MissingParameter"),
    ] {
        refused(&client, version, action, &[], code).await;
    }
    for action in [
        "ListTransitRouterVpcAttachments",
        "ListTransitRouterPeerAttachments",
    ] {
        let unknown = [("CenId", "cen-none"), REGION];
        refused(&client, CBN, action, &unknown, "IllegalParam.CenId").await;
        assert_eq!(client.ok(CBN, action, &[REGION]).await["TotalCount"], 0);
    }
    client.ok(CBN, "ListTransitRouters", &[REGION]).await;
    client.ok(VPC, "DescribeVSwitches", &[REGION]).await;
}

#[tokio::test]
async fn pages_are_refused_in_the_words_of_the_product() {
    let (simulator, client) = start().await;
    let table = text(&vpc(&client, "10.0.0.0/16").await["RouteTableId"]);
    simulator.advance(LONG);
    let list = "ListTransitRouterVpcAttachments";
    for (name, value) in [("NextToken", "never"), ("MaxResults", "101")] {
        let code = format!("IllegalParam.{name}");
        refused(&client, CBN, list, &[REGION, (name, value)], &code).await;
    }
    let routes = "DescribeRouteEntryList";
    let of = |id| [REGION, ("RouteTableId", id), ("NextToken", "never")];
    refused(&client, VPC, routes, &of(&table), "IllegalParam.NextToken").await;
    refused(
        &client,
        VPC,
        routes,
        &of("vtb-none"),
        "InvalidRouteTable.NotFound",
    )
    .await;
    let groups = "DescribeSecurityGroups";
    let numbered = [REGION, ("PageNumber", "1")];
    refused(
        &client,
        ECS,
        groups,
        &numbered,
        "NotSupported.PageNumberAndPageSize",
    )
    .await;
}

#[tokio::test]
async fn reads_may_be_rehearsed_and_take_twenty_ids() {
    let (_simulator, client) = start().await;
    let dry = [REGION, ("DryRun", "true")];
    for (version, action) in [
        (VPC, "DescribeVpcs"),
        (VPC, "DescribeVSwitches"),
        (ECS, "DescribeInstances"),
        (ECS, "DescribeSecurityGroups"),
    ] {
        refused(&client, version, action, &dry, "DryRunOperation").await;
    }
    // This one does not know the parameter.
    client.ok(VPC, "DescribeRouteTableList", &dry).await;
    let ids = vec!["vpc-none"; 21].join(",");
    let many = [REGION, ("VpcId", ids.as_str())];
    refused(
        &client,
        VPC,
        "DescribeVpcs",
        &many,
        "InvalidVpcIdNumber.NotSupported",
    )
    .await;
}

#[tokio::test]
async fn twenty_one_tags_fit_a_network_and_twenty_a_cen() {
    let (_simulator, client) = start().await;
    let tags = |count: usize| -> Vec<(String, String)> {
        (1..=count)
            .map(|n| (format!("Tag.{n}.Key"), format!("k{n}")))
            .collect()
    };
    for (version, action, most) in [(VPC, "CreateVpc", 21), (CBN, "CreateCen", 20)] {
        for (count, code) in [(most, ""), (most + 1, "NumberExceed.Tags")] {
            let tags = tags(count);
            let tags = tags
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str()));
            let parameters: Vec<_> = [REGION].into_iter().chain(tags).collect();
            let answer = client.call(version, action, &parameters).await;
            assert_eq!(answer.code(), code, "{action}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn cen_calls_a_missing_permission_by_its_own_name() {
    let user = AccountSpec::new("aliyun", A)
        .identity(IdentityKind::User)
        .policy(r#"{"Version":"1","Statement":[]}"#);
    let (_simulator, client) = start_with(user).await;
    for (version, action, status, code) in [
        (CBN, "CreateCen", 400, "Unauthorized"),
        (VPC, "DescribeVpcs", 403, "Forbidden.RAM"),
    ] {
        let answer = client.call(version, action, &[REGION]).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{action}");
        assert!(answer.body["AccessDeniedDetail"].is_object(), "{action}");
    }
}

#[tokio::test]
async fn a_success_of_express_connect_routers_says_ok() {
    let (_simulator, client) = start().await;
    let list = client
        .call(EXPRESS_CONNECT, "DescribeExpressConnectRouter", &[])
        .await;
    assert_eq!(list.succeeded()["Message"], "OK");
}
