//! Recordings of exchanges with a cloud: written with secrets removed, and served again.
//!
//! A [`Recorder`] is a [`Tap`](landbridge_core::backend::Tap) that a provider's builder takes. It writes each exchange into
//! a directory, two files each:
//!
//! ```text
//! 0001-CreateVpc.request     the request line, the headers that matter, an empty line, the body
//! 0001-CreateVpc.response    the status line, the headers, an empty line, the body; or nothing if no answer came
//! ```
//!
//! Bodies are what went over the wire, except secrets: keys, tokens, codes, passwords and signatures
//! become `***`, and account ids become `1000000000000001`, `1000000000000002`, .. (`100000000001`, .. on AWS), each id
//! the same one throughout the recording. Nonces, dates and idempotency tokens become `***` too, because no two runs
//! have the same.
//!
//! A caller of a replay uses the stand-ins of account IDs, as the answers do.
//!
//! A [`Replay`] serves such a directory: what is asked for must be, byte for byte and after the same masking, what was
//! asked for when it was recorded.

mod file;
mod mask;
mod recorder;
mod replay;

// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;

pub use recorder::Recorder;
pub use replay::{Replay, Rest};
