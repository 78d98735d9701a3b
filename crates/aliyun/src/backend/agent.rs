use landbridge_core::Agents;

use super::AliyunCloud;

// Cloud Assistant needs no role, and instances reach it without a way to the internet.
impl Agents for AliyunCloud {}
