//! Lists of a whole place, for runs that share them: read once for all topologies, each of which takes its own items.
//!
//! A filter by network, by group or by the name of a topology is left out of what is asked, and kept when the answer is read. So a
//! run gets what it would have got by itself.

use aws_sdk_ec2::types::{
    Filter, Instance, NetworkAcl, NetworkInsightsPath, NetworkInterface, RouteTable, SecurityGroup,
    SecurityGroupRule, Subnet, Tag, TagDescription, Vpc, VpcEndpoint, VpcPeeringConnection,
};
use landbridge_core::backend::SharedList;
use landbridge_core::{Result, TAG_TOPOLOGY};

use super::AwsCloud;
use crate::client::Operation;
use crate::ec2::filter;

/// What of an item filters ask for that are left out of shared lists.
pub(super) trait Shareable: Clone + Send + Sync + 'static {
    /// Its network, if the list can be filtered by it.
    fn network(&self) -> Option<&str> {
        None
    }

    /// Its group, for what is part of one.
    fn group(&self) -> Option<&str> {
        None
    }

    /// Its tags.
    fn all_tags(&self) -> &[Tag] {
        &[]
    }

    /// Its value, for what is a tag itself.
    fn value(&self) -> Option<&str> {
        None
    }
}

macro_rules! shareable {
    ($($item:ty { $($what:ident: $read:expr),* }),+ $(,)?) => {$(
        impl Shareable for $item {
            $(shareable!(@ $what $read);)*
        }
    )+};
    (@ network $read:expr) => {
        fn network(&self) -> Option<&str> {
            $read(self)
        }
    };
    (@ group $read:expr) => {
        fn group(&self) -> Option<&str> {
            $read(self)
        }
    };
    (@ tags $read:expr) => {
        fn all_tags(&self) -> &[Tag] {
            $read(self)
        }
    };
    (@ value $read:expr) => {
        fn value(&self) -> Option<&str> {
            $read(self)
        }
    };
}

shareable! {
    Vpc { tags: Self::tags },
    Subnet { network: Self::vpc_id, tags: Self::tags },
    RouteTable { network: Self::vpc_id, tags: Self::tags },
    NetworkAcl { network: Self::vpc_id, tags: Self::tags },
    VpcPeeringConnection { tags: Self::tags },
    SecurityGroup { network: Self::vpc_id, tags: Self::tags },
    SecurityGroupRule { group: Self::group_id },
    NetworkInterface { network: Self::vpc_id },
    VpcEndpoint { network: Self::vpc_id, tags: Self::tags },
    Instance { tags: Self::tags },
    NetworkInsightsPath { tags: Self::tags },
    TagDescription { value: Self::value },
}

/// A filter that is kept for the reading of the answer.
enum Kept {
    Networks(Vec<String>),
    Groups(Vec<String>),
    Topologies(Vec<String>),
    Values(Vec<String>),
}

impl Kept {
    /// What becomes of a filter: one that is asked of the whole place, if any, and what is kept of it. None for a filter that asks for
    /// single objects.
    fn of(one: &Filter, is_group: bool) -> Option<(Option<Filter>, Option<Self>)> {
        let values = || one.values().to_vec();
        Some(match one.name()? {
            "vpc-id" => (None, Some(Self::Networks(values()))),
            "group-id" if is_group => (None, Some(Self::Groups(values()))),
            "value" => (None, Some(Self::Values(values()))),
            "key" | "instance-state-name" => (Some(one.clone()), None),
            name if name.strip_prefix("tag:") == Some(TAG_TOPOLOGY) => (
                Some(filter("tag-key", [TAG_TOPOLOGY])),
                Some(Self::Topologies(values())),
            ),
            _ => return None,
        })
    }

    fn lets_pass<T: Shareable>(&self, item: &T) -> bool {
        let is_in = |values: &[String], text: Option<&str>| {
            text.is_some_and(|text| values.iter().any(|value| value == text))
        };
        match self {
            Self::Networks(ids) => is_in(ids, item.network()),
            Self::Groups(ids) => is_in(ids, item.group()),
            Self::Topologies(names) => {
                let mut tags = item.all_tags().iter();
                tags.any(|tag| tag.key() == Some(TAG_TOPOLOGY) && is_in(names, tag.value()))
            }
            Self::Values(patterns) => {
                let text = item.value().unwrap_or_default();
                let fits = |pattern: &String| match pattern.strip_suffix('*') {
                    Some(beginning) => text.starts_with(beginning),
                    None => text == pattern,
                };
                patterns.iter().any(fits)
            }
        }
    }
}

impl AwsCloud {
    /// The part of a list of the whole place that these filters let pass, if the present run shares such lists. `read` reads a list with
    /// the filters that it is given. What is asked of single objects is not shared.
    pub(super) async fn part_of_whole<T, F>(
        &self,
        operation: Operation,
        filters: &[Filter],
        read: impl FnOnce(Vec<Filter>) -> F,
    ) -> Result<Option<Vec<T>>>
    where
        T: Shareable,
        F: Future<Output = Result<Vec<T>>>,
    {
        if !SharedList::are_shared() {
            return Ok(None);
        }
        let is_group = operation.name == super::describe::DESCRIBE_RULES.name;
        let parts = filters.iter().map(|one| Kept::of(one, is_group));
        let (Some(reader), Some(parts)) = (self.client.reader(), parts.collect::<Option<Vec<_>>>())
        else {
            return Ok(None);
        };
        let (wide, kept): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let wide: Vec<Filter> = wide.into_iter().flatten().collect();
        let kept: Vec<Kept> = kept.into_iter().flatten().collect();
        let shown = |one: &Filter| {
            format!(
                " {}={}",
                one.name().unwrap_or_default(),
                one.values().join(",")
            )
        };
        let text: String = wide.iter().map(shown).collect();
        let list = SharedList::new(
            reader,
            self.own_place(),
            format!("{}{text}", operation.name),
        );
        let read = async {
            let items = read(wide).await?;
            let count = items.len();
            Ok((items, count))
        };
        // In a box, because futures of the SDK are large.
        let Some(all) = Box::pin(list.get(read)).await? else {
            return Ok(None);
        };
        let ours = all
            .iter()
            .filter(|item| kept.iter().all(|one| one.lets_pass(*item)));
        Ok(Some(ours.cloned().collect()))
    }

    /// What is the same for all topologies, as `read` gives it.
    pub(super) async fn for_all<T, F>(
        &self,
        operation: Operation,
        read: impl Fn() -> F,
    ) -> Result<T>
    where
        T: Clone + Send + Sync + 'static,
        F: Future<Output = Result<T>>,
    {
        if let Some(reader) = self.client.reader().filter(|_| SharedList::are_shared()) {
            let list = SharedList::new(reader, self.own_place(), operation.name);
            let once = async { Ok((read().await?, 1)) };
            if let Some(all) = Box::pin(list.get(once)).await? {
                return Ok(T::clone(&all));
            }
        }
        read().await
    }
}
