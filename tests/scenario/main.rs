//! Whole scenarios: the Alibaba Cloud backend and the engine against the simulator, over HTTP.

mod breaking;
mod cen;
mod chaos;
mod concurrency;
mod world;
