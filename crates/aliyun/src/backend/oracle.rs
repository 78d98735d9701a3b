//! Network Intelligence Service. Its analyses are not kept, so that there is nothing to list and to delete.

use async_trait::async_trait;
use landbridge_core::{
    AnalysisId, AnalysisRecord, AnalysisState, PathOracle, Result, Select, StartAnalysis,
};

use super::AliyunCloud;
use crate::nis;

#[async_trait]
impl PathOracle for AliyunCloud {
    async fn start_analysis(&self, request: &StartAnalysis) -> Result<AnalysisId> {
        let call = nis::analyse(self.region(), request);
        let call = call.map_err(|error| self.locate(error, "CreateAndAnalyzeNetworkPath"))?;
        self.ask(call, nis::read_started).await
    }

    async fn analysis(&self, id: &AnalysisId) -> Result<AnalysisState> {
        let call = nis::get_analysis(self.region(), id);
        self.ask(call, |answer| Ok(nis::read_analysis(answer)))
            .await
    }

    async fn list_analyses(&self, _: &Select<AnalysisId>) -> Result<Vec<AnalysisRecord>> {
        Ok(Vec::new())
    }

    async fn delete_analysis(&self, _: &AnalysisId) -> Result<()> {
        Ok(())
    }
}
