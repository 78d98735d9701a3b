//! `--endpoint CLOUD=URL`, and the hidden flags that it replaced.

use std::collections::BTreeMap;

use clap::error::{ErrorKind, Result};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

use crate::backends::Endpoints;
use crate::clouds::{ALL, KnownCloud};

const ID: &str = "endpoint";

/// Where clouds are reached, in place of their own addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct EndpointArgs(pub(crate) Endpoints);

/// One value of the flag.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Endpoint {
    cloud: &'static str,
    url: String,
}

impl Args for EndpointArgs {
    fn augment_args(command: Command) -> Command {
        let flag = Arg::new(ID)
            .long(ID)
            .value_name("CLOUD=URL")
            .global(true)
            .action(ArgAction::Append)
            .value_parser(endpoint)
            .conflicts_with("simulate")
            .help("Reach all products of a cloud at one address")
            .long_help(
                "Reach all products of a cloud at one address\n\n\
                 The URL is https://HOST, or http://HOST:PORT on loopback, such as that of `landbridge simulator`.\n\
                 Repeat for more clouds. Example: --endpoint aliyun=http://127.0.0.1:9180",
            );
        ALL.iter()
            .filter_map(|cloud| cloud.former_endpoint_flag)
            .fold(command.arg(flag), |command, name| {
                command.arg(former_flag(name))
            })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn former_flag(name: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("URL")
        .global(true)
        .hide(true)
        .value_parser(url)
        .conflicts_with("simulate")
}

impl FromArgMatches for EndpointArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self> {
        let mut endpoints = BTreeMap::new();
        // What stands on the command line goes before what a variable or a file says.
        let is_written = matches.value_source(ID) == Some(ValueSource::CommandLine);
        let is_default = |cloud: &str| {
            let mut flags = matches.get_many::<Endpoint>(ID).into_iter().flatten();
            !is_written && flags.any(|flag| flag.cloud == cloud)
        };
        for Endpoint { cloud, url } in given(matches) {
            let another = endpoints.insert(cloud, url);
            if another.is_some() && !is_default(cloud) {
                let message = format!("--endpoint names cloud `{cloud}` twice: give one URL\n");
                return Err(Error::raw(ErrorKind::ArgumentConflict, message));
            }
        }
        Ok(Self(endpoints))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<()> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn given(matches: &ArgMatches) -> Vec<Endpoint> {
    let flags = matches.get_many::<Endpoint>(ID).into_iter().flatten();
    let former = ALL.iter().filter_map(|cloud| {
        let url = matches.get_one::<String>(cloud.former_endpoint_flag?)?;
        Some(Endpoint {
            cloud: cloud.name,
            url: url.clone(),
        })
    });
    flags.cloned().chain(former).collect()
}

fn endpoint(text: &str) -> std::result::Result<Endpoint, String> {
    let (cloud, address) = text
        .split_once('=')
        .ok_or("expected CLOUD=URL, such as aliyun=http://127.0.0.1:9180")?;
    Ok(Endpoint {
        cloud: KnownCloud::named(cloud)?.name,
        url: url(address)?,
    })
}

/// The backends decide which hosts they trust; what has no host at all is refused here.
fn url(text: &str) -> std::result::Result<String, String> {
    let host = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    match host {
        Some(host) if !host.is_empty() && !host.starts_with(['/', ':']) => Ok(text.to_owned()),
        _ => Err(format!(
            "invalid URL `{text}`: expected https://HOST, or http://HOST:PORT on loopback"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Endpoints> {
        let command = EndpointArgs::augment_args(
            Command::new("t").arg(
                Arg::new("simulate")
                    .long("simulate")
                    .action(ArgAction::SetTrue),
            ),
        );
        let matches = command.try_get_matches_from([&["t"][..], args].concat())?;
        Ok(EndpointArgs::from_arg_matches(&matches)?.0)
    }

    #[test]
    fn the_flag_is_repeated_for_more_clouds() {
        let endpoints = parsed(&[
            "--endpoint",
            "aliyun=https://a",
            "--endpoint",
            "aws=https://b",
        ]);
        let expected = BTreeMap::from([
            ("aliyun", "https://a".to_owned()),
            ("aws", "https://b".to_owned()),
        ]);
        assert_eq!(endpoints.expect("valid"), expected);
    }

    #[test]
    fn former_flags_still_work() {
        let endpoints = parsed(&["--aws-endpoint", "https://b", "--aliyun-endpoint=https://a"]);
        let names: Vec<&str> = endpoints.expect("valid").into_keys().collect();
        assert_eq!(names, ["aliyun", "aws"]);
    }

    #[test]
    fn bad_values_get_one_error_with_flag_value_and_what_is_expected() {
        for (args, told) in [
            (["--endpoint", "http://a"], "expected CLOUD=URL"),
            (["--endpoint", "alyun=http://a"], "did you mean `aliyun`?"),
            (
                ["--endpoint", "mars=http://a"],
                "expected `aliyun` or `aws`",
            ),
            (["--endpoint", "aws=foo"], "invalid URL `foo`"),
            (["--aws-endpoint", "foo"], "expected https://HOST"),
        ] {
            let error = parsed(&args).expect_err(args[1]).to_string();
            for expected in [told, args[0], args[1]] {
                assert!(error.contains(expected), "{expected}: {error}");
            }
        }
    }

    #[test]
    fn one_cloud_has_one_endpoint_and_none_beside_the_embedded_simulator() {
        let twice = ["--endpoint", "aws=https://a", "--aws-endpoint", "https://b"];
        let error = parsed(&twice).expect_err("twice").to_string();
        assert!(error.contains("cloud `aws` twice"), "{error}");
        assert!(parsed(&["--simulate", "--endpoint", "aws=https://a"]).is_err());
        assert!(parsed(&["--simulate", "--aws-endpoint", "https://a"]).is_err());
    }
}
