//! The table of clouds: everything in the program that depends on which cloud an account is on.
//!
//! Help texts, errors, endpoints, roles, providers and the simulator's accounts are all derived from [`ALL`]. A further
//! cloud is a module here and a line in that list; nothing else in the program names a cloud.

mod aliyun;
mod aws;
pub(crate) mod declared;

use std::sync::Arc;

use landbridge_core::picture::{Offer, Words};
use landbridge_core::topology::{Account, Topology};
use landbridge_core::{AccountId, CloudProvider, Region};

use crate::backends::Access;
use crate::exit::Outcome;

/// Every cloud, also those whose backend is not compiled in.
pub(crate) const ALL: &[&KnownCloud] = &[&aliyun::CLOUD, &aws::CLOUD];

/// One cloud as the program knows it.
#[derive(Debug)]
pub(crate) struct KnownCloud {
    /// The name in topology files and on the command line.
    pub(crate) name: &'static str,
    /// The name in sentences.
    pub(crate) title: &'static str,
    /// Names that people write instead of `name`, in lower case. They are hinted at, never accepted.
    pub(crate) also_called: &'static [&'static str],
    /// How many digits an account ID has. Other IDs are refused, or asked about where not all of them are known to have so many.
    pub(crate) account_digits: AccountDigits,
    /// Where the credential source `default` looks, in order.
    pub(crate) default_chain: &'static str,
    /// An account and a place on the command line.
    pub(crate) example: Example,
    /// The region in which the cloud is asked about an account as a whole: who the caller is, and its roles.
    pub(crate) home: Home,
    pub(crate) roles: Roles,
    /// How it builds interconnects, as its backend says too.
    pub(crate) offer: fn() -> Offer,
    /// What pictures call its objects.
    pub(crate) words: fn() -> Words,
    /// The shortest and the longest prefix of an IPv4 network, as its backend says too.
    pub(crate) network_prefix: (u8, u8),
    /// A hidden flag from before `--endpoint CLOUD=URL`.
    pub(crate) former_endpoint_flag: Option<&'static str>,
    /// Its counterpart in the simulator, if there is one.
    pub(crate) simulated: Option<Simulated>,
    /// The backend, unless the program was built without it.
    pub(crate) provider: Option<Provider>,
    /// The Cargo feature that compiles the backend in.
    pub(crate) feature: &'static str,
}

/// Makes the provider of a cloud for the accounts of a topology on it.
pub(crate) type Provider = fn(&Topology, &Access) -> Outcome<Arc<dyn CloudProvider>>;

/// Finds the region for what concerns an account of a topology as a whole.
pub(crate) type Home = fn(&Topology, &Account, &Access) -> Outcome<Region>;

/// The length of account IDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountDigits {
    /// Every ID has it.
    Always(usize),
    /// IDs have it as far as we know.
    Usually(usize),
}

/// What help texts and errors show.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) account: &'static str,
    pub(crate) region: &'static str,
}

/// How the cloud names roles.
#[derive(Debug)]
pub(crate) struct Roles {
    /// The form of a role's ARN.
    pub(crate) form: &'static str,
    /// The account in such an ARN; `None` for anything else.
    pub(crate) account_in: fn(&str) -> Option<&str>,
    /// The ARN that a role will have, from the ARN of a caller of its account, that account, and the role's name.
    pub(crate) arn: fn(caller: &str, account: &AccountId, role: &str) -> String,
}

/// The cloud in the simulator.
#[derive(Debug)]
pub(crate) struct Simulated {
    /// The simulator's name for it.
    pub(crate) name: &'static str,
    /// Ids of the accounts that `landbridge simulator` provides without a topology.
    pub(crate) accounts: [&'static str; 2],
}

impl KnownCloud {
    /// The cloud of this name.
    ///
    /// # Errors
    /// A sentence that names the known clouds and, for a near miss, the one that was probably meant.
    pub(crate) fn named(name: &str) -> Result<&'static Self, String> {
        let known = ALL.iter().find(|cloud| cloud.name == name).copied();
        known.ok_or_else(|| {
            let expected = either(ALL.iter().map(|cloud| cloud.name));
            let meant = ALL.iter().find(|cloud| cloud.is_also_called(name));
            let hint = match meant {
                Some(cloud) => hint(cloud.name),
                None => did_you_mean(name, ALL.iter().map(|cloud| cloud.name)),
            };
            format!("unknown cloud `{name}`: expected {expected}{hint}")
        })
    }

    /// The regions that the simulator has of it, as far as it is simulated.
    pub(crate) fn known_regions(&self) -> Vec<String> {
        let simulated = self.simulated.as_ref();
        simulated.map_or(Vec::new(), |cloud| {
            landbridge_sim::known_regions(cloud.name)
        })
    }

    /// The zones of such a region in which networks can be attached to hubs.
    pub(crate) fn known_zones(&self, region: &str) -> Vec<String> {
        let simulated = self.simulated.as_ref();
        simulated.map_or(Vec::new(), |cloud| {
            landbridge_sim::known_zones(cloud.name, region)
        })
    }

    fn is_also_called(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.also_called.contains(&name.as_str()) || self.title.to_lowercase() == name
    }

    /// `ACCOUNT@REGION`.
    pub(crate) fn example_place(&self) -> String {
        format!("{}@{}", self.example.account, self.example.region)
    }

    /// What is missing, for a cloud without its backend.
    pub(crate) fn not_built_in(&self) -> String {
        format!(
            "this program was built without {}: build it with `--features {}`",
            self.title, self.feature
        )
    }
}

/// `` ; did you mean `x`? `` with the known word that is a typing error away from the written one; empty if none is.
pub(crate) fn did_you_mean<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let written = written.to_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(known, &written);
    let near = |known: &&str| distance(known) <= (known.len() / 3).min(2);
    let nearest = known.into_iter().filter(near).min_by_key(|k| distance(k));
    nearest.map(hint).unwrap_or_default()
}

fn hint(meant: &str) -> String {
    format!("; did you mean `{meant}`?")
}

/// The cloud and the account that a role's ARN names.
pub(crate) fn of_role(arn: &str) -> Option<(&'static KnownCloud, &str)> {
    ALL.iter().find_map(|cloud| {
        let account = (cloud.roles.account_in)(arn)?;
        Some((*cloud, account))
    })
}

/// The forms of ARNs, for errors.
pub(crate) fn role_forms() -> String {
    either(ALL.iter().map(|cloud| cloud.roles.form))
}

/// A line for each cloud, for `--help`.
pub(crate) fn help() -> String {
    let line = |cloud: &&KnownCloud| {
        let built = match cloud.provider {
            Some(_) => String::new(),
            None => format!(" (not in this build; needs `--features {}`)", cloud.feature),
        };
        format!(
            "  {:<8}  {}{built}. `default` looks in {}.",
            cloud.name, cloud.title, cloud.default_chain
        )
    };
    let lines: Vec<String> = ALL.iter().map(line).collect();
    format!("Clouds:\n{}", lines.join("\n"))
}

/// `` `a`, `b` or `c` ``.
pub(crate) fn either<'t>(words: impl IntoIterator<Item = &'t str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_and_other_names_are_hinted_at() {
        for (written, meant) in [
            ("alyun", "aliyun"),
            ("Aliyun", "aliyun"),
            ("alibaba", "aliyun"),
            ("Alibaba Cloud", "aliyun"),
            ("asw", "aws"),
            ("AWS", "aws"),
            ("amazon", "aws"),
        ] {
            let error = KnownCloud::named(written).expect_err(written);
            let hint = format!("did you mean `{meant}`?");
            assert!(error.ends_with(&hint), "{written}: {error}");
        }
    }

    #[test]
    fn a_name_like_no_other_gets_no_hint() {
        let error = KnownCloud::named("elsewhere").expect_err("there is none");
        assert_eq!(
            error,
            "unknown cloud `elsewhere`: expected `aliyun` or `aws`"
        );
    }

    #[test]
    fn every_cloud_finds_itself_and_its_roles() {
        for cloud in ALL {
            let found = KnownCloud::named(cloud.name).map(|found| found.title);
            assert_eq!(found, Ok(cloud.title));
            let arn = (cloud.roles.arn)("", &AccountId::new("12"), "r");
            let (of, account) = of_role(&arn).expect("its own form");
            assert_eq!((of.name, account), (cloud.name, "12"));
        }
    }

    #[test]
    fn the_simulator_has_every_counterpart() {
        for simulated in ALL.iter().filter_map(|cloud| cloud.simulated.as_ref()) {
            assert!(landbridge_sim::CLOUDS.contains(&simulated.name));
        }
    }
}
