//! Marks of routes. A route of EC2 carries neither tags nor a description, so its table carries the mark as a tag: the
//! destination in the key, the topology and the next hop in the value.

use aws_sdk_ec2::operation::create_tags::builders::CreateTagsInputBuilder;
use aws_sdk_ec2::operation::delete_tags::builders::DeleteTagsInputBuilder;
use aws_sdk_ec2::types::{RouteTable, Tag};
use ipnet::IpNet;
use landbridge_core::{NextHop, PeeringId, Phase, RouteOrigin, RouteRecord, RouteTableId, Status};

use super::field::range;

/// What the key of a mark begins with; the destination follows.
const KEY: &str = "landbridge:route:";

/// The keys of all marks, as a filter takes them.
pub(crate) const MARKS: &str = "landbridge:route:*";

/// The topology whose mark a tag is, if it is one.
pub(crate) fn topology_of_mark<'a>(key: Option<&str>, value: Option<&'a str>) -> Option<&'a str> {
    key?.strip_prefix(KEY)?;
    Some(value?.split_once(' ')?.0)
}

/// Who wrote a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RouteMark {
    pub(crate) destination: IpNet,
    pub(crate) topology: String,
    pub(crate) next_hop: PeeringId,
}

impl RouteMark {
    pub(crate) fn new(destination: &IpNet, topology: &str, next_hop: &PeeringId) -> Self {
        Self {
            destination: destination.trunc(),
            topology: topology.to_owned(),
            next_hop: next_hop.clone(),
        }
    }

    fn read(tag: &Tag) -> Option<Self> {
        let destination = range(tag.key()?.strip_prefix(KEY)?).ok()?;
        let (topology, next_hop) = tag.value()?.split_once(' ')?;
        Some(Self::new(&destination, topology, &next_hop.into()))
    }

    fn tag(&self) -> Tag {
        let value = format!("{} {}", self.topology, self.next_hop);
        Tag::builder()
            .key(format!("{KEY}{}", self.destination))
            .value(value)
            .build()
    }

    /// Whether it is the mark of this route: one to the same destination with another next hop is somebody else's.
    pub(crate) fn is_of(&self, route: &RouteRecord) -> bool {
        route.destination == self.destination
            && route.next_hop == NextHop::Peering(self.next_hop.clone())
    }

    /// The route that it stands for, which is gone or not there yet.
    pub(crate) fn into_route(self, table: &RouteTableId) -> RouteRecord {
        let hop = NextHop::Peering(self.next_hop);
        let status = Status::new(Phase::Deleting, "absent");
        RouteRecord::new(
            table.clone(),
            self.destination,
            hop,
            RouteOrigin::Custom,
            status,
        )
        .with_mark(self.topology)
    }

    /// `CreateTags` on the table.
    pub(crate) fn create(&self, table: &RouteTableId) -> CreateTagsInputBuilder {
        CreateTagsInputBuilder::default()
            .resources(table.as_str())
            .tags(self.tag())
    }

    /// `DeleteTags` on the table, of this key with this value only.
    pub(crate) fn delete(&self, table: &RouteTableId) -> DeleteTagsInputBuilder {
        DeleteTagsInputBuilder::default()
            .resources(table.as_str())
            .tags(self.tag())
    }
}

/// The marks that a table carries.
pub(crate) fn marks_of(table: &RouteTable) -> Vec<RouteMark> {
    table.tags().iter().filter_map(RouteMark::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back_and_nothing_else_is_taken_for_one() {
        for text in ["10.2.0.0/16", "2600:1f00:0:a00::/56"] {
            let to = text.parse().expect("a range");
            let mark = RouteMark::new(&to, "net", &"pcx-1".into());
            let tag = mark.tag();
            assert_eq!(tag.key(), Some(format!("{KEY}{text}").as_str()));
            assert_eq!(tag.value(), Some("net pcx-1"));
            assert_eq!(RouteMark::read(&tag), Some(mark));
        }
        for (key, value) in [
            ("landbridge:route:x", "net pcx-1"),
            ("landbridge:route:10.0.0.0/8", "net"),
            ("landbridge:topology", "net pcx-1"),
            ("Name", ""),
        ] {
            let tag = Tag::builder().key(key).value(value).build();
            assert_eq!(RouteMark::read(&tag), None, "{key}");
        }
    }

    #[test]
    fn a_mark_without_its_route_is_a_route_on_its_way_out() {
        let to = "10.2.0.0/16".parse().expect("a range");
        let mark = RouteMark::new(&to, "net", &"pcx-1".into());
        let route = mark.clone().into_route(&"rtb-1".into());
        assert!(mark.is_of(&route) && route.status.phase == Phase::Deleting);
        assert_eq!(route.mark.as_deref(), Some("net"));
        let elsewhere = RouteMark::new(&to, "net", &"pcx-2".into());
        assert!(!elsewhere.is_of(&route));
    }
}
