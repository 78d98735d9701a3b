use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::stream::{self, Stream};
use tokio::sync::watch;

/// How many entries of a run are kept. A run tells a few for each step.
const MOST_ENTRIES: usize = 10_000;

/// What a reader of a run sees: a number that grows by one, a kind and a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    pub(crate) kind: &'static str,
    pub(crate) text: String,
}

/// The entries of one run, for any number of readers that come and go.
#[derive(Debug)]
pub(crate) struct Log {
    kept: Mutex<Kept>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<Entry>,
    last: u64,
    has_ended: bool,
}

impl Kept {
    /// The first entry after this number that is still there.
    fn next(&self, number: u64) -> Option<Entry> {
        let dropped = self.last - self.entries.len() as u64;
        let index = usize::try_from(number.saturating_sub(dropped)).ok()?;
        self.entries.get(index).cloned()
    }
}

impl Log {
    pub(crate) fn new() -> Self {
        Self {
            kept: Mutex::default(),
            changed: watch::Sender::new(()),
        }
    }

    pub(crate) fn push(&self, kind: &'static str, text: String) {
        self.add(kind, text, false);
    }

    /// Adds the last entry.
    pub(crate) fn end(&self, kind: &'static str, text: String) {
        self.add(kind, text, true);
    }

    fn add(&self, kind: &'static str, text: String, has_ended: bool) {
        let mut kept = self.kept();
        if kept.entries.len() == MOST_ENTRIES {
            kept.entries.pop_front();
        }
        kept.last += 1;
        let number = kept.last;
        kept.entries.push_back(Entry { number, kind, text });
        kept.has_ended = has_ended;
        drop(kept);
        self.changed.send_replace(());
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is nothing after this entry, and never will be.
    pub(crate) fn is_read(&self, number: u64) -> bool {
        let kept = self.kept();
        kept.has_ended && number >= kept.last
    }

    /// The entries after the one of this number, those to come included.
    pub(crate) fn after(self: Arc<Self>, number: u64) -> impl Stream<Item = Entry> {
        let changed = self.changed.subscribe();
        stream::unfold(
            (self, changed, number),
            async |(log, mut changed, number)| {
                loop {
                    let next = {
                        changed.mark_unchanged();
                        let kept = log.kept();
                        match kept.next(number) {
                            None if kept.has_ended => return None,
                            next => next,
                        }
                    };
                    if let Some(entry) = next {
                        let number = entry.number;
                        return Some((entry, (log, changed, number)));
                    }
                    changed.changed().await.ok()?;
                }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};

    use super::*;

    #[tokio::test]
    async fn a_reader_sees_what_comes_after_it_began_and_the_end() {
        let log = Arc::new(Log::new());
        log.push("progress", "one".into());
        let mut entries = Box::pin(Arc::clone(&log).after(0));
        assert_eq!(entries.next().await.expect("one").text, "one");
        assert!(entries.next().now_or_never().is_none(), "it waits");
        log.push("progress", "two".into());
        log.end("end", "three".into());
        let rest: Vec<u64> = entries.map(|entry| entry.number).collect().await;
        assert_eq!(rest, [2, 3]);
        assert!(log.is_read(3) && !log.is_read(2));
    }

    #[tokio::test]
    async fn of_too_many_entries_the_oldest_go_and_the_numbers_tell() {
        let log = Arc::new(Log::new());
        for number in 0..MOST_ENTRIES + 5 {
            log.push("progress", number.to_string());
        }
        log.end("end", String::new());
        let entries: Vec<Entry> = Arc::clone(&log).after(0).collect().await;
        assert_eq!(entries.len(), MOST_ENTRIES);
        assert_eq!(entries.first().map(|entry| entry.number), Some(7));
        let last: Vec<Entry> = log.after(10_005).collect().await;
        assert_eq!(last.len(), 1);
    }
}
