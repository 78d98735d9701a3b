//! Ownership of objects that exist.

use super::check::{Check, Stop, always, check, refused};
use super::lab::Lab;
use crate::error::ErrorKind;
use crate::ids::NetworkId;
use crate::retry::Look;
use crate::traits::{NetworkRecord, Select, TaggedId};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "tagging.tag",
            always,
            "a tagged object is listed with its new owner after a while, and tagging it again succeeds",
            tag
        ),
        check!(
            "tagging.tag.absent",
            always,
            "tagging an object that was deleted fails with NotFound",
            tag_absent
        ),
    ]
}

async fn owned(lab: &Lab, id: &NetworkId) -> Result<Option<NetworkRecord>, crate::error::Error> {
    let listed = lab.home.list_networks(&Select::id(id.clone())).await?;
    Ok(listed.into_iter().next())
}

async fn tag(lab: &Lab) -> Result<(), Stop> {
    let network = lab.network(&lab.home, 0).await?;
    let object = TaggedId::Network(network.id.clone());
    let owner = lab.label("network/taken").owner;
    for _ in 0..2 {
        lab.patient(|| lab.home.tag(&object, &owner)).await?;
    }
    let look = || async {
        let there = owned(lab, &network.id).await?;
        Ok(match there.and_then(|record| record.owner) {
            Some(known) if known == owner => Look::Ready(()),
            known => Look::NotYet(format!("of {known:?}")),
        })
    };
    lab.until(
        &format!("network {} tagged for {owner:?}", network.id),
        look,
    )
    .await
}

async fn tag_absent(lab: &Lab) -> Result<(), Stop> {
    let network = lab.network(&lab.home, 0).await?;
    lab.stubborn(|| lab.home.delete_network(&network.id))
        .await?;
    let gone = || async {
        Ok(match owned(lab, &network.id).await? {
            None => Look::Ready(()),
            Some(record) => Look::NotYet(record.status.to_string()),
        })
    };
    lab.until(&format!("network {}, deleted,", network.id), gone)
        .await?;
    let object = TaggedId::Network(network.id.clone());
    let owner = lab.label("network/taken").owner;
    let call = || lab.home.tag(&object, &owner);
    refused(lab.patient(call).await, &[ErrorKind::NotFound])
}
