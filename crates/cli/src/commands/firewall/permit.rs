//! The permit that `allow` writes and `revoke` removes.

use landbridge_core::engine::Engine;
use landbridge_core::permit::{NameBy, Party, Permit, PermitPlan};

use crate::accounts::{Caller, Callers};
use crate::args::{MemberId, MemberRef, Named, Naming, Options, PartyRef, PermitArgs};
use crate::commands::named;
use crate::exit::{Failure, Outcome};
use crate::interrupt::unless_cancelled;
use crate::output::Output;

/// The permit that the options describe, and an engine with the keys of both parties.
pub(super) struct Wish {
    pub(super) callers: Callers,
    pub(super) engine: Engine,
    pub(super) permit: Permit,
}

impl Wish {
    pub(super) async fn open(args: &PermitArgs, options: &Options) -> Outcome<Self> {
        let callers = Callers::open(&args.accounts, options)?;
        let left = callers.caller(&args.left.place.account).await?;
        let (right, other) = right(&callers, &left, args).await?;
        let engine = callers.engine([&left].into_iter().chain(&other))?;
        let left = party(&callers, &left, &args.left).await?;
        let permit = permit(args, left, right);
        Ok(Self {
            callers,
            engine,
            permit,
        })
    }

    pub(super) async fn reading<T>(
        &self,
        reading: impl Future<Output = landbridge_core::Result<T>>,
    ) -> Outcome<T> {
        unless_cancelled(self.callers.cancel(), reading).await
    }
}

fn permit(args: &PermitArgs, left: Party, right: Party) -> Permit {
    let mut permit = Permit::new(&args.mark, left, right).with_traffic(args.protocol.clone());
    permit.by = args.by.map(NameBy::from);
    permit.one_way = args.one_way;
    permit.unconnected = args.unconnected;
    permit
}

async fn party(callers: &Callers, caller: &Caller, member: &MemberRef) -> Outcome<Party> {
    let place = caller.place(&member.place.region);
    let id = match &member.id {
        Named::Id(id) => id.clone(),
        Named::Name(name) => {
            let engine = callers.engine([caller])?;
            let finding = async { named::member(&*engine.cloud(&place).await?, name).await };
            unless_cancelled(callers.cancel(), finding).await??
        }
    };
    Ok(match id {
        MemberId::Instance(id) => Party::Instance { place, id },
        MemberId::Group(id) => Party::Group { place, id },
    })
}

/// The second party, and the account whose keys look it up. A CIDR block or foreign group needs no keys.
async fn right(
    callers: &Callers,
    left: &Caller,
    args: &PermitArgs,
) -> Outcome<(Party, Option<Caller>)> {
    match &args.right {
        PartyRef::Member(member) => {
            let caller = callers.caller(&member.place.account).await?;
            Ok((party(callers, &caller, member).await?, Some(caller)))
        }
        PartyRef::Range(range) => Ok((Party::Range(*range), None)),
        PartyRef::Foreign { owner, group } => {
            let region = &args.left.place.region;
            let account = callers.owner(owner, group, left, region).await?;
            let id = group.clone();
            Ok((Party::ForeignGroup { account, id }, None))
        }
    }
}

impl From<Naming> for NameBy {
    fn from(naming: Naming) -> Self {
        match naming {
            Naming::Address => Self::Address,
            Naming::Group => Self::Group,
            Naming::Network => Self::Network,
        }
    }
}

/// Shows the changes, the findings against them, and a topology that would join parties without a path.
pub(super) fn show(output: &mut Output, plan: &PermitPlan) {
    let mut text = plan.to_string();
    if let Some(proposal) = &plan.proposal {
        let file = serde_json::to_string_pretty(proposal).unwrap_or_default();
        text.push_str(&format!(
            "\nproposed topology: save it, add the `credentials` of each account, and run `landbridge plan` on it\n{file}"
        ));
    }
    output.findings("permit", (text, plan), &plan.report.findings);
}

pub(super) fn refuse_unless_passed(plan: &PermitPlan) -> Outcome<()> {
    match plan.report.passed() {
        true => Ok(()),
        false => Err(Failure::refused(
            "the findings above prevent these rules; nothing was written",
        )),
    }
}
