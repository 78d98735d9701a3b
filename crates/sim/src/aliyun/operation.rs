//! The table of operations.

use super::state::Cloud;
use super::{cbn, cdt, ecr, ecs, nis, ram, sts, vpc, vpcpeer};

/// A product of the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Product {
    Sts,
    Ram,
    Cdt,
    Vpc,
    Cbn,
    Ecs,
    ExpressConnectRouter,
    VpcPeer,
    Nis,
}

impl Product {
    const ALL: &[Self] = &[
        Self::Sts,
        Self::Ram,
        Self::Cdt,
        Self::Vpc,
        Self::Cbn,
        Self::Ecs,
        Self::ExpressConnectRouter,
        Self::VpcPeer,
        Self::Nis,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Ram => "ram",
            Self::Cdt => "cdt",
            Self::Vpc => "vpc",
            Self::Cbn => "cbn",
            Self::Ecs => "ecs",
            Self::ExpressConnectRouter => "expressconnectrouter",
            Self::VpcPeer => "vpcpeer",
            Self::Nis => "nis",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Sts => "2015-04-01",
            Self::Ram => "2015-05-01",
            Self::Cdt => "2021-08-13",
            Self::Vpc => "2016-04-28",
            Self::Cbn => "2017-09-12",
            Self::Ecs => "2014-05-26",
            Self::ExpressConnectRouter => "2023-09-01",
            Self::VpcPeer => "2022-01-01",
            Self::Nis => "2021-12-16",
        }
    }

    fn operations(self) -> &'static [Operation] {
        match self {
            Self::Sts => sts::OPERATIONS,
            Self::Ram => ram::OPERATIONS,
            Self::Cdt => cdt::OPERATIONS,
            Self::Vpc => vpc::OPERATIONS,
            Self::Cbn => cbn::OPERATIONS,
            Self::Ecs => ecs::OPERATIONS,
            Self::ExpressConnectRouter => ecr::OPERATIONS,
            Self::VpcPeer => vpcpeer::OPERATIONS,
            Self::Nis => nis::OPERATIONS,
        }
    }
}

/// One operation of a product.
pub(crate) type Operation = crate::context::Operation<Cloud>;

/// Tells product and operation. The version decides; without one the host does, or else the action alone.
pub(crate) fn find(
    version: Option<&str>,
    host: &str,
    action: &str,
) -> Option<(Product, &'static Operation)> {
    let by_host = |product: &Product| host.split(['.', '-']).next() == Some(product.name());
    let products: Vec<Product> = match version {
        Some(version) => Product::ALL
            .iter()
            .copied()
            .filter(|product| product.version() == version)
            .collect(),
        None if Product::ALL.iter().any(by_host) => {
            Product::ALL.iter().copied().filter(by_host).collect()
        }
        None => Product::ALL.to_vec(),
    };
    products.into_iter().find_map(|product| {
        let operation = product
            .operations()
            .iter()
            .find(|operation| operation.name == action)?;
        Some((product, operation))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_decides_between_equal_names() {
        let product =
            |version, host| find(version, host, "DescribeZones").map(|(product, _)| product);
        assert_eq!(product(Some("2016-04-28"), "localhost"), Some(Product::Vpc));
        assert_eq!(product(Some("2014-05-26"), "localhost"), Some(Product::Ecs));
        assert_eq!(
            product(None, "ecs.cn-hangzhou.aliyuncs.com"),
            Some(Product::Ecs)
        );
        assert_eq!(product(Some("1999-01-01"), "localhost"), None);
    }

    #[test]
    fn hosts_of_central_products_are_known_without_a_version() {
        let product = |host, action| find(None, host, action).map(|(product, _)| product);
        assert_eq!(
            product(
                "expressconnectrouter.cn-shanghai.aliyuncs.com",
                "DescribeExpressConnectRouter"
            ),
            Some(Product::ExpressConnectRouter)
        );
        assert_eq!(
            product("nis-intl.aliyuncs.com", "GetNetworkReachableAnalysis"),
            Some(Product::Nis)
        );
        assert_eq!(
            product("vpcpeer.aliyuncs.com", "ListVpcPeerConnections"),
            Some(Product::VpcPeer)
        );
        assert_eq!(
            product("vpc.cn-hangzhou.aliyuncs.com", "DescribeGrantRulesToCen"),
            Some(Product::Vpc)
        );
    }
}
