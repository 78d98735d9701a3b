//! The program, as its users run it, on the simulator.

mod common;
mod inputs;
mod keys;
mod life;
#[cfg(feature = "otel")]
mod otel;
