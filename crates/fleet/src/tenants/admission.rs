//! What a tenant's topology may not name.

use landbridge_core::topology::{Account, Holder, Topology};
use schemars::JsonSchema;
use serde::Serialize;

use super::Tenant;
use crate::credentials::{external_id, other_external_id, problem};
use crate::key::LinkKey;

/// Something in a topology that its tenant may not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Objection {
    /// A stable code, such as `tenant/account`.
    pub code: &'static str,
    /// Where in the topology, as a JSON pointer such as `/accounts/1/id`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Objection {
    /// The code for a topology with too many networks.
    pub const NETWORKS: &'static str = "tenant/networks";

    fn new(
        code: &'static str,
        path: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            code,
            path: path.into(),
            message: message.into(),
            remedy: remedy.into(),
        }
    }
}

impl Tenant {
    /// What a topology has that this tenant may not have, in the order of the file.
    pub fn objections(&self, topology: &Topology) -> Vec<Objection> {
        let accounts = topology.accounts.iter().enumerate();
        let mut found: Vec<Objection> = self.of_names(topology);
        found.extend(accounts.flat_map(|(at, account)| self.of_account(at, account)));
        let networks = topology.networks.len();
        if networks > self.most_networks {
            let message = format!(
                "{networks} networks, of which a topology of tenant `{}` has at most {}",
                self.name, self.most_networks
            );
            let remedy = "make several topologies of it, or ask for a higher limit";
            found.push(Objection::new(
                Objection::NETWORKS,
                "/networks",
                message,
                remedy,
            ));
        }
        found
    }

    // What was made under a former name becomes the topology's: it must have been this tenant's.
    fn of_names(&self, topology: &Topology) -> Vec<Objection> {
        let is_ours = |name: &str| {
            let key: Result<LinkKey, _> = name.parse();
            key.is_ok_and(|key| key.tenant() == self.name)
        };
        let others = topology
            .was
            .iter()
            .enumerate()
            .filter(|(_, name)| !is_ours(name));
        let object = |(at, name): (usize, &String)| {
            let message = format!("former name `{name}` is not one of tenant `{}`", self.name);
            let remedy = format!(
                "name topologies that were kept as `{}_NAME` only",
                self.name
            );
            Objection::new("tenant/former-name", format!("/was/{at}"), message, remedy)
        };
        others.map(object).collect()
    }

    fn of_account(&self, at: usize, account: &Account) -> Vec<Objection> {
        // Nothing is read or written there, and no keys are used.
        if account.held_by == Holder::Other {
            return Vec::new();
        }
        let (name, id) = (&account.name, account.id.as_str());
        let ids = self.accounts.get(&account.cloud);
        let mut found = Vec::new();
        if !ids.is_some_and(|ids| ids.contains(id)) {
            let message = format!(
                "account `{name}`: `{id}` on `{}` is not an account of tenant `{}`",
                account.cloud, self.name
            );
            let remedy = "check the ID, or ask who runs the service to add the account";
            found.push(Objection::new(
                "tenant/account",
                format!("/accounts/{at}/id"),
                message,
                remedy,
            ));
        }
        found.extend(self.of_source(format!("/accounts/{at}/credentials"), account));
        found
    }

    fn of_source(&self, path: String, account: &Account) -> Option<Objection> {
        let name = &account.name;
        if let Some(problem) = problem(account, self.own_keys) {
            let message = format!("account `{name}`: {problem}");
            let remedy = "let the service assume a role of the account, or ask who runs it to keep keys of it";
            return Some(Objection::new("tenant/credentials", path, message, remedy));
        }
        let other = other_external_id(&self.name, account)?;
        let expected = external_id(&self.name);
        let message =
            format!("account `{name}`: invalid external ID `{other}`: expected `{expected}`");
        let remedy =
            "leave `external-id` out, and let the trust policy of the role ask for this one";
        let path = format!("{path}/assume-role/external-id");
        Some(Objection::new("tenant/external-id", path, message, remedy))
    }
}
