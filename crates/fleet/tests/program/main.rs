//! The program, as its users run it, on the simulator.

mod common;
mod deploy;
mod inputs;
mod keys;
mod life;
#[cfg(feature = "otel")]
mod otel;
