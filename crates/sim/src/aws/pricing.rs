//! The price list: products with made-up prices, of the shapes that the reference has. It speaks JSON.

use serde_json::{Map, Value, json};

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::operation::{Operation, Work};
use super::regions;
use crate::clock::rfc3339;
use crate::pages::{position, token};

pub(crate) const OPERATIONS: &[Operation] =
    &[Operation::read("GetProducts", Work::Json(get_products))];

/// The regions that have the price list.
const REGIONS: [&str; 3] = ["us-east-1", "eu-central-1", "ap-south-1"];
/// The types of instances that have a price: sizes, with what they cost for one of the smallest.
const FAMILIES: [&str; 3] = ["t3", "t4g", "m5"];
const SIZES: [(&str, u64); 6] = [
    ("nano", 1),
    ("micro", 2),
    ("small", 4),
    ("medium", 8),
    ("large", 16),
    ("xlarge", 32),
];
/// What one GB and month of a volume costs, in thousandths of a dollar.
const VOLUMES: [(&str, u64); 2] = [("gp2", 110), ("gp3", 88)];

/// Whether the price list is in a region.
pub(crate) fn is_in(region: &str) -> bool {
    REGIONS.contains(&region)
}

pub(crate) fn invalid(message: impl Into<String>) -> Failure {
    Failure::bad("InvalidParameterException", message)
}

fn get_products(ctx: &mut Context<'_>) -> Outcome<Value> {
    let service = ctx.required("ServiceCode")?;
    let version = ctx.parameters.get("FormatVersion").unwrap_or("aws_v1");
    if version != "aws_v1" {
        return Err(invalid(format!("Invalid FormatVersion {version}.")));
    }
    let filters = filters(ctx)?;
    let products = match service.as_str() {
        "AmazonEC2" => instances().into_iter().chain(volumes()).collect(),
        "AWSDataTransfer" => transfers(),
        _ => return Err(invalid(format!("Invalid ServiceCode {service}."))),
    };
    let published = rfc3339(ctx.clock.at(ctx.now));
    let texts: Vec<String> = products
        .into_iter()
        .filter(|product| filters.iter().all(|filter| product.fits(filter)))
        .map(|product| product.document(&service, &published).to_string())
        .collect();
    let size = match ctx.parameters.number("MaxResults") {
        Ok(size) => size.unwrap_or(100),
        Err(value) => return Err(invalid(format!("Invalid MaxResults {value}."))),
    };
    if !(1..=100).contains(&size) {
        return Err(invalid("MaxResults must be from 1 to 100."));
    }
    let start = ctx.parameters.get("NextToken").map_or(Some(0), position);
    let start = start
        .ok_or_else(|| Failure::bad("InvalidNextTokenException", "The NextToken is invalid."))?;
    let end = start.saturating_add(size);
    let page: Vec<&String> = texts.iter().skip(start).take(size).collect();
    let mut answer = json!({"FormatVersion": version, "PriceList": page});
    if end < texts.len() {
        answer["NextToken"] = token(end).into();
    }
    Ok(answer)
}

/// Name and value of each filter.
fn filters(ctx: &Context<'_>) -> Outcome<Vec<(String, String)>> {
    let filter = |number| {
        let member = |name| ctx.parameters.nested("Filters", number, name);
        match (member("Type"), member("Field"), member("Value")) {
            (Some("TERM_MATCH" | "EQUALS"), Some(field), Some(value)) => {
                Ok((field.to_owned(), value.to_owned()))
            }
            _ => Err(invalid(format!("Filter {number} is invalid."))),
        }
    };
    let numbers = ctx.parameters.numbers("Filters");
    numbers.into_iter().map(filter).collect()
}

struct Product {
    family: &'static str,
    attributes: Vec<(&'static str, String)>,
    unit: &'static str,
    /// Where each tier begins, and its price in ten-thousandths of a dollar.
    tiers: Vec<(u64, u64)>,
}

impl Product {
    fn fits(&self, (field, value): &(String, String)) -> bool {
        match field.as_str() {
            "productFamily" => self.family == value,
            field => self
                .attributes
                .iter()
                .any(|(known, own)| known == &field && own == value),
        }
    }

    fn sku(&self) -> String {
        let all: String = self
            .attributes
            .iter()
            .fold(self.family.to_owned(), |all, (name, value)| {
                format!("{all} {name}={value}")
            });
        crate::digest::hash(all.as_bytes())[..16].to_uppercase()
    }

    fn document(&self, service: &str, published: &str) -> Value {
        let sku = self.sku();
        let text = |(name, value): &(&str, String)| ((*name).to_owned(), value.as_str().into());
        let attributes: Map<String, Value> = self.attributes.iter().map(text).collect();
        let ends = self
            .tiers
            .iter()
            .skip(1)
            .map(|(begin, _)| begin.to_string());
        let ends = ends.chain(["Inf".to_owned()]);
        let tier = |(number, ((begin, price), end)): (usize, (&(u64, u64), String))| {
            let code = format!("{sku}.JRTCKXETXF.{number}");
            let price = format!("{}.{:04}000000", price / 10_000, price % 10_000);
            let dimension = json!({
                "unit": self.unit, "beginRange": begin.to_string(), "endRange": end, "rateCode": code,
                "description": format!("${price} per {}", self.unit), "appliesTo": [], "pricePerUnit": {"USD": price},
            });
            (code, dimension)
        };
        let dimensions: Map<String, Value> =
            self.tiers.iter().zip(ends).enumerate().map(tier).collect();
        let term = json!({
            "sku": sku, "offerTermCode": "JRTCKXETXF", "effectiveDate": published, "termAttributes": {},
            "priceDimensions": dimensions,
        });
        let term_code = format!("{sku}.JRTCKXETXF");
        json!({
            "product": {"sku": sku, "productFamily": self.family, "attributes": attributes},
            "serviceCode": service, "version": "1", "publicationDate": published,
            "terms": {"OnDemand": {term_code: term}},
        })
    }
}

/// The regions of the first partition; the others have price lists of their own.
fn listed_regions() -> impl Iterator<Item = &'static str> {
    let first = regions::partition("us-east-1").name;
    regions::all().filter(move |region| regions::partition(region).name == first)
}

/// Regions outside of the United States cost a tenth more.
fn local(region: &str, price: u64) -> u64 {
    match region.starts_with("us-") {
        true => price,
        false => price * 11 / 10,
    }
}

fn instances() -> Vec<Product> {
    let mut all = Vec::new();
    for region in listed_regions() {
        for family in FAMILIES {
            for (size, factor) in SIZES {
                for (system, extra) in [("Linux", 1), ("Windows", 2)] {
                    all.push(Product {
                        family: "Compute Instance",
                        attributes: vec![
                            ("instanceType", format!("{family}.{size}")),
                            ("regionCode", region.to_owned()),
                            ("operatingSystem", system.to_owned()),
                            ("tenancy", "Shared".to_owned()),
                            ("preInstalledSw", "NA".to_owned()),
                            ("capacitystatus", "Used".to_owned()),
                            ("operation", "RunInstances".to_owned()),
                        ],
                        unit: "Hrs",
                        tiers: vec![(0, local(region, 60 * factor * extra))],
                    });
                }
            }
        }
    }
    all
}

fn volumes() -> impl Iterator<Item = Product> {
    listed_regions().flat_map(|region| {
        VOLUMES.into_iter().map(move |(kind, price)| Product {
            family: "Storage",
            attributes: vec![
                ("volumeApiName", kind.to_owned()),
                ("regionCode", region.to_owned()),
                ("usagetype", format!("EBS:VolumeUsage.{kind}")),
            ],
            unit: "GB-Mo",
            tiers: vec![(0, local(region, price * 10))],
        })
    })
}

fn transfers() -> Vec<Product> {
    let mut all = Vec::new();
    for from in listed_regions() {
        for to in listed_regions().filter(|to| *to != from) {
            let tiers = match from.starts_with("ap-") {
                true => vec![(0, 910), (10_240, 850)],
                false => vec![(0, local(from, 210))],
            };
            all.push(Product {
                family: "Data Transfer",
                attributes: vec![
                    ("fromRegionCode", from.to_owned()),
                    ("toRegionCode", to.to_owned()),
                    ("transferType", "InterRegion Outbound".to_owned()),
                ],
                unit: "GB",
                tiers,
            });
        }
    }
    all
}
