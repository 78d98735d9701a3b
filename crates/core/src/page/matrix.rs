//! Which network reaches which, as a table whose cells lead to their pairs.

use std::collections::HashMap;

use super::html::Html;
use super::pairs::State;
use crate::verify::{Counts, VerifiedNetwork, VerifyDocument};

/// What a cell shows: a sign, its class, and the words of the legend.
const SIGNS: [(&str, &str, &str); 7] = [
    ("●", "answered", "every ping, or the connection, answered"),
    ("○", "open", "reachable by configuration, no packet sent"),
    ("◐", "partly", "some pairs reachable, some not"),
    ("✕", "blocked", "blocked"),
    ("?", "undecided", "undecided"),
    ("·", "unchecked", "not checked"),
    ("", "apart", "not joined by the topology"),
];

pub(super) fn write(document: &VerifyDocument, html: &mut Html) {
    html.raw(
        "<section id=\"matrix\">\n<h2>From the network of a row to the network of a column</h2>\n",
    );
    if document.matrix.is_empty() {
        let why = match document.networks.len() {
            0..=100 => "No pair was checked.",
            _ => "There is no table for more than 100 networks: search the pairs below.",
        };
        html.element("p", &[], why).raw("</section>\n");
        return;
    }
    legend(html);
    table(document, html);
    html.raw("</section>\n");
}

fn legend(html: &mut Html) {
    html.raw("<ul class=\"legend\">\n");
    for (sign, class, words) in SIGNS {
        html.raw("<li>")
            .open("span", &[("class", &format!("cell {class}"))]);
        html.text(sign).raw("</span> ").text(words).raw("</li>\n");
    }
    html.raw("</ul>\n");
}

fn table(document: &VerifyDocument, html: &mut Html) {
    let counts: HashMap<(&str, &str), Counts> = (document.matrix.iter())
        .map(|between| ((between.from.as_str(), between.to.as_str()), between.counts))
        .collect();
    let unchecked: HashMap<(&str, &str), &str> = (document.not_checked.iter())
        .map(|one| ((one.from.as_str(), one.to.as_str()), one.cause.as_str()))
        .collect();
    let takes_part = |network: &&VerifiedNetwork, is_row: bool| {
        let name = network.name.as_str();
        let is_it = |(from, to): &(&str, &str)| if is_row { *from == name } else { *to == name };
        counts.keys().any(is_it) || unchecked.keys().any(is_it)
    };
    let of = |is_row: bool| -> Vec<&VerifiedNetwork> {
        let networks = document.networks.iter();
        networks.filter(|one| takes_part(one, is_row)).collect()
    };
    let (rows, columns) = (of(true), of(false));
    let first = first_pairs(document);
    html.raw("<div class=\"scroll\"><table class=\"matrix\">\n<caption class=\"muted\">Choose a cell to see its pairs.</caption>\n<thead><tr><th scope=\"col\" class=\"corner\">from ↓ to →</th>");
    for column in &columns {
        html.open("th", &[("scope", "col"), ("title", &about(column))]);
        html.span("span", "", &column.name).raw("</th>");
    }
    html.raw("</tr></thead>\n<tbody>\n");
    for row in &rows {
        html.raw("<tr>")
            .open("th", &[("scope", "row"), ("title", &about(row))]);
        html.text(&row.name).raw("</th>");
        for column in &columns {
            let key = (row.name.as_str(), column.name.as_str());
            html.raw("<td>");
            cell(
                key,
                counts.get(&key),
                unchecked.get(&key),
                first.get(&key),
                html,
            );
            html.raw("</td>");
        }
        html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
}

fn about(network: &VerifiedNetwork) -> String {
    let VerifiedNetwork {
        name,
        kind,
        id,
        account,
        region,
        ranges,
        ..
    } = network;
    let ranges = ranges.join(" ");
    format!("{kind} {name} {id} of account {account} in {region}, {ranges}")
}

/// The number of the first told pair of each two networks.
fn first_pairs(document: &VerifyDocument) -> HashMap<(&str, &str), usize> {
    let mut first = HashMap::new();
    for (number, pair) in (1..).zip(&document.verdicts) {
        let key = (
            pair.source_network.as_str(),
            pair.destination_network.as_str(),
        );
        first.entry(key).or_insert(number);
    }
    first
}

fn cell(
    (from, to): (&str, &str),
    counts: Option<&Counts>,
    unchecked: Option<&&str>,
    first: Option<&usize>,
    html: &mut Html,
) {
    let Some(counts) = counts else {
        let (class, sign, title) = match unchecked {
            Some(cause) => (
                "cell unchecked",
                "·",
                format!("{from} to {to}: not checked, {cause}"),
            ),
            None if from == to => ("cell same", "", format!("{from} itself")),
            None => ("cell apart", "", format!("{from} to {to}: not joined")),
        };
        html.open("span", &[("class", class), ("title", &title)]);
        html.text(sign).raw("</span>");
        return;
    };
    let (sign, class, _) = SIGNS[sign(counts)];
    let title = format!("{from} to {to}: {}", told(counts));
    let class = format!("cell {class}");
    let attributes = [
        ("class", class.as_str()),
        ("title", &title),
        ("aria-label", &title),
    ];
    let Some(first) = first else {
        html.open("span", &attributes).text(sign).raw("</span>");
        return;
    };
    let target = format!("#ways-{first}");
    let link = [
        ("href", target.as_str()),
        ("data-from", from),
        ("data-to", to),
    ];
    html.open("a", &[&attributes[..], &link].concat())
        .text(sign)
        .raw("</a>");
}

// The place in `SIGNS` of what is said of some pairs.
fn sign(counts: &Counts) -> usize {
    let bad = counts.blocked + counts.undecided;
    match counts.reachable() {
        0 if counts.blocked > 0 => 3,
        0 => 4,
        _ if bad > 0 => 2,
        _ if counts.answered == counts.pairs => 0,
        _ => 1,
    }
}

fn told(counts: &Counts) -> String {
    let pairs = match counts.pairs {
        1 => "1 pair".to_owned(),
        many => format!("{many} pairs"),
    };
    let parts = [
        (counts.by_configuration, "reachable by configuration"),
        (counts.answered, "answered"),
        (counts.blocked, State::Blocked.word()),
        (counts.undecided, State::Undecided.word()),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    format!("{pairs}, {}", parts.join(", "))
}
