//! Where the backend and the official models differ, and why that is right. Everything else must agree.

/// One reason, and where it shows.
#[derive(Debug)]
pub(crate) struct Accepted {
    why: &'static str,
    shows: &'static [&'static str],
}

pub(crate) const REQUESTS: &[Accepted] = &[];

/// Problems that are not accepted, and accepted ones that are none.
pub(crate) fn complaints(problems: &[String], accepted: &'static [Accepted]) -> Vec<String> {
    let all = || {
        let each = |known: &'static Accepted| known.shows.iter().map(move |shows| (*shows, known.why));
        accepted.iter().flat_map(each)
    };
    let new = problems
        .iter()
        .filter(|problem| !all().any(|(shows, _)| shows == *problem))
        .cloned();
    let over = all()
        .filter(|(shows, _)| !problems.iter().any(|problem| problem == shows))
        .map(|(shows, why)| format!("not found: {shows}, accepted because {why}"));
    new.chain(over).collect()
}
