//! Whatever the body of an answer is, good or bad: a document or a fault.

use super::answer::{Answer, interpret};
use crate::fuzz_support::fuzz;
use crate::params::Params;
use crate::request::{Product, Request};

#[test]
fn bodies_of_errors() {
    let samples: [&[u8]; 4] = [
        br#"{"RequestId":"R","HostId":"cbn.aliyuncs.com","Code":"Throttling.User","Message":"slow down","Recommend":"https://x","AccessDeniedDetail":{"AuthAction":"cen:X","PolicyType":"p"}}"#,
        br#"{"requestId":"R","code":"Forbidden","message":"no","success":false}"#,
        b"<?xml version='1.0'?><Error><RequestId>R</RequestId><Code>InvalidParameter</Code><Message>a &lt; b &#65;</Message></Error>",
        b"<html><body>502 Bad Gateway</body></html>",
    ];
    let request = Request::new(Product::Cbn, "CreateCen", Params::new());
    fuzz("aliyun bodies of errors", &samples, |body| {
        for status in [200, 302, 400, 403, 429, 503] {
            let mut answer = Answer {
                status,
                retry_after_ms: None,
                date: None,
                request_id: None,
                body: body.to_vec(),
            };
            let _ = interpret(&mut answer, &request).is_ok();
        }
    });
}
