//! Hints for typing mistakes.

/// `; did you mean ..?` with the candidate that is closest to `typed`, or nothing where none is close.
pub(super) fn did_you_mean<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    // One mistake in three letters still looks like a typing mistake.
    let most = (typed.chars().count() / 3).max(1);
    let near = candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(typed, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance);
    near.map_or_else(String::new, |(_, candidate)| {
        format!("; did you mean `{candidate}`?")
    })
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn only_what_is_close_is_suggested() {
        let names = ["owner", "members", "model"];
        assert_eq!(did_you_mean("ownr", names), "; did you mean `owner`?");
        assert_eq!(did_you_mean("memebrs", names), "; did you mean `members`?");
        assert_eq!(did_you_mean("colour", names), "");
    }
}
