//! What a report prints.

use crate::conformance::{ConformanceReport, Finding, Verdict, Violation};
use crate::ids::CloudName;

fn finding(check: &'static str, family: &'static str, verdict: Verdict) -> Finding {
    Finding {
        check,
        family,
        promise: "a promise",
        verdict,
        left: Vec::new(),
    }
}

fn report() -> ConformanceReport {
    let broken = Violation {
        check: "network.delete",
        promise: "what is deleted goes",
        found: "it stays".to_owned(),
    };
    let mut stays = finding("network.delete", "network", Verdict::Broken(broken));
    stays.left.push("network net-1".to_owned());
    ConformanceReport {
        cloud: CloudName::from_static("memory"),
        findings: vec![
            finding("network.create", "network", Verdict::Kept),
            stays,
            finding(
                "trust.ensure",
                "trust",
                Verdict::NotOffered("no roles".to_owned()),
            ),
        ],
    }
}

#[test]
fn a_report_has_a_line_for_each_check_and_counts() {
    let text = "\
kept         network.create
BROKEN       network.delete: promised: what is deleted goes; found: it stays
LEFT BEHIND  network.delete: network net-1
not offered  trust.ensure: no roles
memory: 1 of 2 promises kept";
    assert_eq!(report().to_string(), text);
    assert_eq!(report().summary(), "1 of 2");
    assert!(!report().passed());
}

#[test]
fn a_report_is_a_table_by_family() {
    let text = "\
| family | kept | not offered |
| --- | --- | --- |
| network | 1 of 2 | 0 |
| trust | 0 of 0 | 1 |

- `network.delete`: what is deleted goes
";
    assert_eq!(report().to_markdown(), text);
}
