//! How often things are done that cost much and are needed once, for tests.

use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    static SEEN: RefCell<BTreeMap<&'static str, u32>> = RefCell::default();
}

/// Notes that it was done on this thread.
pub(crate) fn note(what: &'static str) {
    SEEN.with_borrow_mut(|seen| *seen.entry(what).or_default() += 1);
}

/// What was done on this thread since this was asked last.
fn take() -> BTreeMap<&'static str, u32> {
    SEEN.take()
}

mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use landbridge_core::{CloudName, Place};
    use serde_json::json;
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use crate::Aliyun;
    use crate::credential::StaticCredentials;
    use crate::paging::{Listing, TOKENED};
    use crate::params::Params;
    use crate::request::{Product, Request};

    #[tokio::test]
    async fn each_answer_is_parsed_once_and_each_part_of_a_request_hashed_once() {
        let server = MockServer::start().await;
        let page = |token: &str| json!({"TotalCount": 3, "Cens": [{}], "NextToken": token});
        for token in ["a", "b", ""] {
            Mock::given(any())
                .respond_with(ResponseTemplate::new(200).set_body_json(page(token)))
                .up_to_n_times(1)
                .mount(&server)
                .await;
        }
        let provider = Aliyun::builder()
            .endpoint(&server.uri())
            .expect("loopback")
            .credentials("1", Arc::new(StaticCredentials::new("id", "secret")))
            .build()
            .expect("a provider");
        let place = Place::new(CloudName::from_static("aliyun"), "1", "r");
        let client = provider.client(&place).expect("a client");
        super::take();
        let request = Request::new(Product::Cbn, "DescribeCens", Params::new());
        let all = Listing::new(request, TOKENED, &["Cens"]).read(&client, |_| Ok(()));
        assert_eq!(all.await.expect("reads").len(), 3);
        let expected = [("endpoint", 1), ("parsed", 3), ("hashed", 6), ("signed", 3)];
        assert_eq!(super::take(), BTreeMap::from(expected));
    }
}
