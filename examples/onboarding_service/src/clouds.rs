use std::sync::Arc;

use anyhow::Context;
use landbridge::aliyun::credential::{
    AssumeRoleCredentials, Credentials, DefaultCredentials, StaticCredentials,
};
use landbridge::aliyun::{Aliyun, AliyunProvider, CLOUD, Environment};
use landbridge::core::engine::Engine;
use landbridge::core::plan::plan;
use landbridge::core::preflight::preflight;
use landbridge::core::topology::{Account, Interconnect, Network, Subnet, Topology};
use landbridge::core::{Clock, HubScope, Place, Select};
use landbridge_sim::{AccountSpec, RoleSpec, Simulator};

use crate::onboard::Onboard;
use crate::settings::variable;

/// What customers are joined to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Platform {
    /// The account that owns the CEN instance and the platform's VPC.
    pub account: String,
    /// The region of the platform's VPC.
    pub region: String,
    /// The CEN instance.
    pub hub: String,
    /// The platform's VPC, which is attached to it.
    pub network: String,
}

/// The engine, and how it enters accounts.
#[derive(Debug)]
pub struct Clouds {
    pub(crate) engine: Engine,
    pub(crate) platform: Platform,
    provider: Arc<AliyunProvider>,
    ours: Arc<dyn Credentials>,
}

impl Clouds {
    /// Alibaba Cloud, with the keys of its default chain. `ONBOARDING_ACCOUNT`, `ONBOARDING_REGION`, `ONBOARDING_HUB` and
    /// `ONBOARDING_NETWORK` name the [`Platform`].
    pub fn from_env() -> anyhow::Result<Self> {
        let required = |name: &str| variable(name)?.with_context(|| format!("set `{name}`"));
        let platform = Platform {
            account: required("ONBOARDING_ACCOUNT")?,
            region: required("ONBOARDING_REGION")?,
            hub: required("ONBOARDING_HUB")?,
            network: required("ONBOARDING_NETWORK")?,
        };
        let ours = Arc::new(DefaultCredentials::new(Environment::from_process()));
        let provider = Aliyun::builder().credentials(platform.account.as_str(), ours.clone());
        Ok(Self::new(platform, provider.build()?, ours, Engine::new()))
    }

    fn new(
        platform: Platform,
        provider: AliyunProvider,
        ours: Arc<dyn Credentials>,
        engine: Engine,
    ) -> Self {
        let provider = Arc::new(provider);
        Self {
            engine: engine.with_provider(provider.clone()),
            platform,
            provider,
            ours,
        }
    }

    /// Lets the engine into the customer's account, through the customer's role, until [`leave`](Self::leave).
    pub(crate) fn enter(&self, customer: &Onboard) {
        let role = format!("acs:ram::{}:role/{}", customer.account, customer.role);
        let mut session = AssumeRoleCredentials::new(self.ours.clone(), role);
        if let Some(id) = &customer.external_id {
            session = session.with_external_id(id);
        }
        self.provider
            .set_credentials(customer.account.as_str(), Arc::new(session));
    }

    pub(crate) fn leave(&self, customer: &Onboard) {
        self.provider
            .remove_account(&customer.account.as_str().into());
    }
}

/// The account of the simulated platform.
const SIMULATED: &str = "1234567890123456";
const REGION: &str = "cn-hangzhou";

impl Clouds {
    /// The customers that [`simulated`](Self::simulated) has. Each has the role `onboarding` with the external ID `try-it`.
    pub const SIMULATED_CUSTOMERS: [&str; 2] = ["1234567890123457", "1234567890123458"];

    /// A platform and customers on a simulator: a CEN instance with two VPCs, which Landbridge itself makes.
    pub async fn simulated(simulator: &Simulator, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let keys = simulator.provision(AccountSpec::new(CLOUD, SIMULATED));
        for account in Self::SIMULATED_CUSTOMERS {
            simulator.provision(AccountSpec::new(CLOUD, account));
            let role = RoleSpec::new(account, "onboarding").external_id("try-it");
            simulator.provision_role(role.trust(SIMULATED));
        }
        let secret = keys.access_key_secret.as_str();
        let ours = Arc::new(StaticCredentials::new(&keys.access_key_id, secret));
        let provider = Aliyun::builder()
            .clock(clock.clone())
            .endpoint(&simulator.url())?
            .credentials(SIMULATED, ours.clone())
            .build()?;
        let platform = Platform {
            account: SIMULATED.into(),
            region: REGION.into(),
            hub: String::new(),
            network: String::new(),
        };
        let engine = Engine::new().with_clock(clock);
        let mut clouds = Self::new(platform, provider, ours, engine);
        clouds.build_platform().await?;
        Ok(clouds)
    }

    async fn build_platform(&mut self) -> anyhow::Result<()> {
        let mut topology = Topology::new("platform")
            .with_account(Account::new("platform", CLOUD, SIMULATED).with_open_services())
            .with_interconnect(Interconnect::new("cen", "platform", ["main", "shared"]));
        for (name, prefix) in [("main", "10.0"), ("shared", "10.1")] {
            let range = format!("{prefix}.0.0/16").parse()?;
            let mut network = Network::new(name, "platform", REGION, range);
            for (number, zone) in ["h", "i"].into_iter().enumerate() {
                let range = format!("{prefix}.{number}.0/24").parse()?;
                let subnet = Subnet::new(zone, format!("{REGION}-{zone}"), range);
                network = network.with_subnet(subnet);
            }
            topology = topology.with_network(network);
        }
        let observation = self.engine.observe(&topology).await?;
        preflight(&topology, &observation).into_result()?;
        self.engine.apply(&plan(&topology, &observation)).await?;
        let place = Place::new(CLOUD.into(), SIMULATED, REGION);
        let cloud = self.engine.cloud(&place).await?;
        let hubs = cloud.list_hubs(&Select::All).await?;
        let hub = hubs.iter().find(|hub| hub.scope == HubScope::Global);
        self.platform.hub = hub.context("the CEN instance")?.id.to_string();
        let networks = cloud.list_networks(&Select::All).await?;
        let is_main = |key: &str| key == "network/main";
        let main = networks.iter().find(|one| {
            one.owner
                .as_ref()
                .is_some_and(|owner| is_main(owner.key.as_str()))
        });
        self.platform.network = main.context("the VPC")?.id.to_string();
        Ok(())
    }
}
