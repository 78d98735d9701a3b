//! Reading lists page by page, to the end and not beyond.

use landbridge_core::Result;
use serde_json::Value;

use crate::document::{Doc, malformed};
use crate::request::Request;
use crate::transport::AliyunClient;

const MOST_PAGES: usize = 1000;

/// How an operation cuts its list into pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// `PageNumber` and `PageSize`, up to `TotalCount`.
    Numbered,
    /// `NextToken` and a page size of this name and value.
    Tokened(&'static str, usize),
    /// `Marker` and `MaxItems`, as long as `IsTruncated` says so.
    Marked,
}

/// CBN lists and ECS descriptions.
pub(crate) const TOKENED: Paging = Paging::Tokened("MaxResults", 100);

const PAGE_SIZE: usize = 50;
const MOST_ITEMS: usize = 1000;

/// A paged read: the request, how it is paged, and where its list is.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) request: Request,
    pub(crate) paging: Paging,
    pub(crate) path: &'static [&'static str],
}

impl Listing {
    pub(crate) fn new(request: Request, paging: Paging, path: &'static [&'static str]) -> Self {
        Self {
            request,
            paging,
            path,
        }
    }

    /// Reads all pages, giving each to `look` and each item to `item`.
    pub(crate) async fn read_with<T>(
        mut self,
        client: &AliyunClient,
        mut look: impl FnMut(&Value),
        item: impl Fn(Doc<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        let mut turn = Turn::new(self.paging);
        for _ in 0..MOST_PAGES {
            turn.prepare(&mut self.request);
            let page = client.send(self.request.clone()).await?;
            look(&page);
            let doc = Doc::new(&page);
            let items = doc.list(self.path);
            for entry in &items {
                all.push(item(*entry)?);
            }
            if !turn.advance(doc, items.len(), all.len())? {
                return Ok(all);
            }
        }
        Err(malformed(format!(
            "the list did not end within {MOST_PAGES} pages"
        )))
    }

    /// Reads all pages.
    pub(crate) async fn read<T>(
        self,
        client: &AliyunClient,
        item: impl Fn(Doc<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.read_with(client, |_| {}, item).await
    }
}

/// Which page is next.
#[derive(Debug)]
struct Turn {
    paging: Paging,
    page: usize,
    token: Option<String>,
}

impl Turn {
    fn new(paging: Paging) -> Self {
        Self {
            paging,
            page: 1,
            token: None,
        }
    }

    fn prepare(&self, request: &mut Request) {
        match self.paging {
            Paging::Numbered => {
                request.set("PageNumber", self.page);
                request.set("PageSize", PAGE_SIZE);
            }
            Paging::Tokened(name, size) => {
                request.set(name, size);
                if let Some(token) = &self.token {
                    request.set("NextToken", token);
                }
            }
            Paging::Marked => {
                request.set("MaxItems", MOST_ITEMS);
                if let Some(marker) = &self.token {
                    request.set("Marker", marker);
                }
            }
        }
    }

    /// Whether there is another page.
    fn advance(&mut self, page: Doc<'_>, here: usize, so_far: usize) -> Result<bool> {
        match self.paging {
            Paging::Numbered => {
                self.page += 1;
                let total = page.parse::<usize>("TotalCount");
                Ok(here > 0 && total.map_or(here == PAGE_SIZE, |total| so_far < total))
            }
            Paging::Tokened(..) | Paging::Marked => {
                let token = match self.paging {
                    Paging::Marked => page
                        .text("Marker")
                        .filter(|_| page.flag("IsTruncated") == Some(true)),
                    _ => page.text("NextToken"),
                };
                if token.is_some() && token == self.token {
                    return Err(malformed("the list repeats its page token"));
                }
                self.token = token;
                Ok(self.token.is_some())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbered_pages_end_at_the_total_or_at_an_empty_page() {
        let mut turn = Turn::new(Paging::Numbered);
        let page = json!({"TotalCount": 60});
        assert!(turn.advance(Doc::new(&page), 50, 50).expect("goes on"));
        assert!(!turn.advance(Doc::new(&page), 10, 60).expect("ends"));
        assert!(!turn.advance(Doc::new(&page), 0, 10).expect("ends"));
        assert!(!turn.advance(Doc::new(&json!({})), 3, 3).expect("ends"));
    }

    #[test]
    fn tokened_pages_end_without_a_token_and_never_turn_in_circles() {
        let mut turn = Turn::new(TOKENED);
        let more = json!({"NextToken": "a"});
        assert!(turn.advance(Doc::new(&more), 1, 1).expect("goes on"));
        assert!(turn.advance(Doc::new(&more), 1, 2).is_err());
        let mut turn = Turn::new(Paging::Marked);
        let more = json!({"IsTruncated": true, "Marker": "m"});
        assert!(turn.advance(Doc::new(&more), 1, 1).expect("goes on"));
        let last = json!({"IsTruncated": false, "Marker": "m"});
        assert!(!turn.advance(Doc::new(&last), 1, 2).expect("ends"));
        let mut turn = Turn::new(TOKENED);
        assert!(
            !turn
                .advance(Doc::new(&json!({"NextToken": ""})), 1, 1)
                .expect("ends")
        );
    }
}
