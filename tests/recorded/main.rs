//! Backends against recorded answers of their clouds: see README.md.

mod aliyun;
mod support;
