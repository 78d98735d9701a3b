//! Asking the vendors what a topology is charged for.

use futures_util::stream::StreamExt;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Engine;
use crate::cost::{PriceDate, PriceQuestion, PriceQuote, Refresh, not_asked, price_questions};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::Place;
use crate::topology::{Holder, Topology};

impl Engine {
    /// Asks the vendors for the prices of what a topology is charged for, with the keys of the accounts that pay. It reads
    /// nothing else, and writes nothing. What was not told is [in the outcome](Refresh::not_refreshed), with the reason.
    ///
    /// # Errors
    /// [`Cancelled`](ErrorKind::Cancelled), when the engine is.
    pub async fn refresh_prices(&self, topology: &Topology) -> Result<Refresh> {
        let questions = price_questions(topology, &self.capabilities());
        let asked: Vec<_> = questions
            .into_iter()
            .map(|question| async move {
                let answer = self.price(topology, &question).await;
                (question, answer)
            })
            .collect();
        let answers = self.within_limits(self.side_by_side(asked).collect::<Vec<_>>());
        let answers = answers.await;
        let is_cancelled = |answer: &Result<PriceQuote>| {
            let error = answer.as_ref().err();
            error.is_some_and(|error| error.kind() == ErrorKind::Cancelled)
        };
        if answers.iter().any(|(_, answer)| is_cancelled(answer)) {
            return Err(Error::new(
                ErrorKind::Cancelled,
                "cancelled while prices were asked",
            ));
        }
        Ok(Refresh::new(answers, self.today()))
    }

    async fn price(&self, topology: &Topology, question: &PriceQuestion) -> Result<PriceQuote> {
        let PriceQuestion { cloud, account, .. } = question;
        let mut accounts = topology.accounts.iter();
        let declared = accounts.find(|one| one.id == *account && one.cloud == *cloud);
        if declared.is_some_and(|one| one.held_by == Holder::Other) {
            let why = format!("another party holds account {account}, which pays for it");
            return Err(not_asked(why));
        }
        let place = Place::new(cloud.clone(), account.clone(), question.region.clone());
        let caller = self.cloud(&place).await?.caller_identity().await?;
        if !account.is_unknown() && caller.account != *account {
            let message = format!("the keys of account {account} belong to {}", caller.account);
            return Err(Error::new(ErrorKind::Unauthenticated, message)
                .with_remedy(format!("use keys of account {account}")));
        }
        match self.providers.get(cloud) {
            Some(provider) => provider.describe_price(question).await,
            None => Err(not_asked(format!(
                "there is no backend for cloud `{cloud}`"
            ))),
        }
    }

    fn today(&self) -> PriceDate {
        let now = Timestamp::try_from(self.clock.now()).unwrap_or_default();
        PriceDate::day(now.to_zoned(TimeZone::UTC).date())
    }
}
