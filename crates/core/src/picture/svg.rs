//! Pictures as SVG.

use std::fmt::Write;

use super::canvas::{Anchor, Canvas, Depth, Frame, Label, Sample, Tile, Wire};
use super::layout::layout;
use super::text::xml;
use super::{LinkKind, Mark, Picture};

/// Colours, and how lines look. No mark is told by its colour alone: lines differ in their dashes, boxes have words.
const STYLE: &str = "\
.page{fill:#fff;stroke:#d0d7de}
text{fill:#1f2328;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,'DejaVu Sans',sans-serif}
text.muted{fill:#57606a}
.box{stroke-width:1}
.account>.box{fill:#f6f8fa;stroke:#8c959f}
.region>.box{fill:#fff;stroke:#afb8c1;stroke-dasharray:5 3}
.network>.box{fill:#fff;stroke:#57606a}
.hub>.box{fill:#ddf4ff;stroke:#0969da}
.edge>.box{fill:#fff8c5;stroke:#9a6700}
.interconnect>.box{fill:#fbefff;stroke:#8250df}
.other>.box{fill:#fff;stroke:#57606a;stroke-dasharray:3 3}
.box.new{stroke:#1a7f37;stroke-width:2}
.box.changed{stroke:#9a6700;stroke-width:2}
.box.replaced{stroke:#8250df;stroke-width:2}
.box.gone{stroke:#cf222e;stroke-width:2;stroke-dasharray:6 4}
.account>.box.changed{stroke-width:1}
.box.open{stroke:#1a7f37;stroke-width:2}
.box.partly{stroke:#bc4c00;stroke-width:2;stroke-dasharray:12 3}
.box.blocked{stroke:#cf222e;stroke-width:2;stroke-dasharray:4 3}
.box.undecided{stroke:#6e7781;stroke-width:2;stroke-dasharray:2 3}
.box.unready{stroke:#9a6700;stroke-dasharray:8 3}
.box.unknown{stroke:#6e7781;stroke-dasharray:2 3}
text.new,text.open{fill:#1a7f37}
text.changed,text.unready{fill:#7d4e00}
text.replaced{fill:#8250df}
text.gone,text.blocked{fill:#cf222e}
text.partly{fill:#bc4c00}
text.undecided,text.unknown{fill:#57606a}
.wire{fill:none;stroke-linecap:round;stroke-linejoin:round}
.dot{stroke:none}
.attachment{stroke:#0969da;fill:#0969da;stroke-width:1.5}
.link{stroke:#8250df;fill:#8250df;stroke-width:3}
.peering{stroke:#1b7c83;fill:#1b7c83;stroke-width:2}
.member{stroke:#8250df;fill:#8250df;stroke-width:1.5}
.part{stroke:#8c959f;fill:#8c959f;stroke-width:1.2;stroke-dasharray:2 3}
.line.new{stroke:#1a7f37;fill:#1a7f37}
.line.changed{stroke:#9a6700;fill:#9a6700;stroke-dasharray:10 3 2 3}
.line.replaced{stroke:#8250df;fill:#8250df;stroke-dasharray:10 3}
.line.gone{stroke:#cf222e;fill:#cf222e;stroke-dasharray:6 4}
.line.open{stroke:#1a7f37;fill:#1a7f37}
.line.partly{stroke:#bc4c00;fill:#bc4c00;stroke-dasharray:12 4}
.line.blocked{stroke:#cf222e;fill:#cf222e;stroke-dasharray:4 4}
.line.undecided{stroke:#6e7781;fill:#6e7781;stroke-dasharray:1 4}
.line.unready{stroke:#9a6700;fill:#9a6700;stroke-dasharray:8 4}
.line.unknown{stroke:#6e7781;fill:#6e7781;stroke-dasharray:2 4}
.line>.wire{fill:none}
.line>.dot{stroke:none}
.tile.plain{fill:#afb8c1}
.tile.new,.tile.open{fill:#2da44e}
.tile.changed,.tile.unready{fill:#bf8700}
.tile.replaced{fill:#8250df}
.tile.gone,.tile.blocked{fill:#cf222e}
.tile.partly{fill:#fb8f44}
.tile.undecided,.tile.unknown{fill:#8c959f}
.stroke{stroke:#fff;stroke-width:1.6;fill:none}
";

/// The same on a dark page, where the reader's program asks for it.
const DARK: &str = "\
.page{fill:#0d1117;stroke:#30363d}
text{fill:#e6edf3}
text.muted{fill:#9198a1}
.account>.box{fill:#161b22;stroke:#6e7681}
.region>.box{fill:#0d1117;stroke:#484f58}
.network>.box,.other>.box{fill:#0d1117;stroke:#9198a1}
.hub>.box{fill:#0c2d4a;stroke:#4493f8}
.edge>.box{fill:#332a00;stroke:#d29922}
.interconnect>.box{fill:#271a3d;stroke:#ab7df8}
.box.new,.box.open{stroke:#3fb950}
.box.changed,.box.unready{stroke:#d29922}
.box.replaced{stroke:#ab7df8}
.box.gone,.box.blocked{stroke:#f85149}
.box.partly{stroke:#f0883e}
text.new,text.open{fill:#3fb950}
text.changed,text.unready{fill:#d29922}
text.replaced{fill:#ab7df8}
text.gone,text.blocked{fill:#ff7b72}
text.partly{fill:#f0883e}
text.undecided,text.unknown{fill:#9198a1}
.attachment{stroke:#4493f8;fill:#4493f8}
.link,.member{stroke:#ab7df8;fill:#ab7df8}
.peering{stroke:#39c5cf;fill:#39c5cf}
.line.new,.line.open{stroke:#3fb950;fill:#3fb950}
.line.changed,.line.unready{stroke:#d29922;fill:#d29922}
.line.gone,.line.blocked{stroke:#f85149;fill:#f85149}
.line.partly{stroke:#f0883e;fill:#f0883e}
.line>.wire{fill:none}
.line>.dot{stroke:none}
";

impl Picture {
    /// The picture as one SVG document.
    ///
    /// It needs nothing else: no script, no font, no other file. It has a background of its own, which is dark where the
    /// reader's program prefers that. Whole names, IDs and reasons stand in the `<title>` of each part.
    pub fn to_svg(&self) -> String {
        let canvas = layout(self);
        let mut svg = String::new();
        head(self, &canvas, &mut svg);
        for depth in [Depth::Account, Depth::Region] {
            let frames = canvas.frames.iter().filter(|frame| frame.depth == depth);
            frames.for_each(|one| frame(one, &mut svg));
        }
        canvas.wires.iter().for_each(|one| wire(one, &mut svg));
        let elements = canvas.frames.iter();
        let elements = elements.filter(|frame| frame.depth == Depth::Element);
        elements.for_each(|one| frame(one, &mut svg));
        canvas.tiles.iter().for_each(|one| tile(one, &mut svg));
        canvas.samples.iter().for_each(|one| sample(one, &mut svg));
        canvas.labels.iter().for_each(|one| label(one, &mut svg));
        svg.push_str("</svg>\n");
        svg
    }
}

// Writing to a string does not fail.
macro_rules! put {
    ($svg:expr, $($text:tt)*) => {
        let _ = writeln!($svg, $($text)*);
    };
}

fn head(picture: &Picture, canvas: &Canvas, svg: &mut String) {
    let (width, height) = (canvas.width, canvas.height);
    put!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="landbridge-title landbridge-description">"#
    );
    let title = xml(&picture.title);
    put!(svg, r#"<title id="landbridge-title">{title}</title>"#);
    let description = xml(&described(picture)).replace("\\u{a}", "\n");
    put!(
        svg,
        r#"<desc id="landbridge-description">{description}</desc>"#
    );
    put!(
        svg,
        "<style>\n{STYLE}@media (prefers-color-scheme:dark){{\n{DARK}}}\n</style>"
    );
    let (w, h) = (width - 1, height - 1);
    put!(
        svg,
        r#"<rect class="page" x="0.5" y="0.5" width="{w}" height="{h}" rx="8"/>"#
    );
}

// The picture in words, for those who do not see it.
fn described(picture: &Picture) -> String {
    let mut lines = vec![picture.summary.clone()];
    for account in &picture.accounts {
        let cloud = picture.words_of(&account.cloud).cloud;
        for region in &account.regions {
            let names = region.elements.iter().map(|element| {
                let kind = picture.kind_word(Some(&account.cloud), element.kind);
                let said = match element.mark {
                    Mark::Plain => String::new(),
                    mark => format!(" ({})", mark.word()),
                };
                format!("{kind} {}{said}", element.name).trim().to_owned()
            });
            let names: Vec<String> = names.collect();
            let (account, region) = (&account.name, &region.name);
            lines.push(format!(
                "{cloud} account {account}, {region}: {}.",
                names.join(", ")
            ));
        }
    }
    lines.extend(picture.notes.iter().cloned());
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

// Lines of a title stay lines.
fn titled(title: &str) -> String {
    let lines: Vec<String> = title.lines().map(xml).collect();
    format!("<title>{}</title>", lines.join("\n"))
}

fn frame(frame: &Frame, svg: &mut String) {
    let (class, mark) = frame.class.split_once(' ').unwrap_or((&frame.class, ""));
    put!(svg, r#"<g class="{class}">{}"#, titled(&frame.title));
    let rect = &frame.rect;
    put!(
        svg,
        r#"<rect class="box {mark}" x="{}" y="{}" width="{}" height="{}" rx="5"/>"#,
        rect.x,
        rect.y,
        rect.w,
        rect.h
    );
    frame.labels.iter().for_each(|one| label(one, svg));
    put!(svg, "</g>");
}

fn label(label: &Label, svg: &mut String) {
    let anchor = match label.anchor {
        Anchor::Start => "",
        Anchor::Middle => r#" text-anchor="middle""#,
        Anchor::End => r#" text-anchor="end""#,
    };
    let weight = if label.bold {
        r#" font-weight="600""#
    } else {
        ""
    };
    put!(
        svg,
        r#"<text class="{}" x="{}" y="{}" font-size="{}"{weight}{anchor} xml:space="preserve">{}</text>"#,
        label.class,
        label.x,
        label.y,
        label.size,
        xml(&label.text)
    );
}

fn line_class(kind: LinkKind, mark: Mark) -> String {
    let kind = match kind {
        LinkKind::Attachment => "attachment",
        LinkKind::Link => "link",
        LinkKind::Peering => "peering",
        LinkKind::Member => "member",
        LinkKind::Part => "part",
    };
    format!("line {kind} {}", mark.class())
}

fn wire(wire: &Wire, svg: &mut String) {
    let class = line_class(wire.kind, wire.mark);
    put!(svg, r#"<g class="{class}">{}"#, titled(&wire.title));
    let mut path = String::new();
    for points in &wire.paths {
        for (index, (x, y)) in points.iter().enumerate() {
            let verb = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{verb}{x} {y}");
        }
    }
    put!(svg, r#"<path class="wire" d="{path}"/>"#);
    for (x, y) in &wire.joints {
        put!(svg, r#"<circle class="dot" cx="{x}" cy="{y}" r="2.2"/>"#);
    }
    put!(svg, "</g>");
}

fn sample(sample: &Sample, svg: &mut String) {
    let class = line_class(sample.kind, sample.mark);
    let ((x1, y1), (x2, y2)) = (sample.from, sample.to);
    put!(
        svg,
        r#"<g class="{class}"><path class="wire" d="M{x1} {y1}L{x2} {y2}"/></g>"#
    );
}

fn tile(tile: &Tile, svg: &mut String) {
    let rect = &tile.rect;
    put!(svg, "<g>{}", titled(&tile.title));
    put!(
        svg,
        r#"<rect class="tile {}" x="{}" y="{}" width="{}" height="{}" rx="1"/>"#,
        tile.mark.class(),
        rect.x,
        rect.y,
        rect.w,
        rect.h
    );
    if let Some(path) = stroke(tile) {
        put!(svg, r#"<path class="stroke" d="{path}"/>"#);
    }
    put!(svg, "</g>");
}

// What tells cells apart for those who do not see colours.
fn stroke(tile: &Tile) -> Option<String> {
    let rect = &tile.rect;
    let (left, right) = (rect.x + 3, rect.right() - 3);
    let (top, bottom) = (rect.y + 3, rect.bottom() - 3);
    let middle = (rect.y + rect.bottom()) / 2;
    match tile.mark {
        Mark::Blocked | Mark::Gone => Some(format!(
            "M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}"
        )),
        Mark::PartlyOpen | Mark::Changed | Mark::Replaced => {
            Some(format!("M{left} {bottom}L{right} {top}"))
        }
        Mark::Undecided | Mark::Unknown | Mark::NotReady => {
            Some(format!("M{left} {middle}L{right} {middle}"))
        }
        Mark::Plain | Mark::New | Mark::Open => None,
    }
}
