//! Path analyses. A verification starts them, outside of any plan, and deletes what they leave behind; what was left all the
//! same is deleted by a step.

use super::prelude::*;
use crate::ids::AnalysisId;
use crate::traits::{AnalysisRecord, StartAnalysis};

#[async_trait]
impl Listed for AnalysisRecord {
    const KIND: Kind = Kind::Analysis;
    type Query = Select<AnalysisId>;

    async fn list(cloud: &dyn Cloud, query: &Self::Query) -> Result<Vec<Self>> {
        cloud.list_analyses(query).await
    }
}

#[async_trait]
impl Record for AnalysisRecord {
    fields!(AnalysisId);

    fn query(select: Select<AnalysisId>) -> Self::Query {
        select
    }

    fn of(inventory: &Inventory) -> &[Self] {
        &inventory.analyses
    }

    async fn delete(&self, cloud: &dyn Cloud) -> Result<()> {
        Self::delete_id(cloud, &self.id).await
    }
}

#[async_trait]
impl DeletedById for AnalysisRecord {
    async fn delete_id(cloud: &dyn Cloud, id: &AnalysisId) -> Result<()> {
        cloud.delete_analysis(id).await
    }
}

/// Starts an analysis.
pub(crate) async fn start(cloud: &dyn Cloud, request: &StartAnalysis) -> Result<AnalysisId> {
    cloud.start_analysis(request).await
}
