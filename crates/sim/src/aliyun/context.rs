//! What an operation works with.

use std::time::Duration;

use serde_json::Value;

use super::failure::{Failure, Outcome};
use super::operation::Product;
use super::quotas;
use super::regions::short_code;
use super::state::{Cloud, Setup, State};
use crate::clock::{rfc3339, to_the_minute};
use crate::context::Types;
use crate::ledger::Birth;
use crate::table::{Base, Life, Object};

pub(crate) type Context<'w> = crate::context::Context<'w, Cloud>;
pub(crate) type Call = crate::context::Call<Cloud>;

impl Types for Cloud {
    type State = State;
    type Setup = Setup;
    type Product = Product;
    type Run = fn(&mut Context<'_>) -> Outcome;

    const QUOTAS: &'static [(&'static str, u64)] = &quotas::DEFAULTS;
}

impl Context<'_> {
    /// A parameter that must be there.
    pub(crate) fn required(&self, name: &str) -> Outcome<String> {
        let code = match self.product {
            Product::Cbn | Product::ExpressConnectRouter => format!("MissingParam.{name}"),
            _ => "MissingParameter".to_owned(),
        };
        let message = format!(
            "The input parameter \"{name}\" that is mandatory for processing this request is not supplied."
        );
        self.parameters
            .get(name)
            .map(str::to_owned)
            .ok_or_else(|| Failure::bad(code, message))
    }

    /// The region asked for; it must exist.
    pub(crate) fn region(&self) -> Outcome<Option<String>> {
        match self.parameters.get("RegionId") {
            None => Ok(None),
            Some(region) if self.setup.regions.get(region).is_some() => Ok(Some(region.to_owned())),
            Some(region) => {
                let message = format!("The specified RegionId {region} does not exist.");
                Err(Failure::missing("InvalidRegionId.NotFound", message))
            }
        }
    }

    pub(crate) fn required_region(&self) -> Outcome<String> {
        self.required("RegionId")?;
        self.region().map(Option::unwrap_or_default)
    }

    /// Own, in the region asked for (if any), and not gone: what a call can see.
    pub(crate) fn can_see(&self, object: &impl Object) -> bool {
        self.is_own(object)
            && self
                .parameters
                .get("RegionId")
                .is_none_or(|region| region == object.base().region)
    }

    /// What the object itself must match in list calls: visible by now, own, tags.
    pub(crate) fn lists(&self, object: &impl Object) -> bool {
        self.can_see(object)
            && object.life().is_listed(self.now)
            && self.parameters.tags_match(&object.base().tags)
    }

    /// The common part of a new object; `name` is the parameter that holds its name.
    pub(crate) fn base(
        &mut self,
        prefix: &str,
        region: &str,
        name: &str,
        takes: Duration,
    ) -> Outcome<Base> {
        let most = match self.product {
            Product::Vpc | Product::VpcPeer => 21,
            _ => 20,
        };
        let tags = self.parameters.tags_up_to(most)?;
        let label = self.checked_name(name)?;
        let description = self.parameters.text(&name.replace("Name", "Description"));
        let id = self.new_id(prefix, region);
        let life = Life::new(self.now, takes);
        Ok(Base {
            id,
            owner: self.account().to_owned(),
            region: region.to_owned(),
            name: label,
            description,
            tags,
            life,
        })
    }

    pub(crate) fn new_id(&mut self, prefix: &str, region: &str) -> String {
        let code = if region.is_empty() {
            ""
        } else {
            short_code(region)
        };
        format!("{prefix}-{code}{}", self.ids.word(prefix, 20 - code.len()))
    }

    fn checked_name(&self, parameter: &str) -> Outcome<String> {
        let name = self.parameters.text(parameter);
        if name.chars().count() > 128 || name.starts_with("http://") || name.starts_with("https://")
        {
            return Err(Failure::bad(
                format!("InvalidParameter.{parameter}"),
                "A name has 1 to 128 characters and is no URL.",
            ));
        }
        Ok(name)
    }

    /// Writes a birth into the ledger.
    pub(crate) fn born(&mut self, kind: &str, base: &Base) {
        let product = self.product.name();
        self.born_in(product, kind, base);
    }

    /// The same for an object of another product.
    pub(crate) fn born_in(&mut self, product: &str, kind: &str, base: &Base) {
        let birth = Birth {
            account: &base.owner,
            region: &base.region,
            product,
            kind,
            id: &base.id,
        };
        self.ledger.born(&birth, self.now);
    }

    /// The limit of a quota for the caller.
    pub(crate) fn quota(&self, name: &str) -> usize {
        self.quota_of(self.account(), name)
    }

    pub(crate) fn date(&self, uptime: Duration) -> String {
        rfc3339(self.clock.at(uptime))
    }

    pub(crate) fn minute(&self, uptime: Duration) -> String {
        to_the_minute(self.clock.at(uptime))
    }
}

/// Account ids are numbers in most answers.
pub(crate) fn uid(account: &str) -> Value {
    account
        .parse::<u64>()
        .map_or_else(|_| account.into(), Value::from)
}

/// `[{Key, Value}]`.
pub(crate) fn tags(tags: &[(String, String)]) -> Value {
    tags.iter()
        .map(|(key, value)| serde_json::json!({"Key": key, "Value": value}))
        .collect()
}
