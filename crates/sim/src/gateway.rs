//! The front door that all clouds share: lets faults act on a call, hands it to its cloud, and records it.

use std::time::{Duration, SystemTime};

use crate::calls::Call;
use crate::failure::Failure;
use crate::faults::{FaultEffect, Subject};
use crate::parameters::Parameters;
use crate::wire::{Delivery, Reply};
use crate::world::Common;

/// What a request says about itself, before anything is verified.
pub(crate) struct Claim<'a> {
    /// Empty if unknown.
    pub(crate) product: &'static str,
    pub(crate) action: &'a str,
    /// Empty if none.
    pub(crate) region: &'a str,
    pub(crate) key_id: Option<&'a str>,
    pub(crate) write: bool,
    pub(crate) parameters: Parameters,
    /// The id that the answer will carry.
    pub(crate) request_id: &'a str,
}

/// A reply, and the error code in it.
pub(crate) type Coded = (Reply, Option<String>);

/// Answers one call under the faults that hit it, and records it.
///
/// `throttled` is the cloud's refusal of too many calls, `answer` its work, `reply` the form of its answers.
pub(crate) fn admit<B>(
    common: &mut Common,
    claim: Claim<'_>,
    throttled: impl FnOnce(Option<u64>) -> Failure,
    answer: impl FnOnce(&mut Common, Option<&FaultEffect>) -> Result<B, Failure>,
    reply: impl FnOnce(Result<B, Failure>, Option<&FaultEffect>) -> Coded,
) -> Reply {
    let account = claimed_account(common, claim.key_id);
    let effect = common.faults.hit(&Subject {
        product: claim.product,
        action: claim.action,
        account: &account,
        region: claim.region,
        write: claim.write,
    });
    let effect = effect.as_ref();
    let outcome = match effect.and_then(|effect| effect.refusal(throttled)) {
        Some(failure) => Err(failure),
        None => answer(common, effect),
    };
    let outcome = match effect.and_then(FaultEffect::afterthought) {
        Some(failure) if outcome.is_ok() => Err(failure),
        _ => outcome,
    };
    let (reply, code) = reply(outcome, effect);
    record(common, claim, account, &reply, code);
    reply
}

fn claimed_account(common: &Common, key_id: Option<&str>) -> String {
    let key = key_id.and_then(|id| common.accounts.key(id));
    key.map(|key| key.account.clone()).unwrap_or_default()
}

fn record(
    common: &mut Common,
    claim: Claim<'_>,
    account: String,
    reply: &Reply,
    code: Option<String>,
) {
    let dropped = reply.delivery == Delivery::Dropped;
    common.calls.record(Call {
        seq: 0,
        at: common.clock.now(),
        account,
        product: claim.product.to_owned(),
        action: claim.action.to_owned(),
        region: claim.region.to_owned(),
        write: claim.write,
        parameters: claim.parameters.all().clone(),
        status: if dropped { 0 } else { reply.status },
        code,
        request_id: claim.request_id.to_owned(),
    });
}

/// Ends the caller's session or takes the caller's key away, if this is what the fault does.
///
/// # Errors
/// `expired`, if the key belongs to no session that could end.
pub(crate) fn expire_session(
    common: &mut Common,
    effect: Option<&FaultEffect>,
    key_id: Option<&str>,
    expired: impl FnOnce() -> Failure,
) -> Result<(), Failure> {
    let Some(key_id) = key_id else {
        return Ok(());
    };
    match effect {
        Some(FaultEffect::ExpireSession) => {}
        Some(FaultEffect::RevokeKey) => {
            common.accounts.revoke(key_id);
            return Ok(());
        }
        _ => return Ok(()),
    }
    common.accounts.expire(key_id);
    let key = common.accounts.key(key_id);
    match key.is_some_and(|key| key.holder.session().is_some()) {
        true => Ok(()),
        false => Err(expired()),
    }
}

/// The server's idea of the time: a date is good if it is near one of the accepted ones.
pub(crate) struct Dates {
    pub(crate) uptime: Duration,
    pub(crate) accepted: [SystemTime; 2],
}

impl Dates {
    /// Virtual and real time now, both off by what the fault says.
    pub(crate) fn now(common: &Common, effect: Option<&FaultEffect>) -> Self {
        let uptime = common.clock.uptime();
        Self {
            uptime,
            accepted: [common.date(uptime), SystemTime::now()]
                .map(|date| FaultEffect::skewed(effect, date)),
        }
    }
}

/// Virtual or real time, whichever is nearer to the date that the caller sent: that is the clock it goes by.
pub(crate) fn nearest(sent: Option<SystemTime>, virtual_now: SystemTime) -> SystemTime {
    let now = SystemTime::now();
    let distance = |date: SystemTime, sent: SystemTime| {
        let ahead = date.duration_since(sent);
        ahead.unwrap_or_else(|error| error.duration())
    };
    match sent {
        Some(sent) if distance(virtual_now, sent) < distance(now, sent) => virtual_now,
        _ => now,
    }
}
