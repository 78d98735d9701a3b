//! How much one listing may hold, in both clouds: a server that never ends must not fill the memory.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};

/// The bounds of one listing, over all its pages. The largest lists of large accounts are far below them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListingBounds {
    /// How many pages. Default: 1000.
    pub pages: u64,
    /// How many items. Default: 100 000.
    pub items: u64,
    /// How many bytes of answers, those of repeated attempts included. Default: 64 MiB.
    pub bytes: u64,
    /// How long it may take on the provider's clock; asked before each further page. Default: 10 minutes.
    pub time: Duration,
}

impl Default for ListingBounds {
    fn default() -> Self {
        Self {
            pages: 1000,
            items: 100_000,
            bytes: 64 << 20,
            time: Duration::from_secs(600),
        }
    }
}

/// How deep objects and lists of one answer may be inside each other.
pub const MOST_DEPTH: usize = 64;

tokio::task_local! {
    /// The bytes of the listing that the present call reads a page of.
    static BYTES: Arc<Bytes>;
    /// The bounds of listings that may be left.
    static SHORT: Arc<Short>;
}

/// Bounds, and whether a listing has passed them.
#[derive(Debug)]
struct Short {
    bounds: ListingBounds,
    passed: AtomicBool,
}

/// What `reading` gives, unless one of its listings passes these bounds: then nothing.
pub(super) async fn bounded<T>(
    bounds: ListingBounds,
    reading: impl Future<Output = Result<T>>,
) -> Result<Option<T>> {
    let short = Arc::new(Short {
        bounds,
        passed: AtomicBool::new(false),
    });
    // In a box, because futures of whole listings are large.
    let outcome = SHORT.scope(Arc::clone(&short), Box::pin(reading)).await;
    match outcome {
        Err(_) if short.passed.load(Ordering::Relaxed) => Ok(None),
        outcome => outcome.map(Some),
    }
}

fn bounds_now() -> ListingBounds {
    SHORT.try_with(|short| short.bounds).unwrap_or_default()
}

#[derive(Debug)]
struct Bytes {
    read: AtomicU64,
    most: u64,
}

/// Counts what one listing has read, and ends it with an error when a bound is passed. The error names the bound and its
/// value; [`locate`](super::locate) adds the operation.
#[derive(Debug)]
pub struct ListingMeter {
    bounds: ListingBounds,
    clock: Arc<dyn Clock>,
    started: Duration,
    pages: u64,
    items: u64,
    bytes: Arc<Bytes>,
}

impl ListingMeter {
    /// A listing that starts now.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::within(bounds_now(), clock)
    }

    /// A listing with other bounds.
    pub fn within(bounds: ListingBounds, clock: Arc<dyn Clock>) -> Self {
        Self {
            started: clock.uptime(),
            pages: 0,
            items: 0,
            bytes: Arc::new(Bytes {
                read: AtomicU64::new(0),
                most: bounds.bytes,
            }),
            bounds,
            clock,
        }
    }

    /// Reads one page. What the HTTP client tells [`take_bytes`] meanwhile counts for this listing.
    ///
    /// # Errors
    /// Those of `read`, and [`Malformed`](ErrorKind::Malformed) if the listing has too many pages or takes too long.
    pub async fn page<T>(&mut self, read: impl Future<Output = Result<T>>) -> Result<T> {
        self.pages += 1;
        if self.pages > self.bounds.pages {
            return Err(beyond("pages", self.bounds.pages));
        }
        let passed = self.clock.uptime().saturating_sub(self.started);
        if self.pages > 1 && passed > self.bounds.time {
            return Err(beyond("seconds", self.bounds.time.as_secs()));
        }
        // In a box, because futures of whole calls are large.
        let read = Box::pin(read);
        BYTES.scope(Arc::clone(&self.bytes), read).await
    }

    /// Counts the items of a page.
    ///
    /// # Errors
    /// [`Malformed`](ErrorKind::Malformed) if the listing has too many.
    pub fn take_items(&mut self, count: usize) -> Result<()> {
        self.items = self.items.saturating_add(count as u64);
        if self.items > self.bounds.items {
            return Err(beyond("items", self.bounds.items));
        }
        Ok(())
    }
}

/// Counts bytes of an answer for the listing that the present task reads, if it reads one. A backend's HTTP client calls
/// it while it reads a body.
///
/// # Errors
/// [`Malformed`](ErrorKind::Malformed) if the listing has too many. Another attempt would not help.
pub fn take_bytes(count: usize) -> Result<()> {
    let take = |bytes: &Arc<Bytes>| {
        let before = bytes.read.fetch_add(count as u64, Ordering::Relaxed);
        match before.saturating_add(count as u64) > bytes.most {
            true => Err(beyond("bytes", bytes.most)),
            false => Ok(()),
        }
    };
    BYTES.try_with(take).unwrap_or(Ok(()))
}

fn beyond(unit: &str, bound: impl fmt::Display) -> Error {
    // Outside of such a reading it is not asked.
    let _ = SHORT.try_with(|short| short.passed.store(true, Ordering::Relaxed));
    let message = format!(
        "the list did not end within {bound} {unit}, the most that Landbridge reads of one list"
    );
    Error::new(ErrorKind::Malformed, message)
        .with_remedy("check the endpoint: no list of the cloud is as long")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::ManualClock;

    fn meter(bounds: ListingBounds) -> (ListingMeter, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::new());
        (ListingMeter::within(bounds, clock.clone()), clock)
    }

    fn says(result: Result<()>, part: &str) {
        let error = result.expect_err(part);
        assert_eq!(error.kind(), ErrorKind::Malformed);
        assert!(error.message().contains(part), "{error}");
    }

    #[tokio::test]
    async fn each_bound_ends_the_listing_and_is_named() {
        let bounds = ListingBounds {
            pages: 2,
            items: 3,
            bytes: 10,
            time: Duration::from_secs(5),
        };
        let (mut pages, _) = meter(bounds);
        for _ in 0..2 {
            pages.page(async { take_bytes(5) }).await.expect("within");
        }
        says(pages.page(async { Ok(()) }).await, "2 pages");

        let (mut items, _) = meter(bounds);
        items.take_items(3).expect("within");
        says(items.take_items(1), "3 items");

        let (mut bytes, _) = meter(bounds);
        bytes.page(async { take_bytes(9) }).await.expect("within");
        says(bytes.page(async { take_bytes(2) }).await, "10 bytes");

        let (mut time, clock) = meter(bounds);
        time.page(async { Ok(()) }).await.expect("within");
        clock.advance(Duration::from_secs(6));
        says(time.page(async { Ok(()) }).await, "5 seconds");
    }

    #[test]
    fn bytes_outside_of_a_listing_are_not_counted() {
        take_bytes(usize::MAX).expect("no listing");
    }
}
