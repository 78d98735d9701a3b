//! The handle that tests hold.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::account::{AccountKeys, AccountSpec, RoleSpec};
use crate::aliyun::{Setup, Timings};
use crate::aws;
use crate::border_router::BorderRouterSpec;
use crate::calls::Call;
use crate::clock::{Clock, Speed};
use crate::faults::{FaultId, FaultRule};
use crate::ledger::LedgerEntry;
use crate::server;
use crate::throttle::Rate;
use crate::verdict::{Protocol, Verdict};
use crate::world::{Shared, World};

/// A running simulator. Clones are handles to the same one; it stops when the last is dropped.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

struct Inner {
    world: Arc<Shared>,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulator")
            .field("address", &self.inner.address)
            .finish_non_exhaustive()
    }
}

/// Options of a simulator.
#[derive(Debug, Clone)]
pub struct Builder {
    listen: SocketAddr,
    seed: u64,
    speed: Speed,
    start_time: Option<SystemTime>,
    setup: Setup,
    aws: aws::Setup,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 1,
            speed: Speed::Manual,
            start_time: None,
            setup: Setup::default(),
            aws: aws::Setup::default(),
        }
    }
}

impl Builder {
    /// Where to listen; only loopback addresses are accepted. Default `127.0.0.1`, any free port.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// The seed of ids and faults. Default 1.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How virtual time moves. Default [`Speed::Manual`].
    #[must_use]
    pub fn speed(mut self, speed: Speed) -> Self {
        self.speed = speed;
        self
    }

    /// The virtual date at start. Default: the machine's date, because clients compare session expiry with it.
    #[must_use]
    pub fn start_time(mut self, date: SystemTime) -> Self {
        self.start_time = Some(date);
        self
    }

    /// Whether writes that collide are refused as the clouds do. Default true.
    #[must_use]
    pub fn conflict_locks(mut self, on: bool) -> Self {
        self.setup.conflict_locks = on;
        self
    }

    /// The limit of operations whose real limit is not published, per account, region and operation. Default 1000.
    #[must_use]
    pub fn calls_per_second(mut self, calls: u32) -> Self {
        self.setup.default_rate = Rate::per_second(calls.max(1));
        self
    }

    /// How long everything takes.
    #[must_use]
    pub fn timings(mut self, timings: Timings) -> Self {
        self.setup.timings = timings;
        self
    }

    /// How long everything takes on AWS.
    #[must_use]
    pub fn aws_timings(mut self, timings: aws::Timings) -> Self {
        self.aws.timings = timings;
        self
    }

    /// Whether AWS refuses calls beyond its published rates. The buckets refill in virtual time. Default true.
    #[must_use]
    pub fn aws_throttling(mut self, on: bool) -> Self {
        self.aws.throttling = on;
        self
    }

    /// Replaces the zones of a region of Alibaba Cloud, and those of them that transit routers support; a region not yet known is added.
    #[must_use]
    pub fn zones(mut self, region: &str, zones: &[&str], transit_router_zones: &[&str]) -> Self {
        self.setup.regions.set(region, zones, transit_router_zones);
        self
    }

    /// Starts the server on the current tokio runtime.
    ///
    /// # Errors
    /// `InvalidInput` if the address is not a loopback address, else what the operating system says.
    pub async fn start(self) -> io::Result<Simulator> {
        if !self.listen.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the simulator listens on loopback only",
            ));
        }
        let listener = TcpListener::bind(self.listen).await?;
        let address = listener.local_addr()?;
        let clock = Clock::new(self.start_time.unwrap_or_else(SystemTime::now), self.speed);
        let world = Arc::new(Shared::new(World::new(
            clock, self.seed, self.setup, self.aws,
        )));
        let stop = CancellationToken::new();
        tokio::spawn(server::run(listener, Arc::clone(&world), stop.clone()));
        Ok(Simulator {
            inner: Arc::new(Inner {
                world,
                address,
                stop,
            }),
        })
    }
}

impl Simulator {
    /// Starts with all defaults.
    ///
    /// # Errors
    /// If no loopback port can be had.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Options first.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// `http://127.0.0.1:PORT`, for all products of all clouds.
    pub fn url(&self) -> String {
        format!("http://{}", self.inner.address)
    }

    /// Makes an account known and returns a key for it. Calling it again adds a key and replaces the settings.
    pub fn provision(&self, spec: AccountSpec) -> AccountKeys {
        let world = &mut *self.inner.world.lock();
        world.accounts.provision(spec, &mut world.ids)
    }

    /// Creates or replaces a role.
    pub fn provision_role(&self, spec: RoleSpec) {
        let world = &mut *self.inner.world.lock();
        world.provision_role(spec);
    }

    /// Sets up a border router (VBR) of Alibaba Cloud and returns its id. It never enters the ledger.
    pub fn provision_border_router(&self, spec: BorderRouterSpec) -> String {
        self.inner.world.lock().provision_border_router(spec)
    }

    /// Does what the account manager does: lets express connect routers of one account take border routers that
    /// another account grants. Without it such grants are refused.
    pub fn approve_border_router_sharing(&self, member_account: &str, router_account: &str) {
        let state = &mut self.inner.world.lock().aliyun.state;
        state.ecr.approve(member_account, router_account);
    }

    /// Creates or replaces an identity provider of an account of Alibaba Cloud, `acs:ram::<account>:oidc-provider/<name>`,
    /// that takes exactly this token. If the token is a JSON Web Token, its claims count.
    pub fn provision_oidc_provider(
        &self,
        account: &str,
        provider_name: &str,
        accepted_token: &str,
    ) {
        let world = &mut *self.inner.world.lock();
        let ram = &mut world.aliyun.state.ram;
        ram.provision_provider(account, provider_name, accepted_token);
    }

    /// Lets another account of Alibaba Cloud use a vSwitch, and make security groups in its VPC; says whether there is
    /// such a vSwitch.
    pub fn share_vswitch(&self, vswitch_id: &str, account: &str) -> bool {
        let world = &mut *self.inner.world.lock();
        world.aliyun.state.vpc.share(vswitch_id, account)
    }

    /// Makes an instance in the classic network of Alibaba Cloud, which belongs to no VPC, and returns its id.
    pub fn provision_classic_instance(&self, account: &str, region: &str) -> String {
        let world = &mut *self.inner.world.lock();
        world.provision_classic_instance(account, region)
    }

    /// The virtual date.
    pub fn now(&self) -> SystemTime {
        self.inner.world.lock().clock.now()
    }

    /// Virtual time since the start.
    pub fn uptime(&self) -> Duration {
        self.inner.world.lock().clock.uptime()
    }

    /// Moves virtual time forward.
    pub fn advance(&self, by: Duration) {
        let world = &mut *self.inner.world.lock();
        world.clock.advance(by);
        world.settle();
    }

    /// Moves virtual time forward to this uptime; does nothing if that is past.
    pub fn advance_to(&self, uptime: Duration) {
        let world = &mut *self.inner.world.lock();
        world.clock.advance_to(uptime);
        world.settle();
    }

    /// How virtual time moves.
    pub fn speed(&self) -> Speed {
        self.inner.world.lock().clock.speed()
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.inner.world.lock().calls.all().to_vec()
    }

    /// Everything ever created, in order.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        let world = &mut *self.inner.world.lock();
        world.settle();
        world.ledger.entries().to_vec()
    }

    /// What exists now.
    pub fn alive(&self) -> Vec<LedgerEntry> {
        let mut entries = self.ledger();
        entries.retain(|entry| entry.deleted_at.is_none());
        entries
    }

    /// Adds a fault rule; earlier rules win.
    pub fn add_fault(&self, rule: FaultRule) -> FaultId {
        self.inner.world.lock().faults.add(rule)
    }

    /// Removes a rule; says whether it was there.
    pub fn remove_fault(&self, id: FaultId) -> bool {
        self.inner.world.lock().faults.remove(id)
    }

    /// Removes all rules.
    pub fn clear_faults(&self) {
        self.inner.world.lock().faults.clear();
    }

    /// What would happen now to a packet and its reply.
    pub fn probe(&self, source_instance: &str, destination: IpAddr, protocol: Protocol) -> Verdict {
        let world = &mut *self.inner.world.lock();
        world.packet(source_instance, destination, protocol)
    }

    /// Stops the server. Dropping the last handle does the same.
    pub async fn shutdown(self) {
        self.inner.stop.cancel();
    }
}
