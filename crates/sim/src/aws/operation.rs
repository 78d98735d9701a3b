//! The table of operations.

use super::state::Cloud;
use serde_json::Value;

use super::context::Context;
use super::failure::Outcome;
use super::xml::Xml;
use super::{ec2, iam, pricing, rates, ssm, sts};
use crate::throttle::Rate;

/// A product of the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Product {
    Ec2,
    Sts,
    Iam,
    Ssm,
    Pricing,
}

impl Product {
    const ALL: [Self; 5] = [Self::Ec2, Self::Sts, Self::Iam, Self::Ssm, Self::Pricing];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::Ssm => "ssm",
            Self::Pricing => "pricing",
        }
    }

    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Ec2 => "2016-11-15",
            Self::Sts => "2011-06-15",
            Self::Iam => "2010-05-08",
            Self::Ssm => "2014-11-06",
            Self::Pricing => "2017-10-15",
        }
    }

    /// The namespace of answers in XML.
    pub(crate) fn namespace(self) -> Option<&'static str> {
        match self {
            Self::Ec2 => Some("http://ec2.amazonaws.com/doc/2016-11-15/"),
            Self::Sts => Some("https://sts.amazonaws.com/doc/2011-06-15/"),
            Self::Iam => Some("https://iam.amazonaws.com/doc/2010-05-08/"),
            Self::Ssm | Self::Pricing => None,
        }
    }

    /// What `X-Amz-Target` begins with, for products that speak JSON.
    fn target(self) -> Option<&'static str> {
        match self {
            Self::Ssm => Some("AmazonSSM."),
            Self::Pricing => Some("AWSPriceListService."),
            Self::Ec2 | Self::Sts | Self::Iam => None,
        }
    }

    /// Whether its requests and answers are JSON.
    pub(crate) fn speaks_json(self) -> bool {
        self.target().is_some()
    }

    /// The product and the operation that the header `X-Amz-Target` names.
    pub(crate) fn of_target(header: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|product| {
            let action = header.strip_prefix(product.target()?)?;
            Some((product, action))
        })
    }

    fn operations(self) -> &'static [Operation] {
        match self {
            Self::Ec2 => ec2::OPERATIONS,
            Self::Sts => sts::OPERATIONS,
            Self::Iam => iam::OPERATIONS,
            Self::Ssm => ssm::OPERATIONS,
            Self::Pricing => pricing::OPERATIONS,
        }
    }

    pub(crate) fn of_version(version: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|product| product.version() == version)
    }

    pub(crate) fn of_service(service: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|product| product.name() == service)
    }

    pub(crate) fn operation(self, action: &str) -> Option<&'static Operation> {
        self.operations()
            .iter()
            .find(|operation| operation.name == action)
    }
}

/// One operation of a product.
pub(crate) type Operation = crate::context::Operation<Cloud>;

type XmlRun = fn(&mut Context<'_>) -> Outcome;
type JsonRun = fn(&mut Context<'_>) -> Outcome<Value>;

/// What an operation does, by the form of its answers.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    Xml(XmlRun),
    Json(JsonRun),
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Xml(Xml),
    Json(Value),
}

impl Work {
    pub(crate) fn run(self, ctx: &mut Context<'_>) -> Outcome<Body> {
        match self {
            Self::Xml(run) => run(ctx).map(Body::Xml),
            Self::Json(run) => run(ctx).map(Body::Json),
        }
    }
}

impl Operation {
    /// A describe call of EC2.
    pub(crate) const fn describe(name: &'static str, run: XmlRun) -> Self {
        Self::get(name, run).rate(rates::DESCRIBE)
    }

    /// A changing call of EC2.
    pub(crate) const fn change(name: &'static str, run: XmlRun) -> Self {
        Self::put(name, run).rate(rates::CHANGE)
    }

    /// A reading call that is answered in XML.
    pub(crate) const fn get(name: &'static str, run: XmlRun) -> Self {
        Self::read(name, Work::Xml(run))
    }

    /// A changing call that is answered in XML.
    pub(crate) const fn put(name: &'static str, run: XmlRun) -> Self {
        Self::write(name, Work::Xml(run))
    }

    /// A reading call in JSON.
    pub(crate) const fn json(name: &'static str, rate: Rate, run: JsonRun) -> Self {
        Self::read(name, Work::Json(run)).rate(rate)
    }

    /// A changing call in JSON.
    pub(crate) const fn json_write(name: &'static str, rate: Rate, run: JsonRun) -> Self {
        Self::write(name, Work::Json(run)).rate(rate)
    }
}
