use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use secrecy::SecretString;

use crate::traits::SessionCredentials;

/// What requests are signed with. `Debug` shows no secret. A clone shares the texts: every attempt of a call takes one.
#[derive(Clone)]
pub struct Keys(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    access_key_id: String,
    access_key_secret: SecretString,
    token: Option<SecretString>,
    expires_at: Option<SystemTime>,
    origin: Option<String>,
    role: bool,
}

impl Keys {
    /// Keys that do not expire.
    pub fn new(
        access_key_id: impl Into<String>,
        access_key_secret: impl Into<SecretString>,
    ) -> Self {
        Self(Arc::new(Parts {
            access_key_id: access_key_id.into(),
            access_key_secret: access_key_secret.into(),
            token: None,
            expires_at: None,
            origin: None,
            role: false,
        }))
    }

    /// Sets the session token.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<SecretString>) -> Self {
        self.parts().token = Some(token.into());
        self
    }

    /// Sets when they expire.
    #[must_use]
    pub fn with_expiry(mut self, expires_at: SystemTime) -> Self {
        self.parts().expires_at = Some(expires_at);
        self
    }

    /// Sets where they come from, for messages: "the role x".
    #[must_use]
    pub fn with_origin(mut self, origin: impl Into<String>) -> Self {
        self.parts().origin = Some(origin.into());
        self
    }

    /// Marks them as a role's. A role assumed with them is a chained one, whose sessions a cloud may keep shorter.
    #[must_use]
    pub fn of_role(mut self) -> Self {
        self.parts().role = true;
        self
    }

    fn parts(&mut self) -> &mut Parts {
        Arc::make_mut(&mut self.0)
    }

    /// Whether they are known to be a role's.
    pub fn is_role(&self) -> bool {
        self.0.role
    }

    /// Where they come from, if the source said so.
    pub fn origin(&self) -> Option<&str> {
        self.0.origin.as_deref()
    }

    /// The access key ID. It tells keys apart and is no secret.
    pub fn access_key_id(&self) -> &str {
        &self.0.access_key_id
    }

    /// The access key secret.
    pub fn access_key_secret(&self) -> &SecretString {
        &self.0.access_key_secret
    }

    /// The session token.
    pub fn token(&self) -> Option<&SecretString> {
        self.0.token.as_ref()
    }

    /// When they expire, if they do.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.0.expires_at
    }
}

impl From<SessionCredentials> for Keys {
    fn from(session: SessionCredentials) -> Self {
        Self::new(session.access_key_id, session.access_key_secret)
            .with_token(session.token)
            .with_expiry(session.expires_at)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("access_key_id", &self.0.access_key_id)
            .field("session", &self.0.token.is_some())
            .field("expires_at", &self.0.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let keys = Keys::new("the-id", "s3cret").with_token("t0ken");
        let shown = format!("{keys:?}");
        assert!(shown.contains("the-id"), "{shown}");
        assert!(
            !shown.contains("s3cret") && !shown.contains("t0ken"),
            "{shown}"
        );
    }
}
