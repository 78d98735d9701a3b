//! Objects of a place by their names: a name counts only if one object there has it.

use landbridge_core::{Cloud, GroupId, HubId, InstanceId, NetworkId, Place, Result, Select};

use crate::args::MemberId;
use crate::clean;
use crate::clouds::did_you_mean;
use crate::exit::{Failure, Outcome};

/// So many names are told where one was not found.
const MOST_TOLD: usize = 12;

/// The objects of one kind in a place.
struct Objects {
    /// What they are, as errors say it.
    kind: &'static str,
    place: Place,
    /// IDs and names.
    all: Vec<(String, String)>,
}

/// The network that has this name.
pub(super) async fn network(cloud: &dyn Cloud, name: &str) -> Result<Outcome<NetworkId>> {
    let networks = cloud.list_networks(&Select::All).await?.into_iter();
    let all = networks.map(|one| (one.id.to_string(), one.name)).collect();
    Ok(objects("network", cloud, all)
        .only(name)
        .map(NetworkId::from))
}

/// The hub of this account that has this name.
pub(super) async fn hub(cloud: &dyn Cloud, name: &str) -> Result<Outcome<HubId>> {
    let hubs = cloud.list_hubs(&Select::All).await?.into_iter();
    let all = hubs.map(|one| (one.id.to_string(), one.name)).collect();
    Ok(objects("hub", cloud, all).only(name).map(HubId::from))
}

/// The security group that has this name.
pub(super) async fn group(cloud: &dyn Cloud, name: &str) -> Result<Outcome<GroupId>> {
    let all = groups(cloud).await?;
    Ok(objects("security group", cloud, all)
        .only(name)
        .map(GroupId::from))
}

/// The instance or the security group that has this name.
pub(super) async fn member(cloud: &dyn Cloud, name: &str) -> Result<Outcome<MemberId>> {
    let instances = cloud.list_instances(&Select::All).await?.into_iter();
    let instances: Vec<(String, String)> = instances
        .map(|one| (one.id.to_string(), one.name))
        .collect();
    let groups = groups(cloud).await?;
    let is_instance = |id: &str| instances.iter().any(|(known, _)| known == id);
    let all = instances.iter().cloned().chain(groups).collect();
    let found = objects("instance or security group", cloud, all).only(name);
    Ok(found.map(|id| match is_instance(&id) {
        true => MemberId::Instance(InstanceId::from(id)),
        false => MemberId::Group(GroupId::from(id)),
    }))
}

async fn groups(cloud: &dyn Cloud) -> Result<Vec<(String, String)>> {
    let groups = cloud.list_groups(&Select::All).await?.into_iter();
    Ok(groups.map(|one| (one.id.to_string(), one.name)).collect())
}

fn objects(kind: &'static str, cloud: &dyn Cloud, all: Vec<(String, String)>) -> Objects {
    Objects {
        kind,
        place: cloud.place().clone(),
        all,
    }
}

impl Objects {
    /// The ID of the one object that has this name.
    fn only(&self, name: &str) -> Outcome<String> {
        let Self { kind, place, all } = self;
        let found: Vec<&str> = all
            .iter()
            .filter(|(_, known)| known == name)
            .map(|(id, _)| id.as_str())
            .collect();
        let problem = match found.as_slice() {
            [id] => return Ok((*id).to_owned()),
            [] => format!(
                "unknown {kind} `{name}` in {place}: {}",
                self.expected(name)
            ),
            several => format!(
                "ambiguous {kind} name `{name}`: {} have it in {place}; give the ID of the one that is meant",
                several.join(", ")
            ),
        };
        Err(Failure::bad_input(problem))
    }

    fn expected(&self, name: &str) -> String {
        let mut named: Vec<&(String, String)> = self
            .all
            .iter()
            .filter(|(_, name)| !name.is_empty())
            .collect();
        named.sort_by(|(_, one), (_, other)| one.cmp(other));
        if named.is_empty() {
            return format!("expected an ID, because no {} there has a name", self.kind);
        }
        let shown = named.iter().take(MOST_TOLD);
        let shown: Vec<String> = shown
            .map(|(id, name)| format!("`{}` ({id})", clean::line(name)))
            .collect();
        let more = match named.len().saturating_sub(MOST_TOLD) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let hint = did_you_mean(name, named.iter().map(|(_, name)| name.as_str()));
        format!(
            "expected an ID, or the name of one: {}{more}{hint}",
            shown.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::{AccountId, CloudName};

    fn only(all: &[(&str, &str)], name: &str) -> std::result::Result<String, String> {
        let objects = Objects {
            kind: "network",
            place: Place::new(CloudName::from_static("aws"), AccountId::new("1"), "r"),
            all: all
                .iter()
                .map(|(id, name)| ((*id).to_owned(), (*name).to_owned()))
                .collect(),
        };
        objects
            .only(name)
            .map_err(|failure| failure.error.to_string())
    }

    #[test]
    fn a_name_counts_only_if_one_object_has_it() {
        let all = [
            ("vpc-1", "web"),
            ("vpc-2", "web"),
            ("vpc-3", "db"),
            ("vpc-4", ""),
        ];
        assert_eq!(only(&all, "db").as_deref(), Ok("vpc-3"));
        let error = only(&all, "web").expect_err("two");
        assert!(
            error.contains("ambiguous network name `web`: vpc-1, vpc-2 have it"),
            "{error}"
        );
        let error = only(&all, "bd").expect_err("none");
        assert!(
            error.contains("`db` (vpc-3), `web` (vpc-1), `web` (vpc-2)"),
            "{error}"
        );
        assert!(
            only(&[("vpc-1", "")], "web")
                .expect_err("none")
                .contains("no network there has a name")
        );
        let many: Vec<String> = (0..20).map(|number| format!("n{number:02}")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|name| ("vpc-1", name.as_str())).collect();
        assert!(
            only(&many, "else")
                .expect_err("none")
                .ends_with("`n11` (vpc-1) and 8 more")
        );
    }
}
