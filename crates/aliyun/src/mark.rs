//! The mark of ownership in a description, for objects that carry no tags or do not show them.

use landbridge_core::Owner;

const MARK: &str = "landbridge:";

/// The description of an object of `owner`.
pub(crate) fn mark(owner: &Owner) -> String {
    format!("{MARK}{} {}", owner.topology, owner.key)
}

/// The owner that a description tells, if it tells one.
pub(crate) fn read_mark(description: &str) -> Option<Owner> {
    let (topology, key) = description.strip_prefix(MARK)?.split_once(' ')?;
    let said = !topology.is_empty() && !key.is_empty();
    said.then(|| Owner::new(topology, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back_and_nothing_else_is_taken_for_one() {
        let owner = Owner::new("net", "role/peer");
        assert_eq!(mark(&owner), "landbridge:net role/peer");
        assert_eq!(read_mark(&mark(&owner)), Some(owner));
        for other in [
            "",
            "landbridge:",
            "landbridge:net",
            "landbridge: x",
            "of landbridge:net x",
        ] {
            assert_eq!(read_mark(other), None, "{other}");
        }
    }
}
