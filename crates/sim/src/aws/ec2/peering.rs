//! The life of a peering: a list of dated states, of which each side learns in its own time.

use std::time::Duration;

use crate::aws::timings::Timings;
use crate::ledger::Ledger;
use crate::table::{Base, Table};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    InitiatingRequest,
    PendingAcceptance,
    Provisioning,
    Active,
    Failed,
    Rejected,
    Expired,
    Deleting,
    Deleted,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InitiatingRequest => "initiating-request",
            Self::PendingAcceptance => "pending-acceptance",
            Self::Provisioning => "provisioning",
            Self::Active => "active",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
        }
    }

    /// Nothing leads back from these.
    pub(crate) fn is_over(self) -> bool {
        matches!(
            self,
            Self::Failed | Self::Rejected | Self::Expired | Self::Deleting | Self::Deleted
        )
    }

    pub(crate) fn is_outstanding(self) -> bool {
        matches!(self, Self::InitiatingRequest | Self::PendingAcceptance)
    }

    /// Counts against the quota of peerings of a VPC.
    pub(crate) fn is_up(self) -> bool {
        matches!(self, Self::Provisioning | Self::Active)
    }
}

/// One end of a peering, and who holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) vpc: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Requester,
    Accepter,
}

#[derive(Debug, Clone)]
struct Event {
    at: Duration,
    status: Status,
    /// Who made it happen and therefore knows at once; `None` for time itself.
    by: Option<Side>,
}

#[derive(Debug, Clone)]
pub(crate) struct Peering {
    /// Owner and region are the requester's.
    pub(crate) base: Base,
    pub(crate) requester: End,
    pub(crate) accepter: End,
    /// Whether names of the side resolve to private addresses for the other side.
    pub(crate) requester_dns: bool,
    pub(crate) accepter_dns: bool,
    events: Vec<Event>,
    in_ledger: bool,
}

impl Peering {
    /// A request, whose fate is known from the start.
    pub(super) fn request(
        base: Base,
        requester: End,
        accepter: End,
        fails: bool,
        timings: &Timings,
    ) -> Self {
        let now = base.life.created;
        let event = |at, status| Event {
            at,
            status,
            by: None,
        };
        let answered = now + timings.peering_request;
        let mut events = vec![event(now, Status::InitiatingRequest)];
        if fails {
            events.push(event(answered, Status::Failed));
        } else {
            events.push(event(answered, Status::PendingAcceptance));
            events.push(event(now + timings.peering_expiry, Status::Expired));
        }
        Self {
            base,
            requester,
            accepter,
            requester_dns: false,
            accepter_dns: false,
            events,
            in_ledger: true,
        }
    }

    fn happens(&mut self, now: Duration, next: &[(Duration, Status)], by: Option<Side>) {
        self.events.retain(|event| event.at <= now);
        let event = |(at, status): &(Duration, Status)| Event {
            at: *at,
            status: *status,
            by,
        };
        self.events.extend(next.iter().map(event));
    }

    pub(super) fn accept(&mut self, now: Duration, timings: &Timings) {
        let active = now + timings.peering_provisioning;
        let next = [(now, Status::Provisioning), (active, Status::Active)];
        self.happens(now, &next, Some(Side::Accepter));
    }

    pub(super) fn reject(&mut self, now: Duration) {
        self.happens(now, &[(now, Status::Rejected)], Some(Side::Accepter));
    }

    pub(super) fn fail(&mut self, now: Duration) {
        self.happens(now, &[(now, Status::Failed)], Some(Side::Accepter));
    }

    /// Only between regions does it take time that shows.
    pub(super) fn delete(&mut self, now: Duration, by: Side, timings: &Timings) {
        if self.requester.region == self.accepter.region {
            self.happens(now, &[(now, Status::Deleted)], Some(by));
        } else {
            let gone = now + timings.peering_delete;
            let next = [(now, Status::Deleting), (gone, Status::Deleted)];
            self.happens(now, &next, Some(by));
        }
    }

    fn last(&self, has_come: impl Fn(&Event) -> bool) -> Option<&Event> {
        self.events.iter().rev().find(|event| has_come(event))
    }

    /// The truth.
    pub(crate) fn status(&self, now: Duration) -> Status {
        let last = self.last(|event| event.at <= now);
        last.map_or(Status::InitiatingRequest, |event| event.status)
    }

    /// What a side knows of it.
    pub(crate) fn status_for(&self, side: Side, now: Duration, timings: &Timings) -> Status {
        let lag = if self.is_one_place() {
            Duration::ZERO
        } else {
            timings.peering_lag
        };
        let known_at = |event: &Event| match event.by {
            Some(by) if by != side => event.at + lag,
            _ => event.at,
        };
        let last = self.last(|event| known_at(event) <= now);
        last.map_or(Status::InitiatingRequest, |event| event.status)
    }

    /// Whether both ends are one account's in one region.
    fn is_one_place(&self) -> bool {
        self.requester.account == self.accepter.account
            && self.requester.region == self.accepter.region
    }

    pub(crate) fn end(&self, side: Side) -> &End {
        match side {
            Side::Requester => &self.requester,
            Side::Accepter => &self.accepter,
        }
    }

    /// Whether an account may act for a side in a region.
    pub(crate) fn is_held(&self, side: Side, account: &str, region: &str) -> bool {
        let end = self.end(side);
        end.account == account && end.region == region
    }

    /// Whether a side finds it by now: not yet at first, not any more at last.
    pub(crate) fn is_visible(&self, side: Side, now: Duration, timings: &Timings) -> bool {
        let created = self.base.life.created;
        let delay = if side == Side::Requester || self.is_one_place() {
            timings.peering_visibility
        } else {
            timings.peering_visibility_accepter
        };
        let failed_unseen = side == Side::Accepter
            && !self.is_one_place()
            && !self
                .events
                .iter()
                .any(|event| event.status == Status::PendingAcceptance);
        now >= created + delay
            && !failed_unseen
            && self.vanishes(side, timings).is_none_or(|at| now < at)
    }

    /// When it vanishes from a side's sight.
    fn vanishes(&self, side: Side, timings: &Timings) -> Option<Duration> {
        let end = self.events.last()?;
        let own = end.by == Some(side) || self.is_one_place();
        let stays = match end.status {
            Status::Failed => timings.tombstone,
            Status::Expired => timings.tombstone_other_side,
            Status::Rejected | Status::Deleted if own => timings.tombstone,
            Status::Rejected | Status::Deleted => timings.tombstone_other_side,
            _ => return None,
        };
        Some(end.at + stays)
    }

    pub(crate) fn has(&self, vpc: &str) -> bool {
        self.requester.vpc == vpc || self.accepter.vpc == vpc
    }

    /// The VPC at the other end.
    pub(crate) fn other_vpc(&self, vpc: &str) -> &str {
        if self.requester.vpc == vpc {
            &self.accepter.vpc
        } else {
            &self.requester.vpc
        }
    }

    /// Whether it joins these two VPCs, in either direction.
    pub(crate) fn joins(&self, left: &str, right: &str) -> bool {
        left != right && self.has(left) && self.has(right)
    }

    pub(crate) fn expires(&self, timings: &Timings) -> Duration {
        self.base.life.created + timings.peering_expiry
    }
}

/// Closes ledger entries of peerings that are over, and forgets those that no account sees any more.
pub(super) fn settle(
    peerings: &mut Table<Peering>,
    now: Duration,
    timings: &Timings,
    ledger: &mut Ledger,
) {
    for peering in peerings.iter_mut() {
        let status = peering.status(now);
        let since = peering.last(|event| event.at <= now).map(|event| event.at);
        if peering.in_ledger && status.is_over() && status != Status::Deleting {
            ledger.gone(&peering.base.id, since.unwrap_or(now));
            peering.in_ledger = false;
        }
        let sides = [Side::Requester, Side::Accepter];
        let vanished = sides.map(|side| peering.vanishes(side, timings));
        if let [Some(one), Some(other)] = vanished {
            peering.base.life.leave(one.max(other));
        }
    }
    peerings.purge(now);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Life;

    fn end(account: &str, region: &str) -> End {
        End {
            account: account.to_owned(),
            region: region.to_owned(),
            vpc: format!("vpc-{account}"),
        }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn peering(region: &str) -> Peering {
        let base = Base {
            id: "pcx-1".to_owned(),
            owner: "1".to_owned(),
            region: "us-east-1".to_owned(),
            name: String::new(),
            description: String::new(),
            tags: Vec::new(),
            life: Life::new(Duration::ZERO, Duration::ZERO),
        };
        let (requester, accepter) = (end("1", "us-east-1"), end("2", region));
        Peering::request(base, requester, accepter, false, &Timings::default())
    }

    #[test]
    fn the_sides_learn_at_different_times() {
        let (mut peering, timings) = (peering("us-east-1"), Timings::default());
        assert_eq!(peering.status(seconds(1)), Status::InitiatingRequest);
        assert!(!peering.is_visible(Side::Accepter, seconds(2), &timings));
        peering.accept(seconds(10), &timings);
        let seen = |side| peering.status_for(side, seconds(10), &timings);
        assert_eq!(seen(Side::Accepter), Status::Provisioning);
        assert_eq!(seen(Side::Requester), Status::PendingAcceptance);
        assert_eq!(peering.status(seconds(13)), Status::Active);
        assert_eq!(peering.status(seconds(8 * 24 * 3600)), Status::Active);
    }

    #[test]
    fn deletion_shows_between_regions_only() {
        let timings = Timings::default();
        for (region, status) in [
            ("us-east-1", Status::Deleted),
            ("us-west-2", Status::Deleting),
        ] {
            let mut peering = peering(region);
            peering.accept(seconds(10), &timings);
            peering.delete(seconds(20), Side::Accepter, &timings);
            assert_eq!(peering.status(seconds(21)), status);
            assert_eq!(peering.status(seconds(50)), Status::Deleted);
        }
    }

    #[test]
    fn tombstones_stay_longer_at_the_other_side() {
        let (mut peering, timings) = (peering("us-east-1"), Timings::default());
        peering.reject(seconds(10));
        let hours = |hours: u64| seconds(hours * 3600);
        assert!(!peering.is_visible(Side::Accepter, hours(3), &timings));
        assert!(peering.is_visible(Side::Requester, hours(3), &timings));
        assert!(!peering.is_visible(Side::Requester, hours(49), &timings));
    }
}
