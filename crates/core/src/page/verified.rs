//! The verdicts of a verification on a page: counts, what does not work and why, the picture, the matrix, each pair.

use std::collections::BTreeMap;

use super::html::Html;
use super::{matrix, pairs, second};
use crate::verify::{PairVerdict, ProbeMethod, Traffic, Verdict, VerifyDocument};

/// A picture of so many networks is open from the start.
const SMALL: usize = 12;
/// So many elements that stop packets are seen at once.
const SEEN: usize = 8;
/// So many elements, and pairs that were not checked, are listed.
const LISTED: usize = 200;

/// When, by which program, over what.
pub(super) fn facts(document: &VerifyDocument) -> Vec<(String, String)> {
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let mut facts = vec![
        fact("Topology", document.topology.clone()),
        fact("Verified", time(document)),
        fact("Program", document.program.clone()),
        fact(
            "Packets",
            format!(
                "{}, from the first end to the second, and the answer",
                packets(&document.traffic)
            ),
        ),
    ];
    for account in &document.accounts {
        let cloud = document.cloud_word(&account.cloud);
        let mut value = format!("{cloud} {}", account.id);
        for region in &account.regions {
            value.push_str(&format!(", {region}"));
        }
        if account.held_by_other {
            value.push_str("; held by other, not read");
        }
        if let Some(caller) = &account.caller {
            value.push_str(&format!("; read as {caller}"));
        }
        facts.push((format!("Account {}", account.name), value));
    }
    facts
}

fn packets(traffic: &Traffic) -> String {
    match traffic.probe_method() {
        Some(ProbeMethod::Ping) => "ICMP echo (ping)".to_owned(),
        _ => traffic.to_string(),
    }
}

fn time(document: &VerifyDocument) -> String {
    let at = jiff::Timestamp::try_from(document.at);
    at.map_or_else(
        |_| "at an unknown time".to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

pub(super) fn write(document: &VerifyDocument, html: &mut Html) {
    let mut summary = document.summary.lines();
    let first = summary.next().unwrap_or_default();
    let first = first.strip_prefix("verify: ").unwrap_or(first);
    html.element("p", &[("class", "summary")], first);
    summary.for_each(|line| {
        html.element("p", &[], line.trim());
    });
    counts(document, html);
    problems(document, html);
    picture(document, html);
    matrix::write(document, html);
    pairs::write(document, html);
    second::write(document, html);
    not_checked(document, html);
    findings(document, html);
}

fn counts(document: &VerifyDocument, html: &mut Html) {
    let counts = document.counts;
    let tiles: [(&'static str, usize, &str); 6] = [
        ("pairs", counts.pairs, "ordered pairs"),
        (
            "open",
            counts.by_configuration,
            "reachable by configuration",
        ),
        (
            "answered",
            counts.answered,
            match document.traffic.probe_method() {
                Some(ProbeMethod::Ping) => "with every ping answered",
                _ => "answered",
            },
        ),
        ("blocked", counts.blocked, "blocked"),
        ("undecided", counts.undecided, "undecided"),
        (
            "unchecked",
            counts.not_checked,
            "pairs of networks not checked",
        ),
    ];
    html.raw("<ul class=\"counts\">\n");
    for (class, count, words) in tiles {
        let class = format!("count {class}{}", if count == 0 { " none" } else { "" });
        html.open("li", &[("class", &class)]);
        html.span("b", "", count).raw(" ").text(words).close("li");
    }
    html.raw("</ul>\n");
}

/// What keeps pairs from being reachable, by the element that does.
fn problems(document: &VerifyDocument, html: &mut Html) {
    let bad = |pair: &&PairVerdict| pair.verdict() != Verdict::Reachable;
    let mut groups: BTreeMap<(bool, String), Vec<&PairVerdict>> = BTreeMap::new();
    for pair in document.verdicts.iter().filter(bad) {
        let reason = pair.path.blocked.as_ref().or(pair.path.undecided.as_ref());
        let element = reason.map_or_else(
            || "probes lost, or not sent, on a way that the configuration leaves open".to_owned(),
            |reason| reason.element.clone(),
        );
        let undecided = pair.verdict() == Verdict::Undecided;
        groups.entry((undecided, element)).or_default().push(pair);
    }
    if groups.is_empty() {
        return;
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|((undecided, _), pairs)| (*undecided, std::cmp::Reverse(pairs.len())));
    html.raw("<section id=\"problems\">\n<h2>What stops packets, and what to do</h2>\n<ol class=\"problems\">\n");
    for ((undecided, element), pairs) in groups.iter().take(SEEN) {
        problem(*undecided, element, pairs, html);
    }
    html.raw("</ol>\n");
    if groups.len() > SEEN {
        let more = groups.len() - SEEN;
        html.raw("<details><summary>")
            .text(format_args!("{more} more elements"));
        html.raw("</summary>\n");
        let start = (SEEN + 1).to_string();
        html.open("ol", &[("class", "problems"), ("start", &start)]);
        for ((undecided, element), pairs) in groups.iter().take(LISTED).skip(SEEN) {
            problem(*undecided, element, pairs, html);
        }
        html.raw("</ol></details>\n");
    }
    html.raw("</section>\n");
}

fn problem(undecided: bool, element: &str, pairs: &[&PairVerdict], html: &mut Html) {
    let (mark, class) = match undecided {
        false => ("✕ blocks", "blocked"),
        true => ("? leaves open", "undecided"),
    };
    html.open("li", &[("class", class)]);
    html.span("span", "mark", mark)
        .raw(" ")
        .span("b", "", element);
    let count = match pairs.len() {
        1 => "1 ordered pair".to_owned(),
        many => format!("{many} ordered pairs"),
    };
    html.raw(" <span class=\"muted\">")
        .text(count)
        .raw("</span>\n");
    let first = pairs.first();
    if let Some((pair, explained)) = first.and_then(|pair| Some((pair, pair.explained()?))) {
        html.raw("<p>").span("span", "muted", "first: ");
        html.text(format_args!("{} → {}: ", pair.source, pair.destination));
        html.marked(&explained.cause).raw("</p>\n");
        remedy(&explained.remedy, html);
    }
    html.close("li");
}

pub(super) fn remedy(text: &str, html: &mut Html) {
    if !text.is_empty() {
        html.raw("<p class=\"remedy\"><span>Remedy:</span> ")
            .marked(text)
            .raw("</p>\n");
    }
}

fn picture(document: &VerifyDocument, html: &mut Html) {
    let Some(picture) = document.picture() else {
        return;
    };
    html.raw("<section id=\"picture\">\n<h2>Picture</h2>\n");
    // A large one would stand between the reader and the pairs.
    match document.networks.len() {
        0..=SMALL => html.raw("<details open>"),
        _ => html.raw("<details>"),
    };
    html.raw("<summary>What the topology joins, and the verdict on it</summary>\n<figure class=\"scroll\">\n");
    html.picture(picture);
    html.raw("</figure></details>\n</section>\n");
}

fn not_checked(document: &VerifyDocument, html: &mut Html) {
    if document.not_checked.is_empty() {
        return;
    }
    html.raw("<section id=\"not-checked\">\n<h2>Not checked</h2>\n<p>The topology joins these networks, and no pair of ends in them was checked.</p>\n<ul class=\"unchecked\">\n");
    let mut causes: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for one in &document.not_checked {
        let pairs = causes.entry((&one.cause, &one.remedy)).or_default();
        pairs.push(format!("{} → {}", one.from, one.to));
    }
    for ((cause, why), pairs) in causes.iter().take(LISTED) {
        html.raw("<li>").marked(&capitalised(cause)).raw("\n");
        remedy(why, html);
        html.raw("<details><summary>");
        match pairs.as_slice() {
            [one] => html.text(one),
            [first, more @ ..] => html.text(format_args!("{first} and {} more", more.len())),
            [] => html.raw(""),
        };
        html.raw("</summary>\n").element("p", &[], pairs.join(", "));
        html.raw("</details></li>\n");
    }
    html.raw("</ul>\n</section>\n");
}

pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

fn findings(document: &VerifyDocument, html: &mut Html) {
    if document.findings.is_empty() {
        return;
    }
    html.raw("<section id=\"findings\">\n<h2>Findings</h2>\n<p>They change no verdict. <code>landbridge explain CODE</code> tells more.</p>\n<ul>\n");
    for finding in &document.findings {
        html.raw("<li>").text(&finding.severity).raw(": ");
        html.span("b", "", &finding.subject).raw(" [");
        html.span("code", "", &finding.code)
            .raw("] ")
            .text(&finding.message)
            .raw("\n");
        remedy(&finding.remedy, html);
        html.raw("</li>\n");
    }
    html.raw("</ul>\n</section>\n");
}

pub(super) fn words(html: &mut Html) {
    html.raw(
        "<section id=\"words\">\n<h2>Words</h2>\n<dl class=\"words\">\n\
         <dt>reachable by configuration</dt><dd>Routes, security groups and network ACLs, as the clouds list them, let a \
         packet pass and its answer come back. No packet proves it.</dd>\n\
         <dt>4 of 4 pings answered</dt><dd>The source instance sent four pings, and the answers came. No ping sent means that \
         no instance could send one.</dd>\n\
         <dt>connected, refused</dt><dd>The source instance tried to open a TCP connection. A refused one proves that the packet got \
         there and an answer came back: the path is open, and nothing listens on the port.</dd>\n\
         <dt>blocked</dt><dd>The named element stops the packet or its answer; or no answer came on a way that the \
         configuration leaves open.</dd>\n\
         <dt>undecided</dt><dd>The named element is not understood, or could not be read. Packets may pass or not.</dd>\n\
         <dt>not checked</dt><dd>Nothing was looked at: there is no instance or subnet to begin or end at, or another holds \
         the account.</dd>\n</dl>\n</section>\n",
    );
}
