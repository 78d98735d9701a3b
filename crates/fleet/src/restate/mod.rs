//! The rules on the durable engine Restate.
