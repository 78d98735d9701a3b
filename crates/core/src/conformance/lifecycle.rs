//! What every kind of object promises: tokens, labels, lists, deletes.

use super::check::{Stop, ensure};
use super::lab::Lab;
use super::recipe::Recipe;
use super::thing::list;
use crate::object::Record;
use crate::traits::{Phase, Select};

/// With the same token a create gives the same object.
pub(super) async fn token<R: Recipe>(lab: &Lab) -> Result<(), Stop> {
    let recipe = R::prepare(lab, 0).await?;
    let label = lab.label("twin");
    let first = lab.create(&recipe, &label).await?;
    let second = lab.create(&recipe, &label).await?;
    ensure(first.id() == second.id(), || {
        format!("{} and then {}", first.id(), second.id())
    })?;
    lab.in_phase::<R::Object>(recipe.at(lab), first.id(), R::SETTLED)
        .await?;
    let third = lab.create(&recipe, &label).await?;
    ensure(first.id() == third.id(), || {
        format!("{} and, once that was there, {}", first.id(), third.id())
    })
}

/// What was created is found again by its owner.
pub(super) async fn read_back<R: Recipe>(lab: &Lab) -> Result<(), Stop> {
    let recipe = R::prepare(lab, 0).await?;
    let label = lab.label("object/found");
    let made = lab.create(&recipe, &label).await?;
    let at = recipe.at(lab);
    lab.listed::<R::Object>(at, made.id()).await?;
    let listed = list::<R::Object>(at, &Select::Topology(lab.topology())).await?;
    let ours: Vec<_> = (listed.iter())
        .filter(|one| one.owner() == Some(&label.owner))
        .map(Record::id)
        .collect();
    ensure(ours == [made.id()], || {
        format!("made {}, owned by {:?}: {ours:?}", made.id(), label.owner)
    })
}

/// The name and the owner are told by the create and by lists.
pub(super) async fn label<R: Recipe>(lab: &Lab) -> Result<(), Stop> {
    let recipe = R::prepare(lab, 0).await?;
    let label = lab.label("object/labelled");
    let made = lab.create(&recipe, &label).await?;
    let listed = lab.listed::<R::Object>(recipe.at(lab), made.id()).await?;
    for (who, one) in [("the create", &made), ("the list", &listed)] {
        ensure(one.name() == label.name, || {
            format!("{who} names it {:?}, not {:?}", one.name(), label.name)
        })?;
        ensure(one.owner() == Some(&label.owner), || {
            format!(
                "{who} says it is of {:?}, not {:?}",
                one.owner(),
                label.owner
            )
        })?;
    }
    Ok(())
}

/// A created object may be pending, and becomes ready.
pub(super) async fn ready<R: Recipe>(lab: &Lab) -> Result<(), Stop> {
    let recipe = R::prepare(lab, 0).await?;
    let made = lab.create(&recipe, &lab.label("object/ready")).await?;
    let phase = made.phase();
    ensure(!matches!(phase, Phase::Deleting | Phase::Failed), || {
        format!("{} is created as {phase:?}", made.id())
    })?;
    lab.in_phase::<R::Object>(recipe.at(lab), made.id(), R::SETTLED)
        .await?;
    Ok(())
}

/// A list by ids gives these and leaves absent ones out.
pub(super) async fn by_id<R: Recipe>(lab: &Lab) -> Result<(), Stop> {
    let (recipe, one) = lab.make::<R>(0).await?;
    let (_, other) = lab.make::<R>(1).await?;
    let at = recipe.at(lab);
    let select = Select::Ids(vec![absent(one.id()), one.id().clone()]);
    let listed = list::<R::Object>(at, &select).await?;
    let ids: Vec<_> = listed.iter().map(Record::id).collect();
    ensure(ids == [one.id()], || {
        format!("asked for {} and an absent one: {ids:?}", one.id())
    })?;
    let select = Select::Ids(vec![one.id().clone(), other.id().clone()]);
    let listed = list::<R::Object>(at, &select).await?;
    ensure(listed.len() == 2, || {
        format!(
            "asked for {} and {}: {} listed",
            one.id(),
            other.id(),
            listed.len()
        )
    })
}

/// An id that looks like `id` and is of nothing.
fn absent<Id: From<String> + AsRef<str>>(id: &Id) -> Id {
    let text = id.as_ref();
    match text.char_indices().rev().nth(7) {
        Some((start, _)) if text.len() > 12 => Id::from(format!("{}00000000", &text[..start])),
        _ => Id::from(format!("{text}00000000")),
    }
}

/// A list by topology gives that topology's objects and no others.
pub(super) async fn by_topology<R: Recipe>(lab: &Lab) -> Result<(), Stop> {
    let (recipe, ours) = lab.make::<R>(0).await?;
    let other = R::prepare(lab, 1).await?;
    let theirs = lab
        .create(&other, &lab.foreign_label("object/theirs"))
        .await?;
    let at = recipe.at(lab);
    lab.in_phase::<R::Object>(at, theirs.id(), R::SETTLED)
        .await?;
    for (topology, wanted, unwanted) in [
        (lab.topology(), &ours, &theirs),
        (lab.other_topology(), &theirs, &ours),
    ] {
        let listed = list::<R::Object>(at, &Select::Topology(topology.clone())).await?;
        let has = |id| listed.iter().any(|one| one.id() == id);
        ensure(has(wanted.id()), || {
            format!("{topology} lacks {}", wanted.id())
        })?;
        ensure(!has(unwanted.id()), || {
            format!("{topology} has {} of another", unwanted.id())
        })?;
    }
    Ok(())
}

/// A list of all returns all, whatever their tags.
pub(super) async fn all<R: Recipe>(lab: &Lab) -> Result<(), Stop> {
    let (recipe, ours) = lab.make::<R>(0).await?;
    let other = R::prepare(lab, 1).await?;
    let theirs = lab
        .create(&other, &lab.foreign_label("object/theirs"))
        .await?;
    let at = recipe.at(lab);
    lab.in_phase::<R::Object>(at, theirs.id(), R::SETTLED)
        .await?;
    let listed = list::<R::Object>(at, &Select::All).await?;
    for wanted in [&ours, &theirs] {
        let count = listed.iter().filter(|one| one.id() == wanted.id()).count();
        ensure(count == 1, || {
            format!("{} is listed {count} times", wanted.id())
        })?;
    }
    Ok(())
}

/// A list gives only what the place's account may see there.
pub(super) async fn elsewhere<R: Recipe>(lab: &Lab) -> Result<(), Stop> {
    let (_, made) = lab.make::<R>(0).await?;
    for at in R::elsewhere(lab) {
        let by_id = Select::Ids(vec![made.id().clone()]);
        let listed = list::<R::Object>(at, &by_id).await?;
        ensure(listed.is_empty(), || {
            format!("{} sees {}", at.place(), made.id())
        })?;
        let listed = list::<R::Object>(at, &Select::All).await?;
        ensure(!listed.iter().any(|one| one.id() == made.id()), || {
            format!("{} sees {} among all", at.place(), made.id())
        })?;
    }
    Ok(())
}

/// What is deleted goes.
pub(super) async fn delete<R: Recipe>(lab: &Lab) -> Result<(), Stop> {
    let (recipe, made) = lab.make::<R>(0).await?;
    let at = recipe.at(lab);
    lab.stubborn(|| made.delete(at.as_ref())).await?;
    lab.gone::<R::Object>(at, made.id()).await
}

/// Deleting what is absent succeeds.
pub(super) async fn delete_absent<R: Recipe>(lab: &Lab) -> Result<(), Stop> {
    let (recipe, made) = lab.make::<R>(0).await?;
    let at = recipe.at(lab);
    lab.delete(at, &made).await?;
    lab.patient(|| made.delete(at.as_ref())).await?;
    Ok(())
}

/// The checks of one kind of object.
macro_rules! lifecycle {
    ($name:literal, $recipe:ty, $when:expr, token $tokens:expr) => {{
        use $crate::conformance::check::check;
        use $crate::conformance::lifecycle;
        vec![
            check!(
                concat!($name, ".create.token"),
                $tokens,
                "with the same token a create gives the same object",
                lifecycle::token::<$recipe>
            ),
            check!(
                concat!($name, ".create.found"),
                $when,
                "what was created is found by its owner, once",
                lifecycle::read_back::<$recipe>
            ),
            check!(
                concat!($name, ".create.label"),
                $when,
                "an object carries its label's name and ownership from the start",
                lifecycle::label::<$recipe>
            ),
            check!(
                concat!($name, ".create.ready"),
                $when,
                "an object may be pending after its creation, and becomes ready",
                lifecycle::ready::<$recipe>
            ),
            check!(
                concat!($name, ".list.ids"),
                $when,
                "a list by ids gives these and leaves absent ones out",
                lifecycle::by_id::<$recipe>
            ),
            check!(
                concat!($name, ".list.topology"),
                $when,
                "a list by topology gives its objects and no others",
                lifecycle::by_topology::<$recipe>
            ),
            check!(
                concat!($name, ".list.all"),
                $when,
                "a list of all gives all that the account has there, each once",
                lifecycle::all::<$recipe>
            ),
            check!(
                concat!($name, ".list.elsewhere"),
                $when,
                "a list gives only what the place's account may see there",
                lifecycle::elsewhere::<$recipe>
            ),
            check!(
                concat!($name, ".delete"),
                $when,
                "what is deleted is listed no more after a while",
                lifecycle::delete::<$recipe>
            ),
            check!(
                concat!($name, ".delete.absent"),
                $when,
                "deleting what is absent succeeds",
                lifecycle::delete_absent::<$recipe>
            ),
        ]
    }};
}
pub(super) use lifecycle;
