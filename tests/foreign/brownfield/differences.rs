//! A deep comparison of what was described before and after.

use serde_json::Value;

/// Each difference as a line: where, what it was, what it is. The order of lists does not count.
pub(crate) fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found
}

fn compare(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in old {
                let path = format!("{path}/{name}");
                match new.get(name) {
                    Some(other) => compare(&path, value, other, found),
                    None => found.push(format!("{path}: gone: {value}")),
                }
            }
            let added = new.iter().filter(|(name, _)| !old.contains_key(*name));
            found.extend(added.map(|(name, value)| format!("{path}/{name}: new: {value}")));
        }
        (Value::Array(old), Value::Array(new)) => lists(path, old, new, found),
        _ if before == after => {}
        _ => found.push(format!("{path}: was {before}, is {after}")),
    }
}

/// Equal elements are the same; of the others, those most alike are compared.
fn lists(path: &str, old: &[Value], new: &[Value], found: &mut Vec<String>) {
    let mut added: Vec<&Value> = new.iter().collect();
    let mut changed = Vec::new();
    for value in old {
        match added.iter().position(|other| *other == value) {
            Some(same) => _ = added.remove(same),
            None => changed.push(value),
        }
    }
    for value in changed {
        let likeness = |other: &Value| alike(value, other);
        let most = (0..added.len()).max_by_key(|&index| likeness(added[index]));
        match most.filter(|&index| likeness(added[index]) > 0) {
            Some(index) => compare(path, value, added.remove(index), found),
            None => found.push(format!("{path}: gone: {value}")),
        }
    }
    found.extend(added.iter().map(|value| format!("{path}: new: {value}")));
}

/// How many members two objects share, if it is more than half of them.
fn alike(one: &Value, other: &Value) -> usize {
    let (Value::Object(one), Value::Object(other)) = (one, other) else {
        return 0;
    };
    let same = |(name, value): &(&String, &Value)| other.get(*name) == Some(*value);
    let shared = one.iter().filter(same).count();
    if shared * 2 > one.len() { shared } else { 0 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::differences;

    #[test]
    fn order_is_no_difference_and_changes_are_told_where_they_are() {
        let before = json!({"here": {"tables": [
            {"id": "t-1", "name": "a", "vpc": "v-1", "routes": ["x", "y"]},
            {"id": "t-2", "name": "b", "vpc": "v-1", "routes": []},
        ]}});
        let other_order = json!({"here": {"tables": [
            {"id": "t-2", "name": "b", "vpc": "v-1", "routes": []},
            {"id": "t-1", "name": "a", "vpc": "v-1", "routes": ["y", "x"]},
        ]}});
        assert_eq!(differences(&before, &other_order), [""; 0]);
        let after = json!({"here": {"tables": [
            {"id": "t-1", "name": "a", "vpc": "v-1", "routes": ["y", "x", "z"]},
            {"id": "t-3", "name": "c", "vpc": "v-2", "routes": []},
        ]}});
        assert_eq!(
            differences(&before, &after),
            [
                r#"/here/tables/routes: new: "z""#,
                r#"/here/tables: gone: {"id":"t-2","name":"b","routes":[],"vpc":"v-1"}"#,
                r#"/here/tables: new: {"id":"t-3","name":"c","routes":[],"vpc":"v-2"}"#,
            ]
        );
    }
}
