use super::check::{parties, reality, unconnected};
use super::proposal::proposal;
use super::prove::{disconnection, verdicts, with_changes};
use super::rules::{change, wanted};
use super::seen::Seen;
use super::{GroupChange, Permit, PermitPlan};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::StepKey;
use crate::preflight::Report;
use crate::retry::{Backoff, Look, Patience, retry, wait_until};
use crate::topology::Topology;
use crate::traits::{Capabilities, Cloud};
use crate::verify::VerifyReport;

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
                if let Some(stop) = disconnection(permit, &left, &right, &observation) {
                    findings.push(unconnected(permit, &left, &right, &stop));
                    plan.proposal = proposal(&left, &right, &observation);
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

    /// Makes the changes of a plan, one group after the other, and waits until each is seen. The first failure is
    /// the last write.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput), and nothing is written, for a plan whose report has an error;
    /// [`Cancelled`](ErrorKind::Cancelled) before the next write; [`Timeout`](ErrorKind::Timeout); or the cloud's.
    pub async fn apply_permit(&self, plan: &PermitPlan) -> Result<()> {
        if !plan.report.passed() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "findings stand against these changes; nothing was written",
            )
            .with_remedy("follow the remedies of the findings"));
        }
        let patience = self.patience(self.options().step_limit);
        let changed = |change: &&GroupChange| !change.add.is_empty() || !change.remove.is_empty();
        let changes: Vec<&GroupChange> = plan.changes.iter().filter(changed).collect();
        let total = changes.len();
        self.emit(Event::ApplyStarted { steps: total });
        let begin = self.clock().uptime();
        for (done, change) in changes.into_iter().enumerate() {
            patience.check()?;
            let since = self.clock().uptime();
            let key = StepKey::create(ObjectKey::RulesOf(change.group.clone()));
            self.apply_change(&key, &plan.mark, change, &patience)
                .await
                .inspect_err(|error| {
                    self.emit(Event::StepFailed {
                        key: key.clone(),
                        error: error.to_string(),
                    });
                })?;
            self.emit(Event::StepDone {
                key,
                id: Some(change.group.to_string()),
                elapsed: self.clock().uptime().saturating_sub(since),
                done: done + 1,
                total,
            });
        }
        self.emit(Event::ApplyEnded {
            done: total,
            total,
            elapsed: self.clock().uptime().saturating_sub(begin),
        });
        Ok(())
    }

    /// The paths between the two parties of a permit as they are now, with four pings each where commands can be run.
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
        self.ping_pairs(&mut pairs, |pair| Some(pair.source.as_str().into()))
            .await;
        Ok(VerifyReport::new(wanted, pairs))
    }

    async fn see_both(&self, permit: &Permit) -> Result<(Seen, Seen)> {
        if permit.mark.is_empty() {
            let message = "rules without a mark could never be told from those of others";
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("give the permit a mark, such as its purpose"));
        }
        tokio::try_join!(self.see(&permit.left), self.see(&permit.right))
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
        self.survey(&permit.mark, left, right, capabilities)
            .await
            .map(Some)
    }

    async fn apply_change(
        &self,
        key: &StepKey,
        mark: &str,
        change: &GroupChange,
        patience: &Patience,
    ) -> Result<()> {
        let cloud = self.cloud(&change.place).await?;
        self.emit(Event::StepStarted {
            key: key.clone(),
            place: change.place.clone(),
            what: what(change),
        });
        let on_retry = |error: &Error, delay| {
            self.emit(Event::StepRetrying {
                key: key.clone(),
                reason: error.to_string(),
                delay,
            });
        };
        retry(patience, &Backoff::default(), on_retry, |_| {
            write(cloud.as_ref(), mark, change)
        })
        .await?;
        let visibility = patience.at_most(self.options().visibility);
        let group = change.group.as_str();
        wait_until(
            group,
            &visibility,
            &Backoff::default(),
            |_| {},
            || look(cloud.as_ref(), change),
        )
        .await
    }
}

impl PermitPlan {
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

fn changes(
    permit: &Permit,
    sides: [(&Seen, &Vec<crate::traits::Rule>); 2],
    withdraw: bool,
) -> Vec<GroupChange> {
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

fn what(change: &GroupChange) -> String {
    match change.remove.len() {
        0 => format!("add {} rules to {}", change.add.len(), change.group),
        count => format!("remove {count} rules from {}", change.group),
    }
}

// Adding what is there and removing what is absent succeed, so a lost answer is no reason not to ask again.
async fn write(cloud: &dyn Cloud, mark: &str, change: &GroupChange) -> Result<()> {
    let group = &change.group;
    let result = async {
        if !change.remove.is_empty() {
            cloud.revoke_rules(group, &change.remove).await?;
        }
        if !change.add.is_empty() {
            cloud.authorize_rules(group, mark, &change.add).await?;
        }
        Ok(())
    };
    result.await.map_err(|error: Error| match error.kind() {
        ErrorKind::OutcomeUnknown => error.with_kind(ErrorKind::Unavailable),
        _ => error,
    })
}

async fn look(cloud: &dyn Cloud, change: &GroupChange) -> Result<Look<()>> {
    let rules = cloud.list_rules(&change.group).await?;
    let has = |rule: &crate::traits::Rule| rules.iter().any(|record| record.rule.same_as(rule));
    let missing = change.add.iter().filter(|rule| !has(rule)).count();
    let left = change
        .remove
        .iter()
        .filter(|gone| rules.contains(gone))
        .count();
    Ok(match missing + left {
        0 => Look::Ready(()),
        count => Look::NotYet(format!("without {count} of its changes")),
    })
}
