//! The files of `deploy`: well formed, and what must hold of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy")
        .join(name)
}

fn files(name: &str, extension: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder(name)).expect("the folder");
    let mut files: Vec<(String, String)> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|one| one == extension))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), fs::read_to_string(&path).expect("text"))
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{name}");
    files
}

/// All documents for Kubernetes.
fn documents() -> Vec<Value> {
    let files = files("kubernetes", "yaml");
    let documents = files.iter().flat_map(|(name, text)| {
        let texts = text.split("\n---\n").map(str::to_owned);
        let name = name.clone();
        texts.map(move |text| {
            serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
        })
    });
    documents.collect()
}

fn of_kind<'d>(documents: &'d [Value], kinds: &[&str]) -> Vec<&'d Value> {
    let is = |one: &&Value| kinds.iter().any(|kind| one["kind"] == *kind);
    documents.iter().filter(is).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Pod templates by the `app` label of their pods.
fn pods(documents: &[Value]) -> Vec<(&str, &Value)> {
    let workloads = of_kind(documents, &["Deployment", "StatefulSet"]);
    let pods = workloads.into_iter().map(|workload| {
        let template = &workload["spec"]["template"];
        let app = template["metadata"]["labels"]["app"].as_str();
        (app.expect("a label"), &template["spec"])
    });
    pods.collect()
}

fn ports_of(pod: &Value) -> BTreeSet<u64> {
    let ports = list(&pod["containers"][0]["ports"]);
    ports
        .iter()
        .filter_map(|port| port["containerPort"].as_u64())
        .collect()
}

#[test]
fn every_file_is_named_where_it_is_applied() {
    let documents = documents();
    let kustomization = of_kind(&documents, &["Kustomization"]);
    let applied: BTreeSet<&str> = list(&kustomization[0]["resources"])
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let files = files("kubernetes", "yaml");
    let there = files.iter().map(|(name, _)| name.as_str());
    let there: BTreeSet<&str> = there.filter(|name| *name != "kustomization.yaml").collect();
    assert_eq!(applied, there);
}

#[test]
fn images_are_placeholders_and_secrets_are_named_only() {
    let documents = documents();
    assert_eq!(pods(&documents).len(), 3);
    for (app, pod) in pods(&documents) {
        let image = pod["containers"][0]["image"].as_str().expect("an image");
        let known = ["landbridge-fleet-image", "restate-image"];
        assert!(known.contains(&image), "{app}: {image}");
        let page = include_str!("../../../../docs/FLEET-OPERATING.md");
        assert!(
            page.contains(&format!("`{image}`")),
            "{image} is documented"
        );
        for variable in list(&pod["containers"][0]["env"]) {
            let name = variable["name"].as_str().expect("a name");
            assert!(
                !name.contains("KEY") && !name.contains("SECRET"),
                "{app}: {name}"
            );
        }
        for volume in list(&pod["volumes"]) {
            if let Some(secret) = volume["secret"].as_object() {
                let name = secret["secretName"].as_str().expect("a name");
                let name = name.replace("-acme", "-TENANT");
                assert!(page.contains(&format!("`{name}`")), "{name} is documented");
                assert_eq!(secret["defaultMode"], 0o440, "{name}");
            }
        }
    }
    assert!(of_kind(&documents, &["Secret"]).is_empty());
}

#[test]
fn pods_have_few_rights_bounds_and_probes() {
    let documents = documents();
    for (app, pod) in pods(&documents) {
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{app}");
        assert_eq!(pod["automountServiceAccountToken"], false, "{app}");
        let container = &pod["containers"][0];
        let rights = &container["securityContext"];
        assert_eq!(rights["readOnlyRootFilesystem"], true, "{app}");
        assert_eq!(rights["allowPrivilegeEscalation"], false, "{app}");
        assert_eq!(rights["capabilities"]["drop"][0], "ALL", "{app}");
        assert!(
            container["resources"]["limits"]["memory"].is_string(),
            "{app}"
        );
        for probe in ["readinessProbe", "livenessProbe"] {
            let how = match app {
                "landbridge-api" => "httpGet",
                _ => "tcpSocket",
            };
            let port = container[probe][how]["port"].as_str();
            let named = list(&container["ports"]).iter();
            assert!(
                named.clone().any(|one| one["name"].as_str() == port),
                "{app}: {probe}"
            );
        }
        let budgets = of_kind(&documents, &["PodDisruptionBudget"]);
        let mut budgets = budgets.iter();
        let matches = |one: &&Value| one["spec"]["selector"]["matchLabels"]["app"] == app;
        assert!(budgets.any(matches), "{app} has a disruption budget");
    }
    let worker = pods(&documents)
        .into_iter()
        .find(|(app, _)| *app == "landbridge-worker");
    let grace = &worker.expect("workers").1["terminationGracePeriodSeconds"];
    assert!(
        grace.as_u64() > Some(60),
        "a worker settles its runs within 40 s, and needs up to 20 s more"
    );
}

#[test]
fn ports_agree() {
    let documents = documents();
    for (app, pod) in pods(&documents) {
        let ports = ports_of(pod);
        let args = list(&pod["containers"][0]["args"]);
        let asks = args.iter().any(|arg| arg == "http://restate:8080");
        let is_ours = args.iter().any(|arg| arg == "worker" || arg == "api");
        assert!(
            asks || !is_ours,
            "they ask the service of Restate: {args:?}"
        );
        let listen = args.iter().position(|arg| arg == "--listen");
        if let Some(listen) = listen {
            let address = args[listen + 1].as_str().expect("an address");
            let port: u64 = address
                .rsplit(':')
                .next()
                .expect("a port")
                .parse()
                .expect("a number");
            assert_eq!(ports, BTreeSet::from([port]), "{app}");
        }
        for service in of_kind(&documents, &["Service"]) {
            if service["spec"]["selector"]["app"] == app {
                let named = list(&pod["containers"][0]["ports"]);
                for port in list(&service["spec"]["ports"]) {
                    let target = named.iter().any(|one| one["name"] == port["targetPort"]);
                    assert!(target, "{app}: {port}");
                }
            }
        }
    }
}

/// Who may connect to a port of the pods of an app; everyone is `*`.
fn may_connect(documents: &[Value], app: &str, port: u64) -> BTreeSet<String> {
    let policies = of_kind(documents, &["NetworkPolicy"]).into_iter();
    let of_app = policies.filter(|one| one["spec"]["podSelector"]["matchLabels"]["app"] == app);
    let rules = of_app.flat_map(|one| list(&one["spec"]["ingress"]));
    let rules = rules.filter(|rule| list(&rule["ports"]).iter().any(|one| one["port"] == port));
    let from = rules.flat_map(|rule| match list(&rule["from"]) {
        [] => vec!["*".to_owned()],
        from => from
            .iter()
            .map(|one| {
                one["podSelector"]["matchLabels"]["app"]
                    .as_str()
                    .unwrap_or("*")
                    .to_owned()
            })
            .collect(),
    });
    from.collect()
}

#[test]
fn only_who_must_reaches_a_port() {
    let documents = documents();
    let everything = of_kind(&documents, &["NetworkPolicy"]);
    let denies = |one: &&&Value| {
        let spec = &one["spec"];
        spec["podSelector"] == serde_json::json!({}) && spec["ingress"].is_null()
    };
    assert_eq!(
        everything.iter().filter(denies).count(),
        1,
        "nothing is open by itself"
    );
    let expected: [(&str, u64, &[&str]); 4] = [
        (
            "landbridge-restate",
            8080,
            &["landbridge-api", "landbridge-worker"],
        ),
        (
            "landbridge-restate",
            9070,
            &["landbridge-api", "landbridge-register"],
        ),
        ("landbridge-worker", 9081, &["landbridge-restate"]),
        ("landbridge-api", 8443, &["*"]),
    ];
    for (app, port, who) in expected {
        let who: BTreeSet<String> = who.iter().map(|one| (*one).to_owned()).collect();
        assert_eq!(may_connect(&documents, app, port), who, "{app}:{port}");
    }
    for (app, pod) in pods(&documents) {
        let known = expected
            .iter()
            .filter(|(of, ..)| *of == app)
            .map(|(_, port, _)| *port);
        assert_eq!(
            ports_of(pod),
            known.collect(),
            "{app}: every port has a rule"
        );
    }
}

#[test]
fn units_have_a_user_bounds_and_the_loopback_address() {
    let units = files("systemd", "service");
    assert_eq!(units.len(), 3);
    for (name, text) in units {
        let value = |key: &str| {
            let mut lines = text.lines();
            lines.find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
        };
        let user = value("User").unwrap_or_else(|| panic!("{name} has a user"));
        assert_ne!(user, "root");
        assert_eq!(value("Restart"), Some("always"), "{name}");
        assert_eq!(value("NoNewPrivileges"), Some("yes"), "{name}");
        assert_eq!(value("ProtectSystem"), Some("strict"), "{name}");
        let stop = value("TimeoutStopSec").and_then(|time| time.strip_suffix('s'));
        let stop: u64 = stop.expect("a time").parse().expect("seconds");
        assert!(
            stop >= if name.contains("worker") { 75 } else { 30 },
            "{name}"
        );
        assert_eq!(value("LimitNOFILE"), Some("65536"), "{name}");
        let command = value("ExecStart").expect("a command");
        if name.contains('@') {
            assert!(
                command.contains("--share-port"),
                "{name}: instances share an address"
            );
        }
        if let Some((_, listen)) = command.split_once("--listen ") {
            assert!(listen.starts_with("127.0.0.1:"), "{name}: {command}");
        }
    }
    let restate = fs::read_to_string(folder("systemd/restate.toml")).expect("the file");
    assert!(restate.contains("bind-ip = \"127.0.0.1\""), "{restate}");
}

#[test]
fn scripts_are_well_formed() {
    let run = crate::common::finished(
        std::process::Command::new("bash")
            .arg("-n")
            .arg(folder("local.sh")),
    );
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let run = crate::common::finished(std::process::Command::new("bash").arg(folder("local.sh")));
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("deploy/local.sh FOLDER"), "{run:#?}");
}
