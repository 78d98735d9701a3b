//! Networks as companies have them, made by clients that nobody here wrote, and Landbridge among them.
//!
//! boto3 and the official SDK of Alibaba Cloud make a world on the simulator and describe everything in it. Then Landbridge
//! joins networks of it, adds one, removes one, and destroys what it made. After each step everything is described again,
//! and every difference must be one that was asked for; after the last there is none.

mod aliyun;
mod aws;
mod differences;
#[path = "../../support/python.rs"]
mod python;
#[path = "../../support/virtual_time.rs"]
mod virtual_time;
mod world;
