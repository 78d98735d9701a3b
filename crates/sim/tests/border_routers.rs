//! Border routers, and packets over express connect routers.

mod support;

use landbridge_sim::{BorderRouterSpec, Protocol, Simulator};
use serde_json::{Value, json};
use support::site::{HANGZHOU, QINGDAO, Site, site};
use support::{A, B, Client, EXPRESS_CONNECT, LONG, REGION, VPC, control, start, stranger, text};

const HOST: &str = "10.9.0.10";
const BEHIND: &str = "10.9.0.0/16";

/// A call that succeeds, and time for what it starts.
async fn done(
    simulator: &Simulator,
    client: &Client,
    action: &str,
    parameters: &[(&str, &str)],
) -> Value {
    let answer = client.call(EXPRESS_CONNECT, action, parameters).await;
    let answer = answer.succeeded();
    simulator.advance(LONG);
    answer
}

async fn router(simulator: &Simulator, client: &Client) -> String {
    let parameters = [("AlibabaSideAsn", "45104")];
    let answer = done(simulator, client, "CreateExpressConnectRouter", &parameters).await;
    text(&answer["EcrId"])
}

fn border_router(simulator: &Simulator, account: &str) -> String {
    let spec = BorderRouterSpec::new(account, HANGZHOU);
    simulator.provision_border_router(spec.prefix(BEHIND).host(HOST))
}

fn child<'a>(router: &'a str, border: &'a str, owner: &'a str) -> [(&'static str, &'a str); 5] {
    [
        ("EcrId", router),
        ("ChildInstanceId", border),
        ("ChildInstanceType", "VBR"),
        ("ChildInstanceRegionId", HANGZHOU),
        ("ChildInstanceOwnerId", owner),
    ]
}

fn grant<'a>(router: &'a str, id: &'a str, kind: &'a str) -> [(&'static str, &'a str); 5] {
    [
        ("EcrId", router),
        ("EcrOwnerAliUid", A),
        ("InstanceId", id),
        ("InstanceType", kind),
        ("InstanceRegionId", HANGZHOU),
    ]
}

async fn associate(
    simulator: &Simulator,
    a: &Client,
    router: &str,
    site: &Site,
    prefixes: &[(&'static str, &str)],
) -> String {
    let mut parameters = vec![
        ("EcrId", router),
        ("AssociationRegionId", site.region),
        ("VpcId", &site.vpc),
        ("VpcOwnerId", &site.account),
    ];
    parameters.extend(prefixes);
    let action = "CreateExpressConnectRouterAssociation";
    text(&done(simulator, a, action, &parameters).await["AssociationId"])
}

async fn dissociate(simulator: &Simulator, a: &Client, router: &str, association: &str) {
    let parameters = [("EcrId", router), ("AssociationId", association)];
    let action = "DeleteExpressConnectRouterAssociation";
    done(simulator, a, action, &parameters).await;
}

#[tokio::test]
async fn owners_find_their_border_routers() {
    let (simulator, client) = start().await;
    let spec = BorderRouterSpec::new(A, HANGZHOU).name("line");
    let first = simulator.provision_border_router(spec);
    let second = border_router(&simulator, A);
    let foreign = border_router(&simulator, B);
    assert!(first.starts_with("vbr-bp1"));
    let list = async |filter: &[(&str, &str)]| {
        let mut parameters = vec![REGION];
        parameters.extend(filter);
        let seen = client
            .ok(VPC, "DescribeVirtualBorderRouters", &parameters)
            .await;
        let rows = seen["VirtualBorderRouterSet"]["VirtualBorderRouterType"].clone();
        let ids = rows.as_array().into_iter().flatten();
        ids.map(|row| text(&row["VbrId"])).collect::<Vec<_>>()
    };
    assert_eq!(list(&[]).await, [first.clone(), second.clone()]);
    let by_id = |id| [("Filter.1.Key", "VbrId"), ("Filter.1.Value.1", id)];
    assert_eq!(list(&by_id(&second)).await, [second.as_str()]);
    assert!(list(&by_id(&foreign)).await.is_empty());
    let by_name = [("Filter.1.Key", "Name"), ("Filter.1.Value.1", "line")];
    assert_eq!(list(&by_name).await, [first.as_str()]);
    assert_eq!(
        list(&[("PageSize", "1"), ("PageNumber", "2")]).await,
        [second.as_str()]
    );
    client
        .call(
            VPC,
            "DescribeVirtualBorderRouters",
            &[REGION, ("Filter.1.Key", "Colour")],
        )
        .await
        .refused("InvalidParameter.Filter");
    assert!(simulator.ledger().is_empty(), "set up, not created");
}

#[tokio::test]
async fn sharing_border_routers_is_off_until_the_account_manager_approves() {
    let (simulator, a) = start().await;
    let b = stranger(&simulator, B);
    let router = router(&simulator, &a).await;
    let border = border_router(&simulator, B);
    let across = "Forbbiden.AttachChildInstanceAcrossBid";
    let attach = "AttachExpressConnectRouterChildInstance";
    let give = "GrantInstanceToExpressConnectRouter";
    let (child, grant) = (child(&router, &border, B), grant(&router, &border, "VBR"));
    a.call(EXPRESS_CONNECT, attach, &child)
        .await
        .refused_inside(across);
    b.call(EXPRESS_CONNECT, give, &grant)
        .await
        .refused_inside(across);
    // The other way round is another matter.
    simulator.approve_border_router_sharing(A, B);
    b.call(EXPRESS_CONNECT, give, &grant)
        .await
        .refused_inside(across);

    simulator.approve_border_router_sharing(B, A);
    a.call(EXPRESS_CONNECT, attach, &child)
        .await
        .refused_inside("Forbidden.InstanceNotGranted");
    done(&simulator, &b, give, &grant).await;
    let query = [REGION, ("InstanceId", border.as_str())];
    let seen = b.ok(VPC, "DescribeGrantRulesToEcr", &query).await;
    let rule = &seen["EcrGrantRules"][0];
    assert_eq!(
        (&rule["EcrInstanceId"], &rule["EcrUid"]),
        (&json!(router), &json!(1_234_567_890_123_456_u64))
    );
    done(&simulator, &a, attach, &child).await;
    let list = "DescribeExpressConnectRouterChildInstance";
    let seen = done(&simulator, &a, list, &child[..3]).await;
    let row = &seen["ChildInstanceList"][0];
    assert_eq!(
        (
            &row["Status"],
            &row["ChildInstanceOwnerId"],
            &row["OwnerId"]
        ),
        (
            &json!("ACTIVE"),
            &json!(1_234_567_890_123_457_u64),
            &json!(1_234_567_890_123_456_u64)
        )
    );
    let revoke = "RevokeInstanceFromExpressConnectRouter";
    b.call(EXPRESS_CONNECT, revoke, &grant)
        .await
        .refused_inside("OperationDenied.EcrAssociationExisted");
    let detach = "DetachExpressConnectRouterChildInstance";
    done(&simulator, &a, detach, &child[..3]).await;
    let seen = done(&simulator, &a, list, &child[..3]).await;
    assert_eq!(seen["TotalCount"], 0);
    done(&simulator, &b, revoke, &grant).await;
    let named = [("EcrId", router.as_str())];
    done(&simulator, &a, "DeleteExpressConnectRouter", &named).await;
    assert_eq!(simulator.alive(), []);
}

#[tokio::test]
async fn child_instances_are_checked() {
    let (simulator, a) = start().await;
    let first = router(&simulator, &a).await;
    let second = router(&simulator, &a).await;
    let border = border_router(&simulator, A);
    let attach = "AttachExpressConnectRouterChildInstance";
    let detach = "DetachExpressConnectRouterChildInstance";
    for (index, value, code) in [
        (0, "ecr-x", "ResourceNotFound.EcrId"),
        (1, "vbr-x", "ResourceNotFound.ChildInstanceId"),
        (1, "", "MissingParam.ChildInstanceId"),
        (2, "VPC", "IllegalParam.ChildInstanceType"),
        (3, QINGDAO, "ResourceNotFound.ChildInstanceId"),
        (3, "atlantis", "UnsupportedRegion"),
    ] {
        let mut parameters = child(&first, &border, A);
        parameters[index].1 = value;
        let answer = a.call(EXPRESS_CONNECT, attach, &parameters).await;
        answer.refused_inside(code);
    }
    let parameters = child(&first, &border, A);
    let answer = a.call(EXPRESS_CONNECT, detach, &parameters).await;
    answer.refused_inside("ResourceNotFound.ChildInstanceId");
    let answer = a.call(EXPRESS_CONNECT, attach, &parameters).await;
    answer.succeeded();
    let status = async || {
        let named = [("EcrId", first.as_str())];
        let answer = a
            .call(EXPRESS_CONNECT, "DescribeExpressConnectRouter", &named)
            .await;
        text(&answer.succeeded()["EcrList"][0]["Status"])
    };
    assert_eq!(status().await, "LOCKED_ATTACHING");
    let answer = a.call(EXPRESS_CONNECT, detach, &parameters).await;
    answer.refused_inside("Conflict.Lock");
    simulator.advance(LONG);
    for router in [&first, &second] {
        let parameters = child(router, &border, A);
        let answer = a.call(EXPRESS_CONNECT, attach, &parameters).await;
        answer.refused_inside("ResourceAlreadyExist.EcrChildInstance");
    }
    let named = [("EcrId", first.as_str())];
    let answer = a
        .call(EXPRESS_CONNECT, "DeleteExpressConnectRouter", &named)
        .await;
    answer.refused_inside("DependencyViolation.EcrChildInstance");
    let answer = a.call(EXPRESS_CONNECT, detach, &parameters).await;
    answer.succeeded();
    assert_eq!(status().await, "LOCKED_DETACHING");
}

#[tokio::test]
async fn without_locks_the_state_of_a_child_instance_still_counts() {
    let builder = Simulator::builder().conflict_locks(false);
    let simulator = builder.start().await.expect("a loopback port");
    let a = stranger(&simulator, A);
    let router = router(&simulator, &a).await;
    let border = border_router(&simulator, A);
    let parameters = child(&router, &border, A);
    let attach = "AttachExpressConnectRouterChildInstance";
    let detach = "DetachExpressConnectRouterChildInstance";
    for (action, other) in [(attach, detach), (detach, attach)] {
        let answer = a.call(EXPRESS_CONNECT, action, &parameters).await;
        answer.succeeded();
        let answer = a.call(EXPRESS_CONNECT, other, &parameters).await;
        answer.refused_inside("IncorrectStatus.EcrAssociation");
        simulator.advance(LONG);
    }
}

#[tokio::test]
async fn routes_lead_to_active_associations_of_their_own_network() {
    let (simulator, a) = start().await;
    let site = site(&simulator, &a, A, HANGZHOU, "10.0").await;
    let other = support::site::site(&simulator, &a, A, HANGZHOU, "10.1").await;
    let router = router(&simulator, &a).await;
    let association = associate(&simulator, &a, &router, &other, &[]).await;
    for id in ["ecr-assoc-x", router.as_str(), association.as_str()] {
        let answer = a
            .call(VPC, "CreateRouteEntry", &site.hop(BEHIND, "Ecr", id))
            .await;
        answer.refused("InvalidNextHop.NotFound");
    }
    let parameters = [
        ("EcrId", router.as_str()),
        ("AssociationRegionId", HANGZHOU),
        ("VpcId", &site.vpc),
    ];
    let answer = a
        .call(
            EXPRESS_CONNECT,
            "CreateExpressConnectRouterAssociation",
            &parameters,
        )
        .await;
    let own = text(&answer.succeeded()["AssociationId"]);
    let answer = a
        .call(VPC, "CreateRouteEntry", &site.hop(BEHIND, "Ecr", &own))
        .await;
    answer.refused("OperationDenied.VbrAttachEcrInMiddleStatus");
    simulator.advance(LONG);
    site.route(&simulator, BEHIND, "Ecr", &own).await;
    let query = [
        REGION,
        ("RouteTableId", site.table.as_str()),
        ("NextHopType", "Ecr"),
    ];
    let seen = a.ok(VPC, "DescribeRouteEntryList", &query).await;
    let entry = &seen["RouteEntrys"]["RouteEntry"][0];
    let hop = &entry["NextHops"]["NextHop"][0];
    assert_eq!(
        (
            &entry["Status"],
            &hop["NextHopId"],
            &hop["NextHopRelatedInfo"]["InstanceId"]
        ),
        (&json!("Available"), &json!(own), &json!(router))
    );
}

/// A network of B, a border router of A, and a router between them.
struct Line {
    simulator: Simulator,
    a: Client,
    b: Client,
    site: Site,
    router: String,
    border: String,
    association: String,
}

async fn line() -> Line {
    let (simulator, a) = start().await;
    let b = stranger(&simulator, B);
    let site = site(&simulator, &b, B, HANGZHOU, "10.0").await;
    let router = router(&simulator, &a).await;
    let border = border_router(&simulator, A);
    let action = "GrantInstanceToExpressConnectRouter";
    done(&simulator, &b, action, &grant(&router, &site.vpc, "VPC")).await;
    let association = associate(&simulator, &a, &router, &site, &[]).await;
    let action = "AttachExpressConnectRouterChildInstance";
    done(&simulator, &a, action, &child(&router, &border, A)).await;
    site.route(&simulator, BEHIND, "Ecr", &association).await;
    Line {
        simulator,
        a,
        b,
        site,
        router,
        border,
        association,
    }
}

impl Line {
    async fn blocked(&self) -> String {
        self.site.blocked(&self.simulator, HOST).await
    }

    async fn is_delivered(&self) -> bool {
        self.site.ping(&self.simulator, HOST).await.is_delivered()
    }
}

#[tokio::test]
async fn a_host_behind_a_border_router_is_reached_over_every_element_and_no_less() {
    let line = line().await;
    let (simulator, site) = (&line.simulator, &line.site);
    assert!(line.is_delivered().await);
    let probe = |address: &str, protocol| {
        let destination = address.parse().expect("an address");
        simulator.probe(&site.instance, destination, protocol)
    };
    let no_host = probe("10.9.0.11", Protocol::ECHO).to_string();
    assert!(no_host.contains("no host behind"), "{no_host}");
    assert!(!probe(HOST, Protocol::tcp(22)).is_delivered());

    // The route.
    site.unroute(simulator, BEHIND, "Ecr", &line.association)
        .await;
    assert_eq!(line.blocked().await, site.table);
    site.route(simulator, BEHIND, "Ecr", &line.association)
        .await;
    assert!(line.is_delivered().await);

    // The border router on the router.
    let parameters = child(&line.router, &line.border, A);
    let detach = "DetachExpressConnectRouterChildInstance";
    let answer = line.a.call(EXPRESS_CONNECT, detach, &parameters).await;
    answer.succeeded();
    assert_eq!(line.blocked().await, line.border, "on its way out");
    simulator.advance(LONG);
    assert_eq!(line.blocked().await, line.router, "gone");
    let attach = "AttachExpressConnectRouterChildInstance";
    done(simulator, &line.a, attach, &parameters).await;
    assert!(line.is_delivered().await);

    // The group lets nothing out.
    let end = "Permissions.1.DestCidrIp";
    site.rule("AuthorizeSecurityGroupEgress", "Drop", end, BEHIND)
        .await;
    assert_eq!(line.blocked().await, site.group);
    site.rule("RevokeSecurityGroupEgress", "Drop", end, BEHIND)
        .await;
    assert!(line.is_delivered().await);
}

#[tokio::test]
async fn without_the_association_the_network_is_cut_off() {
    let line = line().await;
    let (simulator, site) = (&line.simulator, &line.site);
    let used = [
        ("EcrId", line.router.as_str()),
        ("AssociationId", line.association.as_str()),
    ];
    let delete = "DeleteExpressConnectRouterAssociation";
    let answer = line.a.call(EXPRESS_CONNECT, delete, &used).await;
    answer.refused_inside("OperationFailed.UsedInRouteEntryNextHop");
    site.unroute(simulator, BEHIND, "Ecr", &line.association)
        .await;
    dissociate(simulator, &line.a, &line.router, &line.association).await;
    assert_eq!(line.blocked().await, site.table);

    // A router that knows another part of the network sends no answers to this one.
    let other = [("AllowedPrefixes.1", "10.0.99.0/24")];
    let association = associate(simulator, &line.a, &line.router, site, &other).await;
    site.route(simulator, BEHIND, "Ecr", &association).await;
    let verdict = site.ping(simulator, HOST).await.to_string();
    assert!(
        verdict.contains(&line.router) && verdict.contains("on the way back"),
        "{verdict}"
    );
    site.unroute(simulator, BEHIND, "Ecr", &association).await;
    dissociate(simulator, &line.a, &line.router, &association).await;

    let this = [
        ("AllowedPrefixes.1", "10.0.99.0/24"),
        ("AllowedPrefixes.2", "10.0.20.0/24"),
    ];
    let association = associate(simulator, &line.a, &line.router, site, &this).await;
    site.route(simulator, BEHIND, "Ecr", &association).await;
    assert!(line.is_delivered().await);

    // After all that, B takes the grant back.
    site.unroute(simulator, BEHIND, "Ecr", &association).await;
    dissociate(simulator, &line.a, &line.router, &association).await;
    let revoke = "RevokeInstanceFromExpressConnectRouter";
    let parameters = grant(&line.router, &site.vpc, "VPC");
    done(simulator, &line.b, revoke, &parameters).await;
}

#[tokio::test]
async fn two_networks_on_one_router_reach_each_other() {
    let (simulator, a) = start().await;
    let b = stranger(&simulator, B);
    let first = site(&simulator, &a, A, HANGZHOU, "10.0").await;
    let second = site(&simulator, &b, B, HANGZHOU, "10.1").await;
    let router = router(&simulator, &a).await;
    let action = "GrantInstanceToExpressConnectRouter";
    done(&simulator, &b, action, &grant(&router, &second.vpc, "VPC")).await;
    let to_first = associate(&simulator, &a, &router, &first, &[]).await;
    let to_second = associate(&simulator, &a, &router, &second, &[]).await;
    first.allow(&second.range).await;
    second.allow(&first.range).await;
    first
        .route(&simulator, &second.range, "Ecr", &to_first)
        .await;
    let verdict = first.ping(&simulator, &second.address).await.to_string();
    assert!(
        verdict.contains(&second.table) && verdict.contains("on the way back"),
        "{verdict}"
    );
    second
        .route(&simulator, &first.range, "Ecr", &to_second)
        .await;
    for (from, to) in [(&first, &second), (&second, &first)] {
        assert!(from.ping(&simulator, &to.address).await.is_delivered());
    }
    // The other group keeps the packet out.
    let end = "Permissions.1.SourceCidrIp";
    second
        .rule("RevokeSecurityGroup", "Accept", end, &first.range)
        .await;
    assert_eq!(
        first.blocked(&simulator, &second.address).await,
        second.group
    );
    // An address that no network on the router has.
    first
        .route(&simulator, "10.2.0.0/16", "Ecr", &to_first)
        .await;
    assert_eq!(first.blocked(&simulator, "10.2.0.1").await, router);
    // What the router knows of the network itself leads back.
    first
        .route(&simulator, "10.0.0.0/16", "Ecr", &to_first)
        .await;
    assert_eq!(first.blocked(&simulator, "10.0.99.1").await, router);
}

#[tokio::test]
async fn programs_set_border_routers_up_over_the_control_interface() {
    let (simulator, client) = start().await;
    let body = format!(
        r#"{{"account": "{A}", "region": "cn-hangzhou", "prefixes": ["{BEHIND}"], "hosts": ["{HOST}"], "name": "line"}}"#
    );
    let answer = control(&simulator, "POST", "/_sim/border-routers", &body).await;
    let id = text(&answer.ok()["id"]);
    let seen = client
        .ok(VPC, "DescribeVirtualBorderRouters", &[REGION])
        .await;
    let row = &seen["VirtualBorderRouterSet"]["VirtualBorderRouterType"][0];
    assert_eq!(
        (&row["VbrId"], &row["Name"], &row["Status"]),
        (&json!(id), &json!("line"), &json!("active"))
    );
    for body in [
        r#"{"account": "1", "region": "r", "prefixes": ["ten"]}"#,
        r#"{"account": "1", "region": "r", "hosts": ["host"]}"#,
        r#"{"account": "1"}"#,
    ] {
        let answer = control(&simulator, "POST", "/_sim/border-routers", body).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
    }

    let b = stranger(&simulator, B);
    let router = router(&simulator, &b).await;
    let mut grant = grant(&router, &id, "VBR");
    grant[1].1 = B;
    let give = "GrantInstanceToExpressConnectRouter";
    let answer = client.call(EXPRESS_CONNECT, give, &grant).await;
    answer.refused_inside("Forbbiden.AttachChildInstanceAcrossBid");
    let pair = format!(r#"{{"member_account": "{A}", "router_account": "{B}"}}"#);
    let path = "/_sim/border-router-approvals";
    control(&simulator, "POST", path, &pair).await.ok();
    done(&simulator, &client, give, &grant).await;
}
