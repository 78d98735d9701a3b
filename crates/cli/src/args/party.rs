//! The two parties of a firewall rule.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use landbridge_core::{GroupId, InstanceId};

use super::grant::is_id;
use super::named::{Named, name};
use crate::accounts::{OwnerRef, PlaceRef};
use crate::clouds;

/// An instance or a group, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MemberRef {
    pub(crate) place: PlaceRef,
    pub(crate) id: Named<MemberId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MemberId {
    Instance(InstanceId),
    Group(GroupId),
}

/// A group, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupRef {
    pub(crate) place: PlaceRef,
    pub(crate) id: Named<GroupId>,
}

/// The other party of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PartyRef {
    Member(MemberRef),
    /// A security group whose owner's keys we do not have.
    Foreign {
        owner: OwnerRef,
        group: GroupId,
    },
    Range(IpNet),
}

impl FromStr for MemberId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if is_id(text, "i-") {
            Ok(Self::Instance(InstanceId::from(text)))
        } else if is_id(text, "sg-") {
            Ok(Self::Group(GroupId::from(text)))
        } else {
            Err(format!(
                "invalid ID `{text}`: expected an instance i-.. or a security group sg-.."
            ))
        }
    }
}

impl FromStr for MemberRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Ids have no slash, what is before may have.
        let (place, id) = text.rsplit_once('/').ok_or_else(|| {
            format!(
                "invalid party `{text}`: expected PLACE/ID or PLACE/NAME, such as {}/i-1",
                clouds::ALL[0].example_place()
            )
        })?;
        let id = match (id.parse(), name(id)) {
            (Ok(id), _) => Named::Id(id),
            (Err(_), Some(name)) => Named::Name(name),
            (Err(error), None) => return Err(error),
        };
        Ok(Self {
            id,
            place: place.parse()?,
        })
    }
}

impl FromStr for GroupRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let MemberRef { place, id } = text.parse()?;
        let id = match id {
            Named::Id(MemberId::Group(id)) => Named::Id(id),
            Named::Name(name) => Named::Name(name),
            Named::Id(MemberId::Instance(id)) => {
                return Err(format!(
                    "invalid security group `{id}`: this is an instance; write one of its security groups, PLACE/sg-.."
                ));
            }
        };
        Ok(Self { place, id })
    }
}

impl FromStr for PartyRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(range) = range(text) {
            return Ok(Self::Range(range));
        }
        let Some((owner, id)) = text.rsplit_once('/') else {
            return Err(format!(
                "invalid party `{text}`: expected PLACE/ID, PLACE/NAME, a CIDR block, or OWNER/sg-.."
            ));
        };
        if is_place(owner) {
            return text.parse().map(Self::Member);
        }
        match id.parse()? {
            MemberId::Group(group) => Ok(Self::Foreign {
                owner: owner.parse()?,
                group,
            }),
            MemberId::Instance(id) => Err(format!(
                "invalid party `{text}`: an instance needs its place; write ACCOUNT@REGION/{id}"
            )),
        }
    }
}

fn range(text: &str) -> Option<IpNet> {
    let net = text.parse::<IpNet>().ok();
    net.map(|net| net.trunc())
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

// An e-mail address has a dot after its last @, which a region never has.
fn is_place(text: &str) -> bool {
    let region = text.rsplit_once('@').map(|(_, region)| region);
    region.is_some_and(|region| !region.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(text: &str) -> PartyRef {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn parties_are_told_apart() {
        let text = "aws:env-A+arn:aws:iam::1:role/p/r?a/b@eu-west-1/i-1";
        let PartyRef::Member(member) = party(text) else {
            panic!("{text}");
        };
        let instance = MemberId::Instance(InstanceId::from("i-1"));
        assert_eq!(member.id, Named::Id(instance));
        assert_eq!(member.place.region.as_str(), "eu-west-1");
        let PartyRef::Member(member) = party("a@cn-hangzhou/web server") else {
            panic!("a name");
        };
        assert_eq!(member.id, Named::Name("web server".to_owned()));
        let range = party("10.1.2.3/16");
        assert_eq!(range, PartyRef::Range("10.1.0.0/16".parse().expect("one")));
        let address = party("10.1.2.3");
        assert_eq!(
            address,
            PartyRef::Range("10.1.2.3/32".parse().expect("one"))
        );
        for (text, owner) in [
            ("012/sg-1", OwnerRef::Id("012".into())),
            ("acme/sg-1", OwnerRef::Alias("acme".to_owned())),
            ("o@acme.com/sg-1", OwnerRef::Email("o@acme.com".to_owned())),
        ] {
            let group = GroupId::from("sg-1");
            assert_eq!(party(text), PartyRef::Foreign { owner, group });
        }
    }

    #[test]
    fn bad_parties_are_refused_with_one_clear_error() {
        for (bad, told) in [
            ("", "expected PLACE/ID"),
            ("sg-1", "expected PLACE/ID"),
            ("012/i-1", "needs its place"),
            (
                "a@cn-hangzhou/vpc-1",
                "an instance i-.. or a security group",
            ),
            ("a@cn-hangzhou/", "an instance i-.. or a security group"),
            ("a b/sg-1", "invalid account `a b`"),
            ("10.0.0.0/33", "an instance i-.. or a security group"),
        ] {
            let error = bad.parse::<PartyRef>().expect_err(bad);
            assert!(error.contains(told), "{bad}: {error}");
        }
        assert!("a@cn-hangzhou/i-1".parse::<GroupRef>().is_err());
    }
}
