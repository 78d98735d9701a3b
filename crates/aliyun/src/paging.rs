//! Reading lists page by page, to the end and not beyond.
//!
//! A list is believed only as far as its answers agree with themselves: an answer without its list, with another page than
//! the one that was asked for, or with a count that contradicts the items is an error. Else "nothing is listed" could be
//! taken for "nothing is there". A list that is absent is empty only where the answer counts 0 items.

use std::sync::Arc;

use landbridge_core::backend::ListingMeter;
use landbridge_core::{Result, TAG_TOPOLOGY};

use crate::document::{Doc, Document, malformed};
use crate::request::{AskedList, Request};
use crate::transport::AliyunClient;

/// How an operation cuts its list into pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// `PageNumber` and `PageSize`, up to `TotalCount`.
    Numbered,
    /// `NextToken` and a page size of this name and value, and `TotalCount`.
    Tokened(&'static str, usize),
    /// The same, with a `TotalCount` that means nothing: ECS says so of pages with tokens.
    Uncounted(&'static str, usize),
    /// `Marker` and `MaxItems`, as long as `IsTruncated` says so.
    Marked,
}

/// CBN lists.
pub(crate) const TOKENED: Paging = Paging::Tokened("MaxResults", 100);

/// ECS descriptions.
pub(crate) const UNCOUNTED: Paging = Paging::Uncounted("MaxResults", 100);

const TOTAL: &str = "TotalCount";
/// The parameters of a list of a whole place, and those that ask for a tag.
const OF_PLACES: [&str; 2] = ["RegionId", "RouterType"];
const TAG_FILTERS: [[&str; 2]; 2] = [["Tag.1.Key", "Tag.1.Value"], ["Tags.1.Key", "Tags.1.Value"]];

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

    /// The request for the first page.
    #[cfg(test)]
    pub(crate) fn first_page(mut self) -> Request {
        let turn = Turn::new(self.paging);
        turn.prepare(&mut self.request);
        self.request.paged(turn.asks_for(self.path))
    }

    /// Reads all pages, giving each to `look` and each item to `item`.
    pub(crate) async fn read_with<T>(
        self,
        client: &AliyunClient,
        mut look: impl FnMut(Doc<'_>),
        item: impl Fn(Doc<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        let read = |doc: Doc<'_>, items: &[Doc<'_>]| {
            look(doc);
            all.reserve(items.len());
            for entry in items {
                all.push(item(*entry)?);
            }
            Ok(())
        };
        self.page_by_page(client, read, drop).await?;
        Ok(all)
    }

    /// Reads all pages and gives them as they came, with how many items they have together.
    pub(crate) async fn documents(self, client: &AliyunClient) -> Result<(Vec<Document>, usize)> {
        let (mut pages, mut count) = (Vec::new(), 0);
        let read = |_: Doc<'_>, items: &[Doc<'_>]| {
            count += items.len();
            Ok(())
        };
        self.page_by_page(client, read, |page| pages.push(page))
            .await?;
        Ok((pages, count))
    }

    async fn page_by_page(
        mut self,
        client: &AliyunClient,
        mut read: impl FnMut(Doc<'_>, &[Doc<'_>]) -> Result<()>,
        mut done: impl FnMut(Document),
    ) -> Result<()> {
        let mut so_far = 0;
        let mut turn = Turn::new(self.paging);
        let mut meter = ListingMeter::new(Arc::clone(client.clock()));
        loop {
            turn.prepare(&mut self.request);
            self.request.ask_for(turn.asks_for(self.path));
            let page = meter.page(client.answer_to(&self.request)).await?;
            let doc = page.root();
            // The transport has seen to it that an absent list is an empty one.
            let items = doc.list_or_none(self.path);
            let here = items.len();
            so_far += here;
            meter.take_items(here)?;
            read(doc, &items)?;
            let goes_on = turn.advance(doc, here, so_far)?;
            done(page);
            if !goes_on {
                return Ok(());
            }
        }
    }

    /// The topology whose tag is asked for.
    pub(crate) fn topology(&self) -> Option<&str> {
        let params = self.request.params();
        let named = |[key, value]: [&str; 2]| {
            let is_ours = params.get(key) == Some(TAG_TOPOLOGY);
            params.get(value).filter(|_| is_ours)
        };
        TAG_FILTERS.into_iter().find_map(named)
    }

    /// The list without the name of the topology: of all that has its tag, or of the whole place. None if it is of one object.
    pub(crate) fn wide(&self) -> Option<Self> {
        let of_place =
            |name: &str| OF_PLACES.contains(&name) || TAG_FILTERS.concat().contains(&name);
        let params = self.request.params();
        if !params.names().all(of_place) {
            return None;
        }
        let mut wide = self.clone();
        if self.topology().is_some() {
            for [_, value] in TAG_FILTERS {
                wide.request.remove(value);
            }
        }
        Some(wide)
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

    /// What the answer must have.
    fn asks_for(&self, path: &'static [&'static str]) -> AskedList {
        let is_numbered = self.paging == Paging::Numbered;
        AskedList {
            path,
            is_counted: matches!(self.paging, Paging::Numbered | Paging::Tokened(..)),
            page: is_numbered.then_some(self.page),
        }
    }

    fn prepare(&self, request: &mut Request) {
        match self.paging {
            Paging::Numbered => {
                request.set("PageNumber", self.page);
                request.set("PageSize", PAGE_SIZE);
            }
            Paging::Tokened(name, size) | Paging::Uncounted(name, size) => {
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
        let total = match self.paging {
            Paging::Numbered | Paging::Tokened(..) => page.parse::<usize>(TOTAL),
            _ => None,
        };
        let goes_on = match self.paging {
            Paging::Numbered => {
                self.page += 1;
                here > 0 && total.map_or(here == PAGE_SIZE, |total| so_far < total)
            }
            _ => self.follow(page)?,
        };
        match total {
            // Between two pages things may come and go, so only what ends too early contradicts the count.
            Some(total) if !goes_on && so_far < total => Err(malformed(format!(
                "the list has {so_far} items, and its `{TOTAL}` is {total}"
            ))),
            _ => Ok(goes_on),
        }
    }

    fn follow(&mut self, page: Doc<'_>) -> Result<bool> {
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

/// Whether a page can be believed.
///
/// # Errors
/// [`Malformed`](landbridge_core::ErrorKind::Malformed) if the list is absent and not counted as empty, if its count is no
/// number or less than the items of the first page, or if it is another page than the one that was asked for.
pub(crate) fn check_page(page: Doc<'_>, asked: &AskedList) -> Result<()> {
    let total = match page.str(TOTAL).filter(|_| asked.is_counted) {
        Some(text) => Some(text.parse::<usize>().map_err(|_| {
            let text: String = text.chars().take(40).collect();
            malformed(format!("invalid `{TOTAL}` in the answer: `{text}`"))
        })?),
        None => None,
    };
    let items = match page.count(asked.path) {
        Some(items) => items,
        None if total == Some(0) => 0,
        None => return page.need_list(asked.path).map(drop),
    };
    let is_first = asked.page.is_none_or(|page| page == 1);
    if let Some(total) = total.filter(|total| is_first && *total == 0 && items > 0) {
        return Err(malformed(format!(
            "the list has {items} items, and its `{TOTAL}` is {total}"
        )));
    }
    match (asked.page, page.str("PageNumber")) {
        (Some(asked), Some(given)) if given != asked.to_string() => {
            let given: String = given.chars().take(40).collect();
            Err(malformed(format!(
                "page {asked} was asked for, and the answer is page `{given}`"
            )))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn numbered_pages_end_at_the_total_or_at_an_empty_page() {
        let mut turn = Turn::new(Paging::Numbered);
        let page = json!({"TotalCount": 60});
        assert!(turn.advance(Doc::of(&page), 50, 50).expect("goes on"));
        assert!(!turn.advance(Doc::of(&page), 10, 60).expect("ends"));
        assert!(!turn.advance(Doc::of(&json!({})), 3, 3).expect("ends"));
    }

    #[test]
    fn a_list_that_ends_before_its_count_is_an_error() {
        let total = |total: Value| json!({"TotalCount": total});
        for (paging, ends_early) in [
            (Paging::Numbered, true),
            (TOKENED, true),
            (UNCOUNTED, false),
            (Paging::Marked, false),
        ] {
            for page in [total(json!(5)), total(json!("1000000000000000000"))] {
                let mut turn = Turn::new(paging);
                let ended = turn.advance(Doc::of(&page), 0, 0);
                assert_eq!(ended.is_err(), ends_early, "{paging:?}");
            }
        }
    }

    #[test]
    fn a_page_is_believed_as_far_as_it_agrees_with_itself() {
        let checked = |paging, page: Value| {
            let asked = Turn::new(paging).asks_for(&["Vpcs", "Vpc"]);
            check_page(Doc::of(&page), &asked)
        };
        for page in [
            json!({"Vpcs": {"Vpc": []}}),
            json!({"Vpcs": []}),
            json!({"TotalCount": 0}),
            json!({"TotalCount": "0", "Vpcs": {}}),
            json!({"TotalCount": 1, "PageNumber": 1, "Vpcs": {"Vpc": [{}]}}),
        ] {
            checked(Paging::Numbered, page).expect("believed");
        }
        for page in [
            json!({}),
            json!({"Vpcs": {}}),
            json!({"Vpcs": {"Vpc": {}}}),
            json!({"TotalCount": 1}),
            json!({"TotalCount": -5, "Vpcs": {"Vpc": []}}),
            json!({"TotalCount": 1e30, "Vpcs": {"Vpc": []}}),
            json!({"TotalCount": 0, "Vpcs": {"Vpc": [{}]}}),
            json!({"PageNumber": 2, "Vpcs": {"Vpc": []}}),
        ] {
            let error = checked(Paging::Numbered, page.clone()).expect_err("not believed");
            assert_eq!(
                error.kind(),
                landbridge_core::ErrorKind::Malformed,
                "{page}"
            );
        }
        checked(UNCOUNTED, json!({"TotalCount": 0})).expect_err("its count says nothing");
        checked(UNCOUNTED, json!({"TotalCount": -1, "Vpcs": []})).expect("its count says nothing");
    }

    #[test]
    fn tokened_pages_end_without_a_token_and_never_turn_in_circles() {
        let mut turn = Turn::new(TOKENED);
        let more = json!({"NextToken": "a"});
        assert!(turn.advance(Doc::of(&more), 1, 1).expect("goes on"));
        assert!(turn.advance(Doc::of(&more), 1, 2).is_err());
        let mut turn = Turn::new(Paging::Marked);
        let more = json!({"IsTruncated": true, "Marker": "m"});
        assert!(turn.advance(Doc::of(&more), 1, 1).expect("goes on"));
        let last = json!({"IsTruncated": false, "Marker": "m"});
        assert!(!turn.advance(Doc::of(&last), 1, 2).expect("ends"));
        let mut turn = Turn::new(TOKENED);
        assert!(
            !turn
                .advance(Doc::of(&json!({"NextToken": ""})), 1, 1)
                .expect("ends")
        );
    }
}
