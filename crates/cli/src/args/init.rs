//! Arguments of `landbridge init`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Topology file to write
    ///
    /// The file must not exist.
    #[arg(default_value = "landbridge.yaml")]
    pub(crate) file: PathBuf,
    /// Name of the topology, which it keeps; by default that of the file
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Answer to the first question: the cloud, aliyun or aws
    #[arg(long, value_name = "CLOUD")]
    pub(crate) cloud: Option<String>,
    /// Answer to the second question: an account, NAME=ID or the name of an account of the configuration file; repeat for more
    ///
    /// Its keys come from the profile NAME. Example: --account app=111122223333
    #[arg(long = "account", value_name = "NAME=ID")]
    pub(crate) accounts: Vec<String>,
    /// Answer to the third question: a region; repeat for more
    ///
    /// Not needed with `--network`. Example: --region eu-central-1
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<String>,
    /// Answer to the fourth question: a network, NAME=ACCOUNT@REGION:CIDR; repeat for more
    ///
    /// Example: --network web=app@eu-central-1:10.10.0.0/16
    #[arg(long = "network", value_name = "NETWORK")]
    pub(crate) networks: Vec<String>,
    /// Answer to the fifth question: how the networks are joined, hub, mesh or auto
    #[arg(long, value_name = "MODEL")]
    pub(crate) join: Option<String>,
}
