use landbridge_core::cost::{Item, PriceQuestion, PriceQuote, not_asked};
use landbridge_core::{Place, Result};

use super::AliyunProvider;
use crate::document::Doc;
use crate::ecs;

impl AliyunProvider {
    /// Asks for the price of an instance or of its disk. ECS tells both; the price interface of the other products
    /// (BssOpenApi) is asked with product codes that are not known for certain.
    pub(super) async fn quote(&self, question: &PriceQuestion) -> Result<PriceQuote> {
        let PriceQuestion { region, disk, .. } = question;
        let place = Place::new(
            question.cloud.clone(),
            question.account.clone(),
            region.clone(),
        );
        let kind = match (question.item, &question.instance_type) {
            (Item::Instance | Item::Disk, Some(kind)) => kind,
            (Item::Network | Item::Peering | Item::LocalTransfer, _) => {
                return Err(not_asked("VPC has no price interface"));
            }
            _ => {
                return Err(not_asked(
                    "the product code in the price interface (BssOpenApi) is not verified",
                ));
            }
        };
        let cloud = self.place(&place)?;
        let request = ecs::describe_price(region, kind, disk.as_ref());
        match (question.item, disk) {
            (Item::Disk, Some(disk)) => {
                let read = |answer: Doc<'_>| ecs::read_disk_price(answer, disk);
                cloud.ask(request, read).await
            }
            _ => {
                let read = |answer: Doc<'_>| ecs::read_instance_price(answer, kind);
                cloud.ask(request, read).await
            }
        }
    }
}
