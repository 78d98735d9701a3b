//! Accounts, their keys, roles and sessions, for authentication and for keeping accounts apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::time::Duration;

use crate::random::Ids;

/// Who an access key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdentityKind {
    /// A user inside the account: what people should use.
    #[default]
    User,
    /// The account itself; it may not assume roles.
    Root,
}

/// A service that an account has to open (order) before it can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Service {
    /// Transit routers. Open by default.
    TransitRouter,
    /// Cloud data transfer (traffic between regions). Open by default.
    Cdt,
    /// Cloud data transfer across the border of the Chinese mainland. Closed by default.
    CdtCrossBorder,
}

/// An account to set up in the simulator.
#[derive(Clone)]
pub struct AccountSpec {
    pub(crate) cloud: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) identity: IdentityKind,
    pub(crate) services: BTreeMap<Service, bool>,
    pub(crate) quotas: BTreeMap<String, u64>,
    pub(crate) key: Option<(String, String)>,
    pub(crate) alias: String,
    pub(crate) login_name: String,
    pub(crate) policy: Option<String>,
    pub(crate) home: Option<String>,
    pub(crate) disabled_regions: BTreeSet<String>,
}

impl fmt::Debug for AccountSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountSpec")
            .field("cloud", &self.cloud)
            .field("id", &self.id)
            .field("name", &self.name)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl AccountSpec {
    /// An account of one of [`CLOUDS`](crate::CLOUDS). Its key belongs to a user; transit routers and data transfer are
    /// open. Keys of an account on any other cloud open nothing.
    pub fn new(cloud: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            cloud: cloud.into(),
            id: id.into(),
            name: "user".to_owned(),
            identity: IdentityKind::User,
            services: BTreeMap::new(),
            quotas: BTreeMap::new(),
            key: None,
            alias: String::new(),
            login_name: String::new(),
            policy: None,
            home: None,
            disabled_regions: BTreeSet::new(),
        }
    }

    /// The name of the user whose key is made, seen in caller identities. Default `user`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The alias under which the account's users log in. Default none.
    #[must_use]
    pub fn alias(mut self, alias: impl Into<String>) -> Self {
        self.alias = alias.into();
        self
    }

    /// The name under which the account itself logs in, for example `b@example.com`; Alibaba Cloud shows it in rules of
    /// security groups. Default none: the account's id is shown.
    #[must_use]
    pub fn login_name(mut self, name: impl Into<String>) -> Self {
        self.login_name = name.into();
        self
    }

    /// Restricts the key's user to what this policy allows, a JSON document in the policy language of the account's
    /// cloud. A document that does not parse allows nothing. Default: the user may do everything.
    #[must_use]
    pub fn policy(mut self, document: impl Into<String>) -> Self {
        self.policy = Some(document.into());
        self
    }

    /// Puts the account into the partition of AWS that this region is in, such as `cn-north-1`. Its keys are unknown in the
    /// others. Default: the partition `aws`. Alibaba Cloud has no partitions.
    #[must_use]
    pub fn home(mut self, region: impl Into<String>) -> Self {
        self.home = Some(region.into());
        self
    }

    /// Enables or disables a region of AWS that accounts must opt into: where it is disabled, the account's keys are
    /// unknown. Default: all are enabled. The other regions stay enabled, and so do those of Alibaba Cloud.
    #[must_use]
    pub fn region_enabled(mut self, region: impl Into<String>, enabled: bool) -> Self {
        match enabled {
            true => self.disabled_regions.remove(&region.into()),
            false => self.disabled_regions.insert(region.into()),
        };
        self
    }

    /// Whose key is made. Default [`IdentityKind::User`].
    #[must_use]
    pub fn identity(mut self, identity: IdentityKind) -> Self {
        self.identity = identity;
        self
    }

    /// Opens or closes a service.
    #[must_use]
    pub fn service_open(mut self, service: Service, open: bool) -> Self {
        self.services.insert(service, open);
        self
    }

    /// Overrides a quota by name; the names are listed in [`crate::aliyun_quotas`] and
    /// [`crate::aws_quotas`].
    #[must_use]
    pub fn quota(mut self, name: impl Into<String>, limit: u64) -> Self {
        self.quotas.insert(name.into(), limit);
        self
    }

    /// Uses these keys instead of generated ones.
    #[must_use]
    pub fn access_key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.key = Some((id.into(), secret.into()));
        self
    }
}

/// The keys of a provisioned account. `Debug` hides the secret.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountKeys {
    /// The account.
    pub account_id: String,
    /// The public half of the key.
    pub access_key_id: String,
    /// The secret half of the key.
    pub access_key_secret: String,
}

impl fmt::Debug for AccountKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountKeys")
            .field("account_id", &self.account_id)
            .field("access_key_id", &self.access_key_id)
            .field("access_key_secret", &"***")
            .finish()
    }
}

/// A role that other accounts may assume.
#[derive(Debug, Clone)]
pub struct RoleSpec {
    /// The account that owns the role.
    pub account: String,
    /// Its name.
    pub name: String,
    /// Who may assume it: account ids, or resource names such as `acs:ram::<id>:root`, `:user/<name>`, `:role/<name>`
    /// (on AWS `arn:aws:iam::<id>:root` and so on).
    pub trusts: Vec<String>,
    /// If set, callers must send exactly this external id.
    pub external_id: Option<String>,
    /// Whether callers must have shown a second factor. On Alibaba Cloud no key of the simulator ever has.
    pub requires_mfa: bool,
}

impl RoleSpec {
    /// A role that no principal may assume yet.
    pub fn new(account: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            name: name.into(),
            trusts: Vec::new(),
            external_id: None,
            requires_mfa: false,
        }
    }

    /// Adds a trusted account id or principal name.
    #[must_use]
    pub fn trust(mut self, principal: impl Into<String>) -> Self {
        self.trusts.push(principal.into());
        self
    }

    /// Requires an external id.
    #[must_use]
    pub fn external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(id.into());
        self
    }

    /// Requires a second factor. On Alibaba Cloud no key of the simulator ever has one.
    #[must_use]
    pub fn requires_mfa(mut self) -> Self {
        self.requires_mfa = true;
        self
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) cloud: String,
    pub(crate) name: String,
    pub(crate) alias: String,
    pub(crate) login_name: String,
    open: BTreeSet<Service>,
    pub(crate) quotas: BTreeMap<String, u64>,
    /// A region of its partition, if that is not the first.
    pub(crate) home: Option<String>,
    pub(crate) disabled_regions: BTreeSet<String>,
}

impl Account {
    pub(crate) fn is_open(&self, service: Service) -> bool {
        self.open.contains(&service)
    }

    /// The login name, or the id of an account without one.
    pub(crate) fn shown_name(&self) -> &str {
        if self.login_name.is_empty() {
            &self.id
        } else {
            &self.login_name
        }
    }
}

/// What a key is good for.
#[derive(Clone)]
pub(crate) enum Holder {
    User {
        name: String,
        id: String,
    },
    Root,
    /// An unsigned call.
    Anonymous,
    Session {
        role: String,
        role_id: String,
        session: String,
        token: String,
        expires: Duration,
    },
    /// A short-lived key of a user or of the account itself.
    Temporary {
        of: Box<Holder>,
        mfa: bool,
        token: String,
        expires: Duration,
    },
}

impl Holder {
    /// Token and end of a short-lived key.
    pub(crate) fn session(&self) -> Option<(&str, Duration)> {
        match self {
            Self::Session { token, expires, .. } | Self::Temporary { token, expires, .. } => {
                Some((token, *expires))
            }
            Self::User { .. } | Self::Root | Self::Anonymous => None,
        }
    }

    /// The user, root or role behind the key.
    pub(crate) fn identity(&self) -> &Self {
        match self {
            Self::Temporary { of, .. } => of.identity(),
            other => other,
        }
    }
}

#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) account: String,
    pub(crate) secret: String,
    pub(crate) holder: Holder,
}

/// An authenticated caller.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) key_id: String,
    pub(crate) holder: Holder,
}

impl Caller {
    /// The caller of an unsigned call.
    pub(crate) fn anonymous() -> Self {
        Self {
            account: String::new(),
            key_id: String::new(),
            holder: Holder::Anonymous,
        }
    }
}

/// All accounts and keys. Deliberately without `Debug`: it holds secrets.
#[derive(Clone, Default)]
pub(crate) struct Accounts {
    accounts: BTreeMap<String, Account>,
    keys: HashMap<String, Key>,
    /// The policies that restrict users, by key.
    restrictions: HashMap<String, String>,
}

impl Accounts {
    /// Makes an account known, and this key one of its.
    pub(crate) fn provision(
        &mut self,
        spec: AccountSpec,
        (key_id, secret): (String, String),
        ids: &mut Ids,
    ) -> AccountKeys {
        let mut open = BTreeSet::from([Service::TransitRouter, Service::Cdt]);
        for (service, is_open) in &spec.services {
            if *is_open {
                open.insert(*service)
            } else {
                open.remove(service)
            };
        }
        let holder = match spec.identity {
            IdentityKind::User => Holder::User {
                name: spec.name.clone(),
                id: ids.digits("user", 18),
            },
            IdentityKind::Root => Holder::Root,
        };
        self.keys.insert(
            key_id.clone(),
            Key {
                account: spec.id.clone(),
                secret: secret.clone(),
                holder,
            },
        );
        match spec.policy {
            Some(policy) => self.restrictions.insert(key_id.clone(), policy),
            None => self.restrictions.remove(&key_id),
        };
        self.accounts.insert(
            spec.id.clone(),
            Account {
                id: spec.id.clone(),
                cloud: spec.cloud,
                name: spec.name,
                alias: spec.alias,
                login_name: spec.login_name,
                open,
                quotas: spec.quotas,
                home: spec.home,
                disabled_regions: spec.disabled_regions,
            },
        );
        AccountKeys {
            account_id: spec.id,
            access_key_id: key_id,
            access_key_secret: secret,
        }
    }

    pub(crate) fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(id)
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// The ids of the long-lived keys of an account.
    pub(crate) fn key_ids(&self, account: &str) -> Vec<String> {
        let mut ids: Vec<String> = self
            .keys
            .iter()
            .filter(|(_, key)| key.account == account && key.holder.session().is_none())
            .map(|(id, _)| id.clone())
            .collect();
        ids.sort();
        ids
    }

    /// Whether a key of this account belongs to a user of this name.
    pub(crate) fn has_user(&self, account: &str, user: &str) -> bool {
        self.keys.values().any(|key| {
            key.account == account
                && matches!(&key.holder, Holder::User { name, .. } if name == user)
        })
    }

    /// The id of the user of this name whom a key of the account belongs to.
    pub(crate) fn user_id(&self, account: &str, user: &str) -> Option<&str> {
        let keys = self.keys.values().filter(|key| key.account == account);
        let ids = keys.filter_map(|key| match &key.holder {
            Holder::User { name, id } if name == user => Some(id.as_str()),
            _ => None,
        });
        // Each key has an id of its own; any would do, but always the same.
        ids.min()
    }

    /// The names of all users whom keys of the account belong to.
    pub(crate) fn user_names(&self, account: &str) -> BTreeSet<String> {
        let keys = self.keys.values().filter(|key| key.account == account);
        let names = keys.filter_map(|key| match &key.holder {
            Holder::User { name, .. } => Some(name.clone()),
            _ => None,
        });
        names.collect()
    }

    pub(crate) fn key(&self, id: &str) -> Option<&Key> {
        self.keys.get(id)
    }

    /// The policy that restricts the user of a key; `None` if nothing does.
    pub(crate) fn restriction(&self, key_id: &str) -> Option<&str> {
        self.restrictions.get(key_id).map(String::as_str)
    }

    /// The key of this id, if its account is on this cloud.
    pub(crate) fn key_of(&self, cloud: &str, id: &str) -> Option<&Key> {
        let key = self.keys.get(id)?;
        let account = self.accounts.get(&key.account)?;
        (account.cloud == cloud).then_some(key)
    }

    pub(crate) fn remove_key(&mut self, key_id: &str) {
        self.keys.remove(key_id);
        self.restrictions.remove(key_id);
    }

    /// The ids of the long-lived keys of a user.
    pub(crate) fn keys_of_user(&self, account: &str, user: &str) -> Vec<String> {
        let is_users = |id: &String| match self.keys.get(id).map(|key| &key.holder) {
            Some(Holder::User { name, .. }) => name == user,
            _ => false,
        };
        let mut ids = self.key_ids(account);
        ids.retain(is_users);
        ids
    }

    pub(crate) fn restrict(&mut self, key_id: &str, policy: String) {
        self.restrictions.insert(key_id.to_owned(), policy);
    }

    /// Restricts a key like another.
    pub(crate) fn share_restriction(&mut self, from: &str, to: &str) {
        if let Some(policy) = self.restrictions.get(from).cloned() {
            self.restrictions.insert(to.to_owned(), policy);
        }
    }

    /// The account with this login name, or with this id if it has no login name.
    pub(crate) fn by_login_name(&self, name: &str) -> Option<&Account> {
        self.accounts
            .values()
            .find(|account| account.shown_name() == name)
    }

    pub(crate) fn add_key(&mut self, key_id: String, key: Key) {
        self.keys.insert(key_id, key);
    }

    /// Forgets a key: it was rotated away.
    pub(crate) fn revoke(&mut self, key_id: &str) {
        self.keys.remove(key_id);
    }

    /// Ends a session now; long-lived keys are not affected.
    pub(crate) fn expire(&mut self, key_id: &str) {
        let holder = self.keys.get_mut(key_id).map(|key| &mut key.holder);
        if let Some(Holder::Session { expires, .. } | Holder::Temporary { expires, .. }) = holder {
            *expires = Duration::ZERO;
        }
    }

    pub(crate) fn is_open(&self, account: &str, service: Service) -> bool {
        self.accounts
            .get(account)
            .is_some_and(|account| account.is_open(service))
    }

    pub(crate) fn open(&mut self, account: &str, service: Service) {
        if let Some(account) = self.accounts.get_mut(account) {
            account.open.insert(service);
        }
    }
}

/// A key pair of an account whose cloud the simulator does not have. It opens nothing.
pub(crate) fn unusable_key(ids: &mut Ids) -> (String, String) {
    let id = ids.word("access-key", 16);
    (id, ids.word("access-key-secret", 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_keys_hides_the_secret() {
        let (spec, ids) = (AccountSpec::new("aliyun", "1"), &mut Ids::new(1));
        let key = unusable_key(ids);
        let keys = Accounts::default().provision(spec, key, ids);
        assert!(!format!("{keys:?}").contains(&keys.access_key_secret));
    }
}
