//! What a simulated cloud is: the one trait behind which the server, the control interface, the packets and the ledger
//! see each cloud, and the list of all clouds.
//!
//! A further cloud is a module with an implementation of [`SimulatedCloud`], a field of [`Clouds`] and its line in
//! [`Clouds::all`].

use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value;

use crate::account::RoleSpec;
use crate::guest::Listeners;
use crate::ledger::Ledger;
use crate::packet::Protocol;
use crate::random::Ids;
use crate::verdict::Verdict;
use crate::wire::{Reply, Request};
use crate::world::Common;
use crate::{aliyun, aws};

/// The names of the clouds that the simulator has.
pub const CLOUDS: &[&str] = &[aliyun::NAME, aws::NAME];

/// A cloud, as everything outside its module sees it.
pub(crate) trait SimulatedCloud: Send {
    /// The name in [`AccountSpec`](crate::AccountSpec).
    fn name(&self) -> &'static str;

    /// The id and the secret of a new access key, in the cloud's own form.
    fn new_key(&self, ids: &mut Ids) -> (String, String);

    /// Whether a request is for this cloud.
    fn is_addressed(&self, request: &Request) -> bool;

    /// The gateway: answers one request that is for this cloud.
    fn handle(&mut self, common: &mut Common, request: &Request) -> Reply;

    /// The instances that a source of packets means: by their ID, their interface's, or an address of theirs.
    fn senders(&self, source: &str, now: Duration) -> Vec<String>;

    /// The data plane: what would happen to a packet from an instance, and to the answer to it.
    fn packet(
        &self,
        source: &str,
        destination: IpAddr,
        protocol: Protocol,
        now: Duration,
    ) -> Verdict;

    /// The ports on which its instances listen.
    fn listeners(&mut self) -> &mut Listeners;

    /// Lets everything happen that was due by now, and enters into the ledger what ended.
    fn settle(&mut self, now: Duration, ledger: &mut Ledger);

    /// Creates or replaces a role that may do everything, without the delay of new roles.
    fn provision_role(&mut self, common: &mut Common, spec: RoleSpec);

    /// The regions and their availability zones.
    fn regions(&self) -> Vec<Region>;

    /// The answer of a control verb that only this cloud has (`POST /_sim/<verb>`); `None` for any other.
    fn control(&mut self, common: &mut Common, verb: &str, body: &[u8]) -> Option<Answer> {
        let _ = (common, verb, body);
        None
    }
}

/// What the control interface answers: a value, or why it cannot.
pub(crate) type Answer = Result<Value, String>;

/// A region of a cloud.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Region {
    pub(crate) id: String,
    pub(crate) zones: Vec<String>,
}

/// The options of all clouds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Setups {
    pub(crate) aliyun: aliyun::Setup,
    pub(crate) aws: aws::Setup,
}

/// All clouds. The fields are for what is special to one; everything else iterates over [`Clouds::all`].
pub(crate) struct Clouds {
    pub(crate) aliyun: aliyun::Cloud,
    pub(crate) aws: aws::Cloud,
}

impl Clouds {
    pub(crate) fn new(setups: Setups) -> Self {
        Self {
            aliyun: aliyun::Cloud::new(setups.aliyun),
            aws: aws::Cloud::new(setups.aws),
        }
    }

    pub(crate) fn all(&mut self) -> [&mut dyn SimulatedCloud; CLOUDS.len()] {
        [&mut self.aliyun, &mut self.aws]
    }

    /// The cloud of this name.
    pub(crate) fn named(&mut self, name: &str) -> Option<&mut dyn SimulatedCloud> {
        self.all().into_iter().find(|cloud| cloud.name() == name)
    }
}
