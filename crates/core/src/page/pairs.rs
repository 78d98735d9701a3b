//! Each ordered pair on a page, with its way hop by hop in both directions.

use std::collections::HashMap;

use super::html::Html;
use super::verified::{capitalised, remedy};
use crate::verify::{
    Hop, PairVerdict, ProbeMethod, Probed, Reason, Verdict, VerifiedEnd, VerifiedNetwork,
    VerifyDocument,
};

/// So many blocked and undecided pairs are open from the start.
const OPEN: usize = 20;

/// What is said of a pair in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Blocked,
    Undecided,
    Answered,
    Open,
}

impl State {
    fn of(pair: &PairVerdict) -> Self {
        match pair.verdict() {
            Verdict::Blocked => Self::Blocked,
            Verdict::Undecided => Self::Undecided,
            Verdict::Reachable => match pair.probed() {
                Some(Probed::Answered) => Self::Answered,
                _ => Self::Open,
            },
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Undecided => "undecided",
            Self::Answered => "answered",
            Self::Open => "open",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Blocked => "✕",
            Self::Undecided => "?",
            Self::Answered => "●",
            Self::Open => "○",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Blocked => "Blocked pairs",
            Self::Undecided => "Undecided pairs",
            Self::Answered | Self::Open => "Reachable pairs",
        }
    }
}

/// What is known of the ends, by the names of their networks and their own.
struct Ends<'d> {
    networks: HashMap<&'d str, &'d VerifiedNetwork>,
    ends: HashMap<(&'d str, &'d str), &'d VerifiedEnd>,
}

impl<'d> Ends<'d> {
    fn of(document: &'d VerifyDocument) -> Self {
        let mut known = Self {
            networks: HashMap::new(),
            ends: HashMap::new(),
        };
        for network in &document.networks {
            known.networks.insert(&network.name, network);
            for end in &network.ends {
                known.ends.insert((&network.name, &end.name), end);
            }
        }
        known
    }

    fn told(&self, network: &str, end: &str, address: &dyn std::fmt::Display) -> String {
        let mut words = Vec::new();
        let known = self.ends.get(&(network, end));
        match known {
            Some(known) => {
                words.push(format!("{} {}{}", known.kind, end, in_brackets(&known.id)));
            }
            None => words.push(end.to_owned()),
        }
        words.push(address.to_string());
        if let Some(known) = known.filter(|known| !known.subnet.is_empty()) {
            words.push(format!("subnet {}", known.subnet));
        }
        if let Some(known) = self.networks.get(network) {
            let VerifiedNetwork {
                kind,
                name,
                id,
                account,
                region,
                ..
            } = known;
            if name != end {
                words.push(format!("{kind} {name}{}", in_brackets(id)));
            }
            words.push(format!("account {account} in {region}"));
        }
        words.join(", ")
    }
}

fn in_brackets(id: &str) -> String {
    match id {
        "" => String::new(),
        id => format!(" ({id})"),
    }
}

pub(super) fn write(document: &VerifyDocument, html: &mut Html) {
    html.raw("<section id=\"pairs\">\n<h2>Ordered pairs</h2>\n");
    controls(document, html);
    let ends = Ends::of(document);
    let mut heading = "";
    for (number, pair) in (1..).zip(&document.verdicts) {
        let state = State::of(pair);
        if state.heading() != heading {
            heading = state.heading();
            html.element("h3", &[("data-group", heading)], heading);
        }
        write_pair(number, pair, state, &ends, html);
    }
    if document.untold() > 0 {
        html.element(
            "p",
            &[],
            format_args!(
                "{} more reachable, blocked or undecided pairs are counted above and not told here. `landbridge verify --from NAME --to \
                 NAME` tells each.",
                document.untold()
            ),
        );
    }
    html.raw("</section>\n");
}

// Without JavaScript they do nothing, so the script shows them.
fn controls(document: &VerifyDocument, html: &mut Html) {
    let counts = document.counts;
    html.raw(
        "<div id=\"controls\" hidden>\n<label for=\"search\">Search</label>\n\
         <input id=\"search\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" \
         placeholder=\"network, subnet or instance, by name, ID or address\">\n\
         <div role=\"group\" aria-label=\"Show pairs\">\n",
    );
    let filters: [(&str, &str, usize); 6] = [
        ("", "all", counts.pairs),
        ("blocked", "blocked", counts.blocked),
        ("undecided", "undecided", counts.undecided),
        (
            "configured",
            "reachable by configuration",
            counts.by_configuration,
        ),
        ("answered", "answered", counts.answered),
        ("reached", "reachable", counts.reachable()),
    ];
    for (filter, words, count) in filters {
        let pressed = if filter.is_empty() { "true" } else { "false" };
        let attributes = [
            ("type", "button"),
            ("data-filter", filter),
            ("aria-pressed", pressed),
        ];
        html.open("button", &attributes).text(words).raw(" ");
        html.span("b", "", count).close("button");
    }
    html.raw(
        "</div>\n<button type=\"button\" id=\"between\" hidden></button>\n\
         <p id=\"shown\" role=\"status\"></p>\n</div>\n",
    );
}

fn write_pair(number: usize, pair: &PairVerdict, state: State, ends: &Ends<'_>, html: &mut Html) {
    let from = ends.told(&pair.source_network, &pair.source, &pair.source_address);
    let to = ends.told(
        &pair.destination_network,
        &pair.destination,
        &pair.destination_address,
    );
    let is_bad = matches!(state, State::Blocked | State::Undecided);
    let class = format!("pair {}", state.word());
    let find = format!("{from} {to}").to_lowercase();
    let tokens = tokens(pair, state);
    let id = format!("pair-{number}");
    let mut attributes = vec![
        ("class", class.as_str()),
        ("id", &id),
        ("data-is", &tokens),
        ("data-from", &pair.source_network),
        ("data-to", &pair.destination_network),
        ("data-find", &find),
    ];
    if is_bad && number <= OPEN {
        attributes.push(("open", ""));
    }
    html.open("details", &attributes).raw("<summary>");
    html.span("span", "sign", state.sign()).raw(" ");
    html.span("b", "", &pair.source)
        .raw(" ")
        .span("code", "", pair.source_address);
    html.raw(" → ");
    html.span("b", "", &pair.destination)
        .raw(" ")
        .span("code", "", pair.destination_address);
    html.raw(" <span class=\"seen\">")
        .text(seen(pair))
        .raw("</span></summary>\n");
    html.open(
        "div",
        &[("class", "ways"), ("id", &format!("ways-{number}"))],
    );
    if let Some(explained) = pair.explained() {
        html.raw("<p class=\"cause\">")
            .marked(&capitalised(&explained.cause))
            .raw("</p>\n");
        remedy(&explained.remedy, html);
    }
    html.raw("<p class=\"end\"><span class=\"muted\">From</span> ")
        .text(from);
    html.raw("<br><span class=\"muted\">to</span> ")
        .text(to)
        .raw("</p>\n");
    ways(pair, html);
    html.raw("</div></details>\n");
}

// What the configuration says, then what packets did: never one word for both.
fn seen(pair: &PairVerdict) -> String {
    let configuration = match pair.path.verdict() {
        Verdict::Reachable => "reachable by configuration",
        Verdict::Blocked => "blocked by configuration",
        Verdict::Undecided => "undecided by configuration",
    };
    match pair.probe() {
        Some(probe) => format!("{configuration}; {probe}"),
        None if pair.traffic.probe_method() == Some(ProbeMethod::Ping) => {
            format!("{configuration}; no ping sent")
        }
        None => format!("{configuration}; no packet sent"),
    }
}

fn tokens(pair: &PairVerdict, state: State) -> String {
    let mut tokens = vec![match state {
        State::Blocked => "blocked",
        State::Undecided => "undecided",
        State::Answered => "answered reached",
        State::Open => "reached",
    }];
    if pair.path.verdict() == Verdict::Reachable {
        tokens.push("configured");
    }
    tokens.join(" ")
}

fn ways(pair: &PairVerdict, html: &mut Html) {
    let path = &pair.path;
    let stop = path.blocked.as_ref().map(|reason| ("stopped at", reason));
    let open = path
        .undecided
        .as_ref()
        .map(|reason| ("cannot be told at", reason));
    let end = stop.or(open);
    let (there, back): (Option<_>, Option<_>) = match end {
        Some((_, reason)) if reason.on_return => (None, end),
        Some(_) => (end, None),
        None => (None, None),
    };
    html.raw("<div class=\"both\">\n<div><h4>There</h4>\n");
    hops(&path.there, there, html);
    html.raw("</div>\n<div><h4>Back</h4>\n");
    let is_followed = !path.back.is_empty() || back.is_some();
    match (is_followed, &there) {
        (true, _) => hops(&path.back, back, html),
        (false, Some(_)) if path.blocked.is_some() => {
            html.raw("<p class=\"muted\">Not followed: the packet does not arrive.</p>\n");
        }
        (false, _) => {
            html.raw("<p class=\"muted\">Nothing on the way back is listed by the clouds that were read.</p>\n");
        }
    }
    html.raw("</div>\n</div>\n");
}

fn hops(hops: &[Hop], end: Option<(&str, &Reason)>, html: &mut Html) {
    html.raw("<ol class=\"hops\">\n");
    for hop in hops {
        html.raw("<li>");
        if hop.name.is_empty() {
            html.span("code", "", &hop.element);
        } else {
            html.text(&hop.name).raw(" ").span("code", "", &hop.element);
        }
        html.raw(" ").text(&hop.action).raw("</li>\n");
    }
    if let Some((words, reason)) = end {
        html.raw("<li class=\"stop\">")
            .span("b", "", words)
            .raw(" ");
        html.text(&reason.element)
            .raw(": ")
            .text(&reason.cause)
            .raw("</li>\n");
    }
    html.raw("</ol>\n");
}
