//! Two runs of one topology at once, on a cloud whose creates take tokens.

use crate::two_runs::{Run, inventory, run, side_by_side};
use crate::world::{World, three_networks, two_accounts};

async fn single() -> Vec<String> {
    let world = World::start(two_accounts()).await;
    world.apply(&three_networks()).await;
    inventory(&world.simulator)
}

/// Both runs end, one more apply makes what a single run makes, and a destroy leaves nothing.
async fn converges(runs: [Run; 2], offset: u64, skew: i64, single: &[String]) -> [bool; 2] {
    let (world, topology) = (World::start(two_accounts()).await, three_networks());
    let other = world.beside(skew);
    if runs == [Run::Destroy; 2] {
        world.apply(&topology).await;
    }
    let simulator = &world.simulator;
    let (first, second) = ((&world.engine, runs[0]), (&other.engine, runs[1]));
    let ended = side_by_side(simulator, &topology, first, second, offset).await;
    println!("{runs:?} {offset} s, clock {skew} s: {ended:?}");
    let what = format!("{runs:?}, offset {offset} s, clock {skew} s: {ended:?}");
    if runs != [Run::Destroy; 2] {
        let again = run(&world.engine, &topology, Run::Apply).await;
        assert_eq!(again, Ok(()), "{what}");
        assert_eq!(inventory(simulator), single, "{what}");
        assert!(world.plan(&topology).await.is_empty(), "{what}");
    }
    world.destroy(&topology).await;
    assert_eq!(simulator.alive(), vec![], "{what}");
    ended.map(|end| end.is_ok())
}

#[tokio::test]
async fn two_applies_at_once_make_what_one_makes() {
    let single = single().await;
    let mut ok = 0;
    for offset in [0, 2, 6] {
        let ended = converges([Run::Apply; 2], offset, 0, &single).await;
        ok += ended.iter().filter(|ok| **ok).count();
    }
    assert!(ok > 0, "no run of any two succeeded");
}

#[tokio::test]
async fn two_machines_with_clocks_apart_converge_as_well() {
    let single = single().await;
    for skew in [-900, 900] {
        converges([Run::Apply; 2], 0, skew, &single).await;
    }
}

#[tokio::test]
async fn an_apply_beside_a_destroy_ends_and_one_more_run_converges() {
    let single = single().await;
    for offset in [0, 3] {
        converges([Run::Apply, Run::Destroy], offset, 0, &single).await;
    }
}

#[tokio::test]
async fn two_destroys_at_once_leave_nothing() {
    for offset in [0, 2] {
        let ended = converges([Run::Destroy; 2], offset, 0, &[]).await;
        assert_eq!(ended, [true; 2], "offset {offset}");
    }
}
