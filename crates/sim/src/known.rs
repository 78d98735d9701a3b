//! The regions and zones that a simulator has without further set-up, for programs that suggest some.

use crate::{aliyun, aws};

/// The regions of a cloud, in the simulator's order; none of a cloud that is not one of [`CLOUDS`](crate::CLOUDS).
pub fn known_regions(cloud: &str) -> Vec<String> {
    match cloud {
        "aliyun" => aliyun::regions::Regions::default()
            .iter()
            .map(|(id, _)| id.to_owned())
            .collect(),
        "aws" => aws::regions::all().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The availability zones of a region in which a network can be attached to a hub, or all of them where the cloud has no
/// hubs; none of an unknown region.
pub fn known_zones(cloud: &str, region: &str) -> Vec<String> {
    match cloud {
        "aliyun" => {
            let regions = aliyun::regions::Regions::default();
            let zones = regions
                .get(region)
                .map(|region| &region.transit_router_zones);
            zones.cloned().unwrap_or_default()
        }
        "aws" => aws::regions::zones(region),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_of_every_cloud_has_a_zone() {
        for cloud in crate::CLOUDS {
            let regions = known_regions(cloud);
            assert!(regions.len() > 20, "{cloud}: {regions:?}");
            for region in regions {
                assert!(!known_zones(cloud, &region).is_empty(), "{cloud} {region}");
            }
        }
        assert_eq!(
            known_zones("aliyun", "cn-beijing"),
            ["cn-beijing-h", "cn-beijing-g"]
        );
        assert!(known_regions("mars").is_empty() && known_zones("aws", "mars-1").is_empty());
    }
}
