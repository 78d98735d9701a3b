//! Assuming a role with the token of an identity provider. The call is not signed: the token is the proof.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::session::{self, NOT_AUTHORISED, Wish, no_permission};
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::parameters::invalid;
use crate::aliyun::policy::{Decision, Question, decide};
use crate::aliyun::ram::RamArn;
use crate::base64::decode;
use crate::clock::rfc3339;
use crate::digest::same;

pub(super) fn assume_role(ctx: &mut Context<'_>) -> Outcome {
    let provider = ctx.required("OIDCProviderArn")?;
    let token = ctx.required("OIDCToken")?;
    ctx.required("RoleArn")?;
    let wish = Wish::read(ctx)?;
    if !(4..=20_000).contains(&token.len()) {
        return Err(invalid("OIDCToken"));
    }
    check_accepted(ctx, &provider, &token)?;
    let claims = Claims::read(&token);
    claims.check_time(ctx)?;
    let role = session::role(ctx)?;
    let question = Question {
        principals: vec![provider.to_lowercase()],
        action: "sts:AssumeRole".to_owned(),
        keys: claims.keys(),
        ..Question::default()
    };
    if decide([role.trust(ctx.now)], &question) != Decision::Allow {
        return Err(no_permission(NOT_AUTHORISED));
    }
    let mut answer = session::open(ctx, &role, wish)?;
    answer["OIDCTokenInfo"] = claims.view();
    Ok(answer)
}

fn check_accepted(ctx: &Context<'_>, provider: &str, token: &str) -> Outcome<()> {
    let arn = RamArn::parse(provider).filter(|arn| arn.kind == "oidc-provider");
    let arn = arn.ok_or_else(|| invalid("OIDCProviderArn"))?;
    let accepted = ctx.state.ram.accepted_token(arn.account, arn.name);
    let accepted = accepted.ok_or_else(|| {
        Failure::missing(
            "EntityNotExist.OIDCProvider",
            "The specified OIDC provider does not exist.",
        )
    })?;
    if same(accepted, token) {
        return Ok(());
    }
    Err(Failure::bad(
        "AuthenticationFail.OIDCToken.Invalid",
        "The OIDC token is not valid.",
    ))
}

/// What the token says, if it is a JSON Web Token. Other texts say nothing.
struct Claims(Value);

impl Claims {
    fn read(token: &str) -> Self {
        let payload = token.split('.').nth(1).unwrap_or_default();
        // Tokens are written with the alphabet for addresses.
        let bytes = decode(&payload.replace('-', "+").replace('_', "/"));
        let claims = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self(claims.unwrap_or_default())
    }

    fn date(&self, name: &str) -> Option<SystemTime> {
        let seconds = self.0.get(name)?.as_u64()?;
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// A token must not be over by the virtual clock.
    fn check_time(&self, ctx: &Context<'_>) -> Outcome<()> {
        let now = ctx.clock.at(ctx.now);
        if self.date("exp").is_some_and(|end| end <= now) {
            return Err(Failure::bad(
                "AuthenticationFail.OIDCToken.Expired",
                "The OIDC token is expired.",
            ));
        }
        Ok(())
    }

    fn texts(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(all)) => all
                .iter()
                .filter_map(|text| text.as_str().map(str::to_owned))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The keys that trust may ask for.
    fn keys(&self) -> Vec<(String, String)> {
        let of = |name: &'static str| {
            let texts = self.texts(name).into_iter();
            texts.map(move |text| (format!("oidc:{name}"), text))
        };
        of("iss").chain(of("aud")).chain(of("sub")).collect()
    }

    fn view(&self) -> Value {
        let first = |name| self.texts(name).into_iter().next().unwrap_or_default();
        let date = |name| self.date(name).map(rfc3339).unwrap_or_default();
        json!({
            "ClientIds": self.texts("aud").join(","), "Issuer": first("iss"), "Subject": first("sub"),
            "ExpirationTime": date("exp"), "IssuanceTime": date("iat"), "VerificationInfo": "Success",
        })
    }
}
