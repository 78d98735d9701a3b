//! The price of a product, from the texts of `PriceList`.

use std::collections::BTreeMap;

use landbridge_core::cost::{Amount, Currency, PriceDate, PriceQuote};
use landbridge_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

use super::{Wanted, malformed};

/// The one price of the one product that is wanted, on demand. Where it falls with the amount, the first tier.
///
/// # Errors
/// [`NotFound`](ErrorKind::NotFound), if there is no such product; [`Malformed`](ErrorKind::Malformed), if there are several,
/// or several prices.
pub(crate) fn quote(wanted: &Wanted, texts: &[String]) -> Result<PriceQuote> {
    let mut products = BTreeMap::new();
    for text in texts {
        let product: Value = serde_json::from_str(text)
            .map_err(|_| malformed("a product of the answer is no JSON text"))?;
        if wanted.fits(&product["product"]) {
            let sku = text_of(&product["product"]["sku"])?.to_owned();
            products.insert(sku, product);
        }
    }
    let skus: Vec<&str> = products.keys().map(String::as_str).collect();
    let skus = skus.join(", ");
    match products.len() {
        0 => Err(Error::new(
            ErrorKind::NotFound,
            format!("the price list has no product with {wanted}"),
        )),
        1 => one(
            wanted,
            &skus,
            products.values().next().unwrap_or(&Value::Null),
        ),
        many => Err(malformed(format!(
            "the price list has {many} products with {wanted}: {skus}"
        ))),
    }
}

impl Wanted {
    /// Whether a product has all that was asked for, also where an answer holds more.
    fn fits(&self, product: &Value) -> bool {
        let has = |(field, value): &(&str, String)| {
            let found = match *field {
                "productFamily" => &product["productFamily"],
                field => &product["attributes"][field],
            };
            found.as_str() == Some(value)
        };
        self.filters.iter().all(has)
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = self.filters.iter();
        let all: Vec<String> = all
            .map(|(field, value)| format!("{field}={value}"))
            .collect();
        f.write_str(&all.join(", "))
    }
}

fn one(wanted: &Wanted, sku: &str, product: &Value) -> Result<PriceQuote> {
    let terms = object(&product["terms"]["OnDemand"]);
    let term = single(terms, "price on demand")?;
    let tiers = object(&term["priceDimensions"]);
    let first = first_tier(tiers)?;
    let unit = text_of(&first["unit"])?;
    if !wanted
        .units
        .iter()
        .any(|known| known.eq_ignore_ascii_case(unit))
    {
        let expected = wanted.units.join("` or `");
        return Err(malformed(format!(
            "the price of product {sku} is for `{unit}`: expected `{expected}`"
        )));
    }
    let (amount, currency) = price_per_unit(&first["pricePerUnit"])?;
    let source = format!(
        "Price List GetProducts, {} {sku}, on demand",
        wanted.service
    );
    let mut quote = PriceQuote::new(amount, currency, source);
    quote.date = Some(date(text_of(&product["publicationDate"])?)?);
    quote.verified = wanted.doubt.is_none();
    let tier = (tiers.len() > 1).then(|| {
        let end = first["endRange"].as_str().unwrap_or_default();
        format!("the first of {} tiers, up to {end} {unit}", tiers.len())
    });
    let notes: Vec<String> = tier
        .into_iter()
        .chain(wanted.doubt.map(str::to_owned))
        .collect();
    quote.note = (!notes.is_empty()).then(|| notes.join("; "));
    Ok(quote)
}

/// The tier that begins with nothing.
fn first_tier(tiers: &Map<String, Value>) -> Result<&Value> {
    let begins = |tier: &&Value| {
        let begin = tier["beginRange"].as_str().unwrap_or("0");
        begin.parse().is_ok_and(Amount::is_zero)
    };
    let mut first = tiers.values().filter(begins);
    match (first.next(), first.next()) {
        (Some(tier), None) => Ok(tier),
        _ => Err(malformed("the answer does not name one price from 0 on")),
    }
}

fn price_per_unit(price: &Value) -> Result<(Amount, Currency)> {
    let prices = object(price);
    let amount = single(prices, "currency")?;
    let currency = prices.keys().next().map_or("", String::as_str);
    Ok((
        text_of(amount)?.parse().map_err(malformed)?,
        currency.parse().map_err(malformed)?,
    ))
}

/// The day of `2026-11-20T00:00:00Z`.
fn date(text: &str) -> Result<PriceDate> {
    let day = text.split('T').next().unwrap_or_default();
    day.parse().map_err(malformed)
}

fn object(value: &Value) -> &Map<String, Value> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    value.as_object().unwrap_or(&NONE)
}

fn single<'v>(members: &'v Map<String, Value>, what: &str) -> Result<&'v Value> {
    match (members.len(), members.values().next()) {
        (1, Some(member)) => Ok(member),
        (many, _) => Err(malformed(format!(
            "the product has {many} of `{what}`: expected 1"
        ))),
    }
}

fn text_of(value: &Value) -> Result<&str> {
    value
        .as_str()
        .ok_or_else(|| malformed("a member of the product is no text"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::question;
    use super::*;
    use landbridge_core::cost::{Item, Unit};
    use serde_json::json;

    fn traffic() -> Wanted {
        let question = question(Item::RegionTransfer, Unit::Gb, "us-east-1").to("eu-west-1");
        Wanted::of(&question).expect("a product")
    }

    fn nano() -> Wanted {
        let question = question(Item::Instance, Unit::Hour, "us-east-2");
        Wanted::of(&question.of_instance("t3.nano", None)).expect("a product")
    }

    fn dimension(begin: &str, end: &str, unit: &str, price: &str) -> Value {
        json!({"unit": unit, "beginRange": begin, "endRange": end, "description": "..", "pricePerUnit": {"USD": price}})
    }

    fn product(sku: &str, wanted: &Wanted, dimensions: &[Value]) -> Value {
        let attributes: Map<String, Value> = wanted
            .filters
            .iter()
            .map(|(field, value)| ((*field).to_owned(), value.as_str().into()))
            .collect();
        let dimensions: Map<String, Value> = dimensions
            .iter()
            .enumerate()
            .map(|(number, dimension)| (format!("{sku}.T.{number}"), dimension.clone()))
            .collect();
        json!({"product": {"sku": sku, "productFamily": "Compute Instance", "attributes": attributes},
            "serviceCode": wanted.service, "version": "1", "publicationDate": "2026-11-20T17:02:11Z",
            "terms": {"OnDemand": {format!("{sku}.T"): {"effectiveDate": "2026-11-01T00:00:00Z", "priceDimensions": dimensions}}}})
    }

    fn told(wanted: &Wanted, products: &[Value]) -> Result<PriceQuote> {
        let texts: Vec<String> = products.iter().map(Value::to_string).collect();
        quote(wanted, &texts)
    }

    #[test]
    fn the_price_of_an_instance_has_the_date_of_the_list() {
        let hour = dimension("0", "Inf", "Hrs", "0.0052000000");
        let quote = told(&nano(), &[product("ABC", &nano(), &[hour])]).expect("a price");
        assert_eq!(
            (quote.amount.to_string(), quote.currency.as_str()),
            ("0.0052".to_owned(), "USD")
        );
        assert_eq!(
            quote.date.map(|date| date.to_string()).as_deref(),
            Some("2026-11-20")
        );
        assert_eq!(
            quote.source,
            "Price List GetProducts, AmazonEC2 ABC, on demand"
        );
        assert_eq!((quote.verified, quote.note), (true, None));
    }

    #[test]
    fn of_tiers_the_first_one_counts_and_a_doubt_is_told() {
        let tiers = [
            dimension("10240", "Inf", "GB", "0.0100000000"),
            dimension("0", "10240", "GB", "0.0200000000"),
        ];
        let quote = told(&traffic(), &[product("T", &traffic(), &tiers)]).expect("a price");
        assert_eq!(
            (quote.amount.to_string(), quote.verified),
            ("0.020".to_owned(), false)
        );
        let note = quote.note.expect("a note");
        assert!(
            note.starts_with("the first of 2 tiers, up to 10240 GB; "),
            "{note}"
        );
    }

    #[test]
    fn products_that_were_not_asked_for_do_not_count() {
        let hour = dimension("0", "Inf", "Hrs", "0.0052000000");
        let mut other = product("OTHER", &nano(), std::slice::from_ref(&hour));
        other["product"]["attributes"]["operatingSystem"] = "Windows".into();
        let mine = product("MINE", &nano(), &[hour]);
        let quote = told(&nano(), &[other.clone(), mine.clone(), mine]).expect("a price");
        assert!(quote.source.contains("MINE"), "{}", quote.source);
        let none = told(&nano(), &[other]).expect_err("none");
        assert_eq!(none.kind(), ErrorKind::NotFound);
        assert!(none.message().contains("instanceType=t3.nano"), "{none}");
    }

    #[test]
    fn what_is_not_one_certain_price_is_refused() {
        let hour = || dimension("0", "Inf", "Hrs", "0.0052000000");
        let one = || product("A", &nano(), &[hour()]);
        let changed = |change: fn(&mut Value)| {
            let mut product = one();
            change(&mut product);
            vec![product]
        };
        let terms = |product: &mut Value| product["terms"] = json!({"Reserved": {}});
        let undated = |product: &mut Value| product["publicationDate"] = "soon".into();
        for (products, part) in [
            (vec![one(), product("B", &nano(), &[hour()])], "2 products"),
            (vec![product("A", &nano(), &[])], "one price from 0 on"),
            (
                vec![product("A", &nano(), &[hour(), hour()])],
                "one price from 0 on",
            ),
            (
                vec![product(
                    "A",
                    &nano(),
                    &[dimension("0", "Inf", "Quantity", "1")],
                )],
                "is for `Quantity`: expected `Hrs` or `hour`",
            ),
            (
                vec![product(
                    "A",
                    &nano(),
                    &[dimension("0", "Inf", "Hrs", "1e-3")],
                )],
                "invalid amount `1e-3`",
            ),
            (changed(terms), "0 of `price on demand`"),
            (changed(undated), "invalid date `soon`"),
        ] {
            let error = told(&nano(), &products).expect_err(part);
            assert_eq!(error.kind(), ErrorKind::Malformed);
            assert!(error.message().contains(part), "{error}");
        }
        assert!(quote(&nano(), &["{".to_owned()]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            let _ = quote(&nano(), &[text]);
        }
    }
}
