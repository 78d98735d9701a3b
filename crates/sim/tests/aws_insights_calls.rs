//! AWS: the calls of Reachability Analyzer, and what they refuse.

mod support;

use std::time::Duration;

use landbridge_sim::{AccountSpec, AwsTimings, Simulator};
use serde_json::json;
use support::aws::{A, Aws, pair};
use support::insights::{analysed, begin, path, path_with, see};

struct Two {
    simulator: Simulator,
    client: Aws,
    left: String,
    right: String,
}

/// Two instances of one group that lets everything of its members in.
async fn two() -> Two {
    let (simulator, client, _) = pair().await;
    of(simulator, client).await
}

async fn of(simulator: Simulator, client: Aws) -> Two {
    let (vpc, subnet) = client.network("10.0.0.0/16", "10.0.1.0/24").await;
    let group = client.group(&vpc, "probe").await;
    let rule = [
        ("GroupId", group.as_str()),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.Groups.1.GroupId", group.as_str()),
    ];
    client.ok("AuthorizeSecurityGroupIngress", &rule).await;
    let left = client.instance(&subnet, &group, "10.0.1.10").await;
    let right = client.instance(&subnet, &group, "10.0.1.11").await;
    simulator.advance(Duration::from_secs(30));
    Two {
        simulator,
        client,
        left,
        right,
    }
}

impl Two {
    async fn path(&self) -> String {
        path(&self.client, &self.left, &self.right, "22").await
    }
}

#[tokio::test]
async fn a_path_is_made_shown_and_deleted_once() {
    let two = two().await;
    let client = &two.client;
    let wanted = [
        ("Source", two.left.as_str()),
        ("Destination", two.right.as_str()),
        ("Protocol", "tcp"),
        ("FilterAtSource.DestinationAddress", "10.0.1.11"),
        ("FilterAtSource.DestinationPortRange.FromPort", "22"),
        ("FilterAtSource.DestinationPortRange.ToPort", "23"),
        ("ClientToken", "once"),
        ("TagSpecification.1.ResourceType", "network-insights-path"),
        ("TagSpecification.1.Tag.1.Key", "owner"),
        ("TagSpecification.1.Tag.1.Value", "me"),
    ];
    let first = client.ok("CreateNetworkInsightsPath", &wanted).await;
    let id = first.text("networkInsightsPathId");
    assert!(id.starts_with("nip-"), "{id}");
    let again = client.ok("CreateNetworkInsightsPath", &wanted).await;
    assert_eq!(again.text("networkInsightsPathId"), id);
    let mut other = wanted;
    other[2].1 = "udp";
    client
        .ec2("CreateNetworkInsightsPath", &other)
        .await
        .refused("IdempotentParameterMismatch");

    let of_mine = [
        ("Filter.1.Name", "tag:owner"),
        ("Filter.1.Value.1", "me"),
        ("Filter.2.Name", "source"),
        ("Filter.2.Value.1", two.left.as_str()),
    ];
    let shown = client.ok("DescribeNetworkInsightsPaths", &of_mine).await;
    assert_eq!(shown.all("networkInsightsPathId"), [id.as_str()]);
    let filter = "<filterAtSource><destinationAddress>10.0.1.11</destinationAddress><destinationPortRange><fromPort>22</fromPort><toPort>23</toPort></destinationPortRange></filterAtSource>";
    assert!(shown.body.contains(filter), "{}", shown.body);
    let arn = format!("arn:aws:ec2:us-east-1:{A}:instance/{}", two.left);
    assert_eq!(shown.text("sourceArn"), arn);
    let tags = [
        ("Filter.1.Name", "resource-type"),
        ("Filter.1.Value.1", "network-insights-path"),
    ];
    let tags = client.ok("DescribeTags", &tags).await;
    assert_eq!(tags.text("resourceId"), id);

    let named = [("NetworkInsightsPathId", id.as_str())];
    client.ok("DeleteNetworkInsightsPath", &named).await;
    client
        .ec2("DeleteNetworkInsightsPath", &named)
        .await
        .refused("InvalidNetworkInsightsPathId.NotFound");
    let alive = two.simulator.alive();
    assert!(alive.iter().all(|entry| entry.id != id));
}

#[tokio::test]
async fn an_analysis_runs_ends_and_keeps_its_path() {
    let two = two().await;
    let client = &two.client;
    let made = two.path().await;
    let tags = [
        (
            "TagSpecification.1.ResourceType",
            "network-insights-analysis",
        ),
        ("TagSpecification.1.Tag.1.Key", "owner"),
        ("TagSpecification.1.Tag.1.Value", "me"),
    ];
    let analysis = begin(client, &made, &tags).await;
    assert!(analysis.starts_with("nia-"), "{analysis}");
    assert_eq!(
        begin(client, &made, &tags).await,
        analysis,
        "the same token"
    );
    let running = see(client, &analysis).await;
    assert_eq!(running.text("status"), "running");
    assert!(!running.body.contains("networkPathFound"));
    let path = [("NetworkInsightsPathId", made.as_str())];
    client
        .ec2("DeleteNetworkInsightsPath", &path)
        .await
        .refused("AnalysisExistsForNetworkInsightsPath");

    two.simulator.advance(Duration::from_secs(30));
    let ended = see(client, &analysis).await;
    assert_eq!(ended.text("status"), "succeeded");
    assert_eq!(ended.text("networkPathFound"), "true");
    for (name, value, expected) in [
        ("path-found", "true", 1),
        ("path-found", "false", 0),
        ("status", "succeeded", 1),
        ("status", "running", 0),
        ("tag:owner", "me", 1),
    ] {
        let filter = [("Filter.1.Name", name), ("Filter.1.Value.1", value)];
        let shown = client.ok("DescribeNetworkInsightsAnalyses", &filter).await;
        let shown = shown.all("networkInsightsAnalysisId");
        assert_eq!(shown.len(), expected, "{name} {value}");
    }
    let of_path = client.ok("DescribeNetworkInsightsAnalyses", &path).await;
    assert_eq!(of_path.text("networkInsightsAnalysisId"), analysis);

    let named = [("NetworkInsightsAnalysisId", analysis.as_str())];
    client.ok("DeleteNetworkInsightsAnalysis", &named).await;
    client
        .ec2("DeleteNetworkInsightsAnalysis", &named)
        .await
        .refused("InvalidNetworkInsightsAnalysisId.NotFound");
    client.ok("DeleteNetworkInsightsPath", &path).await;
}

#[tokio::test]
async fn lists_come_in_pages() {
    let two = two().await;
    let client = &two.client;
    for port in ["22", "80", "443"] {
        let made = path(client, &two.left, &two.right, port).await;
        begin(client, &made, &[]).await;
    }
    for (action, id) in [
        ("DescribeNetworkInsightsPaths", "networkInsightsPathId"),
        (
            "DescribeNetworkInsightsAnalyses",
            "networkInsightsAnalysisId",
        ),
    ] {
        let first = client.ok(action, &[("MaxResults", "2")]).await;
        assert_eq!(first.all(id).len(), 2, "{action}");
        let token = first.text("nextToken");
        let next = [("MaxResults", "2"), ("NextToken", token.as_str())];
        let last = client.ok(action, &next).await;
        assert_eq!(last.all(id).len(), 1, "{action}");
        assert_eq!(last.text("nextToken"), "");
        client
            .ec2(action, &[("MaxResults", "101")])
            .await
            .refused("InvalidParameterValue");
    }
}

#[tokio::test]
async fn analyses_vanish_after_a_while_and_paths_stay() {
    let two = two().await;
    let made = two.path().await;
    let analysis = begin(&two.client, &made, &[]).await;
    let days = |days: u64| Duration::from_secs(days * 24 * 3600);
    two.simulator.advance(days(119));
    let shown = see(&two.client, &analysis).await;
    assert_eq!(shown.text("status"), "succeeded");
    two.simulator.advance(days(1));
    two.client
        .ec2(
            "DescribeNetworkInsightsAnalyses",
            &[("NetworkInsightsAnalysisId.1", &analysis)],
        )
        .await
        .refused("InvalidNetworkInsightsAnalysisId.NotFound");
    let path = [("NetworkInsightsPathId.1", made.as_str())];
    two.client.ok("DescribeNetworkInsightsPaths", &path).await;
}

#[tokio::test]
async fn paths_that_make_no_sense_are_refused() {
    let two = two().await;
    let (left, right) = (two.left.as_str(), two.right.as_str());
    let base = [
        ("Source", left),
        ("Destination", right),
        ("Protocol", "tcp"),
        ("ClientToken", "token"),
    ];
    for (name, value, code) in [
        ("Source", "", "MissingParameter"),
        ("Source", "subnet-1", "InvalidParameterValue"),
        ("Destination", "", "MissingParameter"),
        ("Destination", "10.0.1.11", "InvalidParameterValue"),
        (
            "Destination",
            "arn:aws:s3:::bucket",
            "InvalidParameterValue",
        ),
        ("Protocol", "icmp", "InvalidParameterValue"),
        ("Protocol", "", "MissingParameter"),
        ("ClientToken", "", "MissingParameter"),
        ("DestinationPort", "65536", "InvalidParameterValue"),
        ("SourceIp", "2001:db8::1", "InvalidParameterValue"),
        (
            "FilterAtSource.SourcePortRange.FromPort",
            "22",
            "InvalidParameterValue",
        ),
    ] {
        let mut wanted: Vec<_> = base.into_iter().filter(|(own, _)| *own != name).collect();
        wanted.extend((!value.is_empty()).then_some((name, value)));
        let refused = two.client.ec2("CreateNetworkInsightsPath", &wanted).await;
        assert_eq!(
            refused.text("Code"),
            code,
            "{name} {value}: {}",
            refused.body
        );
    }
    let mut both = base.to_vec();
    both.push(("DestinationPort", "22"));
    both.push(("FilterAtSource.SourceAddress", "10.0.1.10"));
    two.client
        .ec2("CreateNetworkInsightsPath", &both)
        .await
        .refused("InvalidParameterCombination");

    let unknown = [
        ("NetworkInsightsPathId", "nip-0123456789abcdef0"),
        ("ClientToken", "token"),
    ];
    two.client
        .ec2("StartNetworkInsightsAnalysis", &unknown)
        .await
        .refused("InvalidNetworkInsightsPathId.NotFound");
    let made = two.path().await;
    let two_filters = [
        ("NetworkInsightsPathId", made.as_str()),
        ("ClientToken", "token"),
        ("FilterInArn.1", "arn:aws:ec2:us-east-1:1:vpc/a"),
        ("FilterInArn.2", "arn:aws:ec2:us-east-1:1:vpc/b"),
    ];
    two.client
        .ec2("StartNetworkInsightsAnalysis", &two_filters)
        .await
        .refused("InvalidParameterValue");
}

#[tokio::test]
async fn accounts_have_so_many_paths_and_analyses() {
    let simulator = Simulator::builder()
        .aws_timings(AwsTimings::default())
        .aws_throttling(false)
        .start()
        .await
        .expect("a loopback port");
    let spec = AccountSpec::new("aws", A)
        .quota("network_insights_paths", 3)
        .quota("network_insights_analyses", 3)
        .quota("concurrent_network_insights_analyses", 2);
    let keys = simulator.provision(spec);
    let client = Aws::new(&simulator, &keys, "us-east-1");
    let two = of(simulator, client).await;
    let (client, mut paths) = (&two.client, Vec::new());
    for port in ["1", "2", "3"] {
        paths.push(path(client, &two.left, &two.right, port).await);
    }
    let one_more = [
        ("Source", two.left.as_str()),
        ("Destination", two.right.as_str()),
        ("Protocol", "udp"),
        ("ClientToken", "one more"),
    ];
    client
        .ec2("CreateNetworkInsightsPath", &one_more)
        .await
        .refused("ResourceLimitExceeded");

    begin(client, &paths[0], &[]).await;
    begin(client, &paths[1], &[]).await;
    let third = [
        ("NetworkInsightsPathId", paths[2].as_str()),
        ("ClientToken", "third"),
    ];
    let too_many = "ResourceLimitExceeded";
    let start = "StartNetworkInsightsAnalysis";
    client.ec2(start, &third).await.refused(too_many);
    two.simulator.advance(Duration::from_secs(30));
    client.ok(start, &third).await;
    two.simulator.advance(Duration::from_secs(30));
    let fourth = [third[0], ("ClientToken", "fourth")];
    client.ec2(start, &fourth).await.refused(too_many);
}

/// A user of the account who may take these actions.
fn user(two: &Two, actions: &[&str]) -> Aws {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": "*"}]});
    let spec = AccountSpec::new("aws", A)
        .name("carol")
        .policy(policy.to_string());
    Aws::new(&two.simulator, &two.simulator.provision(spec), "us-east-1")
}

const CALLS: [&str; 4] = [
    "ec2:CreateNetworkInsightsPath",
    "ec2:StartNetworkInsightsAnalysis",
    "ec2:DescribeNetworkInsights*",
    "ec2:DeleteNetworkInsights*",
];

#[tokio::test]
async fn the_analyser_reads_in_the_name_of_its_caller() {
    let two = two().await;
    let mut may = CALLS.to_vec();
    let carol = user(&two, &may);
    let made = path(&carol, &two.left, &two.right, "22").await;
    let ended = analysed(&two.simulator, &carol, &made).await;
    assert_eq!(ended.text("status"), "failed");
    let message = ended.text("statusMessage");
    assert!(message.contains("insufficient permissions"), "{message}");

    may.extend(["ec2:Describe*", "tiros:*"]);
    let carol = user(&two, &may);
    let ended = analysed(&two.simulator, &carol, &made).await;
    assert_eq!(ended.text("status"), "succeeded");

    let carol = user(&two, &["ec2:Describe*", "tiros:*"]);
    for (action, parameter) in [
        ("StartNetworkInsightsAnalysis", "NetworkInsightsPathId"),
        ("DeleteNetworkInsightsPath", "NetworkInsightsPathId"),
    ] {
        let wanted = [(parameter, made.as_str()), ("ClientToken", "token")];
        let refused = carol.ec2(action, &wanted).await;
        refused.refused("UnauthorizedOperation");
    }
}

#[tokio::test]
async fn policies_look_at_the_tags_of_a_path() {
    let two = two().await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "ec2:DeleteNetworkInsightsPath",
         "Resource": format!("arn:aws:ec2:us-east-1:{A}:network-insights-path/*"),
         "Condition": {"StringEquals": {"aws:ResourceTag/owner": "me"}}}]});
    let spec = AccountSpec::new("aws", A)
        .name("dave")
        .policy(policy.to_string());
    let dave = Aws::new(&two.simulator, &two.simulator.provision(spec), "us-east-1");
    let made = two.path().await;
    let named = [("NetworkInsightsPathId", made.as_str())];
    dave.ec2("DeleteNetworkInsightsPath", &named)
        .await
        .refused("UnauthorizedOperation");
    let tag = [
        ("ResourceId.1", made.as_str()),
        ("Tag.1.Key", "owner"),
        ("Tag.1.Value", "me"),
    ];
    two.client.ok("CreateTags", &tag).await;
    dave.ok("DeleteNetworkInsightsPath", &named).await;
}

#[tokio::test]
async fn other_accounts_do_not_help_without_an_organization() {
    let two = two().await;
    let made = two.path().await;
    let with = [("AdditionalAccount.1", "444455556666")];
    let analysis = begin(&two.client, &made, &with).await;
    two.simulator.advance(Duration::from_secs(30));
    assert_eq!(see(&two.client, &analysis).await.text("status"), "failed");
}

#[tokio::test]
async fn paths_belong_to_one_account_and_one_region() {
    let (simulator, client, other) = pair().await;
    let two = of(simulator, client).await;
    let wanted = [("DestinationPort", "22"), ("ClientToken", "mine")];
    let made = path_with(&two.client, &two.left, &two.right, &wanted).await;
    let named = [("NetworkInsightsPathId", made.as_str())];
    for stranger in [other, two.client.in_region("eu-west-1")] {
        stranger
            .ec2("DeleteNetworkInsightsPath", &named)
            .await
            .refused("InvalidNetworkInsightsPathId.NotFound");
        let all = stranger.ok("DescribeNetworkInsightsPaths", &[]).await;
        assert_eq!(all.text("networkInsightsPathId"), "");
    }
}
