//! The laws of a run, held against the simulators of both clouds at once: whatever goes wrong, running again gives the end
//! state of an undisturbed run, and a destroy leaves nothing.

#[path = "../support/cases.rs"]
mod cases;
#[path = "../support/draw.rs"]
mod draw;
mod every_index;
mod ground;
mod inventory;
mod killed;
#[path = "../support/law.rs"]
mod law;
mod scenarios;
mod storm;
#[path = "../support/virtual_time.rs"]
mod virtual_time;
