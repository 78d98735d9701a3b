//! Express connect routers: their life, their locks, grants and associations.

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use landbridge_sim::{AccountSpec, BorderRouterSpec, FaultEffect, FaultRule, Simulator};
use serde_json::{Value, json};
use support::{
    A, B, CBN, Client, EXPRESS_CONNECT, LONG, REGION, VPC, exchange, start, stranger, text, vpc,
};

const ASN: (&str, &str) = ("AlibabaSideAsn", "64512");

/// What most tests need: a router of A, a VPC of each account.
struct World {
    simulator: Simulator,
    a: Client,
    b: Client,
    router: String,
    own: Value,
    foreign: Value,
}

async fn world() -> World {
    let (simulator, a) = start().await;
    world_of(simulator, a).await
}

async fn world_of(simulator: Simulator, a: Client) -> World {
    let b = stranger(&simulator, B);
    let own = vpc(&a, "10.0.0.0/16").await;
    let foreign = vpc(&b, "10.1.0.0/16").await;
    let router = router(&a).await;
    simulator.advance(LONG);
    World {
        simulator,
        a,
        b,
        router,
        own,
        foreign,
    }
}

async fn router(client: &Client) -> String {
    let answer = client
        .call(EXPRESS_CONNECT, "CreateExpressConnectRouter", &[ASN])
        .await;
    text(&answer.succeeded()["EcrId"])
}

type Pairs<'a> = Vec<(&'static str, &'a str)>;

impl World {
    /// A call that succeeds, and time for what it starts.
    async fn done(&self, client: &Client, action: &str, parameters: &Pairs<'_>) -> Value {
        let answer = client.call(EXPRESS_CONNECT, action, parameters).await;
        let answer = answer.succeeded();
        self.simulator.advance(LONG);
        answer
    }

    async fn refused(&self, client: &Client, action: &str, parameters: &Pairs<'_>, code: &str) {
        let answer = client.call(EXPRESS_CONNECT, action, parameters).await;
        answer.refused_inside(code);
    }

    fn foreign_id(&self) -> &str {
        self.foreign["VpcId"].as_str().unwrap_or_default()
    }

    fn own_id(&self) -> &str {
        self.own["VpcId"].as_str().unwrap_or_default()
    }

    fn grant(&self) -> Pairs<'_> {
        vec![
            ("EcrId", &self.router),
            ("EcrOwnerAliUid", A),
            ("InstanceId", self.foreign_id()),
            ("InstanceType", "VPC"),
            ("InstanceRegionId", "cn-hangzhou"),
        ]
    }

    fn foreign_association(&self) -> Pairs<'_> {
        vec![
            ("EcrId", &self.router),
            ("AssociationRegionId", "cn-hangzhou"),
            ("VpcId", self.foreign_id()),
            ("VpcOwnerId", B),
        ]
    }

    fn own_association(&self) -> Pairs<'_> {
        vec![
            ("EcrId", &self.router),
            ("AssociationRegionId", "cn-hangzhou"),
            ("VpcId", self.own_id()),
        ]
    }

    fn named(&self) -> Pairs<'_> {
        vec![("EcrId", &self.router)]
    }

    async fn list(&self, client: &Client, action: &str, parameters: &Pairs<'_>) -> Value {
        let answer = client.call(EXPRESS_CONNECT, action, parameters).await;
        answer.succeeded()
    }

    async fn status(&self) -> String {
        let routers = self
            .list(&self.a, "DescribeExpressConnectRouter", &self.named())
            .await;
        text(&routers["EcrList"][0]["Status"])
    }
}

/// With a value replaced.
fn with<'a>(parameters: &Pairs<'a>, name: &'static str, value: &'a str) -> Pairs<'a> {
    let mut changed: Pairs<'a> = parameters.clone();
    changed.retain(|(known, _)| *known != name);
    changed.push((name, value));
    changed
}

#[tokio::test]
async fn a_router_has_a_number_that_is_free_for_private_use() {
    let (_simulator, client) = start().await;
    for (asn, code) in [
        ("", "MissingParam.AlibabaSideAsn"),
        ("x", "IllegalParamFormat.AlibabaSideAsn"),
        ("45103", "IllegalParam.AlibabaSideAsn"),
        ("64511", "IllegalParam.AlibabaSideAsn"),
        ("65025", "IllegalParam.AlibabaSideAsn"),
        ("65535", "IllegalParam.AlibabaSideAsn"),
        ("4199999999", "IllegalParam.AlibabaSideAsn"),
        ("4294967295", "IllegalParam.AlibabaSideAsn"),
    ] {
        let answer = client
            .call(
                EXPRESS_CONNECT,
                "CreateExpressConnectRouter",
                &[("AlibabaSideAsn", asn)],
            )
            .await;
        answer.refused_inside(code);
    }
    for asn in ["45104", "64512", "65534", "4200000000", "4294967294"] {
        let answer = client
            .call(
                EXPRESS_CONNECT,
                "CreateExpressConnectRouter",
                &[("AlibabaSideAsn", asn)],
            )
            .await;
        answer.succeeded();
    }
}

#[tokio::test]
async fn refusals_of_operations_travel_inside_a_success_and_those_of_the_gateway_do_not() {
    let (simulator, client) = start().await;
    let unknown = client
        .call(
            EXPRESS_CONNECT,
            "DeleteExpressConnectRouter",
            &[("EcrId", "ecr-x")],
        )
        .await;
    assert_eq!(unknown.status, 200);
    assert_eq!(unknown.body["HttpStatusCode"], 404);
    assert!(unknown.body["RequestId"].is_string());
    unknown.refused_inside("ResourceNotFound.EcrId");
    let call = simulator.calls().pop().expect("a call");
    assert_eq!(
        (call.status, call.code.as_deref(), call.product.as_str()),
        (200, Some("ResourceNotFound.EcrId"), "expressconnectrouter")
    );

    let mut forger = client.clone();
    forger.secret.push('x');
    forger
        .call(EXPRESS_CONNECT, "DescribeExpressConnectRouter", &[])
        .await
        .refused("SignatureDoesNotMatch");
    simulator.add_fault(FaultRule::new(FaultEffect::ErrorBefore {
        status: 503,
        code: "ServiceUnavailable".to_owned(),
    }));
    client
        .call(EXPRESS_CONNECT, "DescribeExpressConnectRouter", &[])
        .await
        .refused("ServiceUnavailable");
}

#[tokio::test]
async fn only_post_is_taken() {
    let (simulator, client) = start().await;
    let headers = BTreeMap::from([
        ("host".to_owned(), client.address.clone()),
        (
            "x-acs-action".to_owned(),
            "DescribeExpressConnectRouter".to_owned(),
        ),
        ("x-acs-version".to_owned(), EXPRESS_CONNECT.to_owned()),
    ]);
    let address = simulator.url();
    let address = address.trim_start_matches("http://");
    let answer = exchange(address, "GET", "/", &headers, "").await;
    answer
        .expect("an answer")
        .refused(landbridge_sim::aliyun_choices::ECR_BY_GET);
}

#[tokio::test]
async fn a_router_lives_from_updating_to_gone() {
    let (simulator, client) = start().await;
    let parameters = [
        ASN,
        ("Name", "hub"),
        ("Description", "d"),
        ("Tag.1.Key", "k"),
        ("Tag.1.Value", "v"),
        ("ClientToken", "t-1"),
    ];
    let create = || client.call(EXPRESS_CONNECT, "CreateExpressConnectRouter", &parameters);
    let id = text(&create().await.succeeded()["EcrId"]);
    assert_eq!(text(&create().await.succeeded()["EcrId"]), id);
    let mut other = parameters;
    other[1] = ("Name", "other");
    client
        .call(EXPRESS_CONNECT, "CreateExpressConnectRouter", &other)
        .await
        .refused_inside("IdempotentParameterMismatch");
    let list = async || {
        let answer = client
            .call(
                EXPRESS_CONNECT,
                "DescribeExpressConnectRouter",
                &[("Name", "hub"), ("Tag.1.Key", "k")],
            )
            .await;
        answer.succeeded()
    };
    assert_eq!(list().await["TotalCount"], 0, "not visible yet");
    simulator.advance(Duration::from_secs(1));
    assert_eq!(list().await["EcrList"][0]["Status"], "UPDATING");
    let named = [("EcrId", id.as_str())];
    let delete = || client.call(EXPRESS_CONNECT, "DeleteExpressConnectRouter", &named);
    delete().await.refused_inside("Conflict.Lock");
    simulator.advance(LONG);
    let shown = list().await["EcrList"][0].clone();
    assert_eq!(
        (
            &shown["Status"],
            &shown["AlibabaSideAsn"],
            &shown["Tags"],
            &shown["OwnerId"]
        ),
        (
            &json!("ACTIVE"),
            &json!(64512),
            &json!([{"TagKey": "k", "TagValue": "v"}]),
            &json!(1_234_567_890_123_456_u64)
        )
    );
    let rename = [("EcrId", id.as_str()), ("Description", "e")];
    let answer = client
        .call(EXPRESS_CONNECT, "ModifyExpressConnectRouter", &rename)
        .await;
    answer.succeeded();
    let shown = list().await["EcrList"][0].clone();
    assert_eq!(
        (&shown["Status"], &shown["Description"]),
        (&json!("UPDATING"), &json!("e"))
    );
    simulator.advance(LONG);
    delete().await.succeeded();
    assert_eq!(list().await["EcrList"][0]["Status"], "DELETING");
    delete().await.refused_inside("IncorrectStatus.Ecr");
    simulator.advance(LONG);
    assert_eq!(list().await["TotalCount"], 0);
    delete().await.refused_inside("ResourceNotFound.EcrId");
    assert_eq!(simulator.alive(), []);
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_lists_are_paged() {
    let (simulator, client) = start().await;
    let dry = [ASN, ("DryRun", "true")];
    client
        .call(EXPRESS_CONNECT, "CreateExpressConnectRouter", &dry)
        .await
        .refused_inside("DryRunOperation");
    assert!(simulator.ledger().is_empty());
    for _ in 0..21 {
        router(&client).await;
    }
    simulator.advance(LONG);
    let page = async |parameters: &[(&str, &str)]| {
        let answer = client
            .call(EXPRESS_CONNECT, "DescribeExpressConnectRouter", parameters)
            .await;
        answer.succeeded()
    };
    let first = page(&[]).await;
    assert_eq!(first["EcrList"].as_array().map(Vec::len), Some(20));
    let next = text(&first["NextToken"]);
    let second = page(&[("NextToken", &next)]).await;
    assert_eq!(second["EcrList"].as_array().map(Vec::len), Some(1));
    assert!(second.get("NextToken").is_none());
    let all = page(&[("MaxResults", "2147483647")]).await;
    assert_eq!(all["TotalCount"], 21);
    for name in ["MaxResults", "NextToken"] {
        let answer = client
            .call(
                EXPRESS_CONNECT,
                "DescribeExpressConnectRouter",
                &[(name, "none")],
            )
            .await;
        answer.refused_inside(&format!("IllegalParam.{name}"));
    }
}

#[tokio::test]
async fn a_grant_is_written_by_the_member_and_seen_from_both_sides() {
    let world = world().await;
    let (a, b) = (&world.a, &world.b);
    let grant = world.grant();
    let action = "GrantInstanceToExpressConnectRouter";
    for (name, value, code) in [
        ("EcrId", "ecr-x", "ResourceNotFound.EcrId"),
        ("EcrOwnerAliUid", B, "IllegalParam.EcrOwnerAliUid"),
        ("EcrOwnerAliUid", "", "MissingParam.EcrOwnerAliUid"),
        ("InstanceId", "vpc-x", "ResourceNotFound.InstanceId"),
        ("InstanceId", world.own_id(), "ResourceNotFound.InstanceId"),
        ("InstanceType", "CCN", "IllegalParam.InstanceType"),
        (
            "InstanceRegionId",
            "cn-qingdao",
            "ResourceNotFound.InstanceId",
        ),
        ("InstanceRegionId", "atlantis", "UnsupportedRegion"),
    ] {
        world
            .refused(b, action, &with(&grant, name, value), code)
            .await;
    }
    let to_oneself = with(&grant, "InstanceId", world.own_id());
    world
        .refused(a, action, &to_oneself, "IllegalParam.EcrOwnerAliUid")
        .await;
    world.done(b, action, &grant).await;
    world.done(b, action, &grant).await;

    let list = "DescribeInstanceGrantedToExpressConnectRouter";
    let seen = world.list(a, list, &world.named()).await;
    assert_eq!(seen["TotalCount"], 1);
    let row = &seen["EcrGrantedInstanceList"][0];
    assert_eq!(
        (
            &row["EcrOwnerAliUid"],
            &row["NodeOwnerUid"],
            &row["NodeType"]
        ),
        (
            &json!("1234567890123456"),
            &json!(1_234_567_890_123_457_u64),
            &json!("VPC")
        )
    );
    world
        .refused(b, list, &world.named(), "ResourceNotFound.EcrId")
        .await;
    let others = with(&world.named(), "CallerType", "OTHER");
    assert_eq!(world.list(b, list, &others).await["TotalCount"], 1);
    assert_eq!(world.list(a, list, &others).await["TotalCount"], 0);
    let wrong = with(&world.named(), "CallerType", "uncle");
    world
        .refused(a, list, &wrong, "IllegalParam.CallerType")
        .await;
    check_views(&world).await;

    let revoke = "RevokeInstanceFromExpressConnectRouter";
    world.done(b, revoke, &grant).await;
    world
        .refused(b, revoke, &grant, "ResourceNotFound.GrantId")
        .await;
    assert_eq!(world.list(a, list, &world.named()).await["TotalCount"], 0);
}

/// What the VPC product shows of the grant.
async fn check_views(world: &World) {
    let query = [
        REGION,
        ("InstanceId", world.foreign_id()),
        ("InstanceType", "VPC"),
    ];
    let seen = world.b.ok(VPC, "DescribeVpcGrantRulesToEcr", &query).await;
    let row = &seen["GrantRuleModels"][0];
    assert_eq!(
        (&row["EcrId"], &row["InstanceUid"], &row["Type"]),
        (
            &json!(world.router),
            &json!(1_234_567_890_123_457_u64),
            &json!("VPC")
        )
    );
    assert!(text(&row["CreationTime"]).ends_with('Z'));
    let mut filtered = query.to_vec();
    filtered.push(("EcrInstanceId", "ecr-x"));
    let none = world
        .b
        .ok(VPC, "DescribeVpcGrantRulesToEcr", &filtered)
        .await;
    assert_eq!(none["TotalCount"], "0");
    let foreign = world.a.ok(VPC, "DescribeVpcGrantRulesToEcr", &query).await;
    assert_eq!(foreign["TotalCount"], "0");
}

#[tokio::test]
async fn a_foreign_network_needs_a_grant_which_stays_while_it_is_used() {
    let world = world().await;
    let (a, b) = (&world.a, &world.b);
    let create = "CreateExpressConnectRouterAssociation";
    let parameters = world.foreign_association();
    world
        .refused(
            a,
            create,
            &parameters,
            "OperationDenied.NotGrantedByNodeOwner",
        )
        .await;
    let grant = "GrantInstanceToExpressConnectRouter";
    world.done(b, grant, &world.grant()).await;
    let without_owner = &parameters[..3].to_vec();
    world
        .refused(a, create, without_owner, "ResourceNotFound.VpcId")
        .await;
    let elsewhere = with(&parameters, "AssociationRegionId", "cn-qingdao");
    world
        .refused(a, create, &elsewhere, "ResourceNotFound.VpcId")
        .await;
    let association = text(&world.done(a, create, &parameters).await["AssociationId"]);
    let list = "DescribeExpressConnectRouterAssociation";
    let seen = world.list(a, list, &world.named()).await;
    let row = &seen["AssociationList"][0];
    assert_eq!(
        (
            &row["Status"],
            &row["VpcOwnerId"],
            &row["AssociationNodeType"]
        ),
        (
            &json!("ACTIVE"),
            &json!(1_234_567_890_123_457_u64),
            &json!("VPC")
        )
    );
    let revoke = "RevokeInstanceFromExpressConnectRouter";
    let used = "OperationDenied.EcrAssociationExisted";
    world.refused(b, revoke, &world.grant(), used).await;
    b.call(VPC, "DeleteVpc", &[REGION, ("VpcId", world.foreign_id())])
        .await
        .refused("DependencyViolation.EcrAssociation");
    let named = with(&world.named(), "AssociationId", &association);
    let delete = "DeleteExpressConnectRouterAssociation";
    world.done(a, delete, &named).await;
    world
        .refused(a, delete, &named, "ResourceNotFound.AssociationId")
        .await;
    world.done(b, revoke, &world.grant()).await;
    world
        .done(a, "DeleteExpressConnectRouter", &world.named())
        .await;
    assert!(
        world
            .simulator
            .alive()
            .iter()
            .all(|entry| entry.product == "vpc")
    );
}

#[tokio::test]
async fn associations_are_checked() {
    let world = world().await;
    let a = &world.a;
    let create = "CreateExpressConnectRouterAssociation";
    let own = world.own_association();
    for (name, value, code) in [
        ("EcrId", "ecr-x", "ResourceNotFound.EcrId"),
        ("VpcId", "vpc-x", "ResourceNotFound.VpcId"),
        ("VpcId", "", "MissingParam.VpcId"),
        ("AssociationRegionId", "atlantis", "UnsupportedRegion"),
        (
            "AssociationRegionId",
            "",
            "MissingParam.AssociationRegionId",
        ),
        ("TransitRouterId", "tr-x", "UnsupportedRegion"),
        (
            "AllowedPrefixes.1",
            "ten",
            "IllegalParamFormat.AllowedPrefixes",
        ),
        (
            "AllowedPrefixesMode",
            "Sometimes",
            "IllegalParam.AllowedPrefixesMode",
        ),
    ] {
        world
            .refused(a, create, &with(&own, name, value), code)
            .await;
    }
    let fresh = text(&vpc(a, "10.2.0.0/16").await["VpcId"]);
    let pending = with(&own, "VpcId", &fresh);
    world
        .refused(a, create, &pending, "IncorrectStatus.Vpc")
        .await;
    let mut full = with(&own, "AllowedPrefixes.1", "10.0.0.0/17");
    full.extend([
        ("AllowedPrefixesMode", "MatchMode"),
        ("Description", "d"),
        ("Tag.1.Key", "k"),
    ]);
    let association = text(&world.done(a, create, &full).await["AssociationId"]);
    let twice = "ResourceAlreadyExist.VpcId";
    world.refused(a, create, &own, twice).await;
    let list = "DescribeExpressConnectRouterAssociation";
    let mut query = with(&world.named(), "VpcId", world.own_id());
    query.extend([
        ("AssociationId", association.as_str()),
        ("AssociationNodeType", "VPC"),
    ]);
    let seen = world.list(a, list, &query).await;
    let row = &seen["AssociationList"][0];
    assert_eq!(
        (&row["AllowedPrefixes"], &row["Description"], &row["Tags"]),
        (
            &json!(["10.0.0.0/17"]),
            &json!("d"),
            &json!([{"Key": "k", "Value": ""}])
        )
    );
    let routers = with(&world.named(), "AssociationNodeType", "TR");
    assert_eq!(world.list(a, list, &routers).await["TotalCount"], 0);
    world
        .refused(&world.b, list, &world.named(), "ResourceNotFound.EcrId")
        .await;
    let delete = "DeleteExpressConnectRouter";
    let busy = "ResourceInUse.Ecr";
    world.refused(a, delete, &world.named(), busy).await;
}

#[tokio::test]
async fn one_write_at_a_time_and_none_while_something_is_under_way() {
    let world = world().await;
    let (a, b) = (&world.a, &world.b);
    let grant = "GrantInstanceToExpressConnectRouter";
    let answer = b.call(EXPRESS_CONNECT, grant, &world.grant()).await;
    answer.succeeded();
    let create = "CreateExpressConnectRouterAssociation";
    let own = world.own_association();
    world.refused(a, create, &own, "Conflict.Lock").await;
    world.simulator.advance(Duration::from_secs(2));
    let answer = a.call(EXPRESS_CONNECT, create, &own).await.succeeded();
    let association = text(&answer["AssociationId"]);
    world.simulator.advance(Duration::from_secs(3));
    assert_eq!(world.status().await, "ASSOCIATING");
    let named = with(&world.named(), "AssociationId", &association);
    for (action, parameters) in [
        ("ModifyExpressConnectRouter", world.named()),
        ("DeleteExpressConnectRouter", world.named()),
        ("ForceDeleteExpressConnectRouter", world.named()),
        ("DeleteExpressConnectRouterAssociation", named.clone()),
        (create, world.foreign_association()),
    ] {
        world.refused(a, action, &parameters, "Conflict.Lock").await;
    }
    let revoke = "RevokeInstanceFromExpressConnectRouter";
    world
        .refused(b, revoke, &world.grant(), "Conflict.Lock")
        .await;
    world.simulator.advance(LONG);
    assert_eq!(world.status().await, "ACTIVE");
    let delete = "DeleteExpressConnectRouterAssociation";
    let answer = a.call(EXPRESS_CONNECT, delete, &named).await;
    answer.succeeded();
    assert_eq!(world.status().await, "DISSOCIATING");
    world.refused(a, delete, &named, "Conflict.Lock").await;
}

#[tokio::test]
async fn without_locks_states_still_count() {
    let builder = Simulator::builder().conflict_locks(false);
    let simulator = builder.start().await.expect("a loopback port");
    let a = stranger(&simulator, A);
    let world = world_of(simulator, a).await;
    let a = &world.a;
    let create = "CreateExpressConnectRouterAssociation";
    let answer = a
        .call(EXPRESS_CONNECT, create, &world.own_association())
        .await;
    let association = text(&answer.succeeded()["AssociationId"]);
    let named = with(&world.named(), "AssociationId", &association);
    let delete = "DeleteExpressConnectRouterAssociation";
    let status = "IncorrectStatus.EcrAssociation";
    world.refused(a, delete, &named, status).await;
    let force = "ForceDeleteExpressConnectRouter";
    world
        .refused(a, force, &world.named(), "IncorrectStatus.Ecr")
        .await;
    world.simulator.advance(LONG);
    let answer = a.call(EXPRESS_CONNECT, delete, &named).await;
    answer.succeeded();
    world
        .refused(a, create, &world.own_association(), status)
        .await;
    let modify = "ModifyExpressConnectRouter";
    a.call(EXPRESS_CONNECT, modify, &world.named())
        .await
        .succeeded();
    world
        .refused(a, modify, &world.named(), "IncorrectStatus.Ecr")
        .await;
}

#[tokio::test]
async fn force_takes_what_is_on_a_router_with_it_but_not_what_routes_lead_to() {
    let world = world().await;
    let (a, b) = (&world.a, &world.b);
    world
        .done(b, "GrantInstanceToExpressConnectRouter", &world.grant())
        .await;
    let create = "CreateExpressConnectRouterAssociation";
    let answer = world.done(a, create, &world.own_association()).await;
    let own = text(&answer["AssociationId"]);
    world.done(a, create, &world.foreign_association()).await;
    let border = BorderRouterSpec::new(A, "cn-hangzhou").prefix("10.9.0.0/16");
    let border = world.simulator.provision_border_router(border);
    let mut child = with(&world.named(), "ChildInstanceId", &border);
    child.extend([
        ("ChildInstanceType", "VBR"),
        ("ChildInstanceRegionId", "cn-hangzhou"),
    ]);
    world
        .done(a, "AttachExpressConnectRouterChildInstance", &child)
        .await;
    let table = text(&world.own["RouteTableId"]);
    let mut route = vec![
        REGION,
        ("RouteTableId", &table),
        ("DestinationCidrBlock", "10.9.0.0/16"),
        ("NextHopId", &own),
    ];
    let typed = with(&route, "NextHopType", "Ecr");
    a.ok(VPC, "CreateRouteEntry", &typed).await;
    world.simulator.advance(LONG);
    let used = "OperationFailed.UsedInRouteEntryNextHop";
    let force = "ForceDeleteExpressConnectRouter";
    world.refused(a, force, &world.named(), used).await;
    let named = with(&world.named(), "AssociationId", &own);
    let delete = "DeleteExpressConnectRouterAssociation";
    world.refused(a, delete, &named, used).await;
    route.retain(|(name, _)| *name != "NextHopType");
    a.ok(VPC, "DeleteRouteEntry", &route).await;
    world.simulator.advance(LONG);

    let answer = a.call(EXPRESS_CONNECT, force, &world.named()).await;
    answer.succeeded();
    assert_eq!(world.status().await, "RECLAIMING");
    world
        .refused(a, delete, &named, "OperationDenied.ForceDeleting")
        .await;
    world.simulator.advance(LONG);
    assert!(
        world
            .simulator
            .alive()
            .iter()
            .all(|entry| entry.product == "vpc")
    );
    let revoke = "RevokeInstanceFromExpressConnectRouter";
    world
        .refused(b, revoke, &world.grant(), "ResourceNotFound.EcrId")
        .await;
}

#[tokio::test]
async fn a_network_on_an_express_connect_router_takes_no_routes_from_a_transit_router() {
    let world = world().await;
    let a = &world.a;
    world
        .done(
            a,
            "CreateExpressConnectRouterAssociation",
            &world.own_association(),
        )
        .await;
    let mut mappings = Vec::new();
    for (zone, cidr) in [
        ("cn-hangzhou-h", "10.0.1.0/24"),
        ("cn-hangzhou-i", "10.0.2.0/24"),
    ] {
        let parameters = [
            REGION,
            ("VpcId", world.own_id()),
            ("ZoneId", zone),
            ("CidrBlock", cidr),
        ];
        let answer = a.ok(VPC, "CreateVSwitch", &parameters).await;
        mappings.push(text(&answer["VSwitchId"]));
        world.simulator.advance(LONG);
    }
    let cen = text(&a.ok(CBN, "CreateCen", &[]).await["CenId"]);
    world.simulator.advance(LONG);
    let router = [REGION, ("CenId", cen.as_str())];
    let router = text(&a.ok(CBN, "CreateTransitRouter", &router).await["TransitRouterId"]);
    world.simulator.advance(LONG);
    let parameters = [
        REGION,
        ("CenId", cen.as_str()),
        ("TransitRouterId", &router),
        ("VpcId", world.own_id()),
        ("ZoneMappings.1.ZoneId", "cn-hangzhou-h"),
        ("ZoneMappings.1.VSwitchId", &mappings[0]),
        ("ZoneMappings.2.ZoneId", "cn-hangzhou-i"),
        ("ZoneMappings.2.VSwitchId", &mappings[1]),
        ("AutoPublishRouteEnabled", "true"),
    ];
    a.call(CBN, "CreateTransitRouterVpcAttachment", &parameters)
        .await
        .refused("OperationNotSupport.VpcAutoRoutesPublish");
}

#[tokio::test]
async fn routers_are_invisible_to_strangers() {
    let (simulator, a) = start().await;
    let other = AccountSpec::new("aliyun", B).name("user");
    let b = Client::new(&simulator, &simulator.provision(other));
    let id = router(&a).await;
    simulator.advance(LONG);
    let named = [("EcrId", id.as_str())];
    for action in [
        "ModifyExpressConnectRouter",
        "DeleteExpressConnectRouter",
        "ForceDeleteExpressConnectRouter",
        "DescribeExpressConnectRouterAssociation",
        "DescribeExpressConnectRouterChildInstance",
    ] {
        let answer = b.call(EXPRESS_CONNECT, action, &named).await;
        answer.refused_inside("ResourceNotFound.EcrId");
    }
    let answer = b
        .call(EXPRESS_CONNECT, "DescribeExpressConnectRouter", &named)
        .await;
    assert_eq!(answer.succeeded()["TotalCount"], 0);
}
