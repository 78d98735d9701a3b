//! What agents on instances need: a role in an instance profile, and endpoints of services.

use landbridge_core::{
    AgentRoleId, Agents, Compute, CreateServiceEndpoint, ErrorKind, Phase, RunInstance, Select,
};

use super::stage::{A, HERE, Stage, label};

const NAME: &str = "landbridge-agent-recorded";

#[tokio::test]
async fn a_role_of_agents_is_completed_and_an_endpoint_is_told_from_others() {
    let stage = Stage::written("agents").await;
    let cloud = stage.cloud(A, HERE);
    let wanted = label("recorded", "agent-role/100000000011");
    let made = cloud.ensure_agent_role(&wanted).await.expect("made");
    assert_eq!(made.id.as_str(), NAME);
    let ours = Select::Topology("recorded".to_owned());
    let listed = cloud.list_agent_roles(&ours).await.expect("listed");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].status.phase, Phase::Ready);
    assert_eq!(listed[0].owner.as_ref(), Some(&wanted.owner));

    let unknown = cloud.ensure_agent_role(&wanted).await;
    assert_eq!(unknown.expect_err("not yet").kind(), ErrorKind::Busy);
    let completed = cloud.ensure_agent_role(&wanted).await;
    assert_eq!(completed.expect("completed").id.as_str(), NAME);
    let foreign = cloud.ensure_agent_role(&wanted).await;
    let foreign = foreign.expect_err("of others");
    assert_eq!(foreign.kind(), ErrorKind::AlreadyExists);
    assert!(foreign.message().contains("instance profile"), "{foreign}");

    endpoints(&cloud).await;
    instance(&cloud).await;
    cloud.delete_agent_role(&NAME.into()).await.expect("gone");
    cloud.delete_agent_role(&NAME.into()).await.expect("absent");
    stage.end();
}

async fn endpoints(cloud: &impl Agents) {
    let request = CreateServiceEndpoint::new(
        label("n ssm", "service-endpoint/n/ssm"),
        "ssm",
        "vpc-1".into(),
        "subnet-1".into(),
        vec!["sg-1".into()],
    );
    let made = cloud.create_service_endpoint(&request).await.expect("made");
    assert_eq!(made.status.phase, Phase::Pending);
    let listed = cloud.list_service_endpoints(&Select::All).await;
    let listed = listed.expect("listed");
    assert_eq!(listed.len(), 1, "a gateway takes no names: {listed:?}");
    let one = &listed[0];
    assert_eq!((one.service.as_str(), one.name.as_str()), ("ssm", "n ssm"));
    assert_eq!(one.status.phase, Phase::Ready);
    assert_eq!(one.interfaces, ["eni-1".into()]);
    let id = one.id.clone();
    cloud.delete_service_endpoint(&id).await.expect("absent");
    let refused = cloud.delete_service_endpoint(&id).await;
    let refused = refused.expect_err("refused");
    assert_eq!(
        (refused.kind(), refused.code(), refused.operation()),
        (
            ErrorKind::PermissionDenied,
            Some("OperationNotPermitted"),
            Some("DeleteVpcEndpoints")
        )
    );
}

async fn instance(cloud: &impl Compute) {
    let groups = vec!["sg-1".into()];
    let request = RunInstance::new(
        label("i", "instance/i"),
        "subnet-1".into(),
        groups,
        "t3.nano",
        "ami-1",
    );
    let request = request.with_agent_role(AgentRoleId::from(NAME));
    let early = cloud
        .run_instance(&request)
        .await
        .expect_err("not known yet");
    assert_eq!(early.kind(), ErrorKind::Busy, "{early}");
}
