//! Instances, and what this cloud does not have.

mod common;

use common::*;
use landbridge_core::{
    Compute, ErrorKind, Grant, Hub, Phase, RunInstance, Select, Service, ServiceStatus,
};

#[tokio::test]
async fn instances_are_run_once_and_forgotten_when_terminated() {
    let server = server().await;
    let instance = |state: &str, ends: &str| {
        format!(
            "<instanceId>i-1</instanceId><instanceState><name>{state}</name></instanceState>{ends}\
             <groupSet><item><groupId>sg-1</groupId></item></groupSet>"
        )
    };
    let ends = "<vpcId>vpc-1</vpcId><subnetId>subnet-1</subnetId><privateIpAddress>10.0.0.10</privateIpAddress>";
    answers(
        &server,
        "RunInstances",
        &items("instancesSet", &[instance("pending", ends)]),
    )
    .await;
    let listed = items(
        "instancesSet",
        &[instance("terminated", ""), instance("running", ends)],
    );
    answers(
        &server,
        "DescribeInstances",
        &items("reservationSet", &[listed]),
    )
    .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let request = RunInstance::new(
        label("instance/i"),
        "subnet-1".into(),
        vec!["sg-1".into()],
        "t3.nano",
        "ami-1",
    );
    let instance = cloud.run_instance(&request).await.expect("started");
    assert_eq!(instance.status.phase, Phase::Pending);
    let form = sent(&server, "RunInstances").await;
    assert!(form.contains_key("ClientToken"), "{form:?}");
    let listed = cloud
        .list_instances(&Select::id("i-1"))
        .await
        .expect("lists");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].address, "10.0.0.10".parse().ok());
}

#[tokio::test]
async fn what_the_cloud_does_not_have_is_unsupported_or_empty_and_sends_nothing() {
    let server = server().await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    assert_eq!(
        cloud
            .delete_hub(&"h".into())
            .await
            .expect_err("none")
            .kind(),
        ErrorKind::Unsupported
    );
    assert!(
        cloud
            .list_hubs(&Select::All)
            .await
            .expect("lists")
            .is_empty()
    );
    assert!(
        cloud
            .list_received_grants(&"h".into())
            .await
            .expect("lists")
            .is_empty()
    );
    let status = cloud
        .service_status(landbridge_core::CloudService::Hub)
        .await
        .expect("read");
    assert_eq!(status, ServiceStatus::Open);
    assert!(actions(&server).await.is_empty());
}
