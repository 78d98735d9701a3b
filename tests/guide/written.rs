//! Pages that are written from the source. `LANDBRIDGE_BLESS=1 cargo test --all-features --test guide` writes them.

use landbridge::core::{plan, topology};
use serde_json::Value;

use crate::{read, root};

fn hold(file: &str, made: &str) {
    let path = root().join("docs").join(file);
    if std::env::var_os("LANDBRIDGE_BLESS").is_some() {
        std::fs::write(&path, made).expect("it can be written");
    }
    assert!(
        path.is_file() && read(&path) == made,
        "docs/{file} is stale: run this test with LANDBRIDGE_BLESS=1"
    );
}

#[test]
fn the_published_schemas_are_those_of_the_program() {
    let text = |schema: &Value| serde_json::to_string_pretty(schema).expect("JSON") + "\n";
    hold("topology.schema.json", &text(&topology::json_schema()));
    hold("plan.schema.json", &text(&plan::json_schema()));
}
