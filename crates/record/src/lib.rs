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
//! What is written is decided by what may be written. A value is kept if its name, and the names of everything around
//! it, are on a list, and if it looks like a name, an ID, a number or an address; every other becomes `***`, or `***16***`,
//! `***64***` and so on if it has at least so many bytes. Keys, tokens, codes, passwords and signatures are on no list, and
//! one that was seen is replaced wherever it comes again. Account IDs become `1000000000000001`, `1000000000000002`, ..
//! (`100000000001`, .. on AWS), each ID the same one throughout the recording. A body that cannot be read whole, as
//! parameters, JSON or XML, is left out: its length and a digest are kept.
//!
//! A caller of a replay uses the stand-ins of account IDs, as the answers do.
//!
//! A [`Replay`] serves such a directory: what is asked for must be, byte for byte and after the same masking, what was
//! asked for when it was recorded.

mod bundle;
mod file;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
#[path = "../../../tests/support/fuzz.rs"]
mod fuzz_support;
mod mask;
mod recorder;
mod replay;
mod secrets;
mod server;

// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;

pub use bundle::{Bundle, Ended, Manifest, Member, Pack};
pub use recorder::{Noted, Recorder};
pub use replay::{Replay, Rest};
pub use secrets::{Secrets, looks_like_key};
