use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use super::item::{Entry, Item, position};
use super::life::Life;
use super::options::Options;
use super::shelf::Shelves;
use super::shell::Command;
use super::trust::{Role, User};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{AccountId, AnalysisId, GroupId, NetworkId, Place, RouteTableId};
use crate::traits::{
    AclRecord, CloudService, GrantRecord, GroupRecord, HubRecord, HubRouteRecord, LearningRecord,
    NetworkRecord, OracleAnswer, Owner, RouteRecord, RouteTableRecord, RuleRecord, Select,
    ServiceStatus, Token,
};

/// What stands in route tables, by table.
pub(super) type Tabled<R> = BTreeMap<RouteTableId, Vec<Entry<R>>>;

/// Everything there is, in all accounts and regions, in the order of its creation.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) options: Arc<Options>,
    pub(super) now: Duration,
    shelves: Shelves,
    pub(super) tables: Vec<RouteTableRecord>,
    pub(super) routes: Tabled<RouteRecord>,
    pub(super) learning: Tabled<LearningRecord>,
    /// Those that others added to the tables of hubs.
    pub(super) hub_routes: Vec<HubRouteRecord>,
    pub(super) grants: Vec<GrantRecord>,
    pub(super) rules: Vec<RuleRecord>,
    pub(super) acls: Vec<AclRecord>,
    /// Lists that are shown without what is in them.
    pub(super) hidden_lists: BTreeSet<String>,
    pub(super) roles: Vec<Role>,
    pub(super) users: Vec<User>,
    pub(super) commands: Vec<Command>,
    /// What each analysis found.
    pub(super) opinions: BTreeMap<AnalysisId, OracleAnswer>,
    pub(super) opened: BTreeSet<(AccountId, CloudService)>,
    /// Networks whose instances have host names.
    pub(super) host_names: BTreeSet<NetworkId>,
    /// When something is gone that is on its way out.
    leaving: BTreeSet<Duration>,
    tokens: BTreeMap<(Place, &'static str, String), String>,
    counters: BTreeMap<&'static str, u64>,
}

impl World {
    pub(super) fn new(options: Arc<Options>) -> Self {
        Self {
            options,
            now: Duration::ZERO,
            shelves: Shelves::default(),
            tables: Vec::new(),
            routes: Tabled::new(),
            learning: Tabled::new(),
            hub_routes: Vec::new(),
            grants: Vec::new(),
            rules: Vec::new(),
            acls: Vec::new(),
            hidden_lists: BTreeSet::new(),
            roles: Vec::new(),
            users: Vec::new(),
            commands: Vec::new(),
            opinions: BTreeMap::new(),
            opened: BTreeSet::new(),
            host_names: BTreeSet::new(),
            leaving: BTreeSet::new(),
            tokens: BTreeMap::new(),
            counters: BTreeMap::new(),
        }
    }

    /// Time has passed: what was on its way out by now is gone, with what it contained.
    pub(super) fn advance(&mut self, now: Duration) {
        self.now = now;
        if self.leaving.first().is_some_and(|moment| *moment <= now) {
            self.leaving.retain(|moment| *moment > now);
            self.shelves.purge(now);
            purge(&mut self.routes, now);
            purge(&mut self.learning, now);
            self.drop_contents();
        }
    }

    /// Something is on its way out from now on.
    pub(super) fn leaves(&mut self) {
        let gone = self.now.saturating_add(self.options.latency);
        self.leaving.insert(gone);
    }

    fn drop_contents(&mut self) {
        #[cfg(test)]
        crate::scans::note(self.tables.len());
        let Self {
            shelves,
            tables,
            rules,
            acls,
            ..
        } = self;
        let networks: HashSet<&NetworkId> = ids(shelves.get::<NetworkRecord>());
        tables.retain(|table| networks.contains(&table.network));
        acls.retain(|acl| networks.contains(&acl.network));
        let groups: HashSet<&GroupId> = ids(shelves.get::<GroupRecord>());
        rules.retain(|rule| groups.contains(&rule.group));
        let hubs = shelves.get::<HubRecord>().iter();
        let of_hubs: HashSet<_> = hubs.flat_map(|hub| hub.record.table_ids()).collect();
        self.hub_routes
            .retain(|route| of_hubs.contains(&route.table));
        let tables: HashSet<_> = self.tables.iter().map(|table| &table.id).collect();
        self.routes.retain(|table, _| tables.contains(table));
    }

    /// Everything of a kind.
    pub(super) fn shelf<R: Item>(&self) -> &[Entry<R>] {
        self.shelves.get()
    }

    pub(super) fn shelf_mut<R: Item>(&mut self) -> &mut Vec<Entry<R>> {
        self.shelves.get_mut()
    }

    /// Changes whose an object is, and tells whether it was found. Without a place, wherever it is.
    pub(super) fn set_owner(
        &mut self,
        id: &str,
        place: Option<&Place>,
        owner: Option<&Owner>,
    ) -> bool {
        self.shelves.set_owner(id, place, owner)
    }

    /// Takes an object away at once, with what it contains, and tells whether it was found.
    pub(super) fn take_away(&mut self, id: &str) -> bool {
        let found = self.shelves.take_away(id);
        self.drop_contents();
        found
    }

    /// Every object with an id and an owner, in words.
    pub(super) fn names(&self) -> Vec<String> {
        self.shelves.names(self)
    }

    pub(super) fn fresh<Id: From<String>>(&mut self, prefix: &'static str) -> Id {
        let number = self.next_number(prefix);
        Id::from(format!("{prefix}-{number}"))
    }

    /// Counts things of a kind, from 1 or the [first number](super::MemoryBuilder::with_first_number).
    pub(super) fn next_number(&mut self, kind: &'static str) -> u64 {
        let first = self.options.first_number;
        let counter = self.counters.entry(kind).or_insert(first);
        let number = *counter;
        *counter = number.saturating_add(1);
        number
    }

    /// The life of something made now.
    pub(super) fn birth(&self) -> Life {
        Life::begin(self.now, self.options.latency).shown_after(self.options.visibility)
    }

    /// What an earlier create with this token made, unless it is gone or going.
    pub(super) fn remembered<R: Item>(&self, place: &Place, token: &Token) -> Option<R> {
        let id = self.token(place, R::KIND.noun(), token)?;
        let entry = self.called::<R>(id)?;
        entry.life.is_wanted(self.now).then(|| entry.show(self.now))
    }

    /// Makes something and remembers the token it was made with.
    pub(super) fn admit<R: Item>(
        &mut self,
        place: &Place,
        token: &Token,
        life: Life,
        make: impl FnOnce(R::Id) -> R,
    ) -> R {
        let id: R::Id = self.fresh(R::PREFIX);
        self.remember(place, R::KIND.noun(), token, id.as_ref());
        let entry = Entry {
            record: make(id),
            place: place.clone(),
            guests: match R::SHARED {
                true => self.options.guests_of(place),
                false => Vec::new(),
            },
            life,
        };
        let shown = entry.show(self.now);
        self.shelf_mut::<R>().push(entry);
        shown
    }

    pub(super) fn token(&self, place: &Place, noun: &'static str, token: &Token) -> Option<&str> {
        let key = (place.clone(), noun, token.as_str().to_owned());
        self.tokens.get(&key).map(String::as_str)
    }

    pub(super) fn remember(&mut self, place: &Place, noun: &'static str, token: &Token, id: &str) {
        let key = (place.clone(), noun, token.as_str().to_owned());
        self.tokens.insert(key, id.to_owned());
    }

    /// The entry with this id, wherever it lives.
    pub(super) fn get<R: Item>(&self, id: &R::Id) -> Option<&Entry<R>> {
        self.called(id.as_ref())
    }

    /// The entry with this id, as text.
    pub(super) fn called<R: Item>(&self, id: &str) -> Option<&Entry<R>> {
        let shelf = self.shelf::<R>();
        shelf.get(position(shelf, id)?)
    }

    /// The entry with this id, if the place sees it.
    pub(super) fn seen<R: Item>(&self, place: &Place, id: &R::Id) -> Option<&Entry<R>> {
        self.get::<R>(id)
            .filter(|entry| R::is_seen_from(entry, place))
    }

    /// The entry with this id, which the place must see.
    pub(super) fn find<R: Item>(&self, place: &Place, id: &R::Id) -> Result<&Entry<R>> {
        self.seen::<R>(place, id)
            .ok_or_else(|| absent::<R>(id, &place.account))
    }

    /// The entry with this id, which the place must see and which must be ready.
    pub(super) fn find_ready<R: Item>(&self, place: &Place, id: &R::Id) -> Result<&Entry<R>> {
        let entry = self.find::<R>(place, id)?;
        self.check_ready(entry)?;
        Ok(entry)
    }

    /// Refuses what only the owner of something may do to it, and a place with which it is shared may not.
    pub(super) fn check_own<R: Item>(&self, place: &Place, id: &R::Id) -> Result<()> {
        match self.seen::<R>(place, id) {
            Some(entry) if entry.guests.contains(place) => {
                let owner = &entry.place.account;
                let message = format!(
                    "{} {id} belongs to account {owner}, which shares it",
                    R::KIND
                );
                Err(Error::new(ErrorKind::PermissionDenied, message)
                    .with_remedy(format!("ask as account {owner}")))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_ready<R: Item>(&self, entry: &Entry<R>) -> Result<()> {
        let status = entry.life.status(self.now);
        if status.is_ready() {
            return Ok(());
        }
        let (noun, id) = (R::KIND, entry.record.id());
        Err(Error::new(
            ErrorKind::Busy,
            format!("{noun} {id} is {status}"),
        ))
    }

    /// Everything of a kind that there is for a place, also what lists do not show yet.
    pub(super) fn all<R: Item>(&self, place: &Place) -> Vec<R> {
        let entries = self.shelf::<R>().iter();
        entries
            .filter(|entry| R::is_seen_from(entry, place))
            .map(|entry| entry.show(self.now))
            .collect()
    }

    /// Everything of a kind that a place sees.
    pub(super) fn list<R: Item>(&self, place: &Place, select: &Select<R::Id>) -> Vec<R> {
        self.shelf::<R>()
            .iter()
            .filter(|entry| entry.life.is_shown(self.now))
            .filter(|entry| R::is_seen_from(entry, place) && entry.record.is_selected(select))
            .map(|entry| entry.show(self.now))
            .collect()
    }

    /// Sends something that the place sees on its way out; what it does not see is absent already.
    pub(super) fn end<R: Item>(&mut self, place: &Place, id: &R::Id) {
        let (now, latency) = (self.now, self.options.latency);
        let shelf = self.shelf_mut::<R>();
        let entry = position(shelf, id.as_ref()).map(|at| &mut shelf[at]);
        if let Some(entry) = entry.filter(|entry| R::is_seen_from(entry, place)) {
            entry.life.end(now, latency);
            self.leaves();
        }
    }

    pub(super) fn service_status(
        &self,
        account: &AccountId,
        service: CloudService,
    ) -> ServiceStatus {
        let closed = self.options.capabilities.services.contains(&service)
            && self.options.account(account).closed.contains(&service)
            && !self.opened.contains(&(account.clone(), service));
        if closed {
            ServiceStatus::Closed
        } else {
            ServiceStatus::Open
        }
    }

    pub(super) fn check_open(&self, account: &AccountId, service: CloudService) -> Result<()> {
        match self.service_status(account, service) {
            ServiceStatus::Open => Ok(()),
            ServiceStatus::Closed => Err(Error::new(
                ErrorKind::ServiceNotOpen,
                format!("the {service} service is not open in account {account}"),
            )
            .with_remedy(format!("open it in account {account}"))),
        }
    }
}

fn purge<R>(tables: &mut Tabled<R>, now: Duration) {
    for entries in tables.values_mut() {
        entries.retain(|entry| !entry.life.is_gone(now));
    }
}

fn ids<R: Item>(shelf: &[Entry<R>]) -> HashSet<&R::Id> {
    shelf.iter().map(|entry| entry.record.id()).collect()
}

pub(super) fn absent<R: Item>(id: &R::Id, account: &AccountId) -> Error {
    let noun = R::KIND;
    Error::new(
        ErrorKind::NotFound,
        format!("account {account} has no {noun} {id} here"),
    )
}

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

/// Refuses a delete while any of `users`, each a text, is there.
pub(super) fn check_unused(what: &str, mut users: impl Iterator<Item = String>) -> Result<()> {
    match users.next() {
        None => Ok(()),
        Some(user) => Err(
            Error::new(ErrorKind::InUse, format!("{what} is still used by {user}"))
                .with_remedy(format!("remove {user} first")),
        ),
    }
}

/// Whether two ranges have an address in common.
pub(super) fn overlaps(left: &IpNet, right: &IpNet) -> bool {
    left.contains(right) || right.contains(left)
}
