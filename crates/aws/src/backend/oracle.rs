//! Reachability Analyzer. A path is what is kept, tagged and deleted; its analysis hangs on it.

use async_trait::async_trait;
use aws_sdk_ec2::types::NetworkInsightsAnalysis;
use landbridge_core::{
    AnalysisId, AnalysisRecord, AnalysisState, ErrorKind, Inventory, NotRead, Owner, PathOracle,
    Phase, Result, Scope, Select, StartAnalysis, Status, TAG_TOPOLOGY,
};

use super::describe::DESCRIBE_PATHS;
use super::{AwsCloud, absent_is_done, selected};
use crate::client::{Operation, list, page, repeatable};
use crate::ec2::insights::{INSIGHTS_PAGE, analysis, path, read_analysis, read_path};
use crate::ec2::{by_topology, filter};

// The client tokens make a second request the first one.
const CREATE_PATH: Operation = repeatable("CreateNetworkInsightsPath");
const START: Operation = repeatable("StartNetworkInsightsAnalysis");
const DELETE_ANALYSIS: Operation = repeatable("DeleteNetworkInsightsAnalysis");
const DELETE_PATH: Operation = repeatable("DeleteNetworkInsightsPath");
const DESCRIBE_ANALYSES: Operation = list("DescribeNetworkInsightsAnalyses");

/// A new analysis may be missing from lists while its path is deleted: the list is then read again so often.
const DELETIONS: usize = 3;

impl AwsCloud {
    async fn create_path(&self, request: &StartAnalysis) -> Result<AnalysisId> {
        let input = path(request);
        let input = input.map_err(|error| self.client.locate(error, CREATE_PATH))?;
        let send = || input.clone().send_with(self.client.ec2());
        let answer = self.client.call(CREATE_PATH, send).await?;
        let path = self.read_one(CREATE_PATH, answer.network_insights_path, read_path)?;
        Ok(path.id)
    }

    async fn analyses_of(&self, path: &AnalysisId) -> Result<Vec<NetworkInsightsAnalysis>> {
        let call = self.client.ec2().describe_network_insights_analyses();
        let call = call
            .network_insights_path_id(path.as_str())
            .max_results(INSIGHTS_PAGE);
        let send = |token| {
            let call = call.clone().set_next_token(token);
            async {
                call.send()
                    .await
                    .map(|answer| page(answer.network_insights_analyses, answer.next_token))
            }
        };
        self.client.pages(DESCRIBE_ANALYSES, send).await
    }

    async fn delete_analyses_of(&self, path: &AnalysisId) -> Result<()> {
        let analyses = match self.analyses_of(path).await {
            Err(error) if error.is_not_found() => return Ok(()),
            analyses => analyses?,
        };
        for id in analyses
            .iter()
            .filter_map(|one| one.network_insights_analysis_id())
        {
            let call = self.client.ec2().delete_network_insights_analysis();
            let call = call.network_insights_analysis_id(id);
            let answer = self.client.call(DELETE_ANALYSIS, || call.clone().send());
            absent_is_done(answer.await.map(drop))?;
        }
        Ok(())
    }

    async fn delete_path(&self, path: &AnalysisId) -> Result<()> {
        let call = self.client.ec2().delete_network_insights_path();
        let call = call.network_insights_path_id(path.as_str());
        let answer = self.client.call(DELETE_PATH, || call.clone().send());
        absent_is_done(answer.await.map(drop))
    }

    /// Adds the paths that the topology's verifications left, which their tags tell: no permission of the analyser is needed.
    /// Who may not read tags is told that nothing is known of them.
    pub(super) async fn with_paths(
        &self,
        inventory: Inventory,
        scope: &Scope,
    ) -> Result<Inventory> {
        match self.tagged_paths(&scope.topology).await {
            Ok(paths) => Ok(inventory.with_analyses(paths)),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                let gap = NotRead::new(
                    self.own_place().clone(),
                    "paths of Reachability Analyzer",
                    &error,
                );
                let gaps = inventory.not_read.iter().cloned().chain([gap]).collect();
                Ok(inventory.with_not_read(gaps))
            }
            Err(error) => Err(error),
        }
    }

    async fn tagged_paths(&self, topology: &str) -> Result<Vec<AnalysisRecord>> {
        let filters = vec![
            filter("resource-type", ["network-insights-path"]),
            filter("key", [TAG_TOPOLOGY]),
            filter("value", [topology]),
        ];
        let tags = self.tags(vec![filters]).await?;
        // True even where filters are ignored, as some emulators do.
        let paths = tags.iter().filter(|tag| {
            let kind = tag.resource_type().map(|kind| kind.as_str());
            kind == Some("network-insights-path")
                && tag.key() == Some(TAG_TOPOLOGY)
                && tag.value() == Some(topology)
        });
        let record = |id: &str| {
            let owner = Owner::new(topology, format!("analysis/{id}"));
            AnalysisRecord::new(id.into(), Status::new(Phase::Ready, "available")).with_owner(owner)
        };
        Ok(paths
            .filter_map(|tag| tag.resource_id().map(record))
            .collect())
    }
}

#[async_trait]
impl PathOracle for AwsCloud {
    async fn start_analysis(&self, request: &StartAnalysis) -> Result<AnalysisId> {
        let id = self.create_path(request).await?;
        let input = analysis(&id, request);
        let send = || input.clone().send_with(self.client.ec2());
        match self.client.call(START, send).await {
            Ok(_) => Ok(id),
            Err(error) => {
                // A path without an analysis would stay for ever. What cannot be deleted carries the name that was asked for.
                let _ = self.delete_analysis(&id).await;
                Err(error)
            }
        }
    }

    async fn analysis(&self, id: &AnalysisId) -> Result<AnalysisState> {
        let analyses = self.analyses_of(id).await?;
        let waiting = || AnalysisState::Running("not listed".to_owned());
        Ok(analyses.first().map_or_else(waiting, read_analysis))
    }

    async fn list_analyses(&self, select: &Select<AnalysisId>) -> Result<Vec<AnalysisRecord>> {
        let filters = match select {
            Select::Topology(topology) => vec![by_topology(topology)],
            _ => Vec::new(),
        };
        let paths = self.insights_paths(vec![filters]).await?;
        let paths = self.read_listed(DESCRIBE_PATHS, &paths, read_path)?;
        Ok(selected(
            select,
            paths,
            |one| &one.id,
            |one| one.owner.as_ref(),
        ))
    }

    async fn delete_analysis(&self, id: &AnalysisId) -> Result<()> {
        for _ in 1..DELETIONS {
            self.delete_analyses_of(id).await?;
            match self.delete_path(id).await {
                Err(error) if error.kind() == ErrorKind::InUse => {}
                other => return other,
            }
        }
        self.delete_analyses_of(id).await?;
        self.delete_path(id).await
    }
}
