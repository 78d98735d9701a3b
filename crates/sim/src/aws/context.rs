//! What an operation works with.

use std::collections::BTreeMap;
use std::time::Duration;

use super::failure::{Failure, Outcome, bad_value, missing};
use super::operation::{Product, Work};
use super::quotas;
use super::regions::{self, Partition};
use super::state::{Cloud, Setup, State};
use super::xml::Xml;
use super::{json, pricing};
use crate::account::Holder;
use crate::clock::rfc3339;
use crate::context::Types;
use crate::ledger::Birth;
use crate::table::{Base, Life, Object};

pub(crate) type Context<'w> = crate::context::Context<'w, Cloud>;
pub(crate) type Call = crate::context::Call<Cloud>;

impl Types for Cloud {
    type State = State;
    type Setup = Setup;
    type Product = Product;
    type Run = Work;

    const QUOTAS: &'static [(&'static str, u64)] = &quotas::DEFAULTS;
}

impl Context<'_> {
    /// A parameter that must be there.
    pub(crate) fn required(&self, name: &str) -> Outcome<String> {
        let found = self.parameters.get(name).map(str::to_owned);
        found.ok_or_else(|| match self.product {
            Product::Ec2 => missing(name),
            Product::Pricing => pricing::invalid(format!("{name} is missing.")),
            Product::Sts | Product::Iam | Product::Ssm => {
                let problem = format!(
                    "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
                );
                match self.product {
                    Product::Ssm => json::invalid(&problem),
                    _ => invalid(&problem),
                }
            }
        })
    }

    pub(crate) fn flag(&self, name: &str) -> Outcome<bool> {
        Ok(self.maybe_flag(name)?.unwrap_or(false))
    }

    pub(crate) fn maybe_flag(&self, name: &str) -> Outcome<Option<bool>> {
        let flag = self.parameters.boolean(name);
        flag.map_err(|value| bad_value(value, name))
    }

    pub(crate) fn integer(&self, name: &str) -> Outcome<Option<i64>> {
        let number = self.parameters.number(name);
        number.map_err(|value| bad_value(value, name))
    }

    /// Own, in the region of the call, and not gone: what a call can see.
    pub(crate) fn can_see(&self, object: &impl Object) -> bool {
        let base = object.base();
        self.is_own(object) && base.region == self.region && base.life.is_listed(self.now)
    }

    /// A new id of the usual form, prefix and seventeen hexadecimal digits.
    pub(crate) fn new_id(&mut self, prefix: &str) -> String {
        format!("{prefix}-0{}", self.ids.hex(&format!("aws {prefix}"), 16))
    }

    /// The common part of a new object of the caller in the region of the call.
    pub(crate) fn base(&mut self, prefix: &str, takes: Duration) -> Base {
        let life = Life::new(self.now, takes).visible_after(self.setup.timings.visibility);
        Base {
            id: self.new_id(prefix),
            owner: self.account().to_owned(),
            region: self.region.clone(),
            name: String::new(),
            description: String::new(),
            tags: Vec::new(),
            life,
        }
    }

    /// Writes a birth into the ledger.
    pub(crate) fn born(&mut self, kind: &str, id: &str) {
        let region = if self.product == Product::Iam {
            ""
        } else {
            &self.region
        };
        let birth = Birth {
            account: &self.caller.account,
            region,
            product: self.product.name(),
            kind,
            id,
        };
        self.ledger.born(&birth, self.now);
    }

    /// Writes an end into the ledger, for objects that no table holds.
    pub(crate) fn gone(&mut self, id: &str) {
        self.ledger.gone(id, self.now);
    }

    /// Refuses the call if the caller has `used` up the quota.
    pub(crate) fn within(&self, quota: &str, used: usize, code: &str) -> Outcome<()> {
        if used < self.quota_of(self.account(), quota) {
            return Ok(());
        }
        let message = format!(
            "The maximum number of {} has been reached.",
            quota.replace('_', " ")
        );
        Err(Failure::bad(code, message))
    }

    pub(crate) fn date(&self, uptime: Duration) -> String {
        rfc3339(self.clock.at(uptime)).replace('Z', ".000Z")
    }

    /// The caller's resource name.
    pub(crate) fn caller_arn(&self) -> String {
        let (partition, account) = (self.partition().name, self.account());
        match self.caller.holder.identity() {
            Holder::Session { role, session, .. } => {
                format!("arn:{partition}:sts::{account}:assumed-role/{role}/{session}")
            }
            Holder::User { name, .. } => format!("arn:{partition}:iam::{account}:user/{name}"),
            Holder::Root | Holder::Anonymous | Holder::Temporary { .. } => {
                format!("arn:{partition}:iam::{account}:root")
            }
        }
    }

    /// The partition of the call, and of its caller.
    pub(crate) fn partition(&self) -> &'static Partition {
        regions::partition(&self.region)
    }

    /// The name of an object of IAM in the caller's account, such as `role/<name>`.
    pub(crate) fn iam_arn(&self, what: &str) -> String {
        let partition = self.partition().name;
        format!("arn:{partition}:iam::{}:{what}", self.account())
    }

    /// `arn:<partition>:ec2:<region>:<account>:<kind>/<id>` in the caller's region and account.
    pub(crate) fn arn(&self, kind: &str, id: &str) -> String {
        self.arn_in(&self.region, self.account(), kind, id)
    }

    /// The same in another region and account of the partition.
    pub(crate) fn arn_in(&self, region: &str, account: &str, kind: &str, id: &str) -> String {
        let partition = self.partition().name;
        format!("arn:{partition}:ec2:{region}:{account}:{kind}/{id}")
    }

    /// The tags of an object as the caller sees them.
    pub(crate) fn tags(&self, id: &str) -> BTreeMap<String, String> {
        self.state.ec2.tags.of(self.account(), &self.region, id)
    }

    /// `<tagSet>` of an object.
    pub(crate) fn tag_set(&self, id: &str) -> Xml {
        let tags = self.tags(id);
        Xml::new().items(
            "tagSet",
            tags.iter()
                .map(|(key, value)| Xml::new().leaf("key", key).leaf("value", value)),
        )
    }
}

/// The code of STS and IAM for a parameter out of its bounds.
pub(crate) fn invalid(message: &str) -> Failure {
    Failure::bad("ValidationError", message)
}
