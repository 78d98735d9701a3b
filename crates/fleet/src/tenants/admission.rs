//! What a tenant's topology may not name.

use landbridge_core::topology::{Account, CredentialSource, Holder, Topology};
use schemars::JsonSchema;
use serde::Serialize;

use super::Tenant;
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
        found.extend(self.of_places(topology));
        found.extend(self.of_instances(topology));
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
        let in_list = |list: &super::BTreeMap<_, super::BTreeSet<String>>| {
            let ids = list.get(&account.cloud);
            ids.is_some_and(|ids| ids.contains(id))
        };
        let source = format!("/accounts/{at}/credentials");
        if in_list(&self.through) {
            return match account.credentials {
                CredentialSource::Default => Vec::new(),
                _ => vec![forbidden(
                    source,
                    name,
                    "leave `credentials` out: it is an account of the service",
                )],
            };
        }
        let mut found = Vec::new();
        if !in_list(&self.accounts) {
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
        found.extend(self.of_source(source, account));
        found
    }

    fn of_source(&self, path: String, account: &Account) -> Option<Objection> {
        let name = &account.name;
        let CredentialSource::AssumeRole { external_id, .. } = &account.credentials else {
            return Some(forbidden(
                path,
                name,
                "use `assume-role`: the service has no other keys of its tenants",
            ));
        };
        let expected = self.external_id.as_deref();
        if expected.is_some() && external_id.as_deref() == expected {
            return None;
        }
        let (path, code) = (
            format!("{path}/assume-role/external-id"),
            "tenant/external-id",
        );
        Some(match expected {
            Some(expected) => {
                let message = format!(
                    "account `{name}`: the role is assumed without the external ID of tenant `{}`",
                    self.name
                );
                Objection::new(
                    code,
                    path,
                    message,
                    format!(
                        "set `external-id: {expected}`, and ask for it in the role's trust policy"
                    ),
                )
            }
            None => {
                let message = format!(
                    "account `{name}`: tenant `{}` has no external ID, and assumes no roles",
                    self.name
                );
                Objection::new(
                    code,
                    path,
                    message,
                    "ask who runs the service for an external ID",
                )
            }
        })
    }

    // The service's own accounts lend keys. Nothing is made there.
    fn of_places(&self, topology: &Topology) -> Vec<Objection> {
        let is_lender = |name: &str| {
            let account = topology.account(name);
            let ids =
                account.and_then(|account| Some((self.through.get(&account.cloud)?, account)));
            ids.is_some_and(|(ids, account)| ids.contains(account.id.as_str()))
        };
        let networks = topology.networks.iter().enumerate();
        let networks = networks.map(|(at, one)| (format!("/networks/{at}/account"), &one.account));
        let interconnects = topology.interconnects.iter().enumerate();
        let interconnects =
            interconnects.map(|(at, one)| (format!("/interconnects/{at}/owner"), &one.owner));
        let edges = topology.edges.iter().enumerate();
        let edges = edges.flat_map(|(at, edge)| {
            let routers = edge.border_routers.iter().enumerate();
            let routers = routers.map(move |(n, one)| {
                (
                    format!("/edges/{at}/border-routers/{n}/account"),
                    &one.account,
                )
            });
            routers.chain([(format!("/edges/{at}/owner"), &edge.owner)])
        });
        let places = networks.chain(interconnects).chain(edges);
        let wrong = places.filter(|(_, account)| is_lender(account));
        let object = |(path, account): (String, &String)| {
            let message = format!("account `{account}` is one of the service: it lends keys only");
            Objection::new("tenant/account", path, message, "name an account of yours")
        };
        wrong.map(object).collect()
    }

    fn of_instances(&self, topology: &Topology) -> Vec<Objection> {
        let instances = topology.instances.iter().enumerate();
        let named = instances.filter_map(|(at, one)| Some((at, one.password_env.as_ref()?)));
        let wrong = named.filter(|(_, secret)| !self.secrets.contains(*secret));
        let object = |(at, secret): (usize, &String)| {
            let message = format!("secret `{secret}` is not one of tenant `{}`", self.name);
            let remedy = "leave `password-env` out, or ask who runs the service to add the secret";
            let path = format!("/instances/{at}/password-env");
            Objection::new("tenant/secret", path, message, remedy)
        };
        wrong.map(object).collect()
    }
}

fn forbidden(path: String, account: &str, remedy: &str) -> Objection {
    let message = format!("account `{account}`: its credential source is not allowed to tenants");
    Objection::new("tenant/credentials", path, message, remedy)
}
