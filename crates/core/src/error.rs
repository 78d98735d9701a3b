//! The one error type of the trait layer and the engine.

use std::error::Error as StdError;
use std::fmt::{self, Write};
use std::time::Duration;

use crate::ids::Place;
use crate::topology::TopologyError;

/// A `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, named by what the caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value we were given is wrong. Correct it; repeating the call does not help.
    InvalidInput,
    /// The object does not exist, or the caller may not see it. On a delete this means "done".
    NotFound,
    /// An object with the same natural key exists. Read it back and adopt it if it is ours.
    AlreadyExists,
    /// The object, its parent or a lock is busy. Wait and repeat the same call.
    Busy,
    /// Something still depends on the object. Remove that first, or wait until it has drained.
    InUse,
    /// The cloud asks to slow down. Wait, then repeat.
    Throttled,
    /// The cloud failed or could not be reached before it acted. Repeat.
    Unavailable,
    /// The request may or may not have taken effect: the answer was lost. Read back before sending it again.
    OutcomeUnknown,
    /// The caller may not do this. Change its permissions.
    PermissionDenied,
    /// The credentials are wrong, absent or disabled.
    Unauthenticated,
    /// The session has expired. Refresh it and repeat.
    SessionExpired,
    /// The local clock is too far from the cloud's.
    ClockSkew,
    /// A quota is used up. Raise it or free something.
    QuotaExceeded,
    /// A paid service is not open in the account. Open it.
    ServiceNotOpen,
    /// The cloud or the backend cannot do this.
    Unsupported,
    /// The deadline passed.
    Timeout,
    /// The caller cancelled.
    Cancelled,
    /// The run may not write any more: its lease has ended, so another worker may write. The one that has it goes on.
    LeaseLost,
    /// The object reached a state from which it cannot become ready.
    Failed,
    /// The answer could not be understood.
    Malformed,
    /// Anything else the cloud refused.
    Refused,
}

impl ErrorKind {
    /// All kinds.
    pub(crate) const ALL: [Self; 21] = [
        Self::InvalidInput,
        Self::NotFound,
        Self::AlreadyExists,
        Self::Busy,
        Self::InUse,
        Self::Throttled,
        Self::Unavailable,
        Self::OutcomeUnknown,
        Self::PermissionDenied,
        Self::Unauthenticated,
        Self::SessionExpired,
        Self::ClockSkew,
        Self::QuotaExceeded,
        Self::ServiceNotOpen,
        Self::Unsupported,
        Self::Timeout,
        Self::Cancelled,
        Self::LeaseLost,
        Self::Failed,
        Self::Malformed,
        Self::Refused,
    ];

    /// The kind as one word of JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid-input",
            Self::NotFound => "not-found",
            Self::AlreadyExists => "already-exists",
            Self::Busy => "busy",
            Self::InUse => "in-use",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::OutcomeUnknown => "outcome-unknown",
            Self::PermissionDenied => "permission-denied",
            Self::Unauthenticated => "unauthenticated",
            Self::SessionExpired => "session-expired",
            Self::ClockSkew => "clock-skew",
            Self::QuotaExceeded => "quota-exceeded",
            Self::ServiceNotOpen => "service-not-open",
            Self::Unsupported => "unsupported",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::LeaseLost => "lease-lost",
            Self::Failed => "failed",
            Self::Malformed => "malformed",
            Self::Refused => "refused",
        }
    }

    /// The kind in words, as printed at the head of a message.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid input",
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::Busy => "busy",
            Self::InUse => "still in use",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::OutcomeUnknown => "outcome unknown",
            Self::PermissionDenied => "permission denied",
            Self::Unauthenticated => "credentials refused",
            Self::SessionExpired => "session expired",
            Self::ClockSkew => "clock skew",
            Self::QuotaExceeded => "quota exceeded",
            Self::ServiceNotOpen => "service not open",
            Self::Unsupported => "unsupported",
            Self::Timeout => "deadline passed",
            Self::Cancelled => "cancelled",
            Self::LeaseLost => "lost lease",
            Self::Failed => "failed",
            Self::Malformed => "answer not understood",
            Self::Refused => "refused",
        }
    }

    /// Whether running the whole operation again may come further, without any other change: what is
    /// temporary, what took too long, what was cancelled, and what reading back settles.
    pub fn may_pass(self) -> bool {
        self.is_temporary()
            || matches!(
                self,
                Self::OutcomeUnknown | Self::Timeout | Self::Cancelled | Self::LeaseLost
            )
    }

    /// Whether repeating the same call later may succeed without any other change.
    ///
    /// [`OutcomeUnknown`](Self::OutcomeUnknown) is not among them: it asks for a read-back first.
    pub fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::Busy | Self::InUse | Self::Throttled | Self::Unavailable | Self::SessionExpired
        )
    }
}

/// An error with everything needed to act on it: what was attempted, where, what the cloud said, and the remedy.
///
/// `Display` prints kind, operation, place, message, code, request id and remedy, and never the source; walk
/// [`source`](StdError::source) for the chain. No secret ever enters an error.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<String>,
    place: Option<Place>,
    code: Option<String>,
    request_id: Option<String>,
    remedy: Option<String>,
    retry_after: Option<Duration>,
    exhausted: bool,
    unreadable: u32,
    lasting: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind`; `message` says who, what and on which id.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            place: None,
            code: None,
            request_id: None,
            remedy: None,
            retry_after: None,
            exhausted: false,
            unreadable: 0,
            lasting: false,
            source: None,
        }))
    }

    /// The call cannot be honoured by this backend.
    pub fn unsupported(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, what)
    }

    /// Sets the operation, in the cloud's own words where there is one (`CreateVpc`).
    #[must_use]
    pub fn with_operation(mut self, operation: impl Into<String>) -> Self {
        self.0.operation = Some(operation.into());
        self
    }

    /// Sets the place.
    #[must_use]
    pub fn with_place(mut self, place: Place) -> Self {
        self.0.place = Some(place);
        self
    }

    /// Sets the cloud's literal error code.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// Sets the cloud's request id, which its support asks for.
    #[must_use]
    pub fn with_request_id(mut self, request_id: impl Into<String>) -> Self {
        self.0.request_id = Some(request_id.into());
        self
    }

    /// Sets what to do about it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// Sets how long the cloud asks to wait before the next attempt.
    #[must_use]
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// Sets the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Sets how many answers to the request came and could not be read. Default: 0, or 1 for
    /// [`Malformed`](ErrorKind::Malformed).
    #[must_use]
    pub fn with_unreadable_answers(mut self, count: u32) -> Self {
        self.0.unreadable = count;
        self
    }

    /// Replaces the kind, keeping all else.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Replaces the message, keeping all else.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Marks the error as final: somebody already retried as long as it made sense, outer loops stop.
    #[must_use]
    pub fn exhausted(mut self) -> Self {
        self.0.exhausted = true;
        self
    }

    /// Marks the error as one that does not pass by waiting, whatever its kind.
    pub(crate) fn lasting(mut self) -> Self {
        self.0.exhausted = true;
        self.0.lasting = true;
        self
    }

    /// Whether running the whole operation again may come further, without any other change.
    pub(crate) fn may_pass(&self) -> bool {
        self.0.kind.may_pass() && !self.0.lasting
    }

    /// The same without its source, for each other request that one call was for.
    #[must_use]
    pub fn repeated(&self) -> Self {
        let Inner {
            kind,
            message,
            operation,
            place,
            code,
            request_id,
            remedy,
            retry_after,
            exhausted,
            unreadable,
            lasting,
            source: _,
        } = &*self.0;
        Self(Box::new(Inner {
            kind: *kind,
            message: message.clone(),
            operation: operation.clone(),
            place: place.clone(),
            code: code.clone(),
            request_id: request_id.clone(),
            remedy: remedy.clone(),
            retry_after: *retry_after,
            exhausted: *exhausted,
            unreadable: *unreadable,
            lasting: *lasting,
            source: None,
        }))
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Who, what, on which id.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The operation, in the cloud's own words where there is one.
    pub fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// Where it happened.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The cloud's literal error code.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The cloud's request id.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What to do about it.
    pub fn remedy(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }

    /// How long the cloud asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How many answers to the request came and could not be read, over all its attempts.
    pub fn unreadable_answers(&self) -> u32 {
        let own = u32::from(self.0.kind == ErrorKind::Malformed);
        self.0.unreadable.max(own)
    }

    /// Whether to repeat the same call after waiting.
    ///
    /// *Troubleshooting*: `false` although the [kind](Self::kind) is temporary means that retries are used up.
    pub fn is_retryable(&self) -> bool {
        !self.0.exhausted && self.0.kind.is_temporary()
    }

    /// Whether the object is absent, which a delete takes for success.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        f.write_str(inner.kind.as_str())?;
        if let Some(operation) = &inner.operation {
            write!(f, " ({operation}")?;
            if let Some(place) = &inner.place {
                write!(f, " in {place}")?;
            }
            f.write_str(")")?;
        } else if let Some(place) = &inner.place {
            write!(f, " (in {place})")?;
        }
        match inner.operation.is_some() || inner.code.is_some() {
            // A cloud's words may not look like lines of ours.
            true => write!(f, ": {}", OneLine(&inner.message))?,
            false => write!(f, ": {}", inner.message)?,
        }
        if let Some(code) = &inner.code {
            write!(f, " [{}]", OneLine(code))?;
        }
        if let Some(id) = &inner.request_id {
            write!(f, " [request {}]", OneLine(id))?;
        }
        if let Some(remedy) = &inner.remedy {
            write!(f, "; {remedy}")?;
        }
        Ok(())
    }
}

/// Text whose control characters are shown as escapes, ends of lines included.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c.is_control() {
                true => write!(f, "{}", c.escape_unicode())?,
                false => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("display", &format_args!("{self}"))
            .field("source", &self.0.source)
            .finish()
    }
}

/// [`InvalidInput`](ErrorKind::InvalidInput), with all problems in the message and the [`TopologyError`] as source.
impl From<TopologyError> for Error {
    fn from(error: TopologyError) -> Self {
        Self::new(ErrorKind::InvalidInput, error.to_string()).with_source(error)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CloudName;

    #[test]
    fn display_names_what_where_and_the_remedy_but_not_the_source() {
        let error = Error::new(ErrorKind::ServiceNotOpen, "transit routers are closed")
            .with_operation("CreateTransitRouter")
            .with_place(Place::new(
                CloudName::from_static("aliyun"),
                "0123",
                "cn-hangzhou",
            ))
            .with_code("Forbbiden.TransitRouterServiceNotOpen")
            .with_request_id("R-1")
            .with_remedy("open the service")
            .with_source("inner text");
        assert_eq!(
            error.to_string(),
            "service not open (CreateTransitRouter in aliyun:0123:cn-hangzhou): transit routers are closed \
             [Forbbiden.TransitRouterServiceNotOpen] [request R-1]; open the service"
        );
    }

    #[test]
    fn what_a_cloud_says_stays_on_one_line() {
        let error = Error::new(ErrorKind::Refused, "a\r\nforged: line")
            .with_operation("CreateVpc")
            .with_code("E\u{1b}[2J")
            .with_request_id("R\n1");
        assert_eq!(
            error.to_string(),
            "refused (CreateVpc): a\\u{d}\\u{a}forged: line [E\\u{1b}[2J] [request R\\u{a}1]"
        );
        assert_eq!(error.message(), "a\r\nforged: line");
    }

    #[test]
    fn errors_of_all_parts_meet_in_one_type() {
        fn read() -> Result<()> {
            crate::topology::Topology::from_text("name: x\ncolour: blue\n")?;
            Ok(())
        }
        let error = read().expect_err("an unknown key");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("colour"), "{error}");
        assert!(StdError::source(&error).is_some_and(|source| source.is::<TopologyError>()));
    }

    #[test]
    fn exhausted_errors_are_not_retried_again() {
        let busy = Error::new(ErrorKind::Busy, "locked");
        assert!(busy.is_retryable());
        assert!(!busy.exhausted().is_retryable());
    }
}
