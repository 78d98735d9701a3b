use landbridge_core::backend::Environment;

const REGION: &str = "ALIBABA_CLOUD_STS_REGION";
const VPC: &str = "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED";

/// Which host of STS a source asks: an address, that of a region, or the global one.
#[derive(Clone, Debug, Default)]
pub(crate) struct StsHost {
    region: Option<String>,
    vpc: bool,
    address: Option<String>,
}

impl StsHost {
    /// As `ALIBABA_CLOUD_STS_REGION` and `ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED` say.
    pub(crate) fn from_environment(environment: &Environment) -> Self {
        Self {
            region: environment.variable(REGION).map(str::to_owned),
            vpc: environment.is_true(VPC),
            address: None,
        }
    }

    /// Prefers this region, if given.
    #[must_use]
    pub(crate) fn with_region(mut self, region: Option<String>) -> Self {
        self.region = region.or(self.region);
        self
    }

    /// Asks the region's host inside its networks.
    #[must_use]
    pub(crate) fn with_vpc(mut self, vpc: bool) -> Self {
        self.vpc |= vpc;
        self
    }

    /// Prefers this address, if given.
    #[must_use]
    pub(crate) fn with_address(mut self, address: Option<String>) -> Self {
        self.address = address.or(self.address);
        self
    }

    pub(crate) fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The address. Only regions have a host inside their networks.
    pub(crate) fn address(&self) -> String {
        if let Some(address) = &self.address {
            return address.clone();
        }
        match &self.region {
            Some(region) if self.vpc => format!("sts-vpc.{region}.aliyuncs.com"),
            Some(region) => format!("sts.{region}.aliyuncs.com"),
            None => "sts.aliyuncs.com".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(variables: &[(&str, &str)]) -> StsHost {
        let set = |environment: Environment, (name, value): &(&str, &str)| {
            environment.with_variable(*name, *value)
        };
        StsHost::from_environment(&variables.iter().fold(Environment::empty(), set))
    }

    #[test]
    fn variables_choose_the_host() {
        assert_eq!(host(&[]).address(), "sts.aliyuncs.com");
        assert_eq!(host(&[(VPC, "true")]).address(), "sts.aliyuncs.com");
        assert_eq!(host(&[(REGION, "r")]).address(), "sts.r.aliyuncs.com");
        let inside = host(&[(REGION, "r"), (VPC, "TRUE")]);
        assert_eq!(inside.address(), "sts-vpc.r.aliyuncs.com");
    }

    #[test]
    fn what_a_profile_says_comes_first() {
        let host = host(&[(REGION, "r")]).with_region(Some("s".to_owned()));
        assert_eq!(host.address(), "sts.s.aliyuncs.com");
        let inside = host.clone().with_vpc(true).with_region(None);
        assert_eq!(inside.address(), "sts-vpc.s.aliyuncs.com");
        let host = host.with_address(Some("sts.example.com".to_owned()));
        assert_eq!(host.address(), "sts.example.com");
    }
}
