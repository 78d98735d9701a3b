//! Who may keep which topologies.
