//! Who is calling, and proof of it.

use std::time::{Duration, SystemTime};

use super::NAME;
use super::failure::{Failure, Outcome};
use super::operation::Product;
use super::pricing;
use super::regions;
use super::sigv4::{Authorization, Signed};
use crate::account::{Accounts, Caller, Key};
use crate::digest::{hash, same};
use crate::gateway::{Dates, nearest};
use crate::wire::Request;

/// How much older than the server's date a request may be.
const OLDEST: Duration = Duration::from_secs(15 * 60);
/// How far ahead of the server's date a request may be.
const EARLIEST: Duration = Duration::from_secs(5 * 60);

/// Verifies the signature that the request carries.
pub(crate) fn authenticate(
    request: &Request,
    product: Product,
    accounts: &Accounts,
    dates: &Dates,
) -> Outcome<Caller> {
    let header = request.header("authorization");
    let header = header.ok_or_else(|| unsigned(product))?;
    let claim = Authorization::parse(header).map_err(|what| incomplete(product, what))?;
    let date = request
        .header("x-amz-date")
        .ok_or_else(|| incomplete(product, "X-Amz-Date"))?;
    check_scope(&claim, date, product)?;
    let key = accounts
        .key_of(NAME, claim.key_id)
        .ok_or_else(|| unknown_key(product))?;
    let account = accounts.account(&key.account);
    if !account.is_some_and(|account| account.has_region(claim.scope.region)) {
        return Err(unknown_key(product));
    }
    check_token(key, request, dates.uptime, product)?;
    check_date(date, dates, product)?;
    verify(request, &claim, date, &key.secret, product)?;
    Ok(Caller {
        account: key.account.clone(),
        key_id: claim.key_id.to_owned(),
        holder: key.holder.clone(),
    })
}

fn unsigned(product: Product) -> Failure {
    let message = "Request is missing Authentication Token";
    if product.speaks_json() {
        return Failure::bad("MissingAuthenticationTokenException", message);
    }
    Failure::forbidden("MissingAuthenticationToken", message)
}

fn incomplete(product: Product, what: &str) -> Failure {
    let message = format!("Authorization header or request lacks '{what}', or it is malformed.");
    let code = match product.speaks_json() {
        true => "IncompleteSignatureException",
        false => "IncompleteSignature",
    };
    Failure::bad(code, message)
}

/// EC2 does not say what is wrong with credentials, the others do, each in its words.
fn refused(product: Product, code: &str, message: impl Into<String>) -> Failure {
    match product {
        Product::Ec2 => Failure::new(
            401,
            "AuthFailure",
            "AWS was not able to validate the provided access credentials",
        ),
        Product::Sts | Product::Iam => Failure::forbidden(code, message),
        Product::Ssm | Product::Pricing => Failure::bad(code_in_json(code), message),
    }
}

fn code_in_json(code: &str) -> &'static str {
    match code {
        "InvalidClientTokenId" => "UnrecognizedClientException",
        _ => "InvalidSignatureException",
    }
}

fn unknown_key(product: Product) -> Failure {
    let message = "The security token included in the request is invalid.";
    refused(product, "InvalidClientTokenId", message)
}

fn mismatch(product: Product, message: impl Into<String>) -> Failure {
    refused(product, "SignatureDoesNotMatch", message)
}

/// A session that is over.
pub(crate) fn expired(product: Product) -> Failure {
    match product {
        Product::Ec2 => Failure::bad("RequestExpired", "Request has expired."),
        Product::Sts | Product::Iam => Failure::forbidden(
            "ExpiredToken",
            "The security token included in the request is expired",
        ),
        Product::Ssm | Product::Pricing => Failure::bad(
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
    }
}

fn check_scope(claim: &Authorization<'_>, date: &str, product: Product) -> Outcome<()> {
    let scope = claim.scope;
    let wrong = if scope.service != product.name() {
        format!(
            "Credential should be scoped to correct service: '{}'.",
            product.name()
        )
    } else if !regions::exists(scope.region)
        || product == Product::Pricing && !pricing::is_in(scope.region)
    {
        "Credential should be scoped to a valid region.".to_owned()
    } else if date.get(..8) != Some(scope.date) {
        let date = scope.date;
        format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}'."
        )
    } else {
        return Ok(());
    };
    Err(mismatch(product, wrong))
}

fn check_token(key: &Key, request: &Request, uptime: Duration, product: Product) -> Outcome<()> {
    match (key.holder.session(), request.header("x-amz-security-token")) {
        (Some((token, expires)), Some(sent)) if same(token, sent) => {
            if uptime < expires {
                Ok(())
            } else {
                Err(expired(product))
            }
        }
        (None, None) => Ok(()),
        _ => Err(unknown_key(product)),
    }
}

/// `20260102T030405Z`.
fn read_date(text: &str) -> Option<SystemTime> {
    let parsed = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    let zoned = parsed.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(SystemTime::from(zoned.timestamp()))
}

/// The date as the caller of a request knows it, by the request's own: that of the real or of the virtual world,
/// whichever is nearer. Clients correct their clock by the date of an answer.
pub(crate) fn date_of_caller(request: &Request, virtual_now: SystemTime) -> SystemTime {
    nearest(
        request.header("x-amz-date").and_then(read_date),
        virtual_now,
    )
}

fn check_date(text: &str, dates: &Dates, product: Product) -> Outcome<()> {
    let sent = read_date(text).ok_or_else(|| incomplete(product, "X-Amz-Date"))?;
    let is_good = |server: &SystemTime| match server.duration_since(sent) {
        Ok(age) => age <= OLDEST,
        Err(ahead) => ahead.duration() <= EARLIEST,
    };
    if dates.accepted.iter().any(is_good) {
        return Ok(());
    }
    if product == Product::Ec2 {
        return Err(expired(product));
    }
    let is_late = dates.accepted.iter().any(|server| *server > sent);
    Err(mismatch(
        product,
        if is_late {
            format!("Signature expired: {text} is now too early (15 min.)")
        } else {
            format!("Signature not yet current: {text} is still too late (5 min.)")
        },
    ))
}

/// These must be under the signature, and so must every header of AWS's own.
fn must_be_signed(name: &str) -> bool {
    name == "host" || name.starts_with("x-amz-")
}

fn verify(
    request: &Request,
    claim: &Authorization<'_>,
    date: &str,
    secret: &str,
    product: Product,
) -> Outcome<()> {
    let is_signed = |name: &str| claim.signed_headers.split(';').any(|signed| signed == name);
    let unsigned = request
        .headers
        .iter()
        .find(|(name, _)| must_be_signed(name) && !is_signed(name));
    if let Some((name, _)) = unsigned {
        let message = format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
        return Err(mismatch(product, message));
    }
    let query = request.query_pairs();
    let signed = Signed {
        method: &request.method,
        path: &request.path,
        query: &query,
        headers: &request.headers,
        signed_headers: claim.signed_headers,
        body_hash: &body_hash(request, product)?,
        date,
        scope: claim.scope,
    };
    if same(&signed.signature(secret), claim.signature) {
        return Ok(());
    }
    let message = format!(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
         Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this \
         request should have been\n'{}'\n\nThe String-to-Sign should have been\n'{}'\n",
        signed.canonical_request(),
        signed.string_to_sign()
    );
    Err(mismatch(product, message))
}

/// The header may leave the body unsigned; otherwise it must be right.
fn body_hash(request: &Request, product: Product) -> Outcome<String> {
    const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
    let actual = hash(&request.body);
    match request.header("x-amz-content-sha256") {
        None => Ok(actual),
        Some(UNSIGNED) => Ok(UNSIGNED.to_owned()),
        Some(sent) if sent == actual => Ok(actual),
        Some(_) => Err(mismatch(
            product,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_basic_format_only() {
        let date = read_date("19700101T000110Z").expect("a date");
        assert_eq!(date, SystemTime::UNIX_EPOCH + Duration::from_secs(70));
        assert_eq!(read_date("1970-01-01T00:01:10Z"), None);
        assert_eq!(read_date(""), None);
    }
}
