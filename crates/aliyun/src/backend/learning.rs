//! Associations and propagations: found again by attachment and table, so every verb settles doubt by reading back.

use landbridge_core::{
    ErrorKind, Learning, LearningKind, LearningRecord, Phase, Result, RouteTableId,
};

use super::{AliyunCloud, absent_is_done};
use crate::cbn;
use crate::document::Doc;

impl AliyunCloud {
    pub(super) async fn start_learning(&self, learning: &Learning) -> Result<()> {
        let Err(error) = self.tell(cbn::enable(self.region(), learning)).await else {
            return Ok(());
        };
        let doubtful = is_doubtful(error.kind()) || error.kind() == ErrorKind::AlreadyExists;
        match doubtful && self.learns(learning).await?.is_some_and(stays) {
            true => Ok(()),
            false => Err(error),
        }
    }

    pub(super) async fn stop_learning(&self, learning: &Learning) -> Result<()> {
        let result = absent_is_done(self.tell(cbn::disable(self.region(), learning)).await);
        let Err(error) = result else {
            return Ok(());
        };
        match is_doubtful(error.kind()) && !self.learns(learning).await?.is_some_and(stays) {
            true => Ok(()),
            false => Err(error),
        }
    }

    pub(super) async fn learning(&self, table: &RouteTableId) -> Result<Vec<LearningRecord>> {
        let (mut all, propagations) = tokio::try_join!(
            self.learning_of_kind(LearningKind::Association, table),
            self.learning_of_kind(LearningKind::Propagation, table),
        )?;
        all.extend(propagations);
        Ok(all)
    }

    async fn learning_of_kind(
        &self,
        kind: LearningKind,
        table: &RouteTableId,
    ) -> Result<Vec<LearningRecord>> {
        let listing = cbn::learning_of(kind, self.region(), table);
        let read = |doc: Doc<'_>| cbn::read_learning(kind, table, doc);
        self.look_up_within(Some(table.as_str()), listing, read)
            .await
    }

    async fn learns(&self, learning: &Learning) -> Result<Option<LearningRecord>> {
        let records = self
            .learning_of_kind(learning.kind, &learning.table)
            .await?;
        Ok(records
            .into_iter()
            .find(|record| record.learning == *learning))
    }
}

fn stays(record: LearningRecord) -> bool {
    record.status.phase != Phase::Deleting
}

// What the cloud answers to "enable what is enabled" is not documented: any refusal that is not about the caller may
// mean it.
fn is_doubtful(kind: ErrorKind) -> bool {
    use ErrorKind::{Busy, InUse, InvalidInput, OutcomeUnknown, Refused};
    matches!(kind, Busy | InUse | InvalidInput | OutcomeUnknown | Refused)
}
