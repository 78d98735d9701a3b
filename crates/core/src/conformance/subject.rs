use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ipnet::IpNet;

use crate::clock::Clock;
use crate::ids::{AccountId, Place, Region, Zone};
use crate::traits::{Capabilities, CloudProvider};

type WriteCounter = Arc<dyn Fn() -> usize + Send + Sync>;

/// What is examined, and what the examination may use there.
///
/// Three places are used: one account in two regions, and a second account in the first of them. Everything a check
/// makes is tagged with a topology of its own, so the accounts may hold other things, and goes when the check ends.
#[derive(Clone)]
#[non_exhaustive]
pub struct Subject {
    /// Where handles come from.
    pub provider: Arc<dyn CloudProvider>,
    /// The clock that waits are measured with: the provider's own.
    pub clock: Arc<dyn Clock>,
    /// The first account in the first region.
    pub home: Place,
    /// The first account in the second region.
    pub away: Place,
    /// The second account in the first region.
    pub guest: Place,
    /// An account whose credentials belong to another one. Default: none, and the check about it is not offered.
    pub impostor: Option<Place>,
    /// Zones of the regions in which subnets are made. Default: those in which networks can be attached to hubs.
    pub zones: BTreeMap<Region, Vec<Zone>>,
    /// Where address ranges are taken from, a /20 for each network. Default `10.0.0.0/8`.
    pub ranges: IpNet,
    /// What instances are made of. Default: none, and nothing is examined that needs instances.
    pub machines: Option<Machines>,
    /// Whether paths may be analysed, which may cost money. Default: no, and the promises of analysers are not examined.
    pub analyses: bool,
    /// How many subnets are made to see whether a list pages to its end. Default 12.
    pub crowd: usize,
    /// How long one wait for the cloud may take. Default 20 min.
    pub limit: Duration,
    /// What tells this examination from others of the same cloud: part of names, tags and tokens. Default: the date of
    /// the clock.
    pub run: String,
    writes: Option<WriteCounter>,
}

/// What instances are made of, in the cloud's words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Machines {
    /// The instance type.
    pub instance_type: String,
    /// The image, or image family.
    pub image: String,
}

impl Subject {
    /// The cloud of `home`, with `away` as the second region and `guest` as the second account.
    pub fn new(
        provider: Arc<dyn CloudProvider>,
        clock: Arc<dyn Clock>,
        home: Place,
        away: impl Into<Region>,
        guest: impl Into<AccountId>,
    ) -> Self {
        let place = |account: AccountId, region: Region| Place {
            cloud: home.cloud.clone(),
            account,
            region,
        };
        let since_epoch = clock.now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            away: place(home.account.clone(), away.into()),
            guest: place(guest.into(), home.region.clone()),
            home,
            impostor: None,
            zones: BTreeMap::new(),
            ranges: IpNet::new([10, 0, 0, 0].into(), 8).expect("8 is below 33"),
            machines: None,
            analyses: false,
            crowd: 12,
            limit: Duration::from_secs(20 * 60),
            run: format!("{:x}", since_epoch.unwrap_or_default().as_secs()),
            writes: None,
            provider,
            clock,
        }
    }

    /// Names zones of a region.
    #[must_use]
    pub fn with_zones(
        mut self,
        region: impl Into<Region>,
        zones: impl IntoIterator<Item = Zone>,
    ) -> Self {
        self.zones
            .insert(region.into(), zones.into_iter().collect());
        self
    }

    /// Sets where address ranges are taken from: a /12 or shorter, that the cloud lets networks use.
    #[must_use]
    pub fn with_ranges(mut self, ranges: IpNet) -> Self {
        self.ranges = ranges;
        self
    }

    /// Sets what instances are made of.
    #[must_use]
    pub fn with_machines(
        mut self,
        instance_type: impl Into<String>,
        image: impl Into<String>,
    ) -> Self {
        self.machines = Some(Machines {
            instance_type: instance_type.into(),
            image: image.into(),
        });
        self
    }

    /// Lets paths be analysed ([`PathOracle`](crate::PathOracle)). Default: the promises of analysers are not examined,
    /// because an analysis may cost money.
    #[must_use]
    pub fn with_analyses(mut self) -> Self {
        self.analyses = true;
        self
    }

    /// Names an account whose credentials belong to another one.
    #[must_use]
    pub fn with_impostor(mut self, account: impl Into<AccountId>) -> Self {
        let mut place = self.home.clone();
        place.account = account.into();
        self.impostor = Some(place);
        self
    }

    /// Sets how many subnets are made to see whether a list pages to its end: more than a page of the cloud holds.
    #[must_use]
    pub fn with_crowd(mut self, subnets: usize) -> Self {
        self.crowd = subnets;
        self
    }

    /// Sets how long one wait for the cloud may take.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Sets what tells this examination from others of the same cloud: a few lower-case letters and digits.
    #[must_use]
    pub fn with_run(mut self, run: impl Into<String>) -> Self {
        self.run = run.into();
        self
    }

    /// Tells how many writes have succeeded so far, so that checks can see when none was made. Default: writes are not counted.
    #[must_use]
    pub fn with_write_counter(mut self, count: impl Fn() -> usize + Send + Sync + 'static) -> Self {
        self.writes = Some(Arc::new(count));
        self
    }

    /// Counts no writes: for checks that run while others write.
    #[must_use]
    pub fn without_write_counter(mut self) -> Self {
        self.writes = None;
        self
    }

    /// What the cloud can do.
    pub fn capabilities(&self) -> &Capabilities {
        self.provider.capabilities()
    }

    pub(super) fn writes(&self) -> Option<usize> {
        self.writes.as_ref().map(|count| count())
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("home", &self.home)
            .field("away", &self.away)
            .field("guest", &self.guest)
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}
