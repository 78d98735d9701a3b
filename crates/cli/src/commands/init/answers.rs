//! What the five questions are answered with.

use std::path::Path;

use ipnet::Ipv4Net;
use landbridge_core::topology::{Account, CredentialSource};
use landbridge_core::{CloudName, Model};

use crate::accounts::account_id;
use crate::clouds::{KnownCloud, did_you_mean, either};
use crate::config::Config;
use crate::exit::{Failure, Outcome};

/// The longest name, as topology files have it.
const LONGEST_NAME: usize = 40;
/// The longest prefix of a network that has room for two subnets.
const LONGEST_PREFIX: u8 = 27;

/// All five answers.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    pub(super) cloud: &'static KnownCloud,
    pub(super) accounts: Vec<Account>,
    pub(super) networks: Vec<Wanted>,
    pub(super) model: &'static str,
}

/// A network that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) range: Ipv4Net,
}

/// An answer, or what is expected of it.
pub(super) type Answer<T> = Result<T, String>;

/// The name of the topology: the given one, or that of the file without its ending.
pub(super) fn topology_name(given: Option<&str>, file: &Path) -> Outcome<String> {
    if let Some(given) = given {
        return word("name", given).map_err(Failure::bad_input);
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    word("name", &stem).map_err(|_| {
        Failure::bad_input(format!(
            "file name `{stem}` cannot name the topology: give it a name of 1 to {LONGEST_NAME} letters, digits, hyphens \
             and underscores with --name NAME"
        ))
    })
}

pub(super) fn cloud(text: &str) -> Answer<&'static KnownCloud> {
    KnownCloud::named(text)
}

/// The parts of an answer that is a list.
pub(super) fn parts(text: &str) -> Vec<String> {
    let parts = text.split([',', ' ', '\t']).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

pub(super) fn accounts(
    cloud: &KnownCloud,
    parts: &[String],
    config: &Config,
) -> Answer<Vec<Account>> {
    let mut accounts: Vec<Account> = Vec::new();
    for part in parts {
        for account in account(cloud, part, config)? {
            if accounts.contains(&account) {
                continue;
            }
            if let Some(twin) = accounts
                .iter()
                .find(|one| one.name == account.name || one.id == account.id)
            {
                return Err(format!(
                    "invalid account `{part}`: account `{}` has the same name or ID; name each account once",
                    twin.name
                ));
            }
            accounts.push(account);
        }
    }
    match accounts.is_empty() {
        true => Err("no account: expected NAME=ID, such as app=111122223333".to_owned()),
        false => Ok(accounts),
    }
}

/// An account, after those whose keys assume its role.
fn account(cloud: &KnownCloud, text: &str, config: &Config) -> Answer<Vec<Account>> {
    let Some((name, id)) = text.split_once('=') else {
        return known_account(cloud, text, config);
    };
    let name = word("account", name)?;
    let id = account_id(id)?;
    let source = CredentialSource::Profile(name.clone());
    let cloud = CloudName::from_static(cloud.name);
    Ok(vec![Account::new(name, cloud, id).with_credentials(source)])
}

fn known_account(cloud: &KnownCloud, name: &str, config: &Config) -> Answer<Vec<Account>> {
    let known = config.accounts();
    let on_cloud = || known.iter().filter(|one| one.cloud.as_str() == cloud.name);
    let find = |name: &str| on_cloud().find(|one| one.name == name).cloned();
    let Some(mut first) = find(name) else {
        let names: Vec<&str> = on_cloud().map(|account| account.name.as_str()).collect();
        return Err(format!(
            "invalid account `{name}`: expected NAME=ID, such as app=111122223333, or an account of {} in {}{}",
            cloud.title,
            config.origin(),
            did_you_mean(name, names)
        ));
    };
    let mut chain = vec![first.clone()];
    // A checked file has no circle.
    while let CredentialSource::AssumeRole {
        from: Some(from), ..
    } = &first.credentials
    {
        let Some(before) = find(from) else {
            break;
        };
        chain.insert(0, before.clone());
        first = before;
    }
    Ok(chain)
}

pub(super) fn regions(cloud: &KnownCloud, parts: &[String]) -> Answer<Vec<String>> {
    let mut regions: Vec<String> = Vec::new();
    for part in parts {
        let region = region(cloud, part)?;
        if !regions.contains(&region) {
            regions.push(region);
        }
    }
    match regions.is_empty() {
        true => Err(format!(
            "no region: expected one, such as {}",
            cloud.example.region
        )),
        false => Ok(regions),
    }
}

/// A region whose zones are known, because the file needs some.
fn region(cloud: &KnownCloud, text: &str) -> Answer<String> {
    let known = cloud.known_regions();
    match known.iter().any(|region| region == text) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "unknown region `{text}`: expected a region of {} that this program knows, such as {}{}",
            cloud.title,
            cloud.example.region,
            did_you_mean(text, known.iter().map(String::as_str))
        )),
    }
}

pub(super) fn networks(
    cloud: &KnownCloud,
    accounts: &[Account],
    parts: &[String],
) -> Answer<Vec<Wanted>> {
    let mut networks: Vec<Wanted> = Vec::new();
    for part in parts {
        let network = network(cloud, accounts, part)?;
        for other in &networks {
            let (name, range) = (&network.name, network.range);
            if other.name == *name {
                return Err(format!(
                    "duplicate network `{name}`: give each network its own name"
                ));
            }
            if other.range.contains(&range) || range.contains(&other.range) {
                return Err(format!(
                    "network `{name}`: CIDR block `{range}` overlaps `{}` of network `{}`: networks that reach each other \
                     need blocks without a common address",
                    other.range, other.name
                ));
            }
        }
        networks.push(network);
    }
    match networks.len() {
        0 | 1 => Err("too few networks: expected at least two to join".to_owned()),
        _ => Ok(networks),
    }
}

fn network(cloud: &KnownCloud, accounts: &[Account], text: &str) -> Answer<Wanted> {
    let form = || {
        format!(
            "invalid network `{text}`: expected NAME=ACCOUNT@REGION:CIDR, such as web={}@{}:10.10.0.0/16",
            accounts
                .first()
                .map_or("app", |account| account.name.as_str()),
            cloud.example.region
        )
    };
    let (name, rest) = text.split_once('=').ok_or_else(form)?;
    let (account, rest) = rest.split_once('@').ok_or_else(form)?;
    let (place, range) = rest.split_once(':').ok_or_else(form)?;
    let name = word("network", name)?;
    let names = || accounts.iter().map(|account| account.name.as_str());
    if !names().any(|known| known == account) {
        return Err(format!(
            "network `{name}`: unknown account `{account}`: expected {}{}",
            either(names()),
            did_you_mean(account, names())
        ));
    }
    Ok(Wanted {
        region: region(cloud, place).map_err(|error| format!("network `{name}`: {error}"))?,
        range: block(cloud, range).map_err(|error| format!("network `{name}`: {error}"))?,
        account: account.to_owned(),
        name,
    })
}

fn block(cloud: &KnownCloud, text: &str) -> Answer<Ipv4Net> {
    let (shortest, longest) = cloud.network_prefix;
    let longest = longest.min(LONGEST_PREFIX);
    let bad = |expected: String| format!("invalid CIDR block `{text}`: expected {expected}");
    let range: Ipv4Net = text
        .parse()
        .map_err(|_| bad("an IPv4 block, such as `10.10.0.0/16`".to_owned()))?;
    if !(shortest..=longest).contains(&range.prefix_len()) {
        return Err(bad(format!("a prefix from /{shortest} to /{longest}")));
    }
    match range == range.trunc() {
        true => Ok(range),
        false => Err(bad(format!("its first address, `{}`", range.trunc()))),
    }
}

/// The models that a cloud offers, and `auto` where there is a choice; the one to suggest comes first.
pub(super) fn models(cloud: &KnownCloud) -> Vec<&'static str> {
    let offered = (cloud.offer)().models;
    let word = |model: &Model| match model {
        Model::Hub => Some("hub"),
        Model::Mesh => Some("mesh"),
        // This program does not know what it would ask for.
        _ => None,
    };
    let auto = (offered.len() > 1).then_some("auto");
    auto.into_iter()
        .chain(offered.iter().filter_map(word))
        .collect()
}

pub(super) fn model(cloud: &KnownCloud, text: &str) -> Answer<&'static str> {
    let models = models(cloud);
    let found = models.iter().find(|model| **model == text).copied();
    found.ok_or_else(|| {
        format!(
            "invalid model `{text}`: {} offers {}{}",
            cloud.title,
            either(models.iter().copied()),
            did_you_mean(text, models.iter().copied())
        )
    })
}

fn word(what: &str, text: &str) -> Answer<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    match (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(allowed) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "invalid {what} `{text}`: expected a name of 1 to {LONGEST_NAME} letters, digits, hyphens and underscores"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aws() -> &'static KnownCloud {
        cloud("aws").expect("it is known")
    }

    fn two() -> Vec<Account> {
        accounts(
            aws(),
            &parts("app=111122223333, data=444455556666"),
            &Config::none(),
        )
        .expect("two")
    }

    #[test]
    fn lists_are_read_with_commas_and_spaces() {
        let read = two();
        let names: Vec<&str> = read.iter().map(|account| account.name.as_str()).collect();
        assert_eq!(names, ["app", "data"]);
        assert_eq!(
            read[0].credentials,
            CredentialSource::Profile("app".to_owned())
        );
        let text = "web=app@eu-central-1:10.1.0.0/16,db=data@us-east-1:10.2.0.0/16";
        let networks = networks(aws(), &read, &parts(text)).expect("two");
        assert_eq!(networks[1].region, "us-east-1");
        assert_eq!(
            regions(aws(), &parts("eu-west-1 eu-west-1")),
            Ok(vec!["eu-west-1".to_owned()])
        );
    }

    #[test]
    fn wrong_answers_say_what_is_expected() {
        let wrong_accounts =
            |text: &str| accounts(aws(), &parts(text), &Config::none()).expect_err(text);
        for (text, told) in [
            ("", "no account: expected NAME=ID"),
            ("app", "invalid account `app`: expected NAME=ID"),
            ("app=12x", "invalid account ID `12x`: expected digits"),
            ("a.b=12", "invalid account `a.b`: expected a name"),
            ("app=12,app=13", "account `app` has the same name or ID"),
            ("app=12,data=12", "account `app` has the same name or ID"),
        ] {
            let error = wrong_accounts(text);
            assert!(error.contains(told), "{text}: {error}");
        }
        let one = "web=app@eu-central-1:10.1.0.0/16";
        for (text, told) in [
            (String::new(), "too few networks"),
            (one.to_owned(), "too few networks"),
            (
                "web".to_owned(),
                "expected NAME=ACCOUNT@REGION:CIDR, such as web=app@eu-central-1",
            ),
            (
                one.replace("app", "ap"),
                "unknown account `ap`: expected `app` or `data`; did you mean `app`?",
            ),
            (
                one.replace("eu-central-1", "eu-central-11"),
                "did you mean `eu-central-1`?",
            ),
            (
                one.replace("/16", "/8"),
                "expected a prefix from /16 to /27",
            ),
            (
                one.replace("0.0/16", "0.1/16"),
                "expected its first address, `10.1.0.0/16`",
            ),
            (
                one.replace("10.1.0.0/16", "fd00::/64"),
                "expected an IPv4 block",
            ),
            (format!("{one},{one}"), "duplicate network `web`"),
            (
                format!("{one},db=data@us-east-1:10.1.128.0/17"),
                "network `db`: CIDR block `10.1.128.0/17` overlaps `10.1.0.0/16` of network `web`",
            ),
        ] {
            let error = networks(aws(), &two(), &parts(&text)).expect_err(&text);
            assert!(error.contains(told), "{text}: {error}");
        }
        assert!(
            model(aws(), "hub")
                .expect_err("no hubs")
                .contains("AWS offers `mesh`")
        );
        assert!(regions(aws(), &[]).is_err());
    }

    #[test]
    fn the_file_names_the_topology() {
        let named = |given, file: &str| {
            topology_name(given, Path::new(file)).map_err(|f| f.error.to_string())
        };
        assert_eq!(named(None, "a/shop.yaml"), Ok("shop".to_owned()));
        assert_eq!(named(Some("b"), "a/shop.yaml"), Ok("b".to_owned()));
        assert!(
            named(None, "my shop.yaml")
                .expect_err("a space")
                .contains("--name NAME")
        );
        assert!(named(Some("a b"), "x.yaml").is_err());
    }
}
