//! The program, as its users run it, on the simulator.

#[cfg(feature = "aws")]
mod aws;
mod common;
mod deploy;
mod inputs;
mod keys;
mod life;
#[cfg(feature = "otel")]
mod otel;
