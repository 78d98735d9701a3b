//! Regions, zones, and which zones transit routers can use.

use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub(crate) struct Region {
    pub(crate) local_name: &'static str,
    pub(crate) zones: Vec<String>,
    pub(crate) transit_router_zones: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Regions(BTreeMap<String, Region>);

/// Region, its name, its zone letters, the letters of the transit-router zones.
const BUILT_IN: [(&str, &str, &str, &str); 14] = [
    ("cn-hangzhou", "China (Hangzhou)", "bfghijk", "bhijk"),
    ("cn-qingdao", "China (Qingdao)", "bc", "bc"),
    ("cn-shanghai", "China (Shanghai)", "bcefglmn", "bcefglmn"),
    ("cn-beijing", "China (Beijing)", "cefghijkl", "hg"),
    ("cn-shenzhen", "China (Shenzhen)", "cdef", "de"),
    ("cn-chengdu", "China (Chengdu)", "ab", "ab"),
    ("cn-zhangjiakou", "China (Zhangjiakou)", "abc", "ab"),
    ("cn-guangzhou", "China (Guangzhou)", "ab", "ab"),
    ("cn-wulanchabu", "China (Ulanqab)", "abc", "ab"),
    ("cn-hongkong", "China (Hong Kong)", "bcd", "bc"),
    ("ap-southeast-1", "Singapore", "abc", "bc"),
    ("us-west-1", "US (Silicon Valley)", "ab", "ab"),
    ("us-east-1", "US (Virginia)", "ab", "ab"),
    ("eu-central-1", "Germany (Frankfurt)", "abc", "ab"),
];

impl Default for Regions {
    fn default() -> Self {
        let zones = |id: &str, letters: &str| {
            // Chinese regions write cn-hangzhou-h, the numbered ones abroad ap-southeast-1a.
            let dash = if id.ends_with(|last: char| last.is_ascii_digit()) {
                ""
            } else {
                "-"
            };
            letters
                .chars()
                .map(|letter| format!("{id}{dash}{letter}"))
                .collect()
        };
        let region = |(id, local_name, all, some): (&str, &'static str, &str, &str)| {
            let region = Region {
                local_name,
                zones: zones(id, all),
                transit_router_zones: zones(id, some),
            };
            (id.to_owned(), region)
        };
        Self(BUILT_IN.into_iter().map(region).collect())
    }
}

impl Regions {
    pub(crate) fn set(&mut self, id: &str, zones: &[&str], transit_router_zones: &[&str]) {
        let owned = |zones: &[&str]| zones.iter().map(|zone| (*zone).to_owned()).collect();
        let region = self.0.entry(id.to_owned()).or_insert_with(|| Region {
            local_name: "Added",
            zones: Vec::new(),
            transit_router_zones: Vec::new(),
        });
        region.zones = owned(zones);
        region.transit_router_zones = owned(transit_router_zones);
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Region> {
        self.0.get(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Region)> {
        self.0.iter().map(|(id, region)| (id.as_str(), region))
    }
}

/// Ids carry a short code of their region.
pub(crate) fn short_code(region: &str) -> &'static str {
    match region {
        "cn-hangzhou" => "bp1",
        "cn-qingdao" => "m5e",
        "cn-shanghai" => "uf6",
        "cn-beijing" => "2ze",
        "cn-shenzhen" => "wz9",
        "cn-chengdu" => "2vc",
        "cn-zhangjiakou" => "8vb",
        "cn-hongkong" => "j6c",
        "ap-southeast-1" => "t4n",
        "us-west-1" => "rj9",
        "eu-central-1" => "gw8",
        _ => "0xi",
    }
}

/// Traffic between one of these and the rest of the world crosses the border.
pub(crate) fn is_mainland(region: &str) -> bool {
    region.starts_with("cn-") && region != "cn-hongkong"
}
