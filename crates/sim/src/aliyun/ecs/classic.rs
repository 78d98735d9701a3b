//! Instances of the classic network, which belongs to no VPC. Accounts cannot make them any more; the setup can.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::{Value, json};

use super::power::Power;
use super::{Group, Instance, State};
use crate::aliyun::regions::short_code;
use crate::aliyun::state::Cloud;
use crate::random::Ids;
use crate::table::{Base, Life, Object};

impl Instance {
    pub(crate) fn is_classic(&self) -> bool {
        self.vpc.is_empty()
    }
}

impl Group {
    pub(super) fn is_classic(&self) -> bool {
        self.vpc.is_empty()
    }
}

/// Makes a running instance and says its id.
pub(crate) fn provision(
    cloud: &mut Cloud,
    ids: &mut Ids,
    now: Duration,
    account: &str,
    region: &str,
) -> String {
    let known = cloud.setup.regions.get(region);
    let zone = known.and_then(|region| region.zones.first()).cloned();
    let owner = Owner {
        account,
        region,
        now,
    };
    let ecs = &mut cloud.state.ecs;
    let group = owner.group(ecs, ids);
    let base = owner.base(ids, "i");
    let id = base.id.clone();
    let address = inner_address(ecs);
    ecs.instances.insert(Instance {
        base,
        vpc: String::new(),
        vswitch: String::new(),
        zone: zone.unwrap_or_default(),
        kind: "ecs.n1.small".to_owned(),
        image: "classic".to_owned(),
        groups: vec![group],
        address,
        ipv6: Vec::new(),
        interface: String::new(),
        power: Power::default(),
    });
    id
}

struct Owner<'a> {
    account: &'a str,
    region: &'a str,
    now: Duration,
}

impl Owner<'_> {
    fn base(&self, ids: &mut Ids, prefix: &str) -> Base {
        let code = short_code(self.region);
        Base {
            id: format!("{prefix}-{code}{}", ids.word(prefix, 20 - code.len())),
            owner: self.account.to_owned(),
            region: self.region.to_owned(),
            name: String::new(),
            description: String::new(),
            tags: Vec::new(),
            life: Life::new(self.now, Duration::ZERO),
        }
    }

    /// The classic group of the account in the region, made if there is none.
    fn group(&self, ecs: &mut State, ids: &mut Ids) -> String {
        let own = |group: &&Group| {
            let base = &group.base;
            group.is_classic() && base.owner == self.account && base.region == self.region
        };
        if let Some(group) = ecs.groups.iter().find(own) {
            return group.id().to_owned();
        }
        let base = self.base(ids, "sg");
        let id = base.id.clone();
        ecs.groups.insert(Group {
            base,
            vpc: String::new(),
            is_enterprise: false,
            trusts_members: true,
            rules: Vec::new(),
        });
        id
    }
}

fn inner_address(ecs: &State) -> Ipv4Addr {
    let classic = ecs.instances.iter().filter(|known| known.is_classic());
    let last = classic.map(|known| u32::from(known.address)).max();
    let before_first = u32::from(Ipv4Addr::new(10, 117, 0, 1));
    Ipv4Addr::from(last.unwrap_or(before_first) + 1)
}

/// What is told differently about an instance of the classic network.
pub(super) fn correct(view: &mut Value, address: &str) {
    view["InstanceNetworkType"] = "classic".into();
    view["VpcAttributes"] = json!({
        "VpcId": "", "VSwitchId": "", "NatIpAddress": "", "PrivateIpAddress": {"IpAddress": []},
    });
    view["InnerIpAddress"] = json!({"IpAddress": [address]});
    view["NetworkInterfaces"] = json!({"NetworkInterface": []});
}
