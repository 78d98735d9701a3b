//! Refusals in the clouds' words. How they look on the wire is each cloud's business.

/// An error answer. Codes are matched by clients literally, misspelt ones included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// A hint in milliseconds, for clouds that give one.
    pub(crate) retry_after: Option<u64>,
    /// Whether it travels inside an answer that HTTP calls a success; one product answers so.
    pub(crate) enveloped: bool,
    /// Who lacked what, for clouds that tell.
    pub(crate) detail: Option<Box<serde_json::Value>>,
}

impl Failure {
    pub(crate) fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            retry_after: None,
            enveloped: false,
            detail: None,
        }
    }

    /// The usual status, 400: most products use it for nearly everything.
    pub(crate) fn bad(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    pub(crate) fn forbidden(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(403, code, message)
    }

    pub(crate) fn missing(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(404, code, message)
    }
}
