//! The analyser of paths: it asks the data plane.

use std::net::IpAddr;

use async_trait::async_trait;

use super::cloud::MemoryCloud;
use super::journey::{Dropped, Exchange};
use super::packet::Payload;
use super::world::World;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{AnalysisId, PeeringId, Place};
use crate::traits::{
    AnalysisRecord, AnalysisState, InstanceRecord, OracleAnswer, OracleReach, OracleVerdict,
    PathOracle, Phase, Protocol, Select, StartAnalysis, Status,
};
use crate::verify::{Hop, Traffic};

#[async_trait]
impl PathOracle for MemoryCloud {
    async fn start_analysis(&self, request: &StartAnalysis) -> Result<AnalysisId> {
        let key = &request.label.owner.key;
        let record = self.write("start_analysis", key, |world, place| {
            world.start_analysis(place, request)
        });
        Ok(record.await?.id)
    }

    async fn analysis(&self, id: &AnalysisId) -> Result<AnalysisState> {
        self.read(|world| world.reach().map(drop))?;
        self.look(|world| world.analysis(&self.place, id)).await?
    }

    async fn list_analyses(&self, select: &Select<AnalysisId>) -> Result<Vec<AnalysisRecord>> {
        self.read(|world| world.reach().map(drop))?;
        self.look(|world| world.list(&self.place, select)).await
    }

    async fn delete_analysis(&self, id: &AnalysisId) -> Result<()> {
        self.read(|world| world.reach().map(drop))?;
        self.write("delete_analysis", id.as_str(), |world, place| {
            world.end::<AnalysisRecord>(place, id);
            Ok(())
        })
        .await
    }
}

impl World {
    fn reach(&self) -> Result<&OracleReach> {
        let oracle = self.options.capabilities.oracle.as_ref();
        oracle.ok_or_else(|| Error::unsupported("this cloud analyses no paths"))
    }

    fn start_analysis(&mut self, place: &Place, request: &StartAnalysis) -> Result<AnalysisRecord> {
        self.reach()?;
        let label = &request.label;
        if let Some(known) = self.remembered(place, &label.token) {
            return Ok(known);
        }
        self.find::<InstanceRecord>(place, &request.source)?;
        let answer = self.opinion(request)?;
        let life = self.birth();
        let record = self.admit(place, &label.token, life, |id| {
            AnalysisRecord::new(id, Status::new(Phase::Pending, ""))
                .with_name(label.name.clone())
                .with_owner(label.owner.clone())
        });
        self.opinions.insert(record.id.clone(), answer);
        Ok(record)
    }

    fn opinion(&self, request: &StartAnalysis) -> Result<OracleAnswer> {
        let reach = self.reach()?;
        let to = &request.destination_address;
        let known = reach.protocols.contains(&request.traffic.protocol);
        let Some(payload) = payload(request.traffic, to).filter(|_| known) else {
            let reason = format!("packets of {} are not analysed", request.traffic);
            return Ok(OracleAnswer::new(OracleVerdict::cannot_tell(reason)));
        };
        Ok(match self.exchange(&request.source, to, payload) {
            Ok(Exchange { there, back }) => OracleAnswer::new(OracleVerdict::Reachable)
                .with_forward(hops(&there))
                .with_back(hops(&back)),
            Err(Dropped { element, code }) => OracleAnswer::new(OracleVerdict::Blocked {
                element,
                code: code.to_owned(),
                text: String::new(),
            }),
        })
    }

    fn analysis(&self, place: &Place, id: &AnalysisId) -> Result<AnalysisState> {
        let entry = self.find::<AnalysisRecord>(place, id)?;
        if entry.life.phase(self.now) == Phase::Pending {
            return Ok(AnalysisState::Running("running".to_owned()));
        }
        let answer = self.opinions.get(id).cloned();
        let gone = || Error::new(ErrorKind::NotFound, format!("there is no analysis {id}"));
        answer.map(AnalysisState::Done).ok_or_else(gone)
    }
}

fn hops(peerings: &[PeeringId]) -> Vec<Hop> {
    let hop = |id: &PeeringId| Hop::new("peering", id, "passes it on");
    peerings.iter().map(hop).collect()
}

// What has no ports, or no message, is no packet.
fn payload(traffic: Traffic, to: &IpAddr) -> Option<Payload> {
    let ports = || Some((traffic.source_port?, traffic.port?));
    Some(match traffic.protocol {
        Protocol::Tcp => {
            let (source, destination) = ports()?;
            Payload::Tcp {
                source,
                destination,
            }
        }
        Protocol::Udp => {
            let (source, destination) = ports()?;
            Payload::Udp {
                source,
                destination,
            }
        }
        Protocol::Icmp | Protocol::Icmpv6 => Payload::echo_to(to),
        _ => return None,
    })
}
