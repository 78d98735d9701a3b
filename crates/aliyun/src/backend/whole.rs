//! Lists of a whole place, for runs that share them: read once for all topologies, each of which takes its own items.
//!
//! What is asked for names no topology. Where a run alone asks for its own tag with its value, those that share ask for what
//! has the tag with any value.

use std::sync::Arc;

use landbridge_core::backend::SharedList;
use landbridge_core::{Result, TAG_TOPOLOGY};

use super::AliyunCloud;
use crate::document::{Doc, Document};
use crate::paging::Listing;
use crate::request::Request;

/// A list of all topologies, and whose part of it is wanted.
pub(super) struct Whole {
    pages: Arc<Vec<Document>>,
    path: &'static [&'static str],
    topology: Option<String>,
}

impl Whole {
    /// Reads the items that the narrow list would have had.
    pub(super) fn read<T>(&self, item: impl Fn(Doc<'_>) -> Result<T>) -> Result<Vec<T>> {
        let items = self.pages.iter();
        let items = items.flat_map(|page| page.root().list_or_none(self.path));
        items.filter(|doc| self.has(*doc)).map(item).collect()
    }

    fn has(&self, doc: Doc<'_>) -> bool {
        let topology = self.topology.as_deref();
        topology.is_none_or(|topology| doc.has_tag(TAG_TOPOLOGY, topology))
    }
}

impl AliyunCloud {
    /// The list of the whole place of which `listing` asks for a part, if the present run shares such lists. What is asked of one
    /// object is not shared.
    pub(super) async fn whole(&self, listing: &Listing) -> Result<Option<Whole>> {
        let wide = SharedList::are_shared().then(|| listing.wide());
        let Some(wide) = wide.flatten() else {
            return Ok(None);
        };
        let Some(list) = self.shared(&wide.request) else {
            return Ok(None);
        };
        let action = wide.request.action().to_owned();
        let read = async {
            let (pages, items) = wide.documents(&self.client).await?;
            Ok((pages, items))
        };
        let pages = list.get(read).await;
        let pages = pages.map_err(|error| self.locate(error, &action))?;
        Ok(pages.map(|pages| Whole {
            pages,
            path: listing.path,
            topology: listing.topology().map(str::to_owned),
        }))
    }

    /// [Asks](Self::ask) for what is the same for all topologies.
    pub(super) async fn ask_for_all<T: Send>(
        &self,
        request: Request,
        read: impl Fn(Doc<'_>) -> Result<T> + Send + Sync,
    ) -> Result<T> {
        if let Some(list) = SharedList::are_shared()
            .then(|| self.shared(&request))
            .flatten()
        {
            // Read before it is kept, so that what cannot be read is asked for again.
            let ask = async {
                let keep = |document: Document| read(document.root()).map(|_| document);
                Ok((self.client.take(&request, keep).await?, 1))
            };
            if let Some(answer) = list.get(ask).await? {
                return read(answer.root()).map_err(|error| self.locate(error, request.action()));
            }
        }
        self.ask(request, read).await
    }

    fn shared(&self, request: &Request) -> Option<SharedList> {
        let product = request.product().name();
        let (action, params) = (request.action(), request.params().form_body());
        let text = format!("{product} {action} {params}");
        let list = SharedList::new(self.client.reader()?, self.client.place(), text);
        Some(match request.params().get("RegionId") {
            Some(_) => list,
            None => list.of_account(),
        })
    }
}
