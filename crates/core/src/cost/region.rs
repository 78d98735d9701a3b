//! Where a price holds: regions, beginnings of region names, and named areas.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::ids::Region;
use crate::topology::as_text;

/// The areas of a price table, by name.
pub(super) type Areas = BTreeMap<String, Vec<AreaPart>>;

/// Regions that a price is for: one, those whose names begin alike (`ap-*`), or those of an area (`area:mainland`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RegionPattern {
    /// This region.
    Region(Region),
    /// The regions whose names begin so; written with `*` at the end.
    Prefix(String),
    /// The regions of an area of the table; written `area:NAME`.
    Area(String),
}

impl RegionPattern {
    pub(super) fn fits(&self, region: &Region, areas: &Areas) -> bool {
        match self {
            Self::Region(one) => one == region,
            Self::Prefix(prefix) => region.as_str().starts_with(prefix),
            Self::Area(name) => areas.get(name).is_some_and(|parts| holds(parts, region)),
        }
    }
}

impl FromStr for RegionPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_name = |text: &str| {
            let good =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            text.bytes().all(good)
        };
        let (area, prefix) = (text.strip_prefix("area:"), text.strip_suffix('*'));
        match (area, prefix) {
            (Some(area), _) if is_name(area) && !area.is_empty() => Ok(Self::Area(area.to_owned())),
            (None, Some(prefix)) if is_name(prefix) => Ok(Self::Prefix(prefix.to_owned())),
            (None, None) if is_name(text) && !text.is_empty() => Ok(Self::Region(text.into())),
            _ => Err(format!(
                "invalid region `{text}`: expected a region, the beginning of regions such as `ap-*`, or `area:NAME`"
            )),
        }
    }
}

impl fmt::Display for RegionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region(region) => region.fmt(f),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
            Self::Area(name) => write!(f, "area:{name}"),
        }
    }
}

/// A part of an area: regions that are in it, or with `!` before them regions that are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AreaPart {
    is_in: bool,
    pub(super) regions: RegionPattern,
}

// What is taken out stays out, wherever it stands in the list.
fn holds(parts: &[AreaPart], region: &Region) -> bool {
    // Areas hold no areas, so nothing is looked up here.
    let none = Areas::new();
    let fitting = |is_in| {
        let mut parts = parts.iter().filter(move |part| part.is_in == is_in);
        parts.any(|part| part.regions.fits(region, &none))
    };
    fitting(true) && !fitting(false)
}

impl FromStr for AreaPart {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let outside = text.strip_prefix('!');
        let regions: RegionPattern = outside.unwrap_or(text).parse()?;
        match regions {
            RegionPattern::Area(_) => Err(format!(
                "invalid part of an area `{text}`: expected a region, or the beginning of regions such as `ap-*`"
            )),
            regions => Ok(Self {
                is_in: outside.is_none(),
                regions,
            }),
        }
    }
}

impl fmt::Display for AreaPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.is_in { "" } else { "!" };
        write!(f, "{not}{}", self.regions)
    }
}

as_text!(RegionPattern, AreaPart);

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, region: &str) -> bool {
        let mainland = ["!cn-hongkong", "cn-*"].map(|part| part.parse().expect("a part"));
        let areas = Areas::from([("mainland".to_owned(), mainland.to_vec())]);
        let pattern: RegionPattern = pattern.parse().expect("a pattern");
        pattern.fits(&region.into(), &areas)
    }

    #[test]
    fn a_pattern_fits_its_regions() {
        for (pattern, region, expected) in [
            ("cn-hangzhou", "cn-hangzhou", true),
            ("cn-hangzhou", "cn-hangzhou-2", false),
            ("cn-*", "cn-hongkong", true),
            ("*", "eu-central-1", true),
            ("area:mainland", "cn-hangzhou", true),
            ("area:mainland", "cn-hongkong", false),
            ("area:mainland", "ap-southeast-1", false),
        ] {
            assert_eq!(fits(pattern, region), expected, "{pattern} {region}");
        }
    }

    #[test]
    fn patterns_are_written_as_they_are_read() {
        for text in ["cn-hangzhou", "ap-*", "*", "area:mainland"] {
            let pattern: RegionPattern = text.parse().expect("a pattern");
            assert_eq!(pattern.to_string(), text);
        }
        for bad in ["", "a*b", "area:", "area:a*", "!cn-hongkong", "CN"] {
            assert!(bad.parse::<RegionPattern>().is_err(), "{bad}");
        }
        assert!("area:mainland".parse::<AreaPart>().is_err());
    }
}
