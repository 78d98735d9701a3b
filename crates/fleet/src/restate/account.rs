//! The shares of an account, kept by the server.

use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::Result;
use reqwest::Method;
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use super::http::{Ask, Port};
use crate::shares::{AccountShares, Claim, Share, Shares};
use crate::time::Moment;

/// A look at a run waits for its share: no longer than this.
const DEADLINE: Duration = Duration::from_secs(5);
const SHARES: &str = "shares";

/// A worker asks for its share. `now` is its clock's: a share only ends by it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    worker: String,
    claim: Claim,
    now: Moment,
}

/// `CLOUD.ID`: divides the call budgets of an account.
#[derive(Debug)]
pub(super) struct Account;

#[restate_sdk::object(
    name = "Account",
    client_visibility = "pub(crate)",
    inactivity_timeout = "2m",
    abort_timeout = "1m",
    journal_retention = "0s",
    idempotency_retention = "0s",
    invocation_retry_policy(
        initial_interval = "500ms",
        factor = 2.0,
        max_interval = "5s",
        max_attempts = 5,
        // A paused one would keep later ones waiting, and a share that was not given ends by itself.
        on_max_attempts = "kill",
    )
)]
impl Account {
    #[handler]
    async fn claim(
        &self,
        ctx: ObjectContext<'_>,
        Json(claims): Json<Claims>,
    ) -> HandlerResult<Json<Share>> {
        let kept = ctx.get::<Json<AccountShares>>(SHARES).await?;
        let mut shares = kept.map(Json::into_inner).unwrap_or_default();
        let share = shares.claim(&claims.worker, claims.claim, claims.now);
        ctx.set(SHARES, Json(shares));
        Ok(Json(share))
    }

    #[handler]
    async fn give_back(&self, ctx: ObjectContext<'_>, worker: String) -> HandlerResult<()> {
        let kept = ctx.get::<Json<AccountShares>>(SHARES).await?;
        if let Some(Json(mut shares)) = kept {
            shares.give_back(&worker);
            ctx.set(SHARES, Json(shares));
        }
        Ok(())
    }
}

/// Asks for shares over the ingress, because runs ask outside of handlers.
#[derive(Debug)]
pub(super) struct IngressShares(pub(super) Port);

#[async_trait]
impl Shares for IngressShares {
    async fn claim(&self, account: &str, worker: &str, claim: Claim, now: Moment) -> Result<Share> {
        let claims = Claims {
            worker: worker.to_owned(),
            claim,
            now,
        };
        let path = path(account, "claim");
        self.0.ask(ask(&path), Some(&claims)).await
    }

    async fn give_back(&self, account: &str, worker: &str) -> Result<()> {
        let path = path(account, "give_back");
        self.0.ask(ask(&path), Some(&worker)).await
    }
}

fn path<'a>(account: &'a str, handler: &'a str) -> [&'a str; 5] {
    ["restate", "call", "Account", account, handler]
}

fn ask<'a>(path: &'a [&'a str]) -> Ask<'a> {
    Ask {
        method: Method::POST,
        path,
        deadline: DEADLINE,
        // A share that was given and did not arrive ends by itself.
        changes: false,
    }
}
