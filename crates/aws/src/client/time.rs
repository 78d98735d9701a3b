//! Times: our clock for the SDK, and the dates of requests and answers.

use std::sync::Arc;
use std::time::SystemTime;

use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::date_time::{DateTime, Format};
use landbridge_core::backend::CloudTime;

/// Our clock, corrected by the cloud's dates, for the SDK: requests are signed with its time.
#[derive(Clone, Debug)]
pub(super) struct ClockTime(pub(super) Arc<CloudTime>);

impl TimeSource for ClockTime {
    fn now(&self) -> SystemTime {
        self.0.now()
    }
}

/// The date of an answer.
pub(super) fn date_of(answer: &HttpResponse) -> Option<SystemTime> {
    let text = answer.headers().get("date")?;
    let date = DateTime::from_str(text, Format::HttpDate).ok()?;
    date.try_into().ok()
}

/// The date with which a request is signed, such as `20260102T030405Z`.
pub(super) fn signed_at(request: &HttpRequest) -> Option<SystemTime> {
    read_date(request.headers().get("x-amz-date")?)
}

fn read_date(text: &str) -> Option<SystemTime> {
    let part = |range| text.get(range);
    let iso = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4)?,
        part(4..6)?,
        part(6..8)?,
        part(9..11)?,
        part(11..13)?,
        part(13..15)?
    );
    let date = DateTime::from_str(&iso, Format::DateTime).ok()?;
    date.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_date_of_a_signature_is_read() {
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
        assert_eq!(read_date("20260102T030405Z"), Some(date));
        for text in [
            "",
            "2026",
            "2026-01-02T03:04:05Z",
            "20261399T030405Z",
            "日本語の日付です",
        ] {
            assert_eq!(read_date(text), None, "{text}");
        }
    }
}
