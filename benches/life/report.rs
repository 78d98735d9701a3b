//! What is printed of a life.

use std::fmt::Write as _;

use crate::course::Phase;
use crate::gantt::losses;

/// A life as a table, phase by phase.
pub(crate) fn table(name: &str, phases: &[Phase]) -> String {
    let mut text = format!(
        "{name}\n  {:12} {:>9} {:>6} {:>7} {:>8} {:>8} {:>9} {:>7}\n",
        "phase", "seconds", "calls", "refused", "objects", "calls/ob", "at least", "ratio"
    );
    for phase in phases {
        text.push_str(&line(phase));
        if let Some(work) = &phase.work {
            let parts = losses(work).map(|(part, seconds)| format!("{part} {seconds:.1} s"));
            let _ = writeln!(text, "    the chain that ends last: {}", parts.join(", "));
            let bound = work.bound;
            let _ = writeln!(
                text,
                "    bounds: path {:.1} s, with locks {:.1} s, with rates {:.1} s",
                bound.path, bound.locked, bound.rated
            );
        }
    }
    text
}

fn line(phase: &Phase) -> String {
    let refused: usize = phase.refused.values().sum();
    let objects = phase.objects();
    let per = |calls: usize| match objects {
        0 => String::new(),
        objects => format!("{:.2}", calls as f64 / objects as f64),
    };
    let bound = phase
        .work
        .as_ref()
        .map(|work| format!("{:.1}", work.bound.rated));
    let ratio = phase.ratio().map(|ratio| format!("{ratio:.3}"));
    let codes: Vec<String> = phase
        .refused
        .iter()
        .map(|(code, count)| format!("{code} {count}"))
        .collect();
    format!(
        "  {:12} {:>9.2} {:>6} {:>7} {:>8} {:>8} {:>9} {:>7}  {}\n",
        phase.name,
        phase.seconds,
        phase.calls,
        refused,
        objects,
        per(phase.calls),
        bound.unwrap_or_default(),
        ratio.unwrap_or_default(),
        codes.join(", ")
    )
}

/// Several lives of one world that differ in their seeds: mean, least and most of each phase.
pub(crate) fn spread(name: &str, lives: &[Vec<Phase>]) -> String {
    let mut text = format!("{name}, {} seeds\n", lives.len());
    let Some(first) = lives.first() else {
        return text;
    };
    for at in 0..first.len() {
        let of = |value: &dyn Fn(&Phase) -> f64| -> (f64, f64, f64) {
            let values: Vec<f64> = lives.iter().map(|life| value(&life[at])).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            (mean, least, values.iter().copied().fold(0.0, f64::max))
        };
        let (seconds, least, most) = of(&|phase| phase.seconds);
        let (calls, ..) = of(&|phase| phase.calls as f64);
        let (refused, ..) = of(&|phase| phase.refused.values().sum::<usize>() as f64);
        let (ratio, ..) = of(&|phase| phase.ratio().unwrap_or(0.0));
        let _ = writeln!(
            text,
            "  {:12} {seconds:.1} s ({least:.1} to {most:.1}), {calls:.0} calls, {:.1} % refused, ratio {ratio:.3}",
            first[at].name,
            100.0 * refused / calls.max(1.0)
        );
    }
    text
}

/// How often each operation was called in each phase, the most frequent first.
pub(crate) fn operations(phases: &[Phase]) -> String {
    let mut text = String::new();
    for phase in phases {
        let mut counts: Vec<_> = phase.operations.iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let counts = counts.iter().map(|(name, count)| format!("{name} {count}"));
        let _ = writeln!(
            text,
            "  {}: {}",
            phase.name,
            counts.collect::<Vec<_>>().join(", ")
        );
    }
    text
}
