//! `landbridge graph`: pictures of networks, in every language.

use std::path::{Path, PathBuf};

use crate::common::{A, B, Run, World, changed, example, landbridge, path, peered, run};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn topologies() -> Vec<String> {
    let folder = root().join("examples/topologies");
    let files = std::fs::read_dir(folder).expect("the examples are there");
    let mut paths: Vec<String> = files
        .map(|file| file.expect("an entry").path())
        .map(|path| path.to_str().expect("UTF-8").to_owned())
        .collect();
    paths.sort();
    paths
}

fn drawn(run: &Run, language: &str) {
    assert_eq!(run.code, Some(0), "{run:#?}");
    let start = match language {
        "svg" => "<svg xmlns=",
        "mermaid" => "---\ntitle: ",
        _ => "graph networks {",
    };
    assert!(run.stdout.starts_with(start), "{run:#?}");
}

#[test]
fn every_example_is_drawn_without_a_cloud_in_every_language_and_the_same_each_time() {
    let files = topologies();
    assert!(files.len() > 5, "{files:?}");
    for file in &files {
        for language in ["svg", "mermaid", "dot"] {
            let first = landbridge(&["graph", file, "--format", language]);
            drawn(&first, language);
            assert_eq!(first.stderr, "");
            let second = landbridge(&["--format", "text", "graph", file, "--format", language]);
            assert_eq!(first.stdout, second.stdout, "{file}");
        }
    }
}

#[test]
fn the_picture_of_the_readme_is_the_one_that_the_program_draws() {
    let committed = root().join("docs/pictures/cen-two-accounts.svg");
    let committed = std::fs::read_to_string(committed).expect("the picture is there");
    let run = landbridge(&["graph", &example()]);
    assert_eq!(
        run.stdout, committed,
        "draw it again: cargo run -p landbridge-cli -- graph examples/topologies/cen-two-accounts.yaml --out \
         docs/pictures/cen-two-accounts.svg"
    );
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    assert!(readme.contains("(docs/pictures/cen-two-accounts.svg)"));
}

#[test]
fn the_pictures_of_the_guide_are_those_that_the_program_draws() {
    for name in ["aws-peering-two-accounts", "ecr-two-accounts"] {
        if name.starts_with("aws") && !cfg!(feature = "aws") {
            continue;
        }
        let committed = root().join(format!("docs/pictures/{name}.svg"));
        let committed = std::fs::read_to_string(committed).expect("the picture is there");
        let file = root().join(format!("examples/topologies/{name}.yaml"));
        let run = landbridge(&["graph", &file.display().to_string()]);
        assert!(
            run.stdout == committed,
            "draw {name} again: landbridge graph examples/topologies/{name}.yaml --out docs/pictures/{name}.svg"
        );
    }
}

#[test]
fn a_picture_has_the_words_of_its_cloud_and_everything_that_is_declared() {
    let run = landbridge(&["graph", &example()]);
    for expected in [
        ">CEN instance<",
        ">transit router<",
        ">Alibaba Cloud 1234567890123457<",
        ">vpc2<",
        ">10.0.0.0/16<",
        ">h  172.16.20.0/24 vsw1<",
        ">firewall members-only<",
        ">instance ecs3 192.168.20.100<",
        "attachment/backbone/vpc3",
        "link/backbone/cn-hangzhou~cn-qingdao",
    ] {
        assert!(run.stdout.contains(expected), "`{expected}`: {run:#?}");
    }
}

#[test]
fn mermaid_and_dot_have_the_same_boxes() {
    let mermaid = landbridge(&["graph", &example(), "--format", "mermaid"]).stdout;
    for line in [
        "  subgraph a0[\"a Alibaba Cloud 1234567890123456\"]",
        "    n0([\"CEN instance backbone\"])",
        "    subgraph a0r0[\"cn-hangzhou\"]",
        "      n2([\"transit router backbone\"])",
    ] {
        assert!(mermaid.lines().any(|one| one == line), "{line}\n{mermaid}");
    }
    let dot = landbridge(&["graph", &example(), "--format", "dot"]).stdout;
    assert!(dot.contains("subgraph cluster_0_0 {"), "{dot}");
    assert!(
        dot.contains("tooltip=\"attachment/backbone/vpc2\""),
        "{dot}"
    );
    assert_eq!(dot.matches('{').count(), dot.matches('}').count());
}

#[test]
fn json_has_the_elements_and_links() {
    let run = landbridge(&["graph", &example(), "--format", "json"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let document = run.document();
    assert_eq!(document["command"], "graph");
    assert_eq!(document["picture"]["subject"], "declared");
    let links = document["picture"]["links"].as_array().expect("links");
    assert_eq!(
        links.len(),
        2 + 1 + 3,
        "parts, the link and the attachments"
    );
    let before = landbridge(&["--format", "json", "graph", &example()]);
    assert_eq!(
        before.document(),
        document,
        "the option may stand before the command"
    );
}

#[test]
fn a_drawing_goes_into_a_file_for_its_owner_alone() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("net.svg");
    let name = file.to_str().expect("UTF-8");
    for _ in 0..2 {
        let run = landbridge(&["graph", &example(), "--out", name]);
        assert_eq!(run.code, Some(0), "{run:#?}");
        assert_eq!(run.stdout.trim_end(), format!("drawn to {name}"));
    }
    let text = std::fs::read_to_string(&file).expect("the drawing");
    assert_eq!(text, landbridge(&["graph", &example()]).stdout);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let nowhere = landbridge(&["graph", &example(), "--out", "/no/such/folder/net.svg"]);
    assert_eq!(nowhere.code, Some(2), "{nowhere:#?}");
    assert!(
        nowhere.stderr.contains("cannot write drawing"),
        "{nowhere:#?}"
    );
}

#[test]
fn a_plan_is_drawn_as_networks_and_as_steps() {
    let plan = landbridge(&["graph", &example(), "--of", "plan", "--simulate"]);
    drawn(&plan, "svg");
    assert!(
        plan.stdout.contains("45 to create, 0 to delete"),
        "{plan:#?}"
    );
    assert!(plan.stdout.contains(">+ new<"), "{plan:#?}");
    for (language, start) in [("mermaid", "flowchart LR\n"), ("dot", "digraph plan {")] {
        let args = ["graph", "--simulate", "--of", "steps", "--format", language];
        let steps = landbridge(&[&args[..], &[&example()]].concat());
        assert_eq!(steps.code, Some(0), "{steps:#?}");
        assert!(steps.stdout.starts_with(start), "{steps:#?}");
    }
}

// What a cloud offers is known without it, and must be what its backend says.
#[test]
fn a_picture_without_a_cloud_has_the_links_of_one_with_it() {
    let keys = |file: &str, more: &[&str]| {
        let args = [&["--format", "json", "graph", file][..], more].concat();
        let run = landbridge(&args);
        assert_eq!(run.code, Some(0), "{run:#?}");
        let document = run.document();
        let links = document["picture"]["links"]
            .as_array()
            .expect("links")
            .iter();
        let keys: Vec<String> = links.map(|link| link["key"].to_string()).collect();
        assert!(!keys.is_empty());
        keys
    };
    let mut files = vec![
        changed("    model: hub\n", "    model: mesh\n"),
        changed("    model: hub\n", "    model: hub\n"),
    ];
    if cfg!(feature = "aws") {
        let mesh = root().join("examples/topologies/aws-mesh.yaml");
        let text = std::fs::read_to_string(mesh).expect("the example");
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), text.replace("    model: mesh\n", "")).expect("written");
        files.push(file);
    }
    for file in &files {
        let planned = keys(path(file), &["--of", "plan", "--simulate"]);
        assert_eq!(keys(path(file), &[]), planned);
    }
}

#[test]
fn a_model_that_is_left_open_is_told() {
    let open = changed("    model: hub\n", "");
    let note = "the model of interconnect backbone is left open: a plan chooses it";
    let run = landbridge(&["--format", "json", "graph", path(&open)]);
    assert_eq!(
        run.document()["picture"]["notes"],
        serde_json::json!([note])
    );
    let decided = landbridge(&["--format", "json", "graph", &example()]);
    let notes = &decided.document()["picture"]["notes"];
    assert!(notes.as_array().is_none_or(Vec::is_empty), "{decided:#?}");
}

#[test]
fn a_refused_plan_is_not_drawn() {
    let file = changed("10.0.", "172.16.");
    let run = landbridge(&["graph", path(&file), "--of", "plan", "--simulate"]);
    assert_eq!(run.code, Some(3), "{run:#?}");
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("preflight"), "{run:#?}");
}

#[test]
fn formats_that_a_command_does_not_have_are_refused() {
    for (args, told) in [
        (
            &["graph", "x", "--format", "png"][..],
            "[possible values: svg, mermaid, dot, json]",
        ),
        (
            &["validate", "x", "--format", "svg"],
            "[possible values: text, json]",
        ),
        (
            &["--format", "text", "graph", "x"],
            "expected `svg`, `mermaid`, `dot` or `json`",
        ),
        (
            &["graph", "x", "--of", "steps"],
            "expected `--format mermaid` or `--format dot`",
        ),
    ] {
        let run = landbridge(args);
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert!(run.stderr.contains(told), "{run:#?}");
        assert_eq!(run.stdout, "");
    }
}

/// The topology of [`peered`], whose accounts have the keys of the world.
fn others() -> tempfile::NamedTempFile {
    let network = |number: u8, account: &str| {
        format!(
            "{{ name: vpc{number}, account: {account}, region: cn-hangzhou, range: 10.{number}.0.0/16 }}"
        )
    };
    let account = |name: &str, id: &str, prefix: &str| {
        format!("{{ name: {name}, cloud: aliyun, id: \"{id}\", credentials: {{ env: {prefix} }} }}")
    };
    let text = format!(
        "{{ name: others, accounts: [{}, {}], networks: [{}, {}],
           interconnects: [{{ name: pair, owner: a, members: [vpc1, vpc2], model: mesh }}] }}",
        account("a", A, "A"),
        account("b", B, "B"),
        network(1, "a"),
        network(2, "b"),
    );
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("it can be written");
    file
}

#[test]
fn what_is_there_is_drawn_with_its_verdict() {
    let world = World::start();
    let file = others();
    let graph = |subject: &str| {
        let mut client = world.client();
        run(client.args(["graph", path(&file), "--of", subject]))
    };
    let blocked = graph("verdict");
    assert_eq!(blocked.code, Some(5), "{blocked:#?}");
    for expected in [
        "0 of 2 ordered pairs reachable by configuration; no ping sent",
        ">✕ blocked<",
        "vpc1 → vpc2 blocked at vpc1: ",
    ] {
        assert!(
            blocked.stdout.contains(expected),
            "{expected}: {blocked:#?}"
        );
    }
    let (left, _, peering) = peered(&world);
    let open = graph("verdict");
    drawn(&open, "svg");
    assert!(open.stdout.contains("2 of 2 ordered pairs"), "{open:#?}");
    assert!(open.stdout.contains(">✓ open<") && !open.stdout.contains(">✕ blocked<"));
    let found = graph("discovered");
    drawn(&found, "svg");
    for expected in [">Discovered in 2 places<", &format!(">{left}<"), &peering] {
        assert!(found.stdout.contains(expected), "{expected}: {found:#?}");
    }
    let plan = graph("plan");
    drawn(&plan, "svg");
    assert!(plan.stdout.contains("nothing to do"), "{plan:#?}");
    assert!(
        plan.stdout.contains(">vpc1<"),
        "the networks are drawn all the same"
    );
}

#[cfg(feature = "aws")]
#[test]
fn a_mesh_of_many_is_one_element_that_says_how_many_connections_it_has() {
    let file = root().join("examples/topologies/aws-mesh.yaml");
    let run = landbridge(&["graph", file.to_str().expect("UTF-8")]);
    drawn(&run, "svg");
    assert!(
        run.stdout.contains(">every two of 10: 45 connections<"),
        "{run:#?}"
    );
}
