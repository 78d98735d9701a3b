use super::lab::{A, B, HANGZHOU, builder, cloud, label, place, range};
use crate::error::ErrorKind;
use crate::ids::CloudName;
use crate::memory::MemoryAccount;
use crate::object::{Kind, OpKind};
use crate::traits::{AssumeRole, CloudProvider, CreateNetwork, IdentityKind, Scope};

#[tokio::test]
async fn wrong_credentials_show_in_the_identity_and_write_nothing() {
    let provider = builder()
        .with_account(MemoryAccount::new(A).with_actual(B))
        .build();
    let cloud = cloud(&provider, A, HANGZHOU).await;
    assert_eq!(cloud.caller_identity().await.unwrap().account.as_str(), B);
    let seen = cloud.inventory(&Scope::new("lab")).await.unwrap();
    assert_eq!(seen.identity.account.as_str(), B);
    assert!(seen.services.is_empty() && seen.hub_zones.is_empty());
    let request = CreateNetwork::new(label("one"), range("10.0.0.0/16"));
    let error = cloud.create_network(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(provider.objects(), [""; 0]);
}

#[tokio::test]
async fn there_is_no_handle_without_credentials_or_for_another_cloud() {
    let provider = builder()
        .with_account(MemoryAccount::new(B).without_credentials())
        .build();
    let refused = provider.cloud(&place(B, HANGZHOU)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unauthenticated);
    let mut elsewhere = place(A, HANGZHOU);
    elsewhere.cloud = CloudName::from_static("aws");
    let refused = provider.cloud(&elsewhere).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn roles_are_assumed_by_those_they_trust_and_never_by_root() {
    let provider = builder()
        .with_account(MemoryAccount::new(B).with_kind(IdentityKind::Root))
        .with_external_trust("role", A, "secret")
        .with_trust("role", B)
        .build();
    let (user, root) = (
        cloud(&provider, A, HANGZHOU).await,
        cloud(&provider, B, HANGZHOU).await,
    );
    let request = AssumeRole::new("role", "session");
    let refused = user.assume_role(&request).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    let known = request.clone().with_external_id("secret");
    user.assume_role(&known).await.unwrap();
    let refused = root.assume_role(&request).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
}

#[test]
fn every_kind_of_step_names_its_permission() {
    let provider = builder().build();
    let permissions = &provider.capabilities().permissions;
    assert_eq!(permissions.len(), OpKind::all().count());
    assert_eq!(
        permissions[&OpKind::create(Kind::Network)],
        ["memory:create-network"]
    );
}
