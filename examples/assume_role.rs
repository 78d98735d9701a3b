//! Lets account a act in account b through a role: b makes a role that trusts one user of a under an external id and may
//! do only what it is for; a waits until the role is known everywhere, works through it, and is refused all else.
//!
//! It runs on the simulator, on the simulator's own time, so that it needs no account and takes seconds:
//!
//! ```sh
//! cargo run --example assume_role --features aliyun
//! ```

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use landbridge::aliyun::Aliyun;
use landbridge::aliyun::credential::{AssumeRoleCredentials, StaticCredentials};
use landbridge::core::retry::Patience;
use landbridge::core::trust::wait_for_trust;
use landbridge::core::{
    AssumeRole, CloudProvider, CreateNetwork, EnsureTrust, Label, Owner, Permissions, Principal,
    Select, Token,
};
use landbridge_sim::AccountSpec;

use crate::simulated::{A, B, place, stage};

#[path = "common/simulated.rs"]
mod simulated;

const REGION: &str = "cn-hangzhou";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (simulator, clock, provider) = stage().await?;
    let a = provider.cloud(&place(A, REGION)).await?;
    let b = provider.cloud(&place(B, REGION)).await?;

    let identity = a.caller_identity().await?;
    println!("a is {} ({:?})", identity.arn, identity.kind);
    let user = identity.arn.rsplit('/').next().ok_or("no user")?.to_owned();
    let trusted = Principal::User {
        account: A.into(),
        name: user,
    };
    let owner = Owner::new("onboarding", "role/reader");
    let wanted = EnsureTrust::new("landbridge-reader", owner, trusted)
        .with_external_id("onboarding-7")
        .with_permissions(Permissions::Actions(vec!["vpc:DescribeVpcs".into()]));
    for drift in b.trust_drift(&wanted).await? {
        println!("to be mended: {drift}");
    }
    let role = b.ensure_trust(&wanted).await?;
    println!("b has {}", role.arn);
    assert!(b.trust_drift(&wanted).await?.is_empty());

    let request = AssumeRole::new(&role.arn, "example");
    let patience = Patience::new(clock.clone(), Duration::from_secs(120), Default::default());
    let request = request.with_external_id("onboarding-7");
    wait_for_trust(a.as_ref(), &request, &patience, |state| {
        println!("waiting: {state}")
    })
    .await?;

    // A provider whose account b is entered through the role: sessions are opened, kept and renewed by it.
    let keys = simulator.provision(AccountSpec::new("aliyun", A));
    let keys = StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
    let session =
        AssumeRoleCredentials::new(Arc::new(keys), &role.arn).with_external_id("onboarding-7");
    let visitor = Aliyun::builder()
        .clock(clock)
        .endpoint(&simulator.url())?
        .credentials(B, Arc::new(session))
        .build()?;
    let inside = visitor.cloud(&place(B, REGION)).await?;
    println!("a in b is {}", inside.caller_identity().await?.arn);
    println!(
        "networks of b: {}",
        inside.list_networks(&Select::All).await?.len()
    );
    let label = Label::new("no", Owner::new("onboarding", "no"), Token::derive(&["no"]));
    let request = CreateNetwork::new(label, "10.0.0.0/16".parse()?);
    let refused = inside.create_network(&request).await;
    println!("what it is not for: {}", refused.expect_err("refused"));

    b.delete_trust("landbridge-reader", "onboarding").await?;
    assert_eq!(simulator.alive(), vec![]);
    Ok(())
}
