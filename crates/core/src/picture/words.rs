//! What a cloud calls the things in a picture.

use serde::Serialize;

/// What one cloud calls the things in a picture. The default words are those that all clouds share; the names are
/// English, singular and start in lower case unless they are abbreviations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Words {
    /// The cloud itself. Default: its name in topology files.
    pub cloud: String,
    /// A network. Default: `network`.
    pub network: String,
    /// A hub of all regions. Default: `global hub`.
    pub global_hub: String,
    /// A hub of one region. Default: `regional hub`.
    pub regional_hub: String,
    /// A hub at the edge of private lines. Default: `edge hub`.
    pub edge_hub: String,
    /// The router at the end of a private line. Default: `border router`.
    pub border_router: String,
    /// Two networks joined. Default: `peering`.
    pub peering: String,
}

impl Words {
    /// The default words of a cloud of this name.
    pub fn new(cloud: impl Into<String>) -> Self {
        Self {
            cloud: cloud.into(),
            network: "network".to_owned(),
            global_hub: "global hub".to_owned(),
            regional_hub: "regional hub".to_owned(),
            edge_hub: "edge hub".to_owned(),
            border_router: "border router".to_owned(),
            peering: "peering".to_owned(),
        }
    }

    /// Sets what networks are called.
    #[must_use]
    pub fn with_network(mut self, word: impl Into<String>) -> Self {
        self.network = word.into();
        self
    }

    /// Sets what hubs are called: those of all regions, of one region, and at the edge.
    #[must_use]
    pub fn with_hubs(
        mut self,
        global: impl Into<String>,
        regional: impl Into<String>,
        edge: impl Into<String>,
    ) -> Self {
        self.global_hub = global.into();
        self.regional_hub = regional.into();
        self.edge_hub = edge.into();
        self
    }

    /// Sets what the routers at the ends of private lines are called.
    #[must_use]
    pub fn with_border_router(mut self, word: impl Into<String>) -> Self {
        self.border_router = word.into();
        self
    }

    /// Sets what two networks that are joined are called.
    #[must_use]
    pub fn with_peering(mut self, word: impl Into<String>) -> Self {
        self.peering = word.into();
        self
    }
}
