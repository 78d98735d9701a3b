//! Parts of a topology as YAML that people read: names first, and nothing that is a default.

use serde::{Serialize, Serializer};
use serde_json::Value;

/// The keys that come first, in this order; others follow by name.
const FIRST: [&str; 18] = [
    "name", "allow", "cloud", "account", "owner", "region", "model", "hub", "zone", "subnet",
    "range", "id", "ports", "from", "members", "address", "type", "image",
];

/// A part as the item of a list, each line indented by two spaces.
pub(super) fn item(part: &impl Serialize) -> String {
    let value = serde_json::to_value(part).unwrap_or_default();
    let text = serde_saphyr::to_string(&[Tidy(&value)]).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(|line| format!("  {line}\n")).collect()
}

/// A text as a YAML value.
pub(super) fn text(text: &str) -> String {
    let value = serde_saphyr::to_string(&text).unwrap_or_default();
    value.trim_end().to_owned()
}

struct Tidy<'a>(&'a Value);

impl Serialize for Tidy<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => {
                let mut entries: Vec<_> = map.iter().filter(|(k, v)| !is_default(k, v)).collect();
                entries.sort_by_key(|(key, _)| rank(key));
                serializer.collect_map(entries.into_iter().map(|(key, value)| (key, Tidy(value))))
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Tidy)),
            other => other.serialize(serializer),
        }
    }
}

fn rank(key: &str) -> usize {
    let place = FIRST.iter().position(|first| *first == key);
    place.unwrap_or(FIRST.len())
}

fn is_default(key: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty() && key != "members",
        Value::Object(map) => map.is_empty(),
        Value::String(word) => matches!(
            (key, word.as_str()),
            ("credentials", "default")
                | ("model", "auto")
                | ("payer", "hub-owner")
                | ("direction", "ingress")
        ),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CloudName;
    use crate::topology::{Account, Interconnect, Network, Subnet, Topology};

    #[test]
    fn items_are_read_back_as_they_were() {
        let range = |text: &str| text.parse().expect("a range");
        let topology = Topology::new("t")
            .with_account(Account::new("on", CloudName::from_static("memory"), "0123"))
            .with_network(
                Network::new("n", "on", "r1", range("10.0.0.0/16")).with_subnet(Subnet::new(
                    "1",
                    "r1-a",
                    range("10.0.1.0/24"),
                )),
            )
            .with_network(Network::existing("m", "on", "r1", "net-1"))
            .with_interconnect(Interconnect::new("yes", "on", ["n", "m"]));
        let text = format!(
            "name: t\naccounts:\n{}networks:\n{}{}interconnects:\n{}",
            item(&topology.accounts[0]),
            item(&topology.networks[0]),
            item(&topology.networks[1]),
            item(&topology.interconnects[0]),
        );
        assert_eq!(Topology::from_text(&text).expect(&text), topology);
        assert!(!text.contains("open-services"), "{text}");
    }
}
