//! A run as a picture: for each step whose time it was, the cloud's or ours.

use std::fmt::Write as _;

use landbridge_core::plan::{Step, StepKey};

use crate::course::{Course, Phase, Work};

const WIDTH: f64 = 1200.0;
const NAMES: f64 = 340.0;
const ROW: f64 = 15.0;
const TOP: f64 = 46.0;

/// Whose time a part of a step is: its name, its colour, and from when to when.
fn parts(course: &Course) -> [(&'static str, &'static str, f64, f64); 4] {
    [
        ("waits for its turn", "#bbb", course.released, course.sent),
        ("refused, backs off", "#d33", course.sent, course.accepted),
        ("the cloud works", "#48c", course.accepted, course.ready),
        ("ready, not seen", "#f90", course.ready, course.done),
    ]
}

/// The chain of steps that ends last, each released by the one before it.
pub(crate) fn last_chain(work: &Work) -> Vec<StepKey> {
    let done = |key: &&StepKey| work.courses.get(*key).map_or(0.0, |course| course.done);
    let latest = |keys: Vec<&StepKey>| {
        let keys = keys.into_iter();
        keys.max_by(|one, other| done(one).total_cmp(&done(other)))
            .cloned()
    };
    let mut chain = Vec::new();
    let mut next = latest(work.courses.keys().collect());
    while let Some(key) = next {
        let step = work.plan.steps.iter().find(|step| step.key == key);
        next = step.and_then(|step| latest(step.depends_on.iter().collect()));
        chain.push(key);
    }
    chain.reverse();
    chain
}

/// What the last chain spent, in the order of [`parts`].
pub(crate) fn losses(work: &Work) -> [(&'static str, f64); 4] {
    let mut sums = [("", 0.0); 4];
    for key in last_chain(work) {
        for (sum, (name, _, from, to)) in sums.iter_mut().zip(parts(&work.courses[&key])) {
            *sum = (name, sum.1 + (to - from).max(0.0));
        }
    }
    sums
}

/// The picture of a phase, as SVG.
pub(crate) fn draw(title: &str, phase: &Phase, work: &Work) -> String {
    let mut steps: Vec<&Step> = work.plan.steps.iter().collect();
    let order = |step: &Step| {
        let course = &work.courses[&step.key];
        (course.released, course.done)
    };
    steps.sort_by(|one, other| {
        let (one, other) = (order(one), order(other));
        one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1))
    });
    let scale = (WIDTH - NAMES - 20.0) / phase.seconds.max(1.0);
    let height = TOP + ROW * steps.len() as f64 + 20.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"10\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"4\" y=\"14\" font-size=\"12\">{title}: {:.1} s of simulated time; the cloud needs at least {:.1} s. \
         Bold: the chain that ends last</text>\n",
        phase.seconds, work.bound.rated
    );
    legend(&mut svg);
    let chain = last_chain(work);
    grid(&mut svg, phase.seconds, scale, height);
    for (row, step) in steps.iter().enumerate() {
        let y = TOP + ROW * row as f64;
        let weight = if chain.contains(&step.key) {
            "bold"
        } else {
            "normal"
        };
        let _ = writeln!(
            svg,
            "<text x=\"4\" y=\"{:.1}\" font-weight=\"{weight}\">{}</text>",
            y + 10.0,
            step.key
        );
        for (_, colour, from, to) in parts(&work.courses[&step.key]) {
            bar(
                &mut svg,
                (NAMES + from * scale, y),
                (to - from) * scale,
                colour,
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn bar(svg: &mut String, (x, y): (f64, f64), width: f64, colour: &str) {
    if width > 0.0 {
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>",
            ROW - 4.0
        );
    }
}

fn legend(svg: &mut String) {
    let zero = Course {
        released: 0.0,
        sent: 0.0,
        accepted: 0.0,
        ready: 0.0,
        done: 0.0,
    };
    for (at, (name, colour, _, _)) in parts(&zero).into_iter().enumerate() {
        let x = 4.0 + 160.0 * at as f64;
        bar(svg, (x, 24.0), 12.0, colour);
        let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"34\">{name}</text>", x + 18.0);
    }
}

fn grid(svg: &mut String, seconds: f64, scale: f64, height: f64) {
    let step = (seconds / 12.0).max(1.0).ceil();
    let mut at = 0.0;
    while at <= seconds {
        let x = NAMES + at * scale;
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\">{at} s</text>",
            height - 16.0,
            height - 5.0
        );
        at += step;
    }
}
