//! Accounts named on the command line, and the identities that their keys belong to.

mod caller;
mod callers;
mod chain;
mod owner;
mod reference;

pub(crate) use caller::{Caller, Warning};
pub(crate) use callers::Callers;
pub(crate) use owner::OwnerRef;
pub(crate) use reference::{AccountRef, IdRef, PlaceRef, PlacesRef, account_id};

use crate::clouds;

/// The forms of accounts and places, for `--help`.
pub(crate) fn help() -> String {
    let examples: Vec<String> = clouds::ALL
        .iter()
        .map(|cloud| format!("{}, {}", cloud.example.account, cloud.example_place()))
        .collect();
    format!("{HELP}\n\n  Examples: {}", examples.join(", "))
}

const HELP: &str = "\
Accounts and places:
  ACCOUNT   NAME                       an account that the file of --accounts or the configuration file declares
            CLOUD:SOURCE[=ID]          keys from a credential source; with =ID they must belong to that account
            ...+ROLE_ARN[?EXTERNAL_ID] the account of a role that these keys assume
  SOURCE    default                    the cloud's own credential chain
            profile-NAME               a profile of the cloud's configuration file
            env-PREFIX                 variables PREFIX_ACCESS_KEY_ID, PREFIX_ACCESS_KEY_SECRET and, for a session,
                                       PREFIX_SECURITY_TOKEN
  PLACE     ACCOUNT@REGION
  PLACES    ACCOUNT@REGION[,REGION]...

  Where the keys of an AWS user need a second factor, PREFIX_MFA_SERIAL or `mfa_serial` of the profile names the device.
  The program asks for its code once per command, or takes it from LANDBRIDGE_MFA_CODE.";
