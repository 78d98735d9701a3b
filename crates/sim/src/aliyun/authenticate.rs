//! Who is calling, and proof of it.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use super::NAME;
use super::failure::{Failure, Outcome};
use super::signature::{ACS3, Acs3, v1_signature, v1_string_to_sign};
use crate::account::{Accounts, Caller, Key};
use crate::clock::parse_rfc3339;
use crate::digest::{hash, same};
use crate::gateway::{Dates, nearest};
use crate::wire::Request;

/// How far a request's date may be off.
const TOLERANCE: Duration = Duration::from_secs(15 * 60);

/// Nonces of accepted requests, per key. They are few enough to keep for good.
#[derive(Debug, Clone, Default)]
pub(crate) struct Nonces(HashSet<(String, String)>);

/// A request's claim, read from headers or parameters before anything is verified.
struct Claim<'a> {
    key_id: &'a str,
    token: Option<&'a str>,
    date: &'a str,
    nonce: &'a str,
}

/// The key id that a request claims, if any: enough for the record of calls and for faults.
pub(crate) fn claimed_key(
    request: &Request,
    parameters: &std::collections::BTreeMap<String, String>,
) -> Option<String> {
    match request.header("authorization") {
        Some(header) => field(header, "Credential").map(str::to_owned),
        None => parameters.get("AccessKeyId").cloned(),
    }
}

/// Verifies the signature that the request carries.
pub(crate) fn authenticate(
    request: &Request,
    parameters: &std::collections::BTreeMap<String, String>,
    accounts: &Accounts,
    nonces: &mut Nonces,
    dates: &Dates,
) -> Outcome<Caller> {
    let acs3 = request.header("authorization");
    let claim = match acs3 {
        Some(header) => acs3_claim(request, header)?,
        None => v1_claim(parameters)?,
    };
    let sent = read_date(claim.date, acs3.is_some())?;
    let key = accounts
        .key_of(NAME, claim.key_id)
        .ok_or_else(unknown_key)?;
    check_token(key, claim.token, dates.uptime)?;
    if !dates
        .accepted
        .iter()
        .any(|server| apart(*server, sent) <= TOLERANCE)
    {
        return Err(Failure::bad(
            "InvalidTimeStamp.Expired",
            "Specified time stamp or date value is expired.",
        ));
    }
    match acs3 {
        Some(header) => verify_acs3(request, header, &key.secret)?,
        None => verify_v1(request, parameters, &key.secret)?,
    }
    if !nonces
        .0
        .insert((claim.key_id.to_owned(), claim.nonce.to_owned()))
    {
        return Err(Failure::bad(
            "SignatureNonceUsed",
            "Specified signature nonce was used already.",
        ));
    }
    Ok(Caller {
        account: key.account.clone(),
        key_id: claim.key_id.to_owned(),
        holder: key.holder.clone(),
    })
}

fn unknown_key() -> Failure {
    Failure::missing(
        "InvalidAccessKeyId.NotFound",
        "Specified access key is not found.",
    )
}

fn incomplete(what: &str) -> Failure {
    Failure::bad(
        "IncompleteSignature",
        format!("The request signature does not conform to standards: {what} is missing."),
    )
}

/// The date of an answer to this request, by the clock that its caller goes by.
pub(crate) fn date_of_caller(
    request: &Request,
    parameters: &std::collections::BTreeMap<String, String>,
    virtual_now: SystemTime,
) -> SystemTime {
    let header = request.header("x-acs-date");
    let sent = header.or_else(|| parameters.get("Timestamp").map(String::as_str));
    nearest(sent.and_then(parse_rfc3339), virtual_now)
}

fn acs3_claim<'a>(request: &'a Request, header: &'a str) -> Outcome<Claim<'a>> {
    if !header.starts_with(ACS3) {
        return Err(Failure::bad(
            "IncompleteSignature",
            "The signature algorithm is not supported.",
        ));
    }
    let wanted = |name: &str| request.header(name).ok_or_else(|| incomplete(name));
    Ok(Claim {
        key_id: field(header, "Credential").ok_or_else(|| incomplete("Credential"))?,
        token: request.header("x-acs-security-token"),
        date: wanted("x-acs-date")?,
        nonce: wanted("x-acs-signature-nonce")?,
    })
}

fn v1_claim(parameters: &std::collections::BTreeMap<String, String>) -> Outcome<Claim<'_>> {
    let wanted = |name: &str| {
        parameters
            .get(name)
            .map(String::as_str)
            .ok_or_else(|| incomplete(name))
    };
    wanted("Signature")?;
    if wanted("SignatureMethod")? != "HMAC-SHA1" || wanted("SignatureVersion")? != "1.0" {
        return Err(Failure::bad(
            "IncompleteSignature",
            "The signature method is not supported.",
        ));
    }
    Ok(Claim {
        key_id: wanted("AccessKeyId")?,
        token: parameters.get("SecurityToken").map(String::as_str),
        date: wanted("Timestamp")?,
        nonce: wanted("SignatureNonce")?,
    })
}

/// `name=value` in an `Authorization` header.
fn field<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let fields = header.strip_prefix(ACS3)?;
    fields
        .split(',')
        .find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
}

fn read_date(text: &str, acs3: bool) -> Outcome<SystemTime> {
    let name = if acs3 { "x-acs-date" } else { "Timestamp" };
    parse_rfc3339(text).ok_or_else(|| {
        Failure::bad(
            "InvalidTimeStamp.Format",
            format!("Specified time stamp or date value is not well formatted: {name}."),
        )
    })
}

fn apart(left: SystemTime, right: SystemTime) -> Duration {
    left.duration_since(right)
        .unwrap_or_else(|error| error.duration())
}

fn check_token(key: &Key, sent: Option<&str>, uptime: Duration) -> Outcome<()> {
    match (key.holder.session(), sent) {
        (Some(_), None) => Err(Failure::bad(
            "MissingSecurityToken",
            "SecurityToken is mandatory for this action.",
        )),
        (Some((token, expires)), Some(sent)) if same(token, sent) => {
            if uptime >= expires {
                return Err(Failure::bad(
                    "InvalidSecurityToken.Expired",
                    "Specified SecurityToken is expired.",
                ));
            }
            Ok(())
        }
        (_, Some(_)) => Err(Failure::bad(
            "InvalidSecurityToken.Malformed",
            "Specified SecurityToken is malformed.",
        )),
        (None, None) => Ok(()),
    }
}

/// These must be under the signature, or it proves little.
const MUST_BE_SIGNED: [&str; 7] = [
    "host",
    "x-acs-action",
    "x-acs-version",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-content-sha256",
    "x-acs-security-token",
];

fn verify_acs3(request: &Request, header: &str, secret: &str) -> Outcome<()> {
    let signed_headers =
        field(header, "SignedHeaders").ok_or_else(|| incomplete("SignedHeaders"))?;
    let signature = field(header, "Signature").ok_or_else(|| incomplete("Signature"))?;
    let is_signed = |name: &str| signed_headers.split(';').any(|signed| signed == name);
    if let Some(name) = MUST_BE_SIGNED
        .iter()
        .find(|name| request.header(name).is_some() && !is_signed(name))
    {
        return Err(incomplete(&format!("{name} among the signed headers")));
    }
    let body_hash = hash(&request.body);
    if request.header("x-acs-content-sha256") != Some(body_hash.as_str()) {
        return Err(mismatch(&format!("the hash of the body is {body_hash}")));
    }
    let query = request.query_pairs();
    let mut server_string = String::new();
    for headers in host_variants(&request.headers) {
        let acs3 = Acs3 {
            method: &request.method,
            path: &request.path,
            query: &query,
            headers: &headers,
            signed_headers,
            body_hash: &body_hash,
        };
        if same(&acs3.signature(secret), signature) {
            return Ok(());
        }
        if server_string.is_empty() {
            server_string = acs3.string_to_sign();
        }
    }
    Err(mismatch(&server_string))
}

/// Clients differ in whether a port other than the usual one is part of the signed host.
fn host_variants(headers: &[(String, String)]) -> Vec<Vec<(String, String)>> {
    let mut bare = headers.to_vec();
    for (name, value) in &mut bare {
        if name == "host" {
            *value = value
                .rsplit_once(':')
                .map_or_else(|| value.clone(), |(host, _)| host.to_owned());
        }
    }
    vec![headers.to_vec(), bare]
}

fn verify_v1(
    request: &Request,
    parameters: &std::collections::BTreeMap<String, String>,
    secret: &str,
) -> Outcome<()> {
    let mut signed = parameters.clone();
    let signature = signed.remove("Signature").unwrap_or_default();
    let server_string = v1_string_to_sign(&request.method, &signed);
    if same(&v1_signature(secret, &server_string), &signature) {
        Ok(())
    } else {
        Err(mismatch(&server_string))
    }
}

fn mismatch(server_string: &str) -> Failure {
    let message = format!(
        "Specified signature is not matched with our calculation. server string to sign is:{server_string}"
    );
    Failure::bad("SignatureDoesNotMatch", message)
}
