//! The words of the clouds of a picture.

use std::collections::BTreeSet;

use super::{ElementKind, LinkKind, Picture, Words};
use crate::ids::CloudName;

impl Picture {
    /// What a cloud calls things.
    pub(super) fn words_of(&self, cloud: &CloudName) -> Words {
        let known = self.words.get(cloud).cloned();
        known.unwrap_or_else(|| Words::new(cloud.as_str()))
    }

    /// What an element of a cloud is called; empty for what needs no name beside its own.
    pub(super) fn kind_word(&self, cloud: Option<&CloudName>, kind: ElementKind) -> String {
        let words = match cloud {
            Some(cloud) => self.words_of(cloud),
            None => Words::new(""),
        };
        match kind {
            ElementKind::GlobalHub => words.global_hub,
            ElementKind::RegionalHub => words.regional_hub,
            ElementKind::EdgeHub => words.edge_hub,
            ElementKind::BorderRouter => words.border_router,
            ElementKind::Network => words.network,
            ElementKind::Interconnect => "interconnect".to_owned(),
            ElementKind::Other => String::new(),
            ElementKind::Unknown => String::new(),
        }
    }

    /// What links of a kind are called, on all clouds of the picture.
    pub(super) fn link_word(&self, kind: LinkKind) -> String {
        let of = |word: fn(Words) -> String| {
            let clouds: BTreeSet<&CloudName> = self.accounts.iter().map(|a| &a.cloud).collect();
            let words: BTreeSet<String> = clouds
                .into_iter()
                .map(|cloud| word(self.words_of(cloud)))
                .collect();
            Vec::from_iter(words).join(" or ")
        };
        match kind {
            LinkKind::Attachment => "attachment".to_owned(),
            LinkKind::Link => "connection between regions".to_owned(),
            LinkKind::Peering => of(|words| words.peering),
            LinkKind::Member => "part of an interconnect".to_owned(),
            LinkKind::Part => format!("part of the {}", of(|words| words.global_hub)),
        }
    }
}
