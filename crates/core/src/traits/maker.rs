use std::borrow::Borrow;
use std::collections::BTreeMap;

/// Tags that name what an object is part of, and the words for it.
const PARTS: [(&str, &str); 8] = [
    ("aws:cloudformation:stack-name", "CloudFormation stack"),
    ("acs:ros:stackName", "ROS stack"),
    ("acs:ros:stackId", "ROS stack"),
    ("eks:cluster-name", "EKS cluster"),
    ("ack.aliyun.com", "ACK cluster"),
    ("aws:autoscaling:groupName", "Auto Scaling group"),
    ("acs:autoscaling:scalingGroupId", "Auto Scaling group"),
    ("elasticmapreduce:job-flow-id", "EMR cluster"),
];

/// Tags by which people and tools say who made an object, in lower case and without separators.
const SAYINGS: [&str; 4] = ["managedby", "createdby", "provisionedby", "madeby"];

/// What made an object, where its tags tell: the stack, cluster or group that it is part of, or what a tag such as
/// `managed-by` names. Nothing else is concluded: most objects that people made by hand say nothing.
///
/// ```
/// use landbridge_core::{Tags, maker_of};
///
/// let tags = |key: &str, value: &str| Tags::from([(key.to_owned(), value.to_owned())]);
/// let stack = tags("aws:cloudformation:stack-name", "base");
/// assert_eq!(maker_of(&stack).as_deref(), Some("CloudFormation stack base"));
/// assert_eq!(maker_of(&tags("ManagedBy", "Terraform")).as_deref(), Some("Terraform"));
/// assert_eq!(maker_of(&tags("Team", "web")), None);
/// ```
pub fn maker_of<T: Borrow<str> + Ord>(tags: &BTreeMap<T, T>) -> Option<String> {
    let part = PARTS.iter().find_map(|(key, words)| {
        let name: &str = tags.get(*key)?.borrow();
        Some(format!("{words} {name}"))
    });
    part.or_else(|| texts(tags).find_map(|(key, value)| cluster(key, value)))
        .or_else(|| texts(tags).find_map(|(key, value)| said(key, value)))
}

fn texts<T: Borrow<str>>(tags: &BTreeMap<T, T>) -> impl Iterator<Item = (&str, &str)> {
    tags.iter()
        .map(|(key, value)| (key.borrow(), value.borrow()))
}

fn cluster(key: &str, value: &str) -> Option<String> {
    let name = key.strip_prefix("kubernetes.io/cluster/")?;
    // A cluster uses some objects that it did not make.
    (value == "owned").then(|| format!("Kubernetes cluster {name}"))
}

fn said(key: &str, value: &str) -> Option<String> {
    let is = |word: &str| {
        let plain = key.bytes().filter(u8::is_ascii_alphanumeric);
        plain.map(|c| c.to_ascii_lowercase()).eq(word.bytes())
    };
    if is("terraform") && value != "false" {
        return Some("Terraform".to_owned());
    }
    let is_saying = !value.is_empty() && SAYINGS.iter().any(|word| is(word));
    is_saying.then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traits::Tags;

    fn maker(key: &str, value: &str) -> Option<String> {
        maker_of(&Tags::from([(key.to_owned(), value.to_owned())]))
    }

    #[test]
    fn stacks_clusters_and_tools_are_named() {
        for (key, value, told) in [
            ("acs:ros:stackId", "4a2", "ROS stack 4a2"),
            (
                "kubernetes.io/cluster/web",
                "owned",
                "Kubernetes cluster web",
            ),
            ("terraform", "true", "Terraform"),
            ("created_by", "jo", "jo"),
            ("Managed-By", "pulumi", "pulumi"),
        ] {
            assert_eq!(maker(key, value).as_deref(), Some(told), "{key}");
        }
    }

    #[test]
    fn what_says_nothing_about_a_maker_is_not_read_as_one() {
        for (key, value) in [
            ("kubernetes.io/cluster/web", "shared"),
            ("terraform", "false"),
            ("ManagedBy", ""),
            ("Name", "terraform"),
        ] {
            assert_eq!(maker(key, value), None, "{key}");
        }
    }

    #[test]
    fn what_it_is_part_of_goes_before_what_people_say() {
        let tags = Tags::from([
            ("CreatedBy".to_owned(), "jo".to_owned()),
            ("aws:cloudformation:stack-name".to_owned(), "s".to_owned()),
        ]);
        assert_eq!(maker_of(&tags).as_deref(), Some("CloudFormation stack s"));
    }
}
