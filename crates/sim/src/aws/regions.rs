//! Regions and their availability zones.

/// Regions of the partition `aws` and the letters of their zones. Every account has enabled all of them.
const REGIONS: [(&str, &str); 34] = [
    ("af-south-1", "abc"),
    ("ap-east-1", "abc"),
    ("ap-east-2", "abc"),
    ("ap-northeast-1", "acd"),
    ("ap-northeast-2", "abcd"),
    ("ap-northeast-3", "abc"),
    ("ap-south-1", "abc"),
    ("ap-south-2", "abc"),
    ("ap-southeast-1", "abc"),
    ("ap-southeast-2", "abc"),
    ("ap-southeast-3", "abc"),
    ("ap-southeast-4", "abc"),
    ("ap-southeast-5", "abc"),
    ("ap-southeast-6", "abc"),
    ("ap-southeast-7", "abc"),
    ("ca-central-1", "abd"),
    ("ca-west-1", "abc"),
    ("eu-central-1", "abc"),
    ("eu-central-2", "abc"),
    ("eu-north-1", "abc"),
    ("eu-south-1", "abc"),
    ("eu-south-2", "abc"),
    ("eu-west-1", "abc"),
    ("eu-west-2", "abc"),
    ("eu-west-3", "abc"),
    ("il-central-1", "abc"),
    ("me-central-1", "abc"),
    ("me-south-1", "abc"),
    ("mx-central-1", "abc"),
    ("sa-east-1", "abc"),
    ("us-east-1", "abcdef"),
    ("us-east-2", "abc"),
    ("us-west-1", "ac"),
    ("us-west-2", "abcd"),
];

pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    REGIONS.iter().map(|(region, _)| *region)
}

pub(crate) fn exists(region: &str) -> bool {
    all().any(|known| known == region)
}

/// The zones of a region, none if it does not exist.
pub(crate) fn zones(region: &str) -> Vec<String> {
    let letters = REGIONS
        .iter()
        .find(|(known, _)| *known == region)
        .map_or("", |(_, letters)| letters);
    letters
        .chars()
        .map(|letter| format!("{region}{letter}"))
        .collect()
}

/// The zone's name that is the same in all accounts, for example `use1-az1`.
pub(crate) fn zone_id(zone: &str) -> String {
    let mut parts = zone.split('-');
    let (area, side, number) = (parts.next(), parts.next(), parts.next());
    let number = number.unwrap_or_default();
    let (digit, letter) = number.split_at(number.len().saturating_sub(1));
    let side: String = match side.unwrap_or_default() {
        "northeast" => "ne".to_owned(),
        "southeast" => "se".to_owned(),
        side => side.chars().take(1).collect(),
    };
    let index = letter
        .bytes()
        .next()
        .map_or(0, |letter| letter.saturating_sub(b'a') + 1);
    format!("{}{side}{digit}-az{index}", area.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_and_their_ids() {
        assert_eq!(zones("us-west-1"), ["us-west-1a", "us-west-1c"]);
        assert!(zones("mars-1").is_empty());
        assert_eq!(zone_id("us-east-1b"), "use1-az2");
        assert_eq!(zone_id("ap-northeast-1a"), "apne1-az1");
    }
}
