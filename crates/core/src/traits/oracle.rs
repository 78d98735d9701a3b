use std::fmt::{self, Debug};
use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Label, Owner, Protocol, Select, Status};
use crate::error::Result;
use crate::ids::{AnalysisId, InstanceId};
use crate::verify::{Hop, Traffic};

/// What the cloud's own analyser of paths can be asked. A verifier asks nothing else: an analysis may cost money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OracleReach {
    /// What the analyser is called, such as `reachability-analyzer`. It is told as the source of its verdicts.
    pub source: String,
    /// The protocols of packets that it takes.
    pub protocols: Vec<Protocol>,
    /// Whether both ends may be in different regions. Default: no.
    pub cross_region: bool,
    /// Whether both ends may be in different accounts. Default: no.
    pub cross_account: bool,
    /// Whether it takes IPv6 addresses. Default: no.
    pub ipv6: bool,
    /// The pause between two looks at an analysis. Default: 5 s.
    #[serde(skip)]
    pub poll: Duration,
    /// How long an analysis may take until its verdict counts as absent. Default: 10 minutes.
    #[serde(skip)]
    pub limit: Duration,
}

impl OracleReach {
    /// An analyser inside one region of one account, for IPv4.
    pub fn new(source: impl Into<String>, protocols: Vec<Protocol>) -> Self {
        Self {
            source: source.into(),
            protocols,
            cross_region: false,
            cross_account: false,
            ipv6: false,
            poll: Duration::from_secs(5),
            limit: Duration::from_secs(600),
        }
    }

    setters! {
        /// Sets whether both ends may be in different regions.
        with_cross_region(cross_region: bool);
        /// Sets whether both ends may be in different accounts.
        with_cross_account(cross_account: bool);
        /// Sets whether it takes IPv6 addresses.
        with_ipv6(ipv6: bool);
        /// Sets the pause between two looks.
        with_poll(poll: Duration);
        /// Sets how long an analysis may take.
        with_limit(limit: Duration);
    }
}

/// What [`PathOracle::start_analysis`] needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StartAnalysis {
    /// Name, ownership and token.
    pub label: Label,
    /// The instance that sends.
    pub source: InstanceId,
    /// The instance that receives, in the same place unless the [reach](OracleReach) says more.
    pub destination: InstanceId,
    /// The sender's address.
    pub source_address: IpAddr,
    /// The receiver's address.
    pub destination_address: IpAddr,
    /// The packet.
    pub traffic: Traffic,
}

impl StartAnalysis {
    /// A packet from an instance at an address to another one.
    pub fn new(
        label: Label,
        (source, source_address): (InstanceId, IpAddr),
        (destination, destination_address): (InstanceId, IpAddr),
        traffic: Traffic,
    ) -> Self {
        Self {
            label,
            source,
            destination,
            source_address,
            destination_address,
            traffic,
        }
    }
}

/// What an analyser says of a packet and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OracleVerdict {
    /// They arrive.
    Reachable,
    /// Something stops one of them.
    Blocked {
        /// The ID of what stops it; empty where the cloud names nothing.
        element: String,
        /// The cloud's code for the reason.
        code: String,
        /// The reason in words.
        text: String,
    },
    /// It has no verdict.
    CannotTell {
        /// Why.
        reason: String,
    },
}

impl OracleVerdict {
    /// No verdict, and why.
    pub fn cannot_tell(reason: impl Into<String>) -> Self {
        Self::CannotTell {
            reason: reason.into(),
        }
    }
}

impl fmt::Display for OracleVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reachable => f.write_str("reachable"),
            Self::Blocked {
                element,
                code,
                text,
            } => {
                f.write_str("blocked")?;
                if !element.is_empty() {
                    write!(f, " at {element}")?;
                }
                write!(f, ": {code}")?;
                match text.is_empty() {
                    true => Ok(()),
                    false => write!(f, " ({text})"),
                }
            }
            Self::CannotTell { reason } => write!(f, "cannot tell: {reason}"),
        }
    }
}

/// A verdict with the ways that it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OracleAnswer {
    /// The verdict.
    pub verdict: OracleVerdict,
    /// The elements that the packet passes, in order.
    pub forward: Vec<Hop>,
    /// The elements that the answer passes, in order.
    pub back: Vec<Hop>,
    /// Whether the way of the answer was not looked at. Default: no.
    pub one_way: bool,
}

impl OracleAnswer {
    /// A verdict without hops.
    pub fn new(verdict: OracleVerdict) -> Self {
        Self {
            verdict,
            forward: Vec::new(),
            back: Vec::new(),
            one_way: false,
        }
    }

    setters! {
        /// Sets the elements that the packet passes.
        with_forward(forward: Vec<Hop>);
        /// Sets the elements that the answer passes.
        with_back(back: Vec<Hop>);
        /// Sets whether the way of the answer was not looked at.
        with_one_way(one_way: bool);
    }
}

/// How far an analysis is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AnalysisState {
    /// It runs. Holds the cloud's word for its state.
    Running(String),
    /// It has ended.
    Done(OracleAnswer),
}

/// What an analysis leaves behind in a place until it is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AnalysisRecord {
    /// Its id.
    pub id: AnalysisId,
    /// Its name.
    pub name: String,
    /// Its state; ready means that it can be deleted.
    pub status: Status,
    /// Whose it is, if tagged by us.
    pub owner: Option<Owner>,
    /// What else made it, if its tags tell: see [`maker_of`](super::maker_of).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<String>,
}

impl AnalysisRecord {
    /// One without name and owner.
    pub fn new(id: AnalysisId, status: Status) -> Self {
        Self {
            id,
            name: String::new(),
            status,
            owner: None,
            maker: None,
        }
    }

    setters! {
        /// Sets its name.
        with_name(name: impl Into<String>);
        /// Sets its owner, as its tags name it.
        with_owner(owner: impl Into<Option<Owner>>);
    }
}

/// The cloud's own analyser of paths: a second opinion that sends no packet. [`Capabilities::oracle`](super::Capabilities)
/// says what it can be asked; a cloud without one refuses all of this with
/// [`Unsupported`](crate::ErrorKind::Unsupported).
#[async_trait]
pub trait PathOracle: Debug + Send + Sync + 'static {
    /// Starts an analysis. It may cost money.
    ///
    /// - With the same token it gives the same analysis.
    /// - Fails without leaving anything behind, as far as the cloud lets it: list what the label names after a failure.
    /// - Fails with [`NotFound`](crate::ErrorKind::NotFound) for a sender that the place does not have.
    async fn start_analysis(&self, request: &StartAnalysis) -> Result<AnalysisId>;

    /// Reads how far an analysis is. What the cloud cannot analyse is a verdict
    /// ([`CannotTell`](OracleVerdict::CannotTell)), not an error.
    async fn analysis(&self, id: &AnalysisId) -> Result<AnalysisState>;

    /// Lists what analyses of this place have left behind; nothing on clouds where they leave nothing.
    async fn list_analyses(&self, select: &Select<AnalysisId>) -> Result<Vec<AnalysisRecord>>;

    /// Deletes what an analysis leaves behind, also while it runs. Deleting an absent one succeeds.
    async fn delete_analysis(&self, id: &AnalysisId) -> Result<()>;
}
