//! The AWS backend of Landbridge.
//!
//! This version holds the crate's place in the workspace and its dependency on the trait layer; the backend itself is
//! not part of it yet, and nothing here pretends otherwise.
