use landbridge_core::cost::{PriceQuestion, PriceQuote};
use landbridge_core::{Place, Result};

use super::AwsProvider;
use crate::client::GET_PRODUCTS;
use crate::pricing::{Wanted, quote};

impl AwsProvider {
    /// Asks the price list for the one product that the question is about.
    pub(super) async fn quote(&self, question: &PriceQuestion) -> Result<PriceQuote> {
        let wanted = Wanted::of(question)?;
        let place = Place::new(
            question.cloud.clone(),
            question.account.clone(),
            question.region.clone(),
        );
        let cloud = self.place(&place)?;
        let products = cloud.client.products(&wanted).await?;
        quote(&wanted, &products).map_err(|error| cloud.client.locate(error, GET_PRODUCTS))
    }
}
