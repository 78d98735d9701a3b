//! Answers as XML. Lists repeat the element that holds them.

use serde_json::Value;

/// The document of an answer.
pub(crate) fn document(root: &str, answer: &Value) -> String {
    let mut text = String::from(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
    element(&mut text, root, answer);
    text
}

fn element(text: &mut String, name: &str, value: &Value) {
    match value {
        Value::Array(items) => {
            for item in items {
                element(text, name, item);
            }
        }
        Value::Null => {}
        value => {
            text.push_str(&format!("<{name}>"));
            content(text, value);
            text.push_str(&format!("</{name}>"));
        }
    }
}

fn content(text: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                element(text, name, member);
            }
        }
        Value::String(plain) => text.push_str(&escaped(plain)),
        other => text.push_str(&other.to_string()),
    }
}

fn escaped(plain: &str) -> String {
    plain
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_nest_and_lists_repeat() {
        let answer = json!({"Vpcs": {"Vpc": [{"VpcId": "vpc-1", "IsDefault": false}, {"VpcId": "<2>"}]}, "TotalCount": 2});
        assert_eq!(
            document("R", &answer),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><R><TotalCount>2</TotalCount><Vpcs><Vpc><IsDefault>false</IsDefault>\
             <VpcId>vpc-1</VpcId></Vpc><Vpc><VpcId>&lt;2&gt;</VpcId></Vpc></Vpcs></R>"
        );
    }
}
