//! Hubs and what they learn.

use super::check::{Check, Stop, check, ensure, refused};
use super::lab::Lab;
use super::lifecycle::lifecycle;
use super::recipe::{
    AGlobalHub, ARegionalHub, AnAttachment, first_range, has_global_hubs, has_hubs,
};
use super::thing::Handle;
use crate::error::ErrorKind;
use crate::ids::RouteTableId;
use crate::retry::Look;
use crate::traits::{
    CreateHub, HubRecord, HubScope, Learning, LearningKind, LearningRecord, PeeringRecord,
};

const BOTH: [LearningKind; 2] = [LearningKind::Association, LearningKind::Propagation];

pub(super) fn checks() -> Vec<Check> {
    let mut checks = lifecycle!("hub.global", AGlobalHub, has_global_hubs, token has_global_hubs);
    checks.extend([check!(
        "hub.global.record",
        has_global_hubs,
        "a global hub is of no region and is listed from every region of its account",
        global_record
    )]);
    checks.extend(lifecycle!("hub.regional", ARegionalHub, has_hubs, token has_hubs));
    checks.extend([
        check!(
            "hub.regional.record",
            has_hubs,
            "a regional hub is of its region and parent, and has a route table once it is ready",
            regional_record
        ),
        check!(
            "hub.regional.adopt",
            has_global_hubs,
            "where a parent has one hub in a region, a request with its ownership gets it",
            adopt
        ),
        check!(
            "hub.regional.foreign",
            has_global_hubs,
            "where a parent has one hub in a region, asking with another ownership fails with AlreadyExists",
            foreign
        ),
        check!(
            "hub.zones",
            has_hubs,
            "the zones for attachments are listed, without repetition, as many as an attachment needs",
            zones
        ),
        check!(
            "hub.learning.enable",
            has_hubs,
            "enabled route learning is listed and becomes ready",
            enable
        ),
        check!(
            "hub.learning.enable.again",
            has_hubs,
            "enabling route learning that is enabled succeeds",
            enable_again
        ),
        check!(
            "hub.learning.disable",
            has_hubs,
            "disabled route learning is listed no more after a while",
            disable
        ),
        check!(
            "hub.learning.disable.absent",
            has_hubs,
            "disabling route learning that is absent succeeds",
            disable_absent
        ),
        check!(
            "hub.learning.used-peering",
            has_hubs,
            "deleting an attachment fails with InUse while route learning refers to it",
            used_peering
        ),
        check!(
            "hub.routes",
            has_hubs,
            "what an attached network propagates is listed among the routes of the hub's table",
            routes
        ),
    ]);
    checks
}

async fn global_record(lab: &Lab) -> Result<(), Stop> {
    let (_, made) = lab.make::<AGlobalHub>(0).await?;
    ensure(
        made.scope == HubScope::Global && made.region.is_none() && made.table.is_none(),
        || format!("{made:?}"),
    )?;
    ensure(made.account == lab.home.place().account, || {
        format!("{made:?}")
    })?;
    let away: HubRecord = lab.ready(&lab.away, &made.id).await?;
    ensure(away == made, || format!("{away:?} away, {made:?} at home"))
}

async fn regional_record(lab: &Lab) -> Result<(), Stop> {
    let parent = lab.global_hub(0).await?;
    let hub = lab
        .regional_hub(&lab.home, parent.as_ref(), "hub/regional")
        .await?;
    let place = lab.home.place();
    ensure(
        hub.scope == HubScope::Regional { parent }
            && hub.region.as_ref() == Some(&place.region)
            && hub.account == place.account
            && hub.table.is_some(),
        || format!("{hub:?}"),
    )
}

async fn adopt(lab: &Lab) -> Result<(), Stop> {
    let parent = lab.global_hub(0).await?;
    let first = lab
        .regional_hub(&lab.home, parent.as_ref(), "hub/regional")
        .await?;
    let mut label = lab.label("hub/regional");
    label.token = lab.token(&["another"]);
    let request = CreateHub::new(label, HubScope::Regional { parent });
    let second = lab.patient(|| lab.home.create_hub(&request)).await?;
    lab.keep(&lab.home, &second);
    ensure(first.id == second.id, || {
        format!("{} and {}", first.id, second.id)
    })
}

async fn foreign(lab: &Lab) -> Result<(), Stop> {
    let parent = lab.global_hub(0).await?;
    lab.regional_hub(&lab.home, parent.as_ref(), "hub/regional")
        .await?;
    let label = lab.foreign_label("hub/foreign");
    let request = CreateHub::new(label, HubScope::Regional { parent });
    let result = lab.patient(|| lab.home.create_hub(&request)).await;
    refused(result, &[ErrorKind::AlreadyExists])
}

async fn zones(lab: &Lab) -> Result<(), Stop> {
    let zones = lab.home.list_hub_zones().await?;
    let mut once = zones.clone();
    once.sort();
    once.dedup();
    let needed = lab.capabilities().attachment_zones.max(1);
    ensure(once.len() == zones.len() && zones.len() >= needed, || {
        format!("{needed} are needed: {zones:?}")
    })
}

/// A ready attachment and the table of its hub.
struct Attached {
    recipe: AnAttachment,
    peering: PeeringRecord,
    table: RouteTableId,
}

impl Attached {
    async fn make(lab: &Lab) -> Result<Self, Stop> {
        let (recipe, peering) = lab.make::<AnAttachment>(0).await?;
        let none = || Stop::broken(format!("hub {} has no table", recipe.hub.id));
        let table = recipe.hub.table.clone().ok_or_else(none)?;
        Ok(Self {
            recipe,
            peering,
            table,
        })
    }

    fn learning(&self, kind: LearningKind) -> Learning {
        Learning {
            kind,
            peering: self.peering.id.clone(),
            table: self.table.clone(),
        }
    }
}

impl Lab {
    async fn learn(&self, at: &Handle, learning: &Learning) -> Result<(), Stop> {
        self.keep_learning(at, learning);
        self.patient(|| at.enable_learning(learning)).await?;
        let look = || async {
            Ok(match self.find_learning(at, learning).await? {
                Some(one) if one.status.is_ready() => Look::Ready(()),
                Some(one) => Look::NotYet(one.status.to_string()),
                None => Look::NotYet("not listed".to_owned()),
            })
        };
        self.until(&learning.kind.to_string(), look).await
    }

    async fn unlearn(&self, at: &Handle, learning: &Learning) -> Result<(), Stop> {
        self.patient(|| at.disable_learning(learning)).await?;
        Ok(())
    }

    async fn find_learning(
        &self,
        at: &Handle,
        learning: &Learning,
    ) -> crate::Result<Option<LearningRecord>> {
        let listed = at.list_learning(&learning.table).await?;
        Ok(listed.into_iter().find(|one| one.learning == *learning))
    }

    pub(super) async fn learning_gone(&self, at: &Handle, learning: &Learning) -> Result<(), Stop> {
        let what = format!("the {}, disabled,", learning.kind);
        let look = || async {
            Ok(match self.find_learning(at, learning).await? {
                None => Look::Ready(()),
                Some(one) => Look::NotYet(one.status.to_string()),
            })
        };
        self.until(&what, look).await
    }
}

async fn enable(lab: &Lab) -> Result<(), Stop> {
    let attached = Attached::make(lab).await?;
    for kind in BOTH {
        lab.learn(&lab.home, &attached.learning(kind)).await?;
    }
    Ok(())
}

async fn enable_again(lab: &Lab) -> Result<(), Stop> {
    let attached = Attached::make(lab).await?;
    for kind in BOTH {
        lab.learn(&lab.home, &attached.learning(kind)).await?;
        lab.learn(&lab.home, &attached.learning(kind)).await?;
    }
    let listed = lab.home.list_learning(&attached.table).await?;
    ensure(listed.len() == 2, || format!("{listed:?}"))
}

async fn disable(lab: &Lab) -> Result<(), Stop> {
    let attached = Attached::make(lab).await?;
    for kind in BOTH {
        lab.learn(&lab.home, &attached.learning(kind)).await?;
    }
    for kind in BOTH {
        let learning = attached.learning(kind);
        lab.unlearn(&lab.home, &learning).await?;
        lab.learning_gone(&lab.home, &learning).await?;
    }
    Ok(())
}

async fn disable_absent(lab: &Lab) -> Result<(), Stop> {
    let attached = Attached::make(lab).await?;
    for kind in BOTH {
        lab.unlearn(&lab.home, &attached.learning(kind)).await?;
    }
    Ok(())
}

async fn used_peering(lab: &Lab) -> Result<(), Stop> {
    let attached = Attached::make(lab).await?;
    let learning = attached.learning(LearningKind::Association);
    lab.learn(&lab.home, &learning).await?;
    let (id, kind) = (&attached.peering.id, attached.peering.kind);
    let call = || lab.home.delete_peering(id, kind);
    refused(lab.patient(call).await, &[ErrorKind::InUse])
}

async fn routes(lab: &Lab) -> Result<(), Stop> {
    let attached = Attached::make(lab).await?;
    for kind in BOTH {
        lab.learn(&lab.home, &attached.learning(kind)).await?;
    }
    // A zone's subnet makes sure that there is something to propagate on clouds that propagate subnets.
    let whole = first_range(&attached.recipe.network)?;
    let look = || async {
        let routes = lab.home.list_hub_routes(&attached.table).await?;
        let found = routes.into_iter().find(|route| {
            route.next_hop.as_ref() == Some(&attached.peering.id)
                && whole.contains(&route.destination)
                && route.table == attached.table
        });
        Ok(match found {
            Some(route) if route.status.is_ready() => Look::Ready(()),
            Some(route) => Look::NotYet(route.status.to_string()),
            None => Look::NotYet("not listed".to_owned()),
        })
    };
    lab.until(&format!("a route of the hub into {whole}"), look)
        .await
}

/// Makes an attachment that learns, and gives the table of its hub.
pub(super) async fn learning_attachment(lab: &Lab) -> Result<RouteTableId, Stop> {
    let attached = Attached::make(lab).await?;
    for kind in BOTH {
        lab.learn(&lab.home, &attached.learning(kind)).await?;
    }
    Ok(attached.table)
}
