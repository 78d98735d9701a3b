//! Analyses of paths.

use super::check::{Check, Stop, check, ensure};
use super::lab::Lab;
use super::recipe::{AnInstance, Recipe};
use crate::ids::AnalysisId;
use crate::retry::Look;
use crate::traits::{
    AnalysisRecord, AnalysisState, Capabilities, Direction, InstanceRecord, OracleAnswer,
    OracleVerdict, PortRange, Protocol, Rule, RulePeer, Select, StartAnalysis,
};
use crate::verify::Traffic;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "oracle.verdict",
            has_oracle,
            "an analysis ends, and tells a packet that a rule lets in from one that no rule does",
            verdict
        ),
        check!(
            "oracle.token",
            has_oracle,
            "with the same token an analysis is started once",
            token
        ),
        check!(
            "oracle.delete",
            has_oracle,
            "what an analysis leaves behind is listed with its name and owner until it is deleted",
            delete
        ),
        check!(
            "oracle.delete.absent",
            has_oracle,
            "deleting an analysis that is absent succeeds",
            delete_absent
        ),
    ]
}

fn has_oracle(capabilities: &Capabilities) -> bool {
    let oracle = capabilities.oracle.as_ref();
    oracle.is_some_and(|oracle| oracle.protocols.contains(&Protocol::Tcp))
}

const OPEN: u16 = 8443;
const CLOSED: u16 = 8444;

/// Two instances of two groups: members of one may reach each other whatever its rules say. That of the receiver lets one
/// port in.
struct Ends {
    from: InstanceRecord,
    to: InstanceRecord,
}

impl Ends {
    async fn make(lab: &Lab) -> Result<Self, Stop> {
        if !lab.subject.analyses {
            let reason = "the subject lets no paths be analysed, which may cost money";
            return Err(Stop::NotOffered(reason.to_owned()));
        }
        let receiver = AnInstance::prepare(lab, 0).await?;
        let group = lab.group(&lab.home, &receiver.network, "group/sender");
        let sender = AnInstance {
            network: receiver.network.clone(),
            subnet: receiver.subnet.clone(),
            group: group.await?.id,
            agent_role: receiver.agent_role.clone(),
        };
        let peer = RulePeer::Range(receiver.subnet.range);
        let ports = Some(PortRange::single(OPEN));
        let rule = Rule::allow(Direction::Ingress, Protocol::Tcp, ports, peer);
        let (topology, rules) = (lab.topology(), [rule]);
        lab.patient(|| lab.home.authorize_rules(&receiver.group, &topology, &rules))
            .await?;
        let from = run(lab, &sender, "instance/sender").await?;
        let to = run(lab, &receiver, "instance/receiver").await?;
        Ok(Self { from, to })
    }

    fn request(&self, lab: &Lab, key: &str, port: u16) -> Result<StartAnalysis, Stop> {
        let address = |one: &InstanceRecord| {
            let none = || Stop::broken(format!("{} has no address", one.id));
            one.address.ok_or_else(none)
        };
        Ok(StartAnalysis::new(
            lab.label(key),
            (self.from.id.clone(), address(&self.from)?),
            (self.to.id.clone(), address(&self.to)?),
            Traffic::tcp(port),
        ))
    }

    async fn start(&self, lab: &Lab, key: &str, port: u16) -> Result<AnalysisId, Stop> {
        let request = self.request(lab, key, port)?;
        Ok(lab.patient(|| lab.home.start_analysis(&request)).await?)
    }

    async fn answer(&self, lab: &Lab, key: &str, port: u16) -> Result<OracleAnswer, Stop> {
        let id = self.start(lab, key, port).await?;
        let answer = ended(lab, &id).await;
        remove(lab, &id).await?;
        answer
    }
}

async fn run(lab: &Lab, recipe: &AnInstance, key: &str) -> Result<InstanceRecord, Stop> {
    let made = lab.create(recipe, &lab.label(key)).await?;
    lab.ready(&lab.home, &made.id).await
}

async fn ended(lab: &Lab, id: &AnalysisId) -> Result<OracleAnswer, Stop> {
    let look = || async {
        Ok(match lab.home.analysis(id).await? {
            AnalysisState::Running(word) => Look::NotYet(word),
            AnalysisState::Done(answer) => Look::Ready(answer),
        })
    };
    lab.until(&format!("analysis {id}"), look).await
}

async fn remove(lab: &Lab, id: &AnalysisId) -> Result<(), Stop> {
    Ok(lab.stubborn(|| lab.home.delete_analysis(id)).await?)
}

async fn listed(lab: &Lab) -> Result<Vec<AnalysisRecord>, Stop> {
    let select = Select::Topology(lab.topology());
    Ok(lab.home.list_analyses(&select).await?)
}

async fn verdict(lab: &Lab) -> Result<(), Stop> {
    let ends = Ends::make(lab).await?;
    let open = ends.answer(lab, "analysis/open", OPEN).await?;
    ensure(open.verdict == OracleVerdict::Reachable, || {
        format!("of tcp {OPEN}, which a rule lets in: {}", open.verdict)
    })?;
    let closed = ends.answer(lab, "analysis/closed", CLOSED).await?;
    ensure(
        matches!(closed.verdict, OracleVerdict::Blocked { .. }),
        || format!("of tcp {CLOSED}, which no rule lets in: {}", closed.verdict),
    )
}

async fn token(lab: &Lab) -> Result<(), Stop> {
    let ends = Ends::make(lab).await?;
    let first = ends.start(lab, "analysis/twin", OPEN).await?;
    let second = ends.start(lab, "analysis/twin", OPEN).await?;
    remove(lab, &first).await?;
    remove(lab, &second).await?;
    // Where an analysis leaves nothing behind, a second one does no harm.
    let leaves = !listed(lab).await?.is_empty();
    ensure(first == second || !leaves, || {
        format!("{first} and then {second}")
    })
}

async fn delete(lab: &Lab) -> Result<(), Stop> {
    let ends = Ends::make(lab).await?;
    let label = lab.label("analysis/left");
    let id = ends.start(lab, "analysis/left", OPEN).await?;
    let there = listed(lab).await?;
    remove(lab, &id).await?;
    let strange = there.iter().find(|one| {
        one.id != id || one.name != label.name || one.owner.as_ref() != Some(&label.owner)
    });
    ensure(strange.is_none(), || format!("made {id}: {strange:?}"))?;
    let look = || async {
        Ok(
            match lab.home.list_analyses(&Select::id(id.clone())).await? {
                left if left.is_empty() => Look::Ready(()),
                left => Look::NotYet(format!("{left:?}")),
            },
        )
    };
    lab.until(&format!("the end of analysis {id}"), look).await
}

async fn delete_absent(lab: &Lab) -> Result<(), Stop> {
    let ends = Ends::make(lab).await?;
    let id = ends.start(lab, "analysis/gone", OPEN).await?;
    remove(lab, &id).await?;
    remove(lab, &id).await
}
