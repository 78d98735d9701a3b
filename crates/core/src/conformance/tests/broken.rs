//! A broken promise fails the check that is about it, and no other.

use std::sync::Arc;

use super::memory::{builder, everything, subject};
use super::saboteur::{Breach, Saboteur};
use crate::conformance::{Check, Violation, all_checks, checks, run_all};
use crate::memory::ManualClock;

async fn broken_by(breach: Breach) -> Vec<Violation> {
    let clock = Arc::new(ManualClock::new());
    let world = builder(&clock).with_capabilities(everything()).build();
    let inner = Arc::new(world.clone());
    let subject = subject(Arc::new(Saboteur { inner, breach }), &world, clock);
    let report = run_all(&subject).await;
    report.violations().cloned().collect()
}

macro_rules! breaches {
    ($($test:ident: $breach:ident breaks $check:literal;)*) => {$(
        #[tokio::test]
        async fn $test() {
            let violations = broken_by(Breach::$breach).await;
            let names: Vec<_> = violations.iter().map(|one| one.check).collect();
            assert_eq!(names, [$check], "{violations:#?}");
        }
    )*};
}

breaches! {
    a_second_acceptance: AcceptsOnce breaks "peering.accept.again";
    agents_in_another_order: AgentsOutOfOrder breaks "command.agents";
    a_difference_that_is_not_told: BlindToSecondFactor breaks "trust.drift";
    a_route_with_another_hop: DeletesRoutesOfOtherHops breaks "routing.delete.other-hop";
    routes_that_are_not_added: AddsFirstRouteOnly breaks "routing.create.many";
    routes_that_stay: DeletesSomeRoutesOnly breaks "routing.delete.many";
    learning_that_is_absent: DisablesPresentOnly breaks "hub.learning.disable.absent";
    a_wrong_kind_of_refusal: EdgeIsAWrongParameter breaks "unsupported.edge-hub";
    a_write_that_changes_nothing: EnsuresByWriting breaks "trust.ensure.again";
    networks_that_were_named: ForgetsNamedNetworks breaks "inventory.scope.networks";
    a_second_grant: GrantsOnce breaks "grant.create.again";
    a_token_that_is_ignored: IgnoresNetworkTokens breaks "network.create.token";
    a_group_that_is_overlooked: LeavesGroupsInNetworks breaks "network.delete.with-group";
    an_owner_that_is_not_told: LosesOwnerAtCreation breaks "network.create.label";
    a_mark_that_is_not_written: ForgetsMarks breaks "routing.create.mark";
    tags_that_are_not_written: ForgetsTags breaks "tagging.tag";
    a_page_that_is_not_read: MissesSecondPage breaks "subnet.list.end";
    an_absent_id_in_a_list: NeedsAllIds breaks "group.list.ids";
    a_family_that_is_forgotten: ForgetsIpv6 breaks "network.create.ipv6";
    names_that_stay_on: NeverStopsNames breaks "peering.dns";
    an_analyser_that_always_agrees: OracleAlwaysAgrees breaks "oracle.verdict";
    somebody_elses_role: OverwritesRoles breaks "trust.ensure.foreign";
    a_route_that_leads_elsewhere: OverwritesRoutes breaks "routing.create.conflict";
    an_impostor: ReadsOnAsImpostor breaks "inventory.impostor";
    a_network_that_is_absent: RefusesAbsentNetworks breaks "network.delete.absent";
    rules_of_another_topology: RevokesForeignRules breaks "rule.revoke.exact";
    a_range_outside: TakesAnyRange breaks "subnet.create.outside";
}

#[tokio::test]
async fn a_violation_names_the_promise_and_what_was_found() {
    let violations = broken_by(Breach::RefusesAbsentNetworks).await;
    let text = violations.first().map(ToString::to_string);
    let text = text.expect("one");
    let promised = "network.delete.absent: promised: deleting what is absent succeeds; found: ";
    assert!(text.starts_with(promised), "{text}");
    assert!(text.contains("sabotaged"), "{text}");
}

#[test]
fn names_are_unique_and_begin_with_their_family() {
    let mut names: Vec<_> = all_checks().iter().map(|check| check.name).collect();
    for Check { name, family, .. } in all_checks() {
        assert!(
            name.starts_with(&format!("{family}.")),
            "{name} of {family}"
        );
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[tokio::test]
async fn checks_run_in_any_order_beside_each_other() {
    let clock = Arc::new(ManualClock::new());
    let world = builder(&clock).with_capabilities(everything()).build();
    // Nobody counts writes where others write at the same time.
    let subject = subject(Arc::new(world.clone()), &world, clock).without_write_counter();
    let mut checks = checks(subject.capabilities());
    checks.reverse();
    for pair in checks.chunks(2) {
        let runs = pair.iter().map(|check| check.run(&subject));
        for result in futures_util::future::join_all(runs).await {
            result.expect("the promise is kept");
        }
    }
    assert_eq!(world.objects(), Vec::<String>::new());
}
