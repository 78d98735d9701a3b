//! Which worlds are looked at.

use super::LAYERS;

/// Seeds: `LANDBRIDGE_SEED` names a single one, `LANDBRIDGE_WORLDS` asks for enough to make so many worlds; without both,
/// always the same few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(std::ops::Range<u64>);

impl Seeds {
    /// As the environment says, or the first `few`.
    ///
    /// # Panics
    /// If a variable holds no number.
    pub fn from_env(few: u64) -> Self {
        let number = |name: &str| {
            let text = std::env::var(name).ok()?;
            Some(
                text.parse()
                    .unwrap_or_else(|_| panic!("invalid {name} `{text}`: expected a number")),
            )
        };
        Self::chosen(number("LANDBRIDGE_SEED"), number("LANDBRIDGE_WORLDS"), few)
    }

    fn chosen(seed: Option<u64>, worlds: Option<u64>, few: u64) -> Self {
        let each = LAYERS as u64 + 1;
        match (seed, worlds) {
            (Some(seed), _) => Self(seed..seed + 1),
            (None, Some(worlds)) => Self(0..worlds.div_ceil(each)),
            (None, None) => Self(0..few),
        }
    }
}

impl IntoIterator for Seeds {
    type Item = u64;
    type IntoIter = std::ops::Range<u64>;

    fn into_iter(self) -> Self::IntoIter {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Seeds;

    #[test]
    fn one_seed_many_worlds_or_the_same_few() {
        assert_eq!(Seeds::chosen(Some(9), Some(70), 3), Seeds(9..10));
        assert_eq!(Seeds::chosen(None, Some(70), 3), Seeds(0..10));
        assert_eq!(Seeds::chosen(None, None, 3), Seeds(0..3));
    }
}
