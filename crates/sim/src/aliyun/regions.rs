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

/// Region, its name, its zone letters, the letters of the transit-router zones. Where only some of a region's zones are
/// known here, it has those.
#[rustfmt::skip] // one line a region
const BUILT_IN: [(&str, &str, &str, &str); 37] = [
    ("cn-hangzhou", "China (Hangzhou)", "bfghijk", "hi"),
    ("cn-qingdao", "China (Qingdao)", "bc", "bc"),
    ("cn-shanghai", "China (Shanghai)", "befglmn", "fg"),
    ("cn-beijing", "China (Beijing)", "cefghijkl", "hg"),
    ("cn-shenzhen", "China (Shenzhen)", "cdef", "de"),
    ("cn-chengdu", "China (Chengdu)", "ab", "ab"),
    ("cn-zhangjiakou", "China (Zhangjiakou)", "abc", "ab"),
    ("cn-guangzhou", "China (Guangzhou)", "ab", "ab"),
    ("cn-wulanchabu", "China (Ulanqab)", "abc", "ab"),
    ("cn-hongkong", "China (Hong Kong)", "bcd", "bc"),
    ("cn-huhehaote", "China (Hohhot)", "ab", "ab"),
    ("cn-heyuan", "China (Heyuan)", "ab", "ab"),
    ("cn-nanjing", "China (Nanjing)", "a", "a"),
    ("cn-fuzhou", "China (Fuzhou)", "a", "a"),
    ("cn-wuhan-lr", "China (Wuhan)", "a", "a"),
    ("cn-zhengzhou-jva", "China (Zhengzhou)", "ab", "ab"),
    ("cn-zhongwei", "China (Zhongwei)", "a", "a"),
    ("cn-beijing-finance-1", "China North 2 Finance", "ab", "ab"),
    ("cn-shanghai-finance-1", "China East 2 Finance", "ab", "ab"),
    ("cn-shenzhen-finance-1", "China South 1 Finance", "ab", "ab"),
    ("cn-north-2-gov-1", "China North 2 Ali Gov 1", "ab", "ab"),
    ("ap-northeast-1", "Japan (Tokyo)", "abc", "ab"),
    ("ap-northeast-2", "South Korea (Seoul)", "ab", "ab"),
    ("ap-southeast-1", "Singapore", "abc", "bc"),
    ("ap-southeast-3", "Malaysia (Kuala Lumpur)", "abc", "ab"),
    ("ap-southeast-5", "Indonesia (Jakarta)", "abc", "ab"),
    ("ap-southeast-6", "Philippines (Manila)", "ab", "ab"),
    ("ap-southeast-7", "Thailand (Bangkok)", "ab", "ab"),
    ("ap-southeast-8", "Malaysia (Johor)", "a", "a"),
    ("us-west-1", "US (Silicon Valley)", "ab", "ab"),
    ("us-east-1", "US (Virginia)", "ab", "ab"),
    ("na-south-1", "Mexico", "a", "a"),
    ("eu-central-1", "Germany (Frankfurt)", "abc", "ab"),
    ("eu-west-1", "UK (London)", "ab", "ab"),
    ("eu-west-2", "France (Paris)", "ab", "ab"),
    ("me-east-1", "UAE (Dubai)", "ab", "ab"),
    ("me-central-1", "SAU (Riyadh)", "ab", "ab"),
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
