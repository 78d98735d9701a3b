//! What a life costs as its topology grows, as a picture.

use std::fmt::Write as _;

use crate::course::Phase;

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 60.0;
const BOTTOM: f64 = 34.0;
const TOP: f64 = 26.0;

/// A life of a world of a family, such as 30 for `hub-30`.
pub(crate) type Sized = (f64, Vec<Phase>);

/// What is drawn of a phase: its name, and how it is read.
type Value = (&'static str, fn(&Phase) -> Option<f64>);

const VALUES: [Value; 3] = [
    ("time over the least that the cloud needs", Phase::ratio),
    ("calls for each object", |phase| {
        let objects = phase.objects();
        (objects > 0).then(|| phase.calls as f64 / objects as f64)
    }),
    ("calls of a phase that writes nothing", |phase| {
        phase.work.is_none().then_some(phase.calls as f64)
    }),
];

const COLOURS: [&str; 4] = ["#06c", "#c30", "#393", "#939"];

/// The pictures of a family, one below the other, as SVG.
pub(crate) fn draw(family: &str, lives: &[Sized]) -> String {
    let height = HEIGHT * VALUES.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (at, (title, value)) in VALUES.iter().enumerate() {
        let _ = writeln!(svg, "<g transform=\"translate(0 {})\">", HEIGHT * at as f64);
        chart(
            &mut svg,
            &format!("{family}: {title}"),
            &lines(lives, *value),
        );
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

/// A line of points for each phase that has the value.
type Line = (&'static str, Vec<(f64, f64)>);

fn lines(lives: &[Sized], value: fn(&Phase) -> Option<f64>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (size, phases) in lives {
        for phase in phases {
            let Some(value) = value(phase) else { continue };
            match lines.iter_mut().find(|(name, _)| *name == phase.name) {
                Some((_, points)) => points.push((*size, value)),
                None => lines.push((phase.name, vec![(*size, value)])),
            }
        }
    }
    lines
}

fn chart(svg: &mut String, title: &str, lines: &[Line]) {
    let points = || lines.iter().flat_map(|(_, points)| points);
    let widest = points().map(|(x, _)| *x).fold(1.0, f64::max);
    let highest = points().map(|(_, y)| *y).fold(1.0, f64::max);
    let x = |value: f64| LEFT + value / widest * (WIDTH - LEFT - 110.0);
    let y = |value: f64| HEIGHT - BOTTOM - value / highest * (HEIGHT - BOTTOM - TOP);
    let _ = writeln!(
        svg,
        "<text x=\"4\" y=\"14\" font-weight=\"bold\">{title}</text>"
    );
    for part in 0..=4 {
        let (across, up) = (
            widest * f64::from(part) / 4.0,
            highest * f64::from(part) / 4.0,
        );
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{:.1}\" y2=\"{:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{up:.1}</text>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{across:.0}</text>",
            x(widest),
            y(up),
            y(up),
            LEFT - 5.0,
            y(up) + 4.0,
            x(across),
            HEIGHT - BOTTOM + 15.0
        );
    }
    for ((name, points), colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        let path: Vec<String> = points
            .iter()
            .map(|(across, up)| format!("{:.1},{:.1}", x(*across), y(*up)))
            .collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.join(" ")
        );
        if let Some((across, up)) = points.last() {
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>",
                x(*across) + 6.0,
                y(*up) + 4.0
            );
        }
    }
}
