use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// How long things usually take on a cloud, so that the engine looks when there is something to see and writes when a
/// write is taken. An estimate: the engine corrects it by what it sees in a run. One that is too short costs a few reads, one
/// that is too long costs time.
///
/// Objects are named by the [form](crate::object::ObjectKey::form) of their keys, such as `attachment`. Each is looked at
/// as soon as its call has returned, a few times early, and often from the time on when it is usually ready.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pace {
    /// From the accepted call until what it makes is ready.
    pub ready: BTreeMap<&'static str, Duration>,
    /// From the accepted call until what it deletes is gone.
    pub gone: BTreeMap<&'static str, Duration>,
    /// How long a hub takes no other write once it has taken one.
    pub hub_rest: Duration,
    /// How long a subnet or a network is still in use by an attachment that is gone.
    pub drain: Duration,
}

impl Pace {
    /// A pace from tables of seconds: until objects are ready, and until they are gone.
    pub fn of(ready: &[(&'static str, u64)], gone: &[(&'static str, u64)]) -> Self {
        let seconds = |table: &[(&'static str, u64)]| {
            let entries = table.iter();
            let entries = entries.map(|(form, seconds)| (*form, Duration::from_secs(*seconds)));
            entries.collect()
        };
        Self {
            ready: seconds(ready),
            gone: seconds(gone),
            ..Self::default()
        }
    }

    setters! {
        /// Sets how long a hub rests after a write.
        with_hub_rest(hub_rest: Duration);
        /// Sets how long an attachment that is gone still uses its subnets.
        with_drain(drain: Duration);
    }
}
