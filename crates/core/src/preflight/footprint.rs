//! Where nobody could look for what the topology made.

use std::collections::BTreeMap;

use super::{Context, Finding};
use crate::ids::AccountId;
use crate::traits::NotSearched;

/// How many regions one finding names.
const NAMED: usize = 4;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let read = |gap: &&NotSearched| {
        let mut places = context.observation.inventories.iter().map(|one| &one.place);
        places
            .any(|place| place.account == gap.account && Some(&place.region) == gap.region.as_ref())
    };
    let mut gaps: BTreeMap<&AccountId, Vec<&NotSearched>> = BTreeMap::new();
    let all = context.observation.footprint.not_searched.iter();
    for gap in all.filter(|gap| !read(gap)) {
        gaps.entry(&gap.account).or_default().push(gap);
    }
    for (account, gaps) in gaps {
        findings.extend(gaps.first().map(|first| told(account, &gaps, first)));
    }
}

// One for each account: what one region refuses, all of them do, as a rule.
fn told(account: &AccountId, gaps: &[&NotSearched], first: &NotSearched) -> Finding {
    let regions = gaps.iter().filter_map(|gap| gap.region.as_ref());
    let mut names: Vec<String> = regions.map(ToString::to_string).collect();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    let regions = match names.is_empty() {
        true => "its other regions".to_owned(),
        false => names.join(", "),
    };
    Finding::warning(
        "place/not-searched",
        format!("account {account}"),
        format!(
            "{regions} could not be searched for what this topology made: {}",
            first.reason
        ),
        "if the topology had something there, it stays unseen: correct what the error names, then run again",
    )
}
