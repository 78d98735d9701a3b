//! AWS: the price list.

mod support;

use serde_json::{Value, json};
use support::aws::{A, Aws, B, pair};

const TARGET: &str = "AWSPriceListService.GetProducts";

async fn ask(user: &Aws, body: &Value) -> (u16, Value) {
    user.json("pricing", TARGET, &body.to_string()).await
}

fn filters(all: &[(&str, &str)]) -> Value {
    let filter = |(field, value): &(&str, &str)| json!({"Type": "TERM_MATCH", "Field": field, "Value": value});
    all.iter().map(filter).collect()
}

fn products(answer: &Value) -> Vec<Value> {
    let texts = answer["PriceList"].as_array().expect("a list").iter();
    let read = |text: &Value| serde_json::from_str(text.as_str().expect("a text")).expect("JSON");
    texts.map(read).collect()
}

#[tokio::test]
async fn filters_find_one_product_with_its_price() {
    let (_simulator, user, _) = pair().await;
    let wanted = filters(&[
        ("instanceType", "t3.micro"),
        ("regionCode", "us-east-2"),
        ("operatingSystem", "Linux"),
    ]);
    let body = json!({"ServiceCode": "AmazonEC2", "Filters": wanted, "FormatVersion": "aws_v1"});
    let (status, answer) = ask(&user, &body).await;
    assert_eq!(status, 200, "{answer:#}");
    let found = products(&answer);
    assert_eq!(found.len(), 1, "{found:#?}");
    let sku = found[0]["product"]["sku"].as_str().expect("a text");
    let term = &found[0]["terms"]["OnDemand"][format!("{sku}.JRTCKXETXF")];
    let price = &term["priceDimensions"][format!("{sku}.JRTCKXETXF.0")];
    assert_eq!(
        (
            price["unit"].as_str(),
            price["pricePerUnit"]["USD"].as_str()
        ),
        (Some("Hrs"), Some("0.0120000000"))
    );
}

#[tokio::test]
async fn pages_hold_every_product_once() {
    let (_simulator, user, _) = pair().await;
    let wanted = filters(&[("fromRegionCode", "ap-south-1")]);
    let mut body = json!({"ServiceCode": "AWSDataTransfer", "Filters": wanted, "MaxResults": 10});
    let mut skus = std::collections::BTreeSet::new();
    let mut pages = 0;
    loop {
        let (status, answer) = ask(&user, &body).await;
        assert_eq!(status, 200, "{answer:#}");
        let found = products(&answer).into_iter();
        skus.extend(found.map(|product| product["product"]["sku"].to_string()));
        pages += 1;
        match answer["NextToken"].as_str() {
            Some(token) => body["NextToken"] = token.into(),
            None => break,
        }
    }
    assert_eq!((pages, skus.len()), (4, 33));
}

#[tokio::test]
async fn refusals_speak_json() {
    let (simulator, user, _) = pair().await;
    let good = json!({"ServiceCode": "AmazonEC2"});
    let policy = r#"{"Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}"#;
    let spec = landbridge_sim::AccountSpec::new("aws", B).policy(policy);
    let restricted = Aws::new(&simulator, &simulator.provision(spec), "us-east-1");
    let stranger = Aws {
        key_id: "AKIAUNKNOWN000000000".to_owned(),
        ..user.clone()
    };
    let forger = Aws {
        secret: "wrong".to_owned(),
        ..user.clone()
    };
    for (caller, body, code) in [
        (&restricted, &good, "AccessDeniedException"),
        (&stranger, &good, "UnrecognizedClientException"),
        (&forger, &good, "InvalidSignatureException"),
        (
            &user.in_region("us-west-2"),
            &good,
            "InvalidSignatureException",
        ),
        (&user, &json!({}), "InvalidParameterException"),
        (
            &user,
            &json!({"ServiceCode": "x"}),
            "InvalidParameterException",
        ),
        (
            &user,
            &json!({"ServiceCode": "AmazonEC2", "MaxResults": 101}),
            "InvalidParameterException",
        ),
        (
            &user,
            &json!({"ServiceCode": "AmazonEC2", "Filters": [{"Type": "NONE_OF", "Field": "a", "Value": "b"}]}),
            "InvalidParameterException",
        ),
        (
            &user,
            &json!({"ServiceCode": "AmazonEC2", "NextToken": "x"}),
            "InvalidNextTokenException",
        ),
    ] {
        let (status, answer) = ask(caller, body).await;
        assert_eq!(
            (status, answer["__type"].as_str()),
            (400, Some(code)),
            "{body}: {answer}"
        );
    }
    let unknown = "AWSPriceListService.GetEverything";
    let (status, answer) = user.json("pricing", unknown, "{}").await;
    assert_eq!(
        (status, answer["__type"].as_str()),
        (400, Some("UnknownOperationException"))
    );
    assert!(
        simulator
            .calls()
            .iter()
            .any(|call| call.account == A && call.product == "pricing")
    );
}
