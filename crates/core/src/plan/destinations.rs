//! Where the routes of a network lead.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::Reach;
use crate::topology::Network;

impl Network {
    /// Whether its tables get no route to a range, because it lies in an excluded one.
    pub(crate) fn excludes(&self, range: &IpNet) -> bool {
        self.exclude.iter().any(|excluded| excluded.contains(range))
    }

    /// Whether its tables get no route to an address.
    pub(crate) fn excludes_address(&self, address: &IpAddr) -> bool {
        self.excludes(&IpNet::from(*address))
    }

    // Of a range that is not known yet only its family is.
    fn excludes_all_ipv6(&self) -> bool {
        let all = |range: &IpNet| range.addr().is_ipv6() && range.prefix_len() == 0;
        self.exclude.iter().any(all)
    }
}

/// The destinations of a network's routes to what it reaches: nothing that it excludes, and, where it is asked for, the
/// fewest ranges that cover exactly the rest.
pub(crate) fn destinations(
    network: &Network,
    reach: impl IntoIterator<Item = Reach>,
    aggregate: bool,
) -> BTreeSet<Reach> {
    let (mut ranges, mut to_come) = (Vec::new(), Vec::new());
    for part in reach {
        match part {
            Reach::Range(range) if network.excludes(&range) => {}
            Reach::Ipv6Of(_) if network.excludes_all_ipv6() => {}
            Reach::Range(range) => ranges.push(range),
            Reach::Ipv6Of(_) => to_come.push(part),
        }
    }
    if aggregate {
        ranges = IpNet::aggregate(&ranges);
    }
    let ranges = ranges.into_iter().map(Reach::Range);
    ranges.chain(to_come).collect()
}

/// Whether a range is one of these, or made of some of them and of nothing else.
pub(crate) fn is_made_of(range: &IpNet, parts: &[IpNet]) -> bool {
    let inside = parts.iter().filter(|part| range.contains(*part));
    let inside: Vec<IpNet> = inside.copied().collect();
    IpNet::aggregate(&inside) == [*range]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(texts: &[&str]) -> Vec<IpNet> {
        let parsed = texts.iter().map(|text| text.parse());
        parsed.collect::<Result<_, _>>().expect("ranges")
    }

    fn network(exclude: &[&str]) -> Network {
        let mut network = Network::existing("n", "a", "r1", "vpc-1");
        network.exclude = ranges(exclude);
        network
    }

    fn combined(exclude: &[&str], reach: &[&str], aggregate: bool) -> Vec<IpNet> {
        let reach = ranges(reach).into_iter().map(Reach::Range);
        let destinations = destinations(&network(exclude), reach, aggregate);
        let ranges = destinations.into_iter().map(|part| match part {
            Reach::Range(range) => range,
            Reach::Ipv6Of(other) => panic!("not known: {other}"),
        });
        ranges.collect()
    }

    #[test]
    fn aggregated_ranges_cover_exactly_what_is_reached() {
        let reach = [
            "10.0.0.0/16",
            "10.1.0.0/16",
            "10.3.0.0/16",
            "fd00::/57",
            "fd00:0:0:80::/57",
        ];
        let expected = ranges(&["10.0.0.0/15", "10.3.0.0/16", "fd00::/56"]);
        assert_eq!(combined(&[], &reach, true), expected);
        assert_eq!(combined(&[], &reach, false).len(), reach.len());
        // What is excluded is in no aggregate.
        let expected = ranges(&["10.0.0.0/16", "10.3.0.0/16", "fd00::/56"]);
        assert_eq!(combined(&["10.1.0.0/16"], &reach, true), expected);
    }

    #[test]
    fn what_lies_in_an_excluded_range_is_left_out_and_what_holds_one_is_not() {
        let reach = ["10.1.0.0/16", "10.2.0.0/16", "192.168.0.0/24"];
        let expected = ranges(&["10.1.0.0/16", "10.2.0.0/16"]);
        assert_eq!(combined(&["192.168.0.0/16"], &reach, false), expected);
        assert_eq!(combined(&["10.1.7.0/24"], &reach, false), ranges(&reach));
        let none = combined(&["0.0.0.0/0"], &reach, false);
        assert_eq!(none, []);
    }

    #[test]
    fn ranges_that_are_not_known_yet_are_excluded_with_their_family() {
        let reach = || [Reach::Ipv6Of("other".to_owned())];
        assert_eq!(destinations(&network(&["::/0"]), reach(), true).len(), 0);
        assert_eq!(
            destinations(&network(&["0.0.0.0/0"]), reach(), true).len(),
            1
        );
    }

    #[test]
    fn a_range_is_made_of_others_only_if_they_fill_it() {
        let parts = ranges(&["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"]);
        for (range, made) in [
            ("10.0.0.0/16", true),
            ("10.0.0.0/15", true),
            ("10.0.0.0/14", false),
            ("10.2.0.0/17", false),
            ("10.9.0.0/16", false),
        ] {
            let range = range.parse().expect("a range");
            assert_eq!(is_made_of(&range, &parts), made, "{range}");
        }
    }
}
