use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Plan, Step};
use crate::ids::Place;

impl Plan {
    /// The graph of steps as a Mermaid flowchart, grouped by place.
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        for (index, (place, steps)) in self.by_place().into_iter().enumerate() {
            let _ = writeln!(text, "  subgraph p{index}[\"{place}\"]");
            for (number, step) in steps {
                let _ = writeln!(text, "    s{number}[\"{}\"]", step.key);
            }
            text.push_str("  end\n");
        }
        for (from, to) in self.edges() {
            let _ = writeln!(text, "  s{from} --> s{to}");
        }
        text
    }

    /// The graph of steps in the DOT language of Graphviz, grouped by place.
    pub fn to_dot(&self) -> String {
        let mut text = String::from("digraph plan {\n  rankdir=LR;\n  node [shape=box];\n");
        for (index, (place, steps)) in self.by_place().into_iter().enumerate() {
            let _ = writeln!(
                text,
                "  subgraph cluster_{index} {{\n    label=\"{place}\";"
            );
            for (number, step) in steps {
                let _ = writeln!(text, "    s{number} [label=\"{}\"];", step.key);
            }
            text.push_str("  }\n");
        }
        for (from, to) in self.edges() {
            let _ = writeln!(text, "  s{from} -> s{to};");
        }
        text.push_str("}\n");
        text
    }

    fn by_place(&self) -> BTreeMap<&Place, Vec<(usize, &Step)>> {
        let mut places: BTreeMap<&Place, Vec<(usize, &Step)>> = BTreeMap::new();
        for (number, step) in self.steps.iter().enumerate() {
            places.entry(&step.place).or_default().push((number, step));
        }
        places
    }

    fn edges(&self) -> Vec<(usize, usize)> {
        let numbers: BTreeMap<_, _> = self
            .steps
            .iter()
            .enumerate()
            .map(|(n, step)| (&step.key, n))
            .collect();
        let mut edges = Vec::new();
        for (to, step) in self.steps.iter().enumerate() {
            edges.extend(
                step.depends_on
                    .iter()
                    .filter_map(|key| numbers.get(key))
                    .map(|from| (*from, to)),
            );
        }
        edges
    }
}
