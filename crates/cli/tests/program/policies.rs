//! `landbridge policy`, and what is said where a permission is missing.

use landbridge_sim::AccountSpec;
use serde_json::Value;

use crate::common::{A, World, changed, example, landbridge, path, run};

#[test]
fn the_policies_of_a_file_are_shown_without_credentials() {
    let shown = landbridge(&["policy", &example()]);
    assert_eq!(shown.code, Some(0), "{shown:#?}");
    for part in [
        "account a (aliyun 1234567890123456)",
        "account b (aliyun 1234567890123457)",
        "for planning only",
        "for the whole life",
        "on acs:vpc:cn-qingdao:1234567890123456:*",
        "cen:CreateTransitRouterVpcAttachment",
        "only if the service is closed",
        "note: RAM is not asked for tags here",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {shown:#?}");
    }
    // No two networks of this file are peered.
    assert!(
        !shown.stdout.contains("CreateVpcPeerConnection"),
        "{shown:#?}"
    );

    let args = [
        "policy",
        &example(),
        "--account",
        "b",
        "--for",
        "plan",
        "--format",
        "json",
    ];
    let document = landbridge(&args).document();
    let accounts = document["policies"].as_array().expect("accounts");
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0]["name"], "b");
    let documents = accounts[0]["documents"].as_array().expect("documents");
    assert_eq!(documents.len(), 1);
    let statements = &documents[0]["document"]["Statement"];
    let actions = statements[0]["Action"].as_array().expect("actions");
    assert!(actions.contains(&Value::from("vpc:DescribeVpcs")));
    assert!(!statements.to_string().contains("Create"), "{statements}");
}

#[test]
fn an_account_that_the_file_does_not_have_is_refused() {
    let refused = landbridge(&["policy", &example(), "--account", "c"]);
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    let expected = "invalid account `c`: expected the name of an account of the file";
    assert!(refused.stderr.contains(expected), "{refused:#?}");
}

#[test]
fn documents_are_written_with_the_commands_that_create_the_policies() {
    let directory = tempfile::tempdir().expect("a directory");
    let out = directory.path().join("policies");
    let out = out.to_str().expect("UTF-8");
    let file = changed(
        "      env: LANDBRIDGE_B\n",
        "      assume-role:\n        from: a\n        role: acs:ram::1234567890123457:role/landbridge\n        external-id: x-7\n",
    );
    let written = landbridge(&["policy", path(&file), "--out", out, "--format", "json"]);
    assert_eq!(written.code, Some(0), "{written:#?}");
    let document = written.document();
    let files = document["policy_files"].as_array().expect("files");
    let read = |name: &str| -> Value {
        let path = format!("{out}/cen-two-accounts-{name}.json");
        let of_file = files.iter().find(|one| one["file"] == path.as_str());
        let command = of_file.expect("told")["command"].as_str().expect("text");
        assert!(command.starts_with("aliyun ram Create"), "{command}");
        assert!(command.contains(&path), "{command}");
        let text = std::fs::read_to_string(&path).expect("written");
        serde_json::from_str(&text).expect("JSON")
    };
    for name in ["a-plan", "a-life", "b-plan", "b-life"] {
        let document = read(name);
        assert_eq!(document["Version"], "1", "{name}");
        let assumes = document.to_string().contains("sts:AssumeRole");
        assert_eq!(assumes, name.starts_with('a'), "{name}");
    }
    let trust = &read("b-trust")["Statement"][0];
    assert_eq!(
        trust["Principal"]["RAM"][0],
        "acs:ram::1234567890123456:root"
    );
    assert_eq!(trust["Condition"]["StringEquals"]["sts:ExternalId"], "x-7");
    assert_eq!(files.len(), 5);
}

#[test]
fn a_missing_permission_ends_a_command_with_one_error_that_names_action_and_policy() {
    for (command, action, code) in [
        ("plan", "vpc:DescribeVpcs", 1),
        ("apply", "vpc:CreateVpc", 4),
    ] {
        let mut world = World::start();
        let policy = format!(
            r#"{{"Version": "1", "Statement": [
            {{"Effect": "Allow", "Action": "*", "Resource": "*"}},
            {{"Effect": "Deny", "Action": "{action}", "Resource": "*"}}]}}"#
        );
        world.provision("C", AccountSpec::new("aliyun", A).policy(policy));
        let keys: Vec<_> = world
            .keys("C", "LANDBRIDGE_A")
            .chain(world.keys("B", "LANDBRIDGE_B"))
            .map(|(name, value)| (name, value.to_owned()))
            .collect();
        let mut client = world.client();
        client.envs(keys).args([command, &example(), "--yes"]);
        client.env("LANDBRIDGE_PASSWORD", "Canary-7-secret");
        let refused = run(&mut client);
        assert_eq!(refused.code, Some(code), "{refused:#?}");
        let hints = refused.stderr.matches("landbridge policy").count();
        assert_eq!(hints, 1, "{refused:#?}");
        let told = refused.stderr.rsplit("error: ").next().unwrap_or_default();
        let operation = action.split(':').next_back().unwrap_or(action);
        let tried = format!("tried {operation} in aliyun:{A}:");
        let hint = format!("`landbridge policy {} --account a`", example());
        for part in [action, tried.as_str(), hint.as_str(), "caller SubUser"] {
            assert!(told.contains(part), "{part}: {refused:#?}");
        }
    }
}
