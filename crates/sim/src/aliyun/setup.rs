//! What the handle of the simulator offers for this cloud only: its options, and setup that no call can do.

use super::ecs::provision_classic;
use super::placed::AliyunRoute;
use super::state::Cloud;
use super::timings::Timings;
use crate::border_router::BorderRouterSpec;
use crate::simulator::{Builder, Simulator};
use crate::throttle::Rate;
use crate::world::Common;

impl Builder {
    /// Whether Alibaba Cloud refuses writes that collide. Default true.
    #[must_use]
    pub fn conflict_locks(mut self, on: bool) -> Self {
        self.setups.aliyun.conflict_locks = on;
        self
    }

    /// The limit of operations of Alibaba Cloud whose real limit is not published, per account, region and operation.
    /// Default 1000.
    #[must_use]
    pub fn calls_per_second(mut self, calls: u32) -> Self {
        self.setups.aliyun.default_rate = Rate::per_second(calls.max(1));
        self
    }

    /// How long everything takes on Alibaba Cloud.
    #[must_use]
    pub fn timings(mut self, timings: Timings) -> Self {
        self.setups.aliyun.timings = timings;
        self
    }

    /// Replaces the zones of a region of Alibaba Cloud, and those of them that transit routers support. An unknown region
    /// is added.
    #[must_use]
    pub fn zones(mut self, region: &str, zones: &[&str], transit_router_zones: &[&str]) -> Self {
        let regions = &mut self.setups.aliyun.regions;
        regions.set(region, zones, transit_router_zones);
        self
    }
}

impl Simulator {
    /// Sets up a border router (VBR) of Alibaba Cloud and returns its id. It never enters the ledger.
    pub fn provision_border_router(&self, spec: BorderRouterSpec) -> String {
        let world = &mut *self.world();
        let cloud = &mut world.clouds.aliyun;
        cloud.provision_border_router(&mut world.common, spec)
    }

    /// Does what the account manager of Alibaba Cloud does: lets express connect routers of one account take border
    /// routers that another account grants. Without it such grants are refused.
    pub fn approve_border_router_sharing(&self, member_account: &str, router_account: &str) {
        let ecr = &mut self.world().clouds.aliyun.state.ecr;
        ecr.approve(member_account, router_account);
    }

    /// Creates or replaces an identity provider of an account of Alibaba Cloud, `acs:ram::<account>:oidc-provider/<name>`,
    /// that takes exactly this token. If the token is a JSON Web Token, its claims count.
    pub fn provision_oidc_provider(
        &self,
        account: &str,
        provider_name: &str,
        accepted_token: &str,
    ) {
        let ram = &mut self.world().clouds.aliyun.state.ram;
        ram.provision_provider(account, provider_name, accepted_token);
    }

    /// Lets another account of Alibaba Cloud use a vSwitch, and make security groups in its VPC. Returns false if there is
    /// no such vSwitch.
    pub fn share_vswitch(&self, vswitch_id: &str, account: &str) -> bool {
        let vpc = &mut self.world().clouds.aliyun.state.vpc;
        vpc.share(vswitch_id, account)
    }

    /// Puts a route into a route table of a VPC of Alibaba Cloud, whatever it leads to, in place of one to the same
    /// destination, and returns its ID. It counts at once and never enters the ledger. `None` if there is no such table.
    pub fn place_aliyun_route(&self, table_id: &str, route: AliyunRoute) -> Option<String> {
        let world = &mut *self.world();
        world.settle();
        let cloud = &mut world.clouds.aliyun;
        cloud.place_route(&mut world.common, table_id, route)
    }

    /// Makes an instance in the classic network of Alibaba Cloud, which belongs to no VPC, and returns its id.
    pub fn provision_classic_instance(&self, account: &str, region: &str) -> String {
        let world = &mut *self.world();
        world.settle();
        let cloud = &mut world.clouds.aliyun;
        cloud.provision_classic_instance(&mut world.common, account, region)
    }
}

impl Cloud {
    pub(super) fn provision_border_router(
        &mut self,
        common: &mut Common,
        spec: BorderRouterSpec,
    ) -> String {
        let now = common.clock.uptime();
        let vpc = &mut self.state.vpc;
        vpc.provision_border_router(spec, &mut common.ids, now)
    }

    pub(super) fn provision_classic_instance(
        &mut self,
        common: &mut Common,
        account: &str,
        region: &str,
    ) -> String {
        let now = common.clock.uptime();
        provision_classic(self, &mut common.ids, now, account, region)
    }
}
