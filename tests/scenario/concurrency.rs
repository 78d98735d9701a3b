//! Many networks at once.
