//! Whether an answer came whole. The SDK reads what there is of an answer: without its end tags, and without the list that
//! was asked for, which it takes for an empty one. So answers are looked at before the SDK sees them.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use landbridge_core::Error;
use landbridge_core::backend::{CloudTime, MOST_DEPTH, take_bytes};
use xmlparser::{ElementEnd, Token, Tokenizer};

use super::listen::in_memory;
use super::operation::list_of;
use super::time;

/// Why an answer is not given to the SDK.
#[derive(Debug)]
pub(super) enum Unfit {
    /// It is cut, is no answer of the cloud, or has no list. It may be whole another time.
    Torn(String),
    /// A bound of ours was passed.
    Beyond(Error),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn(why) => f.write_str(why),
            Self::Beyond(error) => f.write_str(error.message()),
        }
    }
}

impl std::error::Error for Unfit {}

fn torn(why: impl Into<String>) -> Unfit {
    Unfit::Torn(why.into())
}

/// A client that gives out good answers to operations only if they are whole, counts their bytes for the listing that they
/// belong to, and lets `time` hear their dates.
pub(super) fn whole_only(http: SharedHttpClient, time: Arc<CloudTime>) -> SharedHttpClient {
    SharedHttpClient::new(Whole { inner: http, time })
}

#[derive(Debug)]
struct Whole<T> {
    inner: T,
    time: Arc<CloudTime>,
}

impl HttpClient for Whole<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Whole {
            inner: self.inner.http_connector(settings, components),
            time: Arc::clone(&self.time),
        })
    }
}

impl HttpConnector for Whole<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(action) = action_of(&request) else {
            return self.inner.call(request);
        };
        let sent = time::signed_at(&request);
        let answer = self.inner.call(request);
        let time = Arc::clone(&self.time);
        HttpConnectorFuture::new(async move {
            let answer = in_memory(answer.await?).await?;
            let body = answer.body().bytes().unwrap_or_default();
            let fits = take_bytes(body.len()).map_err(Unfit::Beyond);
            let is_good = answer.status().is_success();
            let fits = fits.and_then(|()| match is_good {
                true => check(body, list_of(&action)),
                false => Ok(()),
            });
            fits.map_err(|unfit| ConnectorError::other(unfit.into(), None))?;
            if is_good {
                hear(&time, sent, &answer);
            }
            Ok(answer)
        })
    }
}

fn hear(time: &CloudTime, sent: Option<SystemTime>, answer: &HttpResponse) {
    if let (Some(date), Some(sent)) = (time::date_of(answer), sent) {
        time.hear(date, sent);
    }
}

/// The operation of a request of the query protocol; others have none.
fn action_of(request: &HttpRequest) -> Option<String> {
    let body = std::str::from_utf8(request.body().bytes()?).ok()?;
    let action = body.strip_prefix("Action=")?.split('&').next()?;
    Some(action.to_owned())
}

/// Whether a good answer is a whole XML document of the cloud, with this element among the members of the answer or of its
/// result.
fn check(body: &[u8], list: Option<&str>) -> Result<(), Unfit> {
    let text = std::str::from_utf8(body).map_err(|_| torn("the answer is no text"))?;
    let mut open: Vec<&str> = Vec::new();
    let (mut root, mut has_list) = (None, list.is_none());
    for token in Tokenizer::from(text) {
        match token.map_err(|_| torn("the answer is no XML document"))? {
            Token::ElementStart { local, .. } => {
                root.get_or_insert(local.as_str());
                open.push(local.as_str());
                has_list |= (2..=3).contains(&open.len()) && list == Some(local.as_str());
                if open.len() > MOST_DEPTH {
                    let why = format!("the answer nests deeper than {MOST_DEPTH} levels");
                    return Err(torn(why));
                }
            }
            Token::ElementEnd {
                end: ElementEnd::Empty,
                ..
            } => {
                open.pop();
            }
            Token::ElementEnd {
                end: ElementEnd::Close(_, name),
                ..
            } if open.pop() != Some(name.as_str()) => {
                return Err(torn("the answer is no XML document"));
            }
            _ => {}
        }
    }
    match root {
        Some(_) if !open.is_empty() => Err(torn("the answer was cut off")),
        Some(root) if !root.ends_with("Response") => {
            Err(torn("the answer is an XML document of something else"))
        }
        None => Err(torn("the answer is empty")),
        Some(_) if !has_list => Err(torn(format!(
            "the answer has no `{}`",
            list.unwrap_or_default()
        ))),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<?xml version=\"1.0\"?><DescribeVpcsResponse xmlns=\"u\"><requestId>r</requestId>\
         <vpcSet><item><vpcId>vpc-1</vpcId><tagSet/></item></vpcSet></DescribeVpcsResponse>";

    fn fits(body: &str, list: Option<&str>) -> Result<(), String> {
        check(body.as_bytes(), list).map_err(|unfit| unfit.to_string())
    }

    #[test]
    fn an_answer_cut_at_any_byte_is_torn() {
        fits(PAGE, Some("vpcSet")).expect("whole");
        for end in 0..PAGE.len() {
            fits(&PAGE[..end], Some("vpcSet")).expect_err(&PAGE[..end]);
        }
    }

    #[test]
    fn the_list_must_be_a_member_of_the_answer_or_of_its_result() {
        for whole in [
            "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>",
            "<ListRolesResponse><ListRolesResult><vpcSet></vpcSet></ListRolesResult></ListRolesResponse>",
        ] {
            fits(whole, Some("vpcSet")).expect("whole");
        }
        for torn in [
            "<DescribeVpcsResponse/>",
            "<DescribeVpcsResponse><requestId>r</requestId></DescribeVpcsResponse>",
            "<DescribeVpcsResponse><a><b><vpcSet/></b></a></DescribeVpcsResponse>",
            "<vpcSet/>",
        ] {
            fits(torn, Some("vpcSet")).expect_err(torn);
        }
        fits("<DeleteVpcResponse/>", None).expect("no list was asked for");
    }

    #[test]
    fn what_is_no_answer_of_the_cloud_is_torn() {
        for body in [
            "",
            "{}",
            "<html><body>busy</body></html>",
            "<!DOCTYPE html><p>busy",
            "<AResponse></BResponse>",
            "<AResponse>\u{0}</AResponse>",
        ] {
            fits(body, None).expect_err(body);
        }
        check(b"<AResponse>\xff</AResponse>", None).expect_err("no text");
        let deep = format!("<AResponse>{}", "<a>".repeat(100_000));
        fits(&deep, None).expect_err("too deep");
    }

    fn cases() -> u32 {
        let asked = std::env::var("LANDBRIDGE_FUZZ_CASES").ok();
        asked.and_then(|text| text.parse().ok()).unwrap_or(500)
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config {
            cases: cases(),
            failure_persistence: None,
            ..Default::default()
        })]

        #[test]
        fn no_bytes_make_it_panic(body: Vec<u8>) {
            let _ = check(&body, Some("vpcSet"));
        }

        #[test]
        fn no_damage_to_an_answer_makes_it_panic(at in 0..PAGE.len(), byte: u8, times in 0..300_usize) {
            let mut body = PAGE.as_bytes().to_vec();
            body[at] = byte;
            let middle = body[at..].repeat(times);
            body.splice(at..at, middle);
            let _ = check(&body, Some("vpcSet"));
        }
    }
}
