//! The handle on a running simulator, and its options. What is special to one cloud is in that cloud's `setup` module.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::account::{AccountKeys, AccountSpec, RoleSpec};
use crate::calls::Call;
use crate::clock::{Clock, Speed};
use crate::cloud::Setups;
use crate::faults::{FaultId, FaultRule};
use crate::ledger::LedgerEntry;
use crate::packet::Protocol;
use crate::server;
use crate::sleep;
use crate::verdict::Verdict;
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
    latency: Duration,
    pub(crate) setups: Setups,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 1,
            speed: Speed::Manual,
            start_time: None,
            latency: Duration::ZERO,
            setups: Setups::default(),
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

    /// How long a call travels there and back together, in simulated time. Default: no time.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
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
                "invalid listen address: expected a loopback address, such as 127.0.0.1:9180",
            ));
        }
        let listener = TcpListener::bind(self.listen).await?;
        let address = listener.local_addr()?;
        let clock = Clock::new(self.start_time.unwrap_or_else(SystemTime::now), self.speed);
        let world = World::new(clock, self.seed, self.setups);
        let world = Arc::new(Shared::new(world, self.latency));
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
    /// If no loopback port is free.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Options first.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.inner.world.lock()
    }

    /// `http://127.0.0.1:PORT`, for all products of all clouds.
    pub fn url(&self) -> String {
        format!("http://{}", self.inner.address)
    }

    /// The regions that the simulator has of a cloud; none of a cloud that is not one of [`CLOUDS`](crate::CLOUDS).
    pub fn regions(&self, cloud: &str) -> Vec<String> {
        let world = &mut *self.world();
        let regions = world.clouds.named(cloud).map(|cloud| cloud.regions());
        let regions = regions.into_iter().flatten();
        regions.map(|region| region.id).collect()
    }

    /// Makes an account known and returns a key for it. Calling it again adds a key and replaces the settings.
    pub fn provision(&self, spec: AccountSpec) -> AccountKeys {
        self.world().provision(spec)
    }

    /// Creates or replaces a role that may do everything. Returns false, and does nothing, for an account that was not
    /// provisioned.
    pub fn provision_role(&self, spec: RoleSpec) -> bool {
        self.world().provision_role(spec)
    }

    /// The virtual date.
    pub fn now(&self) -> SystemTime {
        self.world().common.clock.now()
    }

    /// Virtual time since the start.
    pub fn uptime(&self) -> Duration {
        self.world().common.clock.uptime()
    }

    /// Moves virtual time forward.
    pub fn advance(&self, by: Duration) {
        let world = &mut *self.world();
        world.common.clock.advance(by);
        world.settle();
    }

    /// Moves virtual time forward to this uptime; does nothing if that is past.
    pub fn advance_to(&self, uptime: Duration) {
        let world = &mut *self.world();
        world.common.clock.advance_to(uptime);
        world.settle();
    }

    /// Returns when so much virtual time has passed.
    ///
    /// With [`Speed::Manual`] time jumps to the first moment that somebody waits for, once nothing else can happen: no
    /// request is on its way to the simulator or back, and no task of this runtime has anything to do. Work in other
    /// processes is not seen before their requests are. With [`Speed::Scaled`] the sleep is real, and shorter.
    pub async fn sleep(&self, duration: Duration) {
        let moment = self.uptime().saturating_add(duration);
        sleep::until(&self.inner.world, moment).await;
    }

    /// A number in `0.0..1.0` for the jitter of clients, from the seed.
    pub fn chance(&self) -> f64 {
        self.world().common.ids.chance()
    }

    /// How virtual time moves.
    pub fn speed(&self) -> Speed {
        self.world().common.clock.speed()
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.world().common.calls.all().to_vec()
    }

    /// Everything ever created, in order.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        let world = &mut *self.world();
        world.settle();
        world.common.ledger.entries().to_vec()
    }

    /// What exists now.
    pub fn alive(&self) -> Vec<LedgerEntry> {
        let mut entries = self.ledger();
        entries.retain(|entry| entry.deleted_at.is_none());
        entries
    }

    /// Adds a fault rule; earlier rules win.
    pub fn add_fault(&self, rule: FaultRule) -> FaultId {
        self.world().common.faults.add(rule)
    }

    /// How many calls a rule has hit so far; 0 for one that is not there.
    pub fn fault_hits(&self, id: FaultId) -> u64 {
        self.world().common.faults.hits(id)
    }

    /// Removes a rule; says whether it was there.
    pub fn remove_fault(&self, id: FaultId) -> bool {
        self.world().common.faults.remove(id)
    }

    /// Removes all rules.
    pub fn clear_faults(&self) {
        self.world().common.faults.clear();
    }

    /// What would happen now to a packet, and to the answer to it: both arrive, or one of them is dropped at an element.
    ///
    /// The source is the ID of an instance or of a network interface, or the address of exactly one instance of all
    /// clouds. The packet bears the source's address of the destination's family.
    pub fn probe(&self, source: &str, destination: IpAddr, protocol: Protocol) -> Verdict {
        let world = &mut *self.world();
        world.packet(source, destination, protocol)
    }

    /// Replaces the TCP ports on which an instance, by its ID, listens. Returns false, and does nothing, if there is no
    /// such instance. Connections to other ports are refused by the instance, if packets reach it. This is what scripts on
    /// instances see; [`probe`](Self::probe) follows packets only.
    pub fn listen(&self, instance: &str, ports: &[u16]) -> bool {
        self.world().listen(instance, ports)
    }

    /// Replaces the TCP ports of all instances for which [`listen`](Self::listen) chose none, of all clouds, those that start
    /// later included. Default: 22, as images come with an SSH server.
    pub fn listen_by_default(&self, ports: &[u16]) {
        self.world().listen_by_default(ports);
    }

    /// Stops the server. Dropping the last handle does the same.
    pub async fn shutdown(self) {
        self.inner.stop.cancel();
    }
}
