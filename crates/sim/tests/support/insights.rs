//! Paths of Reachability Analyzer and what analyses say of them.

use std::time::Duration;

use landbridge_sim::Simulator;

use super::aws::{Aws, Xml};

pub const TOKEN: (&str, &str) = ("ClientToken", "token");

/// A path over TCP to a port; its ID.
pub async fn path(client: &Aws, source: &str, destination: &str, port: &str) -> String {
    let wanted = [("DestinationPort", port)];
    path_with(client, source, destination, &wanted).await
}

pub async fn path_with(
    client: &Aws,
    source: &str,
    destination: &str,
    more: &[(&str, &str)],
) -> String {
    let token = format!("{source} {destination} {more:?}");
    let token: String = token.chars().filter(char::is_ascii_alphanumeric).collect();
    let token = &token[token.len().saturating_sub(60)..];
    let mut wanted = vec![
        ("Source", source),
        ("Destination", destination),
        ("Protocol", "tcp"),
        ("ClientToken", token),
    ];
    wanted.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    wanted.extend(more);
    wanted.retain(|(_, value)| !value.is_empty());
    let made = client.ok("CreateNetworkInsightsPath", &wanted).await;
    made.text("networkInsightsPathId")
}

/// Starts an analysis; its ID.
pub async fn begin(client: &Aws, path: &str, more: &[(&str, &str)]) -> String {
    let token = format!("{path}{}", more.len());
    let mut wanted = vec![
        ("NetworkInsightsPathId", path),
        ("ClientToken", token.as_str()),
    ];
    wanted.extend(more);
    let started = client.ok("StartNetworkInsightsAnalysis", &wanted).await;
    assert_eq!(started.text("status"), "running");
    started.text("networkInsightsAnalysisId")
}

pub async fn see(client: &Aws, analysis: &str) -> Xml {
    let wanted = [("NetworkInsightsAnalysisId.1", analysis)];
    client.ok("DescribeNetworkInsightsAnalyses", &wanted).await
}

/// Analyses a path and waits for the end.
pub async fn analysed(simulator: &Simulator, client: &Aws, path: &str) -> Xml {
    let analysis = begin(client, path, &[]).await;
    simulator.advance(Duration::from_secs(30));
    let ended = see(client, &analysis).await;
    let forget = [("NetworkInsightsAnalysisId", analysis.as_str())];
    client.ok("DeleteNetworkInsightsAnalysis", &forget).await;
    // Another one begins with the same token.
    simulator.advance(Duration::from_secs(24 * 3600));
    ended
}

/// The codes of what blocks a TCP port, of an analysis that ended well.
pub async fn codes(
    simulator: &Simulator,
    client: &Aws,
    source: &str,
    destination: &str,
    port: &str,
) -> Vec<String> {
    let path = path(client, source, destination, port).await;
    let ended = analysed(simulator, client, &path).await;
    assert_eq!(ended.text("status"), "succeeded", "{}", ended.body);
    let codes = ended.all("explanationCode");
    let is_found = ended.text("networkPathFound");
    assert_eq!(is_found == "true", codes.is_empty(), "{}", ended.body);
    codes
}
