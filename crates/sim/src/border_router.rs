//! Border routers: where a private line ends. They are set up, not created by calls.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// A border router (VBR) of an account of Alibaba Cloud, with what lies behind its line.
#[derive(Debug, Clone)]
pub struct BorderRouterSpec {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) prefixes: Vec<Ipv4Net>,
    pub(crate) hosts: Vec<Ipv4Addr>,
}

impl BorderRouterSpec {
    /// A border router with nothing behind it yet.
    pub fn new(account: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            region: region.into(),
            id: None,
            name: String::new(),
            prefixes: Vec::new(),
            hosts: Vec::new(),
        }
    }

    /// Its id. Default: a new one.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Its name. Default none.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Adds a range that is reached over the line.
    ///
    /// # Panics
    /// If the text is not an IPv4 range.
    #[must_use]
    pub fn prefix(mut self, range: &str) -> Self {
        self.prefixes
            .push(range.parse().expect("a prefix is an IPv4 range"));
        self
    }

    /// Adds a host that answers echo requests, as long as its answers find the way back.
    ///
    /// # Panics
    /// If the text is not an IPv4 address.
    #[must_use]
    pub fn host(mut self, address: &str) -> Self {
        self.hosts
            .push(address.parse().expect("a host is an IPv4 address"));
        self
    }
}
