//! Grants to CEN instances: the legacy ones, and those of other things than networks.

mod support;

use landbridge_sim::BorderRouterSpec;
use serde_json::json;
use support::{A, B, CBN, EXPRESS_CONNECT, LONG, REGION, VPC, start, stranger, text, vpc};

#[tokio::test]
async fn the_legacy_grant_to_a_cen_is_a_thing_of_its_own() {
    let (simulator, a) = start().await;
    let b = stranger(&simulator, B);
    let network = text(&vpc(&b, "10.0.0.0/16").await["VpcId"]);
    let cen = text(&a.ok(CBN, "CreateCen", &[]).await["CenId"]);
    simulator.advance(LONG);
    let place = BorderRouterSpec::new(B, "cn-hangzhou").name("line");
    let border = simulator.provision_border_router(place);
    let grant = |id: &str, kind: &str, owner: &str| {
        [
            REGION,
            ("InstanceId", id),
            ("InstanceType", kind),
            ("CenId", cen.as_str()),
            ("CenOwnerId", owner),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let call = async |action: &str, parameters: [(String, String); 5]| {
        let pairs: Vec<_> = parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        b.call(VPC, action, &pairs).await
    };
    for (id, kind, owner, code) in [
        ("vpc-x", "VPC", A, "InvalidInstanceId.NotFound"),
        (&network, "VBR", A, "InvalidInstanceId.NotFound"),
        (&network, "Boat", A, "InvalidParameter.InstanceType"),
        (&network, "VPC", B, "ParameterCenInstanceId"),
    ] {
        call("GrantInstanceToCen", grant(id, kind, owner))
            .await
            .refused(code);
    }
    for (id, kind) in [(&network, "VPC"), (&border, "VBR")] {
        call("GrantInstanceToCen", grant(id, kind, A)).await.ok();
        call("GrantInstanceToCen", grant(id, kind, A)).await.ok();
        let seen = call("DescribeGrantRulesToCen", grant(id, kind, A))
            .await
            .ok();
        assert_eq!(seen["TotalCount"], 1);
        let rule = &seen["CenGrantRules"]["CbnGrantRule"][0];
        assert_eq!(
            (&rule["CenInstanceId"], &rule["CenOwnerId"]),
            (&json!(cen), &json!(1_234_567_890_123_456_u64))
        );
    }
    let query = [("CenId", cen.as_str()), ("ProductType", "VPC")];
    let seen = a.ok(CBN, "DescribeGrantRulesToCen", &query).await;
    assert_eq!(seen["TotalCount"], 0, "transit routers do not know it");
    for (id, kind) in [(&network, "VPC"), (&border, "VBR")] {
        call("RevokeInstanceFromCen", grant(id, kind, A)).await.ok();
        call("RevokeInstanceFromCen", grant(id, kind, A))
            .await
            .refused("InvalidInstanceId.NotFound");
    }
    assert!(
        simulator
            .alive()
            .iter()
            .all(|entry| entry.kind != "cen-grant")
    );
}

#[tokio::test]
async fn transit_routers_are_granted_border_routers_and_express_connect_routers_too() {
    let (simulator, a) = start().await;
    let b = stranger(&simulator, B);
    let cen = text(&a.ok(CBN, "CreateCen", &[]).await["CenId"]);
    simulator.advance(LONG);
    let border = simulator.provision_border_router(BorderRouterSpec::new(B, "cn-hangzhou"));
    let router = b
        .call(
            EXPRESS_CONNECT,
            "CreateExpressConnectRouter",
            &[("AlibabaSideAsn", "45104")],
        )
        .await;
    let router = text(&router.succeeded()["EcrId"]);
    simulator.advance(LONG);
    for (id, kind, child) in [
        (&border, "ExpressConnect", "VBR"),
        (&border, "VBR", "VBR"),
        (&router, "ECR", "ECR"),
    ] {
        let grant = [
            REGION,
            ("CenId", cen.as_str()),
            ("CenOwnerId", A),
            ("InstanceId", id),
            ("InstanceType", kind),
        ];
        b.ok(CBN, "GrantInstanceToTransitRouter", &grant).await;
        let query = [REGION, ("ResourceId", id), ("ProductType", kind)];
        let seen = b.ok(CBN, "DescribeGrantRulesToResource", &query).await;
        assert_eq!(seen["GrantRules"][0]["CenId"], json!(cen), "{kind}");
        let query = [("CenId", cen.as_str()), ("ProductType", child)];
        let seen = a.ok(CBN, "DescribeGrantRulesToCen", &query).await;
        let rule = &seen["GrantRules"]["GrantRule"][0];
        assert_eq!(
            (&rule["ChildInstanceId"], &rule["ChildInstanceType"]),
            (&json!(id), &json!(child))
        );
        let query = [("CenId", cen.as_str()), ("ProductType", "VPC")];
        let seen = a.ok(CBN, "DescribeGrantRulesToCen", &query).await;
        assert_eq!(seen["TotalCount"], 0);
        b.ok(CBN, "RevokeInstanceFromTransitRouter", &grant).await;
    }
    for (id, kind, code) in [
        ("vbr-x", "ExpressConnect", "InvalidInstanceId.NotFound"),
        (&border, "VPC", "InvalidInstanceId.NotFound"),
        (&border, "Boat", "IllegalParam.InstanceType"),
    ] {
        let grant = [
            REGION,
            ("CenId", cen.as_str()),
            ("CenOwnerId", A),
            ("InstanceId", id),
            ("InstanceType", kind),
        ];
        b.call(CBN, "GrantInstanceToTransitRouter", &grant)
            .await
            .refused(code);
    }
}

#[tokio::test]
async fn a_grant_stays_when_its_cen_goes_and_goes_with_its_vpc() {
    let (simulator, a) = start().await;
    let b = stranger(&simulator, B);
    let network = text(&vpc(&b, "10.0.0.0/16").await["VpcId"]);
    let cen = text(&a.ok(CBN, "CreateCen", &[]).await["CenId"]);
    simulator.advance(LONG);
    let grant = [
        REGION,
        ("CenId", cen.as_str()),
        ("CenOwnerId", A),
        ("InstanceId", network.as_str()),
        ("InstanceType", "VPC"),
        ("OrderType", "PayByCenOwner"),
    ];
    b.ok(CBN, "GrantInstanceToTransitRouter", &grant).await;
    a.ok(CBN, "DeleteCen", &[("CenId", cen.as_str())]).await;
    simulator.advance(LONG);
    let query = [
        REGION,
        ("ResourceId", network.as_str()),
        ("ProductType", "VPC"),
    ];
    let seen = b.ok(CBN, "DescribeGrantRulesToResource", &query).await;
    assert_eq!(seen["GrantRules"][0]["CenId"], json!(cen));
    let network = ("VpcId", network.as_str());
    b.ok(VPC, "DeleteVpc", &[REGION, network]).await;
    b.call(CBN, "GrantInstanceToTransitRouter", &grant)
        .await
        .refused("InvalidInstanceId.NotFound");
    simulator.advance(LONG);
    assert_eq!(simulator.alive(), vec![]);
}
