//! Acceptances: the answer of the other owner of a peering.

use futures_util::future::join_all;

use super::peering::between_networks;
use super::prelude::*;
use crate::error::{Error, ErrorKind};
use crate::ids::{PeeringId, Place, Region};
use crate::plan::EndpointRef;
use crate::retry::Look;
use crate::traits::{PeeringRecord, Phase};

/// Accepts a peering.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Accept {
    /// The peering.
    pub peering: Ref,
    /// The side that must have asked; the request of any other is refused.
    pub requester: EndpointRef,
}

impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "accept {} of {}", self.peering, self.requester)
    }
}

impl Accept {
    // A request is accepted only once it is seen, and only if it is the one that the plan knows of: any account can ask
    // another to peer.
    async fn check(&self, site: &Site<'_>, id: &PeeringId) -> Result<()> {
        let requester = site.endpoint(&self.requester)?;
        let peerings = site.recent::<PeeringRecord>(&between_networks()).await?;
        let Some(peering) = peerings.with_id(id.as_str()) else {
            return Err(self.invisible(site, id).await?);
        };
        let asked = (peering.requester.account(), peering.requester.id());
        if asked != (requester.account(), requester.id()) {
            let message = format!("{id} was requested by {} of account {}", asked.1, asked.0);
            return Err(Error::new(ErrorKind::PermissionDenied, message)
                .with_remedy("reject the request if you do not expect it, then run again"));
        }
        let kind = match peering.status.phase {
            Phase::Pending => ErrorKind::Busy,
            Phase::Failed => ErrorKind::Failed,
            _ => return Ok(()),
        };
        Err(Error::new(kind, format!("{id} is {}", peering.status)))
    }

    // The accepter may learn late of a request. One that its requester does not see any more is gone.
    async fn invisible(&self, site: &Site<'_>, id: &PeeringId) -> Result<Error> {
        if site.is_old()
            && let Some(far) = self.far(site)?.filter(|far| site.knows(far))
        {
            let query = between_networks();
            let peerings = site.recent_in::<PeeringRecord>(&far, &query).await?;
            if peerings.with_id(id.as_str()).is_none() {
                let gone = Error::new(ErrorKind::Failed, format!("the request {id} is gone again"));
                return Ok(
                    gone.with_remedy("find out which program or person deletes it, then run again")
                );
            }
        }
        let message = format!("{id} is not visible to its accepter yet");
        Ok(Error::new(ErrorKind::Busy, message))
    }

    // The place of the requester.
    fn far(&self, site: &Site<'_>) -> Result<Option<Place>> {
        let here = site.place();
        let far = site.endpoint(&self.requester)?;
        let place =
            |region: &Region| Place::new(here.cloud.clone(), far.account().clone(), region.clone());
        Ok(far.region().map(place))
    }
}

#[async_trait]
impl Action for Accept {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Acceptance)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let id = PeeringId::new(site.resolve(&self.peering)?);
        self.check(site, &id).await?;
        let cloud = site.writing().await?;
        cloud.accept_peering(&id).await?;
        Ok(None)
    }

    // A peering is there once both sides say so: each side's routes lead nowhere until its own region knows.
    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let id = site.resolve(&self.peering)?;
        let far = self.far(site)?;
        let places = [site.place()].into_iter().chain(&far);
        let query = between_networks();
        let lists = places
            .filter(|place| site.knows(place))
            .map(|place| site.list_in::<PeeringRecord>(place, &query));
        let mut seen = Seen::Absent;
        for peerings in join_all(lists).await {
            seen = Seen::record(peerings?.with_id(&id));
            if !matches!(seen, Seen::Now(Look::Ready(()))) {
                break;
            }
        }
        Ok(seen)
    }
}
