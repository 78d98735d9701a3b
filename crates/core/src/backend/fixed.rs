use secrecy::SecretString;

use super::Keys;

/// Keys given by the program. Each backend takes them as a source of keys.
#[derive(Clone, Debug)]
pub struct StaticCredentials(Keys);

impl StaticCredentials {
    /// Keys of a user or an account.
    pub fn new(
        access_key_id: impl Into<String>,
        access_key_secret: impl Into<SecretString>,
    ) -> Self {
        Self(Keys::new(access_key_id, access_key_secret))
    }

    /// Sets the token of a session.
    #[must_use]
    pub fn with_token(self, token: impl Into<SecretString>) -> Self {
        Self(self.0.with_token(token))
    }

    /// Sets where the program has them from, for messages.
    #[must_use]
    pub fn with_origin(self, origin: impl Into<String>) -> Self {
        Self(self.0.with_origin(origin))
    }

    /// The keys.
    pub fn keys(&self) -> &Keys {
        &self.0
    }
}

impl From<Keys> for StaticCredentials {
    fn from(keys: Keys) -> Self {
        Self(keys)
    }
}
