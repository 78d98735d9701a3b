//! Answers that are cut into pages, or of no shape that was agreed on: written by hand.

use landbridge_core::{
    CreateNetwork, ErrorKind, FirewallRule, Network, PrefixList, RulePeer, Select, Trust,
};

use super::stage::{A, HERE, Stage, label};

#[tokio::test]
async fn lists_are_read_to_their_end() {
    let stage = Stage::written("paging").await;
    let cloud = stage.cloud(A, HERE);
    let networks = cloud.list_networks(&Select::All).await.expect("lists");
    let ids: Vec<_> = networks.iter().map(|network| network.id.as_str()).collect();
    assert_eq!(ids, ["vpc-1", "vpc-2"]);
    let error = cloud
        .list_subnets(&Select::All)
        .await
        .expect_err("runs in a circle");
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Malformed, Some("DescribeSubnets"))
    );
    let role = cloud
        .describe_trust("peer")
        .await
        .expect("asked")
        .expect("a role");
    let policies: Vec<_> = role.policies.keys().map(String::as_str).collect();
    assert_eq!(policies, ["one", "two"]);
    let rules = cloud.list_rules(&"sg-1".into()).await.expect("lists");
    let ranges = ["10.1.0.0/16", "10.2.0.0/16"].map(|text| text.parse().expect("a CIDR block"));
    let list = PrefixList::new("pl-1").with_ranges(Some(ranges.to_vec()));
    assert_eq!(rules[0].rule.peer, RulePeer::PrefixList(list));
    stage.end();
}

#[tokio::test]
async fn no_shape_of_an_answer_is_taken_for_what_it_is_not() {
    let stage = Stage::written("shapes").await;
    let cloud = stage.cloud(A, HERE);
    let error = cloud.list_networks(&Select::All).await;
    let error = error.expect_err("no list is not an empty one");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(error.message().contains("vpcSet"), "{error}");
    let known = cloud
        .list_networks(&Select::All)
        .await
        .expect("new fields do no harm");
    assert_eq!((known.len(), known[0].id.as_str()), (1, "vpc-1"));
    let nameless = cloud.list_networks(&Select::All).await;
    let nameless = nameless.expect("a network without an id is left out");
    assert_eq!(nameless, []);
    for (kind, what) in [
        (ErrorKind::Malformed, "a text that is torn inside a list"),
        (ErrorKind::Malformed, "a torn text"),
        (ErrorKind::Malformed, "JSON"),
        (ErrorKind::Malformed, "nothing"),
        (ErrorKind::PermissionDenied, "a proxy's refusal"),
        (ErrorKind::Refused, "a proxy without a password"),
        (ErrorKind::Refused, "a torn refusal"),
    ] {
        let error = cloud.list_networks(&Select::All).await.expect_err(what);
        assert_eq!(error.kind(), kind, "{what}: {error}");
    }
    let range = "10.1.0.0/16".parse().expect("a range");
    let request = CreateNetwork::new(label("n", "network/n"), range);
    let error = cloud.create_network(&request).await.expect_err("torn");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    let error = cloud
        .create_network(&request)
        .await
        .expect_err("holds nothing");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    stage.end();
}
