use super::check::{parties, reality, unconnected, undecided};
use super::proposal::proposal;
use super::prove::{traffic, verdicts, way, with_changes};
use super::rules::{change, wanted};
use super::seen::Seen;
use super::{GroupChange, Permit, PermitPlan};
use crate::engine::{Applied, ApplyError, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::object::{ObjectKey, rules};
use crate::observation::Observation;
use crate::plan::{Plan, PlannedRule, Ref, Step};
use crate::preflight::Report;
use crate::topology::Topology;
use crate::traits::{Capabilities, Rule};
use crate::verify::{PairVerdict, VerifyReport};

impl Engine {
    /// Works out what a permit takes. Writes nothing.
    ///
    /// # Errors
    /// Of the look-ups; what stands against the permit is in the plan's report.
    pub async fn plan_permit(&self, permit: &Permit) -> Result<PermitPlan> {
        let (left, right) = self.see_both(permit).await?;
        let mut plan = PermitPlan::empty(permit);
        let mut findings = parties(&left, &right);
        if findings.is_empty() {
            let capabilities = self.capabilities_of(&left).await?;
            match wanted(permit, &left, &right) {
                Ok((here, there)) => {
                    plan.changes = changes(permit, [(&left, &here), (&right, &there)], false);
                }
                Err(finding) => findings.push(finding),
            }
            let observation = self
                .survey_between(permit, &left, &right, &capabilities)
                .await?;
            let seen = observation.as_ref();
            findings.extend(reality(permit, &left, &right, &capabilities, seen));
            if let Some(observation) = observation {
                let way = way(permit, &left, &right, &observation).unwrap_or_default();
                if let Some(stop) = &way.blocked {
                    findings.push(unconnected(permit, &left, &right, stop));
                    plan.proposal = proposal(&left, &right, &observation);
                }
                if let Some(open) = &way.undecided {
                    findings.push(undecided(&left, &right, open));
                }
                let after = with_changes(observation, &plan.changes);
                plan.verdicts = verdicts(permit, &left, &right, &after);
            }
        }
        plan.report = Report::new(findings);
        Ok(plan)
    }

    /// Works out what taking a permit back takes: exactly the rules that the permit with the same mark wants and that
    /// are there. Writes nothing.
    ///
    /// # Errors
    /// As [`plan_permit`](Self::plan_permit).
    pub async fn plan_withdrawal(&self, permit: &Permit) -> Result<PermitPlan> {
        let (left, right) = self.see_both(permit).await?;
        let mut plan = PermitPlan::empty(permit);
        let mut findings = parties(&left, &right);
        if findings.is_empty() {
            match wanted(permit, &left, &right) {
                Ok((here, there)) => {
                    plan.changes = changes(permit, [(&left, &here), (&right, &there)], true);
                }
                Err(finding) => findings.push(finding),
            }
            let capabilities = self.capabilities_of(&left).await?;
            if let Some(observation) = self
                .survey_between(permit, &left, &right, &capabilities)
                .await?
            {
                let after = with_changes(observation, &plan.changes);
                plan.verdicts = verdicts(permit, &left, &right, &after);
            }
        }
        plan.report = Report::new(findings);
        Ok(plan)
    }

    /// [Applies](Self::apply) the steps of a plan, one group after the other.
    ///
    /// # Errors
    /// Those of [`apply`](Self::apply), and [`InvalidInput`](ErrorKind::InvalidInput), before anything is written, for a
    /// plan whose report has an error.
    pub async fn apply_permit(&self, plan: &PermitPlan) -> Result<Applied, ApplyError> {
        let steps = plan.steps(&self.capabilities());
        let steps = steps.map_err(|error| ApplyError::refused(error, 0))?;
        self.apply(&steps).await
    }

    /// The paths between the two parties of a permit as they are now, with four pings each where commands can be run, or, for a
    /// permit of TCP alone, with a connection to its first port.
    /// Empty unless both are instances.
    ///
    /// # Errors
    /// As [`plan_permit`](Self::plan_permit); what goes wrong with a ping is part of its verdict.
    pub async fn prove_permit(&self, permit: &Permit) -> Result<VerifyReport> {
        let (left, right) = self.see_both(permit).await?;
        let capabilities = self.capabilities_of(&left).await?;
        let mut pairs = Vec::new();
        if let Some(observation) = self
            .survey_between(permit, &left, &right, &capabilities)
            .await?
        {
            pairs = verdicts(permit, &left, &right, &observation);
        }
        let wanted = pairs.len();
        // Verdicts between instances bear their ids.
        let source = |pair: &PairVerdict| Some(pair.source.as_str().into());
        let traffic = traffic(permit);
        self.probe_pairs(&mut pairs, traffic, source).await;
        Ok(VerifyReport::new(wanted, pairs, traffic))
    }

    async fn see_both(&self, permit: &Permit) -> Result<(Seen, Seen)> {
        if permit.mark.is_empty() {
            let message = "rules without a mark could never be told from those of others";
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("give the permit a mark, such as its purpose"));
        }
        let seeing = async { tokio::try_join!(self.see(&permit.left), self.see(&permit.right)) };
        self.within_limits(seeing).await
    }

    async fn capabilities_of(&self, seen: &Seen) -> Result<Capabilities> {
        match &seen.place {
            Some(place) => Ok(self.cloud(place).await?.capabilities().clone()),
            None => Err(Error::new(
                ErrorKind::InvalidInput,
                "the first party must be an instance or a group",
            )),
        }
    }

    // Nothing is to be seen between what is given as a range, on a classic network, or on two clouds.
    async fn survey_between(
        &self,
        permit: &Permit,
        left: &Seen,
        right: &Seen,
        capabilities: &Capabilities,
    ) -> Result<Option<Observation>> {
        let private = |seen: &Seen| seen.exists && seen.place.is_some() && !seen.is_classic();
        if !private(left) || !private(right) || left.is_foreign() || right.is_foreign() {
            return Ok(None);
        }
        let survey = self.survey(&permit.mark, left, right, capabilities);
        self.within_limits(survey).await.map(Some)
    }
}

impl PermitPlan {
    /// The steps that make its changes: in each group the rules that go, then those that come. `capabilities` are those
    /// of the engine that is to take them.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a plan whose report has an error, or with a rule to add that no plan
    /// can hold.
    pub fn steps(&self, capabilities: &[Capabilities]) -> Result<Plan> {
        if !self.report.passed() {
            let message = "the report of these changes has errors";
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("follow the remedies of the findings"));
        }
        let mut steps = Vec::new();
        for change in &self.changes {
            let key = ObjectKey::RulesOf(change.group.clone());
            if !change.remove.is_empty() {
                let step = rules::Revoke {
                    group: change.group.clone(),
                    rules: change.remove.clone(),
                };
                steps.push(Step::alone(key.clone(), step, &change.place, capabilities)?);
            }
            if !change.add.is_empty() {
                let step = rules::Authorize {
                    group: Ref::Id(change.group.to_string()),
                    rules: change.add.iter().map(planned).collect::<Result<_>>()?,
                };
                steps.push(Step::alone(key, step, &change.place, capabilities)?);
            }
        }
        Ok(Plan::in_order(&self.mark, steps))
    }

    fn empty(permit: &Permit) -> Self {
        Self {
            mark: permit.mark.clone(),
            changes: Vec::new(),
            report: Report::default(),
            verdicts: Vec::new(),
            proposal: None::<Topology>,
        }
    }
}

fn planned(rule: &Rule) -> Result<PlannedRule> {
    PlannedRule::of(rule).ok_or_else(|| {
        let message = format!("invalid rule `{rule}`: expected one that allows a range or a group");
        Error::new(ErrorKind::InvalidInput, message)
    })
}

fn changes(permit: &Permit, sides: [(&Seen, &Vec<Rule>); 2], withdraw: bool) -> Vec<GroupChange> {
    let mut changes: Vec<GroupChange> = Vec::new();
    for (seen, rules) in sides {
        let Some(change) = change(permit, seen, rules, withdraw) else {
            continue;
        };
        // Both parties may be in one group.
        match changes.iter_mut().find(|known| known.group == change.group) {
            Some(known) => merge(known, change),
            None => changes.push(change),
        }
    }
    changes
}

fn merge(known: &mut GroupChange, other: GroupChange) {
    known.add.extend(other.add);
    known.present.extend(other.present);
    known.remove.extend(other.remove);
    known.add.sort();
    known.add.dedup();
    known.present.sort();
    known.present.dedup();
    known.remove.dedup();
}
