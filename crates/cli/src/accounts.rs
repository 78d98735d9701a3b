//! Accounts given on the command line, and who their keys turn out to be.

mod caller;
mod callers;
mod chain;
mod owner;
mod reference;

pub(crate) use caller::{Caller, Warning};
pub(crate) use callers::Callers;
pub(crate) use owner::OwnerRef;
pub(crate) use reference::{AccountRef, PlaceRef, account_id};

/// How accounts and places are written, for `--help`.
pub(crate) const HELP: &str = "\
Accounts and places on the command line:
  ACCOUNT   a name declared in the file of --accounts, or CLOUD:SOURCE[=ID], where SOURCE is `default` (the cloud's own
            chain), `profile-NAME`, or `env-PREFIX` (variables PREFIX_ACCESS_KEY_ID, PREFIX_ACCESS_KEY_SECRET and, for a
            session, PREFIX_SECURITY_TOKEN). With =ID the keys must belong to that account. +ROLE_ARN[?EXTERNAL_ID] may
            follow: that role is assumed with the keys, and its account is the one that is meant.
  PLACE     ACCOUNT@REGION
  for example aliyun:env-A=1234567890123456, aws:profile-work@eu-central-1,
  aliyun:env-A=1234567890123456+acs:ram::1234567890123457:role/peer@cn-hangzhou
Where the keys of an AWS user need a second factor, the device is named by PREFIX_MFA_SERIAL (for `env-PREFIX`) or as
`mfa_serial` in the profile. Its code is asked for once a command, or taken from LANDBRIDGE_MFA_CODE.";
