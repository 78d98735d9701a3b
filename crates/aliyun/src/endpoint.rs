//! Where each product is reached, and how that is overridden.

use std::collections::BTreeMap;

use landbridge_core::{Error, ErrorKind, Region, Result};
use reqwest::Url;

use crate::environment::Environment;
use crate::request::Product;

/// The region name that stands for "no region": STS is then reached at its global host.
pub(crate) const NO_REGION: &str = "global";

/// Hosts by product and region, with overrides.
///
/// The first that is set wins: [one address for all](Self::with_address), the address
/// [of a product](Self::with_product_address), the variable `ALIBABA_CLOUD_ENDPOINT_<PRODUCT>`, the public host.
/// An address is a host, `host:port` or a URL without a path; plain `http` is refused except on loopback.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    all: Option<Url>,
    products: BTreeMap<Product, Url>,
    environment: BTreeMap<Product, Url>,
}

impl Endpoints {
    /// The public hosts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Uses one address for every product and region, as a simulator or a gateway wants it.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for an address that is malformed or not encrypted.
    pub fn with_address(mut self, address: &str) -> Result<Self> {
        self.all = Some(parse(address)?);
        Ok(self)
    }

    /// Uses one address for all regions of a product.
    ///
    /// # Errors
    /// As [`with_address`](Self::with_address).
    pub fn with_product_address(mut self, product: Product, address: &str) -> Result<Self> {
        self.products.insert(product, parse(address)?);
        Ok(self)
    }

    /// Reads `ALIBABA_CLOUD_ENDPOINT_CBN`, `_VPC`, `_ECS`, `_STS`, `_CDT`, `_RAM`, `_EXPRESSCONNECTROUTER` and
    /// `_VPCPEER`.
    ///
    /// # Errors
    /// As [`with_address`](Self::with_address).
    pub fn with_environment(mut self, environment: &Environment) -> Result<Self> {
        for product in Product::ALL {
            let name = format!("ALIBABA_CLOUD_ENDPOINT_{}", product.name().to_uppercase());
            if let Some(address) = environment.variable(&name) {
                let address = parse(address)
                    .map_err(|error| error.with_remedy(format!("correct the variable {name}")))?;
                self.environment.insert(product, address);
            }
        }
        Ok(self)
    }

    /// Where `product` is reached for `region`.
    pub(crate) fn resolve(&self, product: Product, region: &Region) -> Result<Endpoint> {
        self.resolve_at(product, &public_host(product, region))
    }

    /// Where `product` is reached if not overridden: at this address instead of its public host.
    pub(crate) fn resolve_at(&self, product: Product, address: &str) -> Result<Endpoint> {
        let overridden = self
            .all
            .as_ref()
            .or_else(|| self.products.get(&product))
            .or_else(|| self.environment.get(&product));
        match overridden {
            Some(url) => Endpoint::new(url.clone()),
            None => Endpoint::new(parse(address)?),
        }
    }

    /// Whether some address is on this machine, which no proxy can reach.
    pub(crate) fn is_local(&self) -> bool {
        let addresses = self.products.values().chain(self.environment.values());
        self.all.iter().chain(addresses).any(is_loopback)
    }
}

/// A resolved endpoint: the URL, and the `Host` header that will be sent and is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) url: Url,
    pub(crate) host: String,
}

impl Endpoint {
    fn new(url: Url) -> Result<Self> {
        let name = url
            .host_str()
            .ok_or_else(|| invalid(url.as_str(), "has no host"))?;
        // `Url` drops the port that its scheme implies, and so does the `Host` header.
        let host = match url.port() {
            Some(port) => format!("{name}:{port}"),
            None => name.to_owned(),
        };
        Ok(Self { url, host })
    }
}

fn public_host(product: Product, region: &Region) -> String {
    match product {
        Product::Cbn | Product::Cdt | Product::Ram | Product::VpcPeer => {
            format!("{}.aliyuncs.com", product.name())
        }
        // One host, in this region, serves all regions.
        Product::ExpressConnectRouter => "expressconnectrouter.cn-shanghai.aliyuncs.com".to_owned(),
        Product::Sts if region.as_str() == NO_REGION => "sts.aliyuncs.com".to_owned(),
        Product::Vpc | Product::Ecs | Product::Sts => {
            format!("{}.{region}.aliyuncs.com", product.name())
        }
    }
}

fn parse(address: &str) -> Result<Url> {
    let text = if address.contains("://") {
        address.to_owned()
    } else {
        format!("https://{address}")
    };
    let url = Url::parse(&text).map_err(|_| invalid(address, "is no host and no URL"))?;
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        return Err(invalid(
            address,
            "is not encrypted; only loopback may use plain http",
        ));
    }
    let extra = url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
    if url.path() != "/" || extra || url.password().is_some() {
        return Err(invalid(address, "must have neither path, query nor user"));
    }
    Ok(url)
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    url.host_str() == Some("localhost") || ip(url).is_some_and(|ip| ip.is_loopback())
}

/// The address in a URL whose host is one.
pub(crate) fn ip(url: &Url) -> Option<std::net::IpAddr> {
    let host = url.host_str()?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok()
}

// The address may hold a password, so only its host part is quoted.
fn invalid(address: &str, why: &str) -> Error {
    let shown = address.rsplit('@').next().unwrap_or_default();
    Error::new(
        ErrorKind::InvalidInput,
        format!("the endpoint `{shown}` {why}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(endpoints: &Endpoints, product: Product) -> String {
        let endpoint = endpoints.resolve(product, &Region::from("eu-central-1"));
        endpoint.expect("resolves").url.to_string()
    }

    #[test]
    fn public_hosts_follow_product_and_region() {
        let endpoints = Endpoints::new();
        assert_eq!(url(&endpoints, Product::Cbn), "https://cbn.aliyuncs.com/");
        assert_eq!(
            url(&endpoints, Product::Vpc),
            "https://vpc.eu-central-1.aliyuncs.com/"
        );
        assert_eq!(
            url(&endpoints, Product::Sts),
            "https://sts.eu-central-1.aliyuncs.com/"
        );
        assert_eq!(url(&endpoints, Product::Ram), "https://ram.aliyuncs.com/");
        assert_eq!(
            url(&endpoints, Product::VpcPeer),
            "https://vpcpeer.aliyuncs.com/"
        );
        assert_eq!(
            url(&endpoints, Product::ExpressConnectRouter),
            "https://expressconnectrouter.cn-shanghai.aliyuncs.com/"
        );
        let global = endpoints
            .resolve(Product::Sts, &NO_REGION.into())
            .expect("resolves");
        assert_eq!(global.host, "sts.aliyuncs.com");
    }

    #[test]
    fn a_strange_region_cannot_redirect_a_request() {
        for region in ["evil.com/", "a@evil.com:1/x?", "x#"] {
            let endpoint = Endpoints::new().resolve(Product::Vpc, &Region::from(region));
            assert!(endpoint.is_err(), "{region}");
        }
    }

    #[test]
    fn the_more_special_override_loses_to_the_address_for_all() {
        let variables = Environment::empty()
            .with_variable("ALIBABA_CLOUD_ENDPOINT_VPC", "vpc.example.com:8443");
        let endpoints = Endpoints::new()
            .with_environment(&variables)
            .expect("valid");
        let endpoint = endpoints
            .resolve(Product::Vpc, &"r".into())
            .expect("resolves");
        assert_eq!(endpoint.host, "vpc.example.com:8443");
        let endpoints = endpoints
            .with_product_address(Product::Vpc, "https://b.example.com:443")
            .expect("valid");
        assert_eq!(url(&endpoints, Product::Vpc), "https://b.example.com/");
        let endpoints = endpoints
            .with_address("http://127.0.0.1:9000")
            .expect("loopback");
        assert_eq!(url(&endpoints, Product::Ecs), "http://127.0.0.1:9000/");
        assert!(endpoints.is_local());
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for address in [
            "http://example.com",
            "ftp://localhost",
            "https://h/path",
            "https://u:p@h",
            "http://127.0.0.1.example.com",
        ] {
            let error = Endpoints::new().with_address(address).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(!error.to_string().contains("u:p"));
        }
        for address in ["http://localhost:1", "http://[::1]:2", "h:3"] {
            assert!(Endpoints::new().with_address(address).is_ok(), "{address}");
        }
    }
}
