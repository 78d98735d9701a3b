//! Network Intelligence Service: analyses of paths. `CreateAndAnalyzeNetworkPath` leaves nothing behind.

use landbridge_core::verify::Hop;
use landbridge_core::{
    AnalysisId, AnalysisState, Error, OracleAnswer, OracleVerdict, Protocol, Region, Result,
    StartAnalysis,
};

use crate::document::{Doc, Document};
use crate::params::Params;
use crate::request::{Product, Request, in_region};

fn request(action: &'static str, params: Params) -> Request {
    Request::new(Product::Nis, action, params)
}

/// `CreateAndAnalyzeNetworkPath`. It takes no token, and may cost money: a second one is another analysis.
pub(crate) fn analyse(region: &Region, asked: &StartAnalysis) -> Result<Request> {
    let protocol = match asked.traffic.protocol {
        Protocol::Icmp => "icmp",
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        other => {
            let message = format!("Network Intelligence Service takes no {other}");
            return Err(Error::unsupported(message).with_remedy("ask about icmp, tcp or udp"));
        }
    };
    let params = in_region(region)
        .with("SourceId", &asked.source)
        .with("SourceType", "ecs")
        .with("SourceIpAddress", asked.source_address)
        .with_option("SourcePort", asked.traffic.source_port)
        .with("TargetId", &asked.destination)
        .with("TargetType", "ecs")
        .with("TargetIpAddress", asked.destination_address)
        .with_option("TargetPort", asked.traffic.port)
        .with("Protocol", protocol);
    Ok(request("CreateAndAnalyzeNetworkPath", params))
}

/// The ID under which the analysis is read.
pub(crate) fn read_started(answer: Doc<'_>) -> Result<AnalysisId> {
    answer.need("NetworkReachableAnalysisId")
}

/// `GetNetworkReachableAnalysis`.
pub(crate) fn get_analysis(region: &Region, id: &AnalysisId) -> Request {
    let params = in_region(region).with("NetworkReachableAnalysisId", id);
    request("GetNetworkReachableAnalysis", params)
}

/// How far an analysis is, and what it found.
pub(crate) fn read_analysis(answer: Doc<'_>) -> AnalysisState {
    let status = answer.str("NetworkReachableAnalysisStatus");
    match status {
        Some("finish") => AnalysisState::Done(read_finished(answer)),
        Some(word @ ("error" | "timeout")) => {
            let code = with_result(answer, |result| result.text("errorCode")).flatten();
            let why = code.map_or_else(String::new, |code| format!(": {code}"));
            let reason = format!("the analysis ended with `{word}`{why}");
            AnalysisState::Done(OracleAnswer::new(OracleVerdict::cannot_tell(reason)))
        }
        Some(word) => AnalysisState::Running(word.to_owned()),
        None => AnalysisState::Running("no status".to_owned()),
    }
}

// The result is a JSON document inside a text.
fn with_result<T>(answer: Doc<'_>, read: impl FnOnce(Doc<'_>) -> T) -> Option<T> {
    let text = answer.text("NetworkReachableAnalysisResult")?;
    let document = Document::read(text).ok()?;
    Some(read(document.root()))
}

fn read_finished(answer: Doc<'_>) -> OracleAnswer {
    let reachable = answer.flag("Reachable");
    with_result(answer, |result| {
        let ways = result.get("topologyData");
        let back = hops(ways.get("reverse"), "revNodeList", "revMatchedRoute");
        let verdict = verdict(reachable, result);
        let one_way = back.is_empty() && verdict == OracleVerdict::Reachable;
        OracleAnswer::new(verdict)
            .with_forward(hops(ways.get("positive"), "nodeList", "matchedRoute"))
            .with_back(back)
            .with_one_way(one_way)
    })
    .unwrap_or_else(|| {
        let reason = "the result of the analysis is absent, or no JSON document";
        OracleAnswer::new(OracleVerdict::cannot_tell(reason))
    })
}

/// What drops the packet, as the result tells.
struct Dropped {
    element: String,
    code: String,
}

fn verdict(reachable: Option<bool>, result: Doc<'_>) -> OracleVerdict {
    match (reachable, dropped(result), result.str("errorCode")) {
        (Some(false), Some(Dropped { element, code }), _) => OracleVerdict::Blocked {
            element,
            code,
            text: result.text_or_empty("status"),
        },
        // Which errors there are is not known: one that names nothing that drops the packet says nothing of it.
        (_, _, Some(code)) => {
            let stage = result.text_or_empty("status");
            OracleVerdict::cannot_tell(format!("error `{code}` at stage `{stage}`"))
        }
        (Some(true), None, None) => OracleVerdict::Reachable,
        (Some(true), Some(Dropped { element, .. }), None) => OracleVerdict::cannot_tell(format!(
            "the result contradicts itself: it says reachable, and that {element} drops the packet"
        )),
        // The last stage is where the packet ended.
        (Some(false), None, None) => match result.text("status") {
            Some(code) => OracleVerdict::Blocked {
                element: String::new(),
                code,
                text: String::new(),
            },
            None => OracleVerdict::cannot_tell("not reachable, without a reason"),
        },
        (None, _, None) => {
            OracleVerdict::cannot_tell("the answer does not say whether it is reachable")
        }
    }
}

fn is_drop(doc: Doc<'_>) -> bool {
    let policy = doc.str("policy");
    policy.is_some_and(|policy| policy.eq_ignore_ascii_case("drop"))
}

fn dropped(result: Doc<'_>) -> Option<Dropped> {
    let lists: [(&str, &str, &[&str]); 3] = [
        (
            "securityGroupData",
            "securityGroupItems",
            &["securityGroupId", "resourceId"],
        ),
        (
            "networkAclData",
            "networkAclItems",
            &["networkAclId", "resourceId"],
        ),
        (
            "routeData",
            "routeItems",
            &["routeTableId", "resourceId", "instanceId"],
        ),
    ];
    for (part, list, ids) in lists {
        let data = result.get(part);
        let items = data.list_or_none(&[list]);
        let item = items.into_iter().find(|item| is_drop(*item));
        if item.is_none() && !is_drop(data) {
            continue;
        }
        let id = |item: Doc<'_>| ids.iter().find_map(|id| item.text(id));
        let of_item = |key: fn(Doc<'_>) -> Option<String>| item.and_then(key);
        return Some(Dropped {
            element: item.and_then(id).unwrap_or_else(|| part.to_owned()),
            code: of_item(|item| item.text("description")).unwrap_or_else(|| "drop".to_owned()),
        });
    }
    None
}

fn hops(way: Doc<'_>, list: &'static str, route: &'static str) -> Vec<Hop> {
    let nodes = way.list_or_none(&[list]);
    let hop = |node: Doc<'_>| {
        let id = node.text("bizInsId").or_else(|| node.text("id"));
        let over = node.get(route).list_or_none(&["nextHopSet"]);
        let over = over
            .into_iter()
            .chain(node.get(route).list_or_none(&["revNextHopSet"]));
        let over = over.into_iter().find_map(|hop| {
            let id = hop.text("nextHopId").or_else(|| hop.text("id"));
            id.or_else(|| hop.as_str().map(str::to_owned))
        });
        let action = match over {
            Some(over) => format!("sends it to {over}"),
            None => "passes it on".to_owned(),
        };
        Hop::new(
            node.text_or_empty("nodeType"),
            id.unwrap_or_default(),
            action,
        )
    };
    nodes.into_iter().map(hop).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::verify::Traffic;
    use landbridge_core::{Label, Owner, Token};
    use serde_json::{Value, json};
    use std::net::IpAddr;

    fn asked(traffic: Traffic) -> StartAnalysis {
        let label = Label::new("n", Owner::new("t", "analysis/x"), Token::derive(&["x"]));
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        StartAnalysis::new(
            label,
            ("i-1".into(), address("10.0.0.4")),
            ("i-2".into(), address("10.1.0.4")),
            traffic,
        )
    }

    #[test]
    fn an_analysis_names_both_ends_and_has_no_ports_for_a_ping() {
        let request = analyse(&"r".into(), &asked(Traffic::PING)).expect("icmp");
        assert_eq!(
            request.params().form_body(),
            "RegionId=r&SourceId=i-1&SourceType=ecs&SourceIpAddress=10.0.0.4&TargetId=i-2&TargetType=ecs\
             &TargetIpAddress=10.1.0.4&Protocol=icmp"
        );
        let request = analyse(&"r".into(), &asked(Traffic::tcp(22))).expect("tcp");
        assert_eq!(request.params().get("TargetPort"), Some("22"));
        assert_eq!(request.params().get("SourcePort"), Some("49152"));
    }

    fn told(status: &str, reachable: Value, result: &Value) -> OracleAnswer {
        let answer = json!({
            "NetworkReachableAnalysisStatus": status,
            "Reachable": reachable,
            "NetworkReachableAnalysisResult": result.to_string(),
        });
        match read_analysis(Doc::of(&answer)) {
            AnalysisState::Done(answer) => answer,
            state => panic!("{state:?}"),
        }
    }

    fn groups(policy: &str, item: &str) -> Value {
        json!({"policy": policy, "securityGroupItems": [
            {"description": "user_acl_drop_rule", "policy": item, "securityGroupId": "sg-1", "resourceId": "eni-1"}
        ]})
    }

    #[test]
    fn reachable_counts_without_an_error_and_without_a_drop() {
        let open = json!({"errorCode": "", "status": "security_group_checking_target", "securityGroupData": groups("accept", ""),
            "topologyData": {"positive": {"nodeList": [{"id": "i-1", "bizInsId": "i-1", "nodeType": "VM", "level": "1"}]},
                "reverse": {"revNodeList": [{"id": "i-2", "nodeType": "VM"}]}}});
        let answer = told("finish", json!("true"), &open);
        assert_eq!(answer.verdict, OracleVerdict::Reachable);
        assert_eq!(answer.forward[0].to_string(), "VM (i-1) passes it on");
        assert!(!answer.one_way);
        for (result, part) in [
            (
                json!({"errorCode": "E1", "status": "s"}),
                "error `E1` at stage `s`",
            ),
            (
                json!({"errorCode": "", "securityGroupData": groups("accept", "drop")}),
                "contradicts itself",
            ),
        ] {
            let answer = told("finish", json!(true), &result);
            assert!(answer.verdict.to_string().contains(part), "{answer:?}");
        }
    }

    #[test]
    fn what_drops_the_packet_is_named_or_else_the_last_stage() {
        let closed =
            json!({"errorCode": "", "status": "s", "securityGroupData": groups("drop", "drop")});
        assert_eq!(
            told("finish", json!(false), &closed).verdict.to_string(),
            "blocked at sg-1: user_acl_drop_rule (s)"
        );
        let named = json!({"errorCode": "SECURITY_GROUP_DROP", "status": "s",
            "securityGroupData": groups("drop", "drop")});
        assert_eq!(
            told("finish", json!(false), &named).verdict,
            told("finish", json!(false), &closed).verdict
        );
        let stage = json!({"errorCode": "", "status": "route_checking"});
        let answer = told("finish", json!("false"), &stage);
        assert_eq!(answer.verdict.to_string(), "blocked: route_checking");
    }

    #[test]
    fn what_did_not_finish_and_what_is_not_understood_cannot_be_told() {
        for (status, result, part) in [
            ("error", json!({"errorCode": "E2"}), "`error`: E2"),
            ("timeout", json!({}), "`timeout`"),
            ("finish", json!("no object"), "does not say"),
        ] {
            let answer = told(status, Value::Null, &result);
            assert!(answer.verdict.to_string().contains(part), "{answer:?}");
        }
        let absent = json!({"NetworkReachableAnalysisStatus": "finish", "Reachable": true});
        let state = read_analysis(Doc::of(&absent));
        assert!(matches!(
            state,
            AnalysisState::Done(answer) if answer.verdict.to_string().contains("absent")
        ));
        let early = json!({"NetworkReachableAnalysisStatus": "init"});
        let state = read_analysis(Doc::of(&early));
        assert_eq!(state, AnalysisState::Running("init".to_owned()));
    }
}
