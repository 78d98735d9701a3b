//! Commands on instances, by Systems Manager.

use std::time::Duration;

use landbridge_core::{
    Clock, Cloud, CommandState, Compute, Disk, ErrorKind, InstanceId, RunCommand, RunInstance,
    Token,
};

use super::stage::{A, HERE, Stage, label};

fn ping(instance: &str, token: &str) -> RunCommand {
    RunCommand::new(
        instance.into(),
        "ping -c 4 -W 2 10.2.0.10",
        Token::derive(&[token]),
    )
}

fn ids(ids: &[&str]) -> Vec<InstanceId> {
    ids.iter().copied().map(InstanceId::from).collect()
}

#[tokio::test]
async fn commands_are_sent_once_and_followed_to_their_end() {
    let stage = Stage::written("commands").await;
    let cloud = stage.cloud(A, HERE);
    agents(&cloud).await;
    let sent = cloud.run_command(&ping("i-0a", "first")).await;
    let id = sent.expect("sent");
    assert_eq!(id.as_str(), "11111111-2222-4333-8444-555555555501");
    let again = cloud.run_command(&ping("i-0a", "first")).await;
    assert_eq!(again.expect("known"), id);

    let instance = InstanceId::from("i-0a");
    let output = async || cloud.command_output(&instance, &id).await.expect("told");
    let unknown_yet = CommandState::Running("InvocationDoesNotExist".to_owned());
    assert_eq!(output().await.state, unknown_yet);
    let under_way = CommandState::Running("InProgress".to_owned());
    assert_eq!(output().await.state, under_way);
    let lost = output().await;
    assert_eq!(lost.state, CommandState::Exited(1));
    assert!(lost.text.contains("0 received"), "{}", lost.text);
    let late = CommandState::Aborted("DeliveryTimedOut".to_owned());
    assert_eq!(output().await.state, late);
    stage.clock.sleep(Duration::from_secs(11)).await;
    let unknown = cloud.command_output(&instance, &id).await;
    assert_eq!(unknown.expect_err("unknown").kind(), ErrorKind::NotFound);

    refused_and_lost(&cloud).await;
    image_of_a_parameter(&cloud).await;
    stage.end();
}

// The root device of an image is asked for by its ID.
async fn image_of_a_parameter(cloud: &impl Cloud) {
    let image = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
    let disk = Disk {
        category: "gp3".to_owned(),
        size_gib: 8,
    };
    let groups = vec!["sg-1".into()];
    let request = RunInstance::new(
        label("i", "instance/i"),
        "subnet-1".into(),
        groups,
        "t3.nano",
        image,
    );
    let refused = cloud.run_instance(&request.with_disk(disk)).await;
    let refused = refused.expect_err("not in this region");
    assert!(refused.message().contains("ami-0c0ffee0"), "{refused}");
}

async fn agents(cloud: &impl Cloud) {
    let both = ids(&["i-0a", "i-0b"]);
    assert_eq!(
        cloud.agents_ready(&both).await.expect("told"),
        [true, false]
    );
    let other = ids(&["i-0b"]);
    assert_eq!(cloud.agents_ready(&other).await.expect("told"), [false]);
    let torn = cloud.agents_ready(&other).await;
    assert_eq!(torn.expect("whole the second time"), [false]);
    let denied = cloud.agents_ready(&other).await.expect_err("denied");
    assert_eq!(
        (denied.kind(), denied.operation()),
        (
            ErrorKind::PermissionDenied,
            Some("DescribeInstanceInformation")
        )
    );
    let silent = cloud.agents_ready(&other).await.expect_err("no answer");
    assert_eq!(silent.kind(), ErrorKind::Unavailable);
    assert!(!silent.is_retryable(), "{silent}");
    assert!(
        silent.message().contains("does not answer for agents"),
        "{silent}"
    );
}

async fn refused_and_lost(cloud: &impl Cloud) {
    let refused = cloud.run_command(&ping("i-0c", "refused")).await;
    let refused = refused.expect_err("refused");
    assert_eq!(
        (refused.kind(), refused.code()),
        (ErrorKind::Refused, Some("InvalidInstanceId"))
    );
    let remedy = refused.remedy().unwrap_or_default();
    assert!(remedy.contains("instance profile"), "{refused}");
    let found = cloud.run_command(&ping("i-0a", "lost")).await;
    let found = found.expect("found again");
    assert_eq!(found.as_str(), "11111111-2222-4333-8444-555555555502");
    let denied = cloud.run_command(&ping("i-0a", "denied")).await;
    let denied = denied.expect_err("denied");
    assert_eq!(
        (denied.kind(), denied.code()),
        (ErrorKind::PermissionDenied, Some("AccessDeniedException"))
    );
    let missing = cloud.run_command(&ping("i-0a", "missing")).await;
    let missing = missing.expect_err("nothing is known of it");
    assert_eq!(missing.kind(), ErrorKind::OutcomeUnknown);
}
