//! Parts for authors of backends. Users of the SDK need none of them, but for what a provider's builder takes
//! ([`HttpOptions`], [`RateLimits`], [`Environment`], [`Tap`]); each backend re-exports those.
//!
//! A backend implements the [traits](crate::traits) for one cloud. What every backend needs beside the cloud's own
//! requests and answers is here, without HTTP and without a vendor's SDK:
//!
//! | part | what it is for |
//! | --- | --- |
//! | [`EndpointAddress`] | an address that replaces the public endpoints: https, or plain http on loopback |
//! | [`HttpOptions`] | proxy, root certificates and timeouts, as the user sets them and the backend's HTTP client applies them |
//! | [`Environment`] | variables and home directory, from the process or made up |
//! | [`Accounts`] | the accounts of a living provider and its handles, one for each place |
//! | [`Keys`], [`StaticCredentials`], [`KeyCache`], [`Binding`] | keys of one source: fetched once, again before they expire, proven to belong to their account |
//! | [`RateBudgets`], [`RateBudget`] | one adaptive budget for each account, region and product or operation |
//! | [`Call`], [`Course`], [`Fault`] | one call over its attempts: what to do after a failed one |
//! | [`CallContext`] | the stop and the deadline of the operation that a call belongs to, its turn, and the request id of its answer |
//! | [`CodeTable`] | what the cloud's error codes mean, and what to do about them |
//! | [`JointRead`] | one read for all that wait, for all that they want |
//! | [`SharedList`], [`Reader`] | lists of a whole place, read once for all topologies there |
//! | [`Unread`], [`Listed`] | items of lists: what was read is kept, and what was not understood is named |
//! | [`ListingMeter`], [`take_bytes`], [`MOST_DEPTH`] | the bounds of one listing over all its pages, and of one answer |
//! | [`CloudTime`] | the clock of this machine, corrected by the dates of answers |
//! | [`Gaps`] | lists that could not be read where the others are wanted all the same |
//! | [`Tap`], [`Exchange`] | a listener to every exchange, such as a recorder |
//! | [`lists`] | prefix lists and port lists that rules and routes name |
//! | [`capabilities`], [`principal`] | helpers to write the cloud's data and read its policies |
//!
//! # The order of one call
//!
//! 1. [`Accounts::handle`] gives the handle of the place, which holds the [`KeyCache`] of its account.
//! 2. The backend builds a request, knows its [`Intent`], takes the budget of the call from [`RateBudgets`], and starts
//!    [`Call::run`]. Each attempt does steps 3 to 6.
//! 3. [`KeyCache::get`] gives keys. If it must fetch them, it asks the source, and [`Binding`] proves that new keys
//!    belong to the account before they sign anything.
//! 4. [`RateBudget::acquire`] waits for the right to send; slots of the place and a [turn](CallContext::turn) bound how many
//!    requests are on their way.
//! 5. The backend signs and sends, and tells the [`Tap`]. It makes a [`Fault`] of what failed: [`CodeTable::lookup`]
//!    gives the kind and the remedy, the backend says whether the request can have taken effect.
//! 6. [`Course::next`] decides: wait and repeat, renew the keys, take over the cloud's time, or report the error.
//! 7. [`locate`] says in which operation and place the error happened.

mod accounts;
mod binding;
mod call;
pub mod capabilities;
mod cloud_time;
pub mod codes;
mod context;
mod course;
mod endpoint;
mod environment;
mod fixed;
mod gaps;
mod guard;
mod http;
mod joint_read;
mod key_cache;
mod keys;
mod listing;
pub mod lists;
mod outcome;
mod place_reads;
mod principal;
mod rate;
mod unread;
mod wire;

pub use accounts::Accounts;
pub use binding::Binding;
pub use call::{Call, ProviderConnection};
pub use cloud_time::CloudTime;
pub use codes::{CodeRow, CodeTable, LetterCase};
pub(crate) use context::Turns;
pub use context::{CallContext, CallTurn};
pub use course::{Course, Effect, Fault, Intent, MOST_ATTEMPTS, Next};
pub use endpoint::{EndpointAddress, is_loopback};
pub use environment::Environment;
pub use fixed::StaticCredentials;
pub use gaps::Gaps;
pub(crate) use guard::Latch;
pub use guard::WriteGuard;
pub use http::{HttpOptions, Proxy, ProxyAddress};
pub use joint_read::JointRead;
pub use key_cache::KeyCache;
pub use keys::Keys;
pub use listing::{ListingBounds, ListingMeter, MOST_DEPTH, take_bytes};
pub use outcome::{absent_is_done, locate};
pub(crate) use place_reads::SharedLook;
pub use place_reads::{PlaceReads, Reader, SharedList};
pub use principal::principal;
pub use rate::{RateBudget, RateBudgets, RateLimits, RateUsage};
pub use unread::{Listed, Unread};
pub use wire::{Exchange, ExchangeAnswer, Tap};
