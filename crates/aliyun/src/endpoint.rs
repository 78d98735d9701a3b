//! Where each product is reached, and how that is overridden.

use std::collections::BTreeMap;

use landbridge_core::backend::{EndpointAddress, Environment};
use landbridge_core::{Error, ErrorKind, Region, Result};
use reqwest::Url;

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
    all: Option<EndpointAddress>,
    products: BTreeMap<Product, EndpointAddress>,
    environment: BTreeMap<Product, EndpointAddress>,
}

impl Endpoints {
    /// The public hosts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Uses one address for every product and region, such as that of a simulator or a gateway.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for an address that is malformed or not encrypted.
    pub fn with_address(mut self, address: &str) -> Result<Self> {
        self.all = Some(EndpointAddress::parse(address)?);
        Ok(self)
    }

    /// Uses one address for all regions of a product.
    ///
    /// # Errors
    /// As [`with_address`](Self::with_address).
    pub fn with_product_address(mut self, product: Product, address: &str) -> Result<Self> {
        self.products
            .insert(product, EndpointAddress::parse(address)?);
        Ok(self)
    }

    /// Reads `ALIBABA_CLOUD_ENDPOINT_CBN`, `_VPC`, `_ECS`, `_STS`, `_CDT`, `_RAM`, `_EXPRESSCONNECTROUTER`, `_VPCPEER`
    /// and `_NIS`.
    ///
    /// # Errors
    /// As [`with_address`](Self::with_address).
    pub fn with_environment(mut self, environment: &Environment) -> Result<Self> {
        for product in Product::ALL {
            let name = format!("ALIBABA_CLOUD_ENDPOINT_{}", product.name().to_uppercase());
            if let Some(address) = environment.variable(&name) {
                let address = EndpointAddress::parse(address)
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
        #[cfg(test)]
        crate::counts::note("endpoint");
        let overridden = self
            .all
            .as_ref()
            .or_else(|| self.products.get(&product))
            .or_else(|| self.environment.get(&product));
        match overridden {
            Some(address) => Endpoint::new(address),
            None => Endpoint::new(&EndpointAddress::parse(address)?),
        }
    }

    /// Whether some address is on this machine, which no proxy can reach.
    pub(crate) fn is_local(&self) -> bool {
        let addresses = self.products.values().chain(self.environment.values());
        self.all
            .iter()
            .chain(addresses)
            .any(EndpointAddress::is_local)
    }
}

/// A resolved endpoint: the URL, and the `Host` header that will be sent and is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) url: Url,
    pub(crate) host: String,
}

impl Endpoint {
    fn new(address: &EndpointAddress) -> Result<Self> {
        let invalid = || {
            let message = format!("invalid endpoint `{}`: expected a host name", address.url());
            Error::new(ErrorKind::InvalidInput, message)
        };
        let url = Url::parse(&address.url()).map_err(|_| invalid())?;
        let name = url.host_str().ok_or_else(invalid)?;
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
        // One host serves all regions of a site. Which site an account is of, its region does not tell for certain.
        Product::Nis if region.as_str().starts_with("cn-") => "nis.aliyuncs.com".to_owned(),
        Product::Nis => "nis-intl.aliyuncs.com".to_owned(),
        // One host, in this region, serves all regions.
        Product::ExpressConnectRouter => "expressconnectrouter.cn-shanghai.aliyuncs.com".to_owned(),
        Product::Sts if region.as_str() == NO_REGION => "sts.aliyuncs.com".to_owned(),
        Product::Vpc | Product::Ecs | Product::Sts => {
            format!("{}.{region}.aliyuncs.com", product.name())
        }
    }
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
        assert_eq!(
            url(&endpoints, Product::Nis),
            "https://nis-intl.aliyuncs.com/"
        );
        let mainland = endpoints.resolve(Product::Nis, &"cn-hangzhou".into());
        assert_eq!(mainland.expect("resolves").host, "nis.aliyuncs.com");
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
}
