//! The table of operations.

use super::state::Cloud;
use super::{ec2, iam, pricing, rates, sts};
use crate::context::Run;

/// A product of the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Product {
    Ec2,
    Sts,
    Iam,
    Pricing,
}

impl Product {
    const ALL: [Self; 4] = [Self::Ec2, Self::Sts, Self::Iam, Self::Pricing];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::Pricing => "pricing",
        }
    }

    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Ec2 => "2016-11-15",
            Self::Sts => "2011-06-15",
            Self::Iam => "2010-05-08",
            Self::Pricing => "2017-10-15",
        }
    }

    pub(crate) fn namespace(self) -> &'static str {
        match self {
            Self::Ec2 => "http://ec2.amazonaws.com/doc/2016-11-15/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            // It speaks JSON.
            Self::Pricing => "",
        }
    }

    fn operations(self) -> &'static [Operation] {
        match self {
            Self::Ec2 => ec2::OPERATIONS,
            Self::Sts => sts::OPERATIONS,
            Self::Iam => iam::OPERATIONS,
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

impl Operation {
    /// A describe call of EC2.
    pub(crate) const fn describe(name: &'static str, run: Run<Cloud>) -> Self {
        Self::read(name, run).rate(rates::DESCRIBE)
    }

    /// A changing call of EC2.
    pub(crate) const fn change(name: &'static str, run: Run<Cloud>) -> Self {
        Self::write(name, run).rate(rates::CHANGE)
    }
}
