//! Many routes in one call. It takes no token, and its answer tells only which routes failed.

use ipnet::IpNet;
use landbridge_core::{CreateRoute, DeleteRoute, PeeringId, Region};

use super::route::{hop_word, name, request};
use crate::document::{Doc, range};
use crate::request::{Request, in_region};

/// How many routes one call takes.
pub(crate) const ROUTES_PER_CALL: usize = 50;

const LIST: &str = "RouteEntries";

/// `CreateRouteEntries`, at most [`ROUTES_PER_CALL`].
pub(crate) fn create_routes(region: &Region, wanted: &[CreateRoute]) -> Request {
    let entries = wanted.iter().map(|wanted| {
        let mut entry = vec![
            ("RouteTableId", wanted.table.to_string()),
            ("DstCidrBlock", wanted.destination.to_string()),
            ("NextHopType", hop_word(&wanted.next_hop).to_owned()),
            ("NextHop", wanted.next_hop.to_string()),
        ];
        entry.extend(name(wanted).map(|name| ("Name", name)));
        entry
    });
    request(
        "CreateRouteEntries",
        in_region(region).with_structs(LIST, entries),
    )
}

/// `DeleteRouteEntries` by their natural keys, at most [`ROUTES_PER_CALL`].
pub(crate) fn delete_routes(region: &Region, routes: &[DeleteRoute]) -> Request {
    let entries = routes.iter().map(|route| {
        vec![
            ("RouteTableId", route.table.to_string()),
            ("DstCidrBlock", route.destination.to_string()),
            ("NextHop", route.next_hop.to_string()),
        ]
    });
    request(
        "DeleteRouteEntries",
        in_region(region).with_structs(LIST, entries),
    )
}

/// What an answer tells of one route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The cloud took it.
    Taken,
    /// The cloud refused it.
    Refused {
        /// The code, one of the few that only these calls use or one of the calls for one route.
        code: String,
        /// The cloud's words.
        message: String,
    },
    /// Nothing that can be relied on.
    Nothing,
}

/// What `CreateRouteEntries` or `DeleteRouteEntries` tells of each of these routes.
///
/// A route that is not among the failed ones was taken only if the counts say so.
pub(crate) fn read_told<'r>(
    routes: impl ExactSizeIterator<Item = (&'r IpNet, &'r PeeringId)>,
    answer: Doc<'_>,
) -> Vec<Told> {
    let failed = answer.list_or_none(&["FailedRouteEntries"]);
    let failed: Vec<_> = failed.into_iter().map(Failed::read).collect();
    let taken = routes.len().checked_sub(failed.len());
    let told: Vec<Option<Told>> = routes
        .map(|(to, hop)| failed.iter().find(|one| one.is(to, hop)).map(Failed::told))
        .collect();
    let others = told.iter().filter(|told| told.is_none()).count();
    let counted = answer.parse::<usize>("SuccessCount");
    let rest = match counted == Some(others) && taken == Some(others) {
        true => Told::Taken,
        false => Told::Nothing,
    };
    let or_rest = |told: Option<Told>| told.unwrap_or_else(|| rest.clone());
    told.into_iter().map(or_rest).collect()
}

struct Failed {
    destination: Option<IpNet>,
    next_hop: String,
    code: String,
    message: String,
}

impl Failed {
    fn read(doc: Doc<'_>) -> Self {
        Self {
            destination: range(&doc.text_or_empty("DstCidrBlock")).ok(),
            next_hop: doc.text_or_empty("NextHop"),
            code: doc.text_or_empty("FailedCode"),
            message: doc.text_or_empty("FailedMessage"),
        }
    }

    fn is(&self, destination: &IpNet, next_hop: &PeeringId) -> bool {
        self.destination.as_ref() == Some(destination) && self.next_hop == next_hop.as_str()
    }

    fn told(&self) -> Told {
        Told::Refused {
            code: self.code.clone(),
            message: self.message.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn net(text: &str) -> IpNet {
        text.parse().expect("a CIDR block")
    }

    #[test]
    fn routes_are_numbered_in_their_order() {
        let to = |range, hop: &str| CreateRoute::new("vtb-1".into(), net(range), hop.into());
        let wanted = [
            to("10.0.0.0/8", "pcc-1").with_mark("net".to_owned()),
            to("fd00::/8", "tr-attach-1"),
        ];
        let call = create_routes(&"r".into(), &wanted);
        assert_eq!(
            call.params().form_body(),
            "RegionId=r&RouteEntries.1.RouteTableId=vtb-1&RouteEntries.1.DstCidrBlock=10.0.0.0%2F8\
             &RouteEntries.1.NextHopType=VpcPeer&RouteEntries.1.NextHop=pcc-1&RouteEntries.1.Name=landbridge%3Anet\
             &RouteEntries.2.RouteTableId=vtb-1&RouteEntries.2.DstCidrBlock=fd00%3A%3A%2F8\
             &RouteEntries.2.NextHopType=Attachment&RouteEntries.2.NextHop=tr-attach-1"
        );
        assert!(!call.intent().may_repeat());
        let gone = DeleteRoute::new("vtb-1".into(), net("10.0.0.0/8"), "pcc-1".into());
        let call = delete_routes(&"r".into(), &[gone]);
        assert_eq!(
            call.params().form_body(),
            "RegionId=r&RouteEntries.1.RouteTableId=vtb-1&RouteEntries.1.DstCidrBlock=10.0.0.0%2F8&RouteEntries.1.NextHop=pcc-1"
        );
        assert!(!call.intent().may_repeat());
    }

    fn told(answer: &Value) -> Vec<Told> {
        let hop = PeeringId::from("pcc-1");
        let routes = [net("10.1.0.0/16"), net("10.2.0.0/16")];
        read_told(routes.iter().map(|to| (to, &hop)), Doc::new(answer))
    }

    fn failed(destination: &str, hop: &str) -> Value {
        json!({"DstCidrBlock": destination, "NextHop": hop, "FailedCode": "X", "FailedMessage": "no"})
    }

    #[test]
    fn what_is_not_among_the_failed_was_taken_only_if_the_counts_say_so() {
        let refused = Told::Refused {
            code: "X".to_owned(),
            message: "no".to_owned(),
        };
        let second = failed("10.2.0.0/16", "pcc-1");
        let answer = json!({"SuccessCount": 1, "FailedCount": 1, "FailedRouteEntries": [second]});
        assert_eq!(told(&answer), [Told::Taken, refused.clone()]);
        assert_eq!(
            told(&json!({"SuccessCount": 2})),
            [Told::Taken, Told::Taken]
        );
        let unsure = [
            json!({}),
            json!({"SuccessCount": 1}),
            json!({"SuccessCount": 1, "FailedCount": 1}),
            json!({"SuccessCount": 1, "FailedRouteEntries": [failed("10.9.0.0/16", "pcc-1")]}),
            json!({"SuccessCount": 1, "FailedRouteEntries": [failed("10.2.0.0/16", "pcc-9")]}),
            json!({"SuccessCount": 1, "FailedRouteEntries": [failed("", "")]}),
        ];
        for answer in unsure {
            assert_eq!(told(&answer), [Told::Nothing, Told::Nothing], "{answer}");
        }
        let answer = json!({"SuccessCount": 2, "FailedRouteEntries": [second]});
        assert_eq!(told(&answer), [Told::Nothing, refused]);
    }
}
