//! What the questions suggest.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use landbridge_core::topology::{Account, Holder};

use super::answers::Wanted;

/// The second octets of suggested blocks begin here and go on by as much.
const FIRST: u8 = 10;
/// The most networks that are suggested.
const MOST: usize = 24;

/// A network for each account in each region, with blocks that do not overlap; two if there would be one.
pub(super) fn networks(accounts: &[Account], regions: &[String]) -> Vec<Wanted> {
    let places: Vec<(&Account, &String)> = accounts
        .iter()
        .filter(|account| account.held_by == Holder::Us)
        .flat_map(|account| regions.iter().map(move |region| (account, region)))
        .collect();
    let copies = if places.len() == 1 { 2 } else { 1 };
    let all = places
        .iter()
        .flat_map(|place| (1..=copies).map(move |copy| (place, copy)));
    let named = all.take(MOST).enumerate();
    named
        .map(|(index, ((account, region), copy))| Wanted {
            name: match (copies, accounts.len(), regions.len()) {
                (1, _, 1) => account.name.clone(),
                (1, 1, _) => (*region).clone(),
                (1, ..) => shortened(format!("{}-{region}", account.name), index),
                _ => shortened(format!("{}-{copy}", account.name), index),
            },
            account: account.name.clone(),
            region: (*region).clone(),
            range: block(index),
        })
        .collect()
}

// A name has at most 40 letters.
fn shortened(name: String, index: usize) -> String {
    match name.len() {
        0..=40 => name,
        _ => format!("network-{}", index + 1),
    }
}

/// 10.10.0.0/16, 10.20.0.0/16 and so on.
fn block(index: usize) -> Ipv4Net {
    let octet = u8::try_from(index + 1)
        .unwrap_or(u8::MAX)
        .saturating_mul(FIRST);
    Ipv4Net::new_assert(Ipv4Addr::new(10, octet, 0, 0), 16)
}

/// The subnets of a network: the first two /24 blocks, or its halves if it is smaller.
pub(super) fn subnets(range: Ipv4Net) -> Vec<Ipv4Net> {
    let prefix = (range.prefix_len() + 1).max(24);
    range
        .subnets(prefix)
        .into_iter()
        .flatten()
        .take(2)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::CloudName;

    fn suggested(accounts: &[&str], regions: &[&str]) -> Vec<String> {
        let account = |name: &&str| Account::new(*name, CloudName::from_static("aws"), "1");
        let accounts: Vec<Account> = accounts.iter().map(account).collect();
        let regions: Vec<String> = regions.iter().map(|region| (*region).to_owned()).collect();
        let networks = networks(&accounts, &regions);
        networks
            .iter()
            .map(|one| format!("{}@{} {}", one.name, one.region, one.range))
            .collect()
    }

    #[test]
    fn each_account_gets_a_network_in_each_region_and_no_two_blocks_overlap() {
        assert_eq!(
            suggested(&["a", "b"], &["r"]),
            ["a@r 10.10.0.0/16", "b@r 10.20.0.0/16"]
        );
        assert_eq!(
            suggested(&["a"], &["r", "s"]),
            ["r@r 10.10.0.0/16", "s@s 10.20.0.0/16"]
        );
        assert_eq!(
            suggested(&["a"], &["r"]),
            ["a-1@r 10.10.0.0/16", "a-2@r 10.20.0.0/16"]
        );
        assert_eq!(suggested(&["a", "b"], &["r", "s"])[3], "b-s@s 10.40.0.0/16");
        let many: Vec<String> = (0..60).map(|number| format!("r{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let all = suggested(&["a"], &many);
        assert_eq!((all.len(), all[23].as_str()), (24, "r23@r23 10.240.0.0/16"));
    }

    #[test]
    fn a_network_has_room_for_its_subnets() {
        for (range, expected) in [
            ("10.10.0.0/16", ["10.10.0.0/24", "10.10.1.0/24"]),
            ("10.10.0.0/24", ["10.10.0.0/25", "10.10.0.128/25"]),
            ("10.10.0.0/27", ["10.10.0.0/28", "10.10.0.16/28"]),
        ] {
            let range = range.parse().expect("a block");
            let shown: Vec<String> = subnets(range).iter().map(ToString::to_string).collect();
            assert_eq!(shown, expected);
        }
    }
}
