//! Price tables as files.

use landbridge_core::cost::PriceTable;

use super::table;

/// A table with one price, some text of it replaced.
fn changed(from: &str, to: &str) -> String {
    let text = "format: 1
date: 2026-11-28
areas: { mainland: [\"cn-*\"] }
prices:
  - cloud: aliyun
    item: attachment
    from: [\"area:mainland\"]
    unit: hour
    amount: 0.350
    currency: CNY
    source: a page
    verified: true
";
    assert!(text.contains(from), "no `{from}`");
    text.replace(from, to)
}

#[test]
fn mistakes_are_refused_with_their_place() {
    for (from, to, told) in [
        (
            "format: 1",
            "format: 2",
            "invalid format version `2`: expected 1",
        ),
        (
            "2026-11-28",
            "lately",
            "line 2, column 7: invalid date `lately`: expected a day",
        ),
        (
            "item: attachment",
            "item: attachmant",
            "line 6, column 11: key `item`: invalid value `attachmant`: expected",
        ),
        (
            "item: attachment",
            "item: attachmant",
            "did you mean `attachment`?",
        ),
        (
            "    unit: hour",
            "    untt: hour",
            "line 8, column 5: invalid key `untt`",
        ),
        (
            "unit: hour",
            "unit: gb-month",
            "price 1 (aliyun attachment): invalid unit `GB and month`: expected hour or GB",
        ),
        (
            "0.350",
            "\"0,350\"",
            "line 9, column 13: invalid amount `0,350`: expected a decimal number",
        ),
        ("0.350", "-1", "invalid amount `-1`"),
        (
            "currency: CNY",
            "currency: Yuan",
            "invalid currency `Yuan`: expected three capital letters",
        ),
        ("    source: a page\n", "", "missing key `source`"),
        ("    verified: true\n", "", "missing key `verified`"),
        (
            "area:mainland",
            "area:main",
            "price 1 (aliyun attachment): unknown area `main`",
        ),
        ("\"area:mainland\"", "\"a*c\"", "invalid region `a*c`"),
        (
            "\"cn-*\"",
            "\"area:abroad\"",
            "invalid part of an area `area:abroad`",
        ),
        (
            "    unit",
            "    to: [cn-hangzhou]\n    unit",
            "only `region-transfer` has two regions",
        ),
        (
            "    unit",
            "    kind: small\n    unit",
            "only instances and disks have kinds",
        ),
    ] {
        let error = PriceTable::from_text(&changed(from, to)).expect_err(to);
        assert!(error.to_string().contains(told), "{to}: {error}");
    }
}

#[test]
fn a_table_is_read_as_it_is_written() {
    let built_in = PriceTable::built_in();
    let again = table(&built_in.to_text());
    assert_eq!(*built_in, again);
}

#[test]
fn every_price_of_the_program_names_its_source() {
    let built_in = PriceTable::built_in();
    assert!(built_in.prices.len() > 20);
    for price in &built_in.prices {
        assert!(!price.source.is_empty(), "{price:?}");
        // What the vendor publishes can be read again, so it is known when it was.
        assert!(!price.verified || price.date.is_some(), "{price:?}");
    }
}
