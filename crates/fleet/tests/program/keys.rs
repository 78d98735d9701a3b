//! Whose keys are used, and where none of them appears.

use landbridge_sim::{AccountKeys, RoleSpec};

use crate::common::{A, B, Running, World, secret, small, text};

/// Submits a topology, and gives how it stands in the end.
fn settled(world: &World, key: &str, account: &str, credentials: &str) -> serde_json::Value {
    let file = world.write(&format!("{key}.yaml"), &small(key, account, credentials));
    let run = world.order(&["submit", text(&file), "--wait", "90", "--json"]);
    run.document()
}

fn failure(status: &serde_json::Value) -> String {
    assert_eq!(status["phase"], "failed", "{status:#}");
    status["outcome"].to_string()
}

fn with_own_keys(command: &mut std::process::Command, keys: &AccountKeys) {
    command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", &keys.access_key_id);
    command.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &keys.access_key_secret);
}

#[test]
fn each_tenant_has_secrets_of_its_own_and_none_appears_anywhere() {
    let world = World::start(600.0);
    world.write("secrets/acme/site", &secret(&world.a));
    world.write("secrets/beta/site", &secret(&world.b));
    world.write("secrets/beta/open", &secret(&world.b));
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(world.path("secrets/beta/open"), open).expect("set");
    let mut command = world.worker_without_keys();
    command.arg("--secrets").arg(world.path("secrets"));
    let mut worker = Running::start(&mut command);

    let named = "{ secret: site }";
    let one = settled(&world, "acme_site", A, named);
    assert_eq!(one["phase"], "ready", "{one:#}\n{}", worker.text());
    let two = settled(&world, "beta_site", B, named);
    assert_eq!(two["phase"], "ready", "{two:#}\n{}", worker.text());
    // The same name is another tenant's file, so its keys are of another account.
    let stolen = failure(&settled(&world, "acme_stolen", B, named));
    assert!(stolen.contains("identity/"), "{stolen}");
    let absent = failure(&settled(&world, "acme_absent", A, "{ secret: other }"));
    assert!(absent.contains("acme/other"), "{absent}");
    let open = failure(&settled(&world, "beta_open", B, "{ secret: open }"));
    assert!(open.contains("chmod"), "{open}");
    assert_eq!(worker.end(), Some(0));

    let texts = [world.stored(), worker.text()];
    for keys in [&world.a, &world.b] {
        for text in &texts {
            assert!(!text.contains(&keys.access_key_secret), "a secret was kept");
        }
    }
    assert!(worker.text().contains("acme_site"), "the log is not empty");
}

#[test]
fn the_workers_own_keys_assume_roles_for_the_tenant_that_they_trust() {
    let world = World::start(600.0);
    let role = RoleSpec::new(B, "landbridge")
        .trust(A)
        .external_id("landbridge:acme");
    assert!(world.simulator.provision_role(role));
    let mut command = world.worker_without_keys();
    with_own_keys(&mut command, &world.a);
    let mut worker = Running::start(&mut command);

    let arn = format!("acs:ram::{B}:role/landbridge");
    let assumed = format!("{{ assume-role: {{ role: '{arn}' }} }}");
    let status = settled(&world, "acme_site", B, &assumed);
    assert_eq!(status["phase"], "ready", "{status:#}\n{}", worker.text());
    // Another tenant that names the role sends an external ID that the role does not trust.
    failure(&settled(&world, "beta_site", B, &assumed));
    let named = assumed.replace(" } }", ", external-id: 'landbridge:acme' } }");
    let told = failure(&settled(&world, "beta_named", B, &named));
    assert!(told.contains("expected `landbridge:beta`"), "{told}");
    // Nor may it act in the worker's own account.
    let told = failure(&settled(&world, "beta_own", A, "default"));
    assert!(told.contains("--own-keys-for"), "{told}");
    assert_eq!(worker.end(), Some(0));
    let writes = world.simulator.calls();
    let writes = writes
        .iter()
        .filter(|call| call.write && call.status == 200);
    assert!(
        writes.clone().all(|call| call.account == B),
        "never in its own account"
    );
    assert!(writes.count() > 0);
}

#[test]
fn a_tenant_that_is_trusted_uses_the_workers_own_keys() {
    let world = World::start(600.0);
    let mut command = world.worker_without_keys();
    with_own_keys(&mut command, &world.a);
    let mut worker = Running::start(command.args(["--own-keys-for", "acme"]));
    let status = settled(&world, "acme_site", A, "default");
    assert_eq!(status["phase"], "ready", "{status:#}\n{}", worker.text());
    failure(&settled(&world, "beta_site", A, "default"));
    assert_eq!(worker.end(), Some(0));
}
