use serde::Serialize;

/// How many of something a cloud allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Quota {
    /// What an account may have that asked for no more.
    pub usual: usize,
    /// What no account may have more of; absent where it is not known.
    pub most: Option<usize>,
}

impl Quota {
    /// The same for every account.
    pub const fn fixed(number: usize) -> Self {
        Self {
            usual: number,
            most: Some(number),
        }
    }

    /// This many, unless the account asked for more.
    pub const fn raisable(usual: usize) -> Self {
        Self { usual, most: None }
    }

    /// Sets the number that no account may have more of.
    #[must_use]
    pub const fn up_to(mut self, most: usize) -> Self {
        self.most = Some(most);
        self
    }
}
