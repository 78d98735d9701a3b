//! The program `landbridge-fleet`.

fn main() {}
