//! Whose request it is.

use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, Path};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use landbridge_core::{Error, ErrorKind};

use super::Shared;
use super::problem::Problem;
use crate::key::LinkKey;
use crate::tenants::Tenant;

/// The tenant whose token a request has.
#[derive(Clone, Debug)]
pub(super) struct Login(pub(super) Arc<Tenant>);

/// Where the log of requests learns the tenant.
#[derive(Clone, Debug, Default)]
pub(super) struct Caller(pub(super) Arc<OnceLock<String>>);

/// A topology of the tenant whose token a request has.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) tenant: Arc<Tenant>,
    pub(super) key: LinkKey,
}

impl Login {
    /// The key of a topology of this tenant.
    pub(super) fn key(&self, name: &str) -> Result<LinkKey, Problem> {
        LinkKey::new(&self.0.name, name).map_err(|error| Problem::bad(error.message()))
    }
}

impl FromRequestParts<Arc<Shared>> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        let login = Login::from_request_parts(parts, shared).await?;
        let name = Path::<String>::from_request_parts(parts, shared).await;
        let Path(name) = name.map_err(|_| Problem::bad("invalid name: expected UTF-8 text"))?;
        let key = login.key(&name)?;
        Ok(Self {
            tenant: login.0,
            key,
        })
    }
}

impl FromRequestParts<Arc<Shared>> for Login {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        let token = bearer(parts).map_err(|error| Problem::of_login(&error))?;
        let tenants = shared.tenants();
        let tenant = tenants.login(token, shared.clock.as_ref()).await;
        let tenant = tenant.map_err(|error| Problem::of_login(&error))?;
        if let Some(caller) = parts.extensions.get::<Caller>() {
            // A request logs in once.
            let _ = caller.0.set(tenant.name.clone());
        }
        Ok(Self(tenant))
    }
}

fn bearer(parts: &Parts) -> Result<&str, Error> {
    let missing = |what: &str| {
        Error::new(ErrorKind::Unauthenticated, what)
            .with_remedy("send `Authorization: Bearer` with an API key or a token")
    };
    let mut all = parts.headers.get_all(AUTHORIZATION).iter();
    let header = all.next().ok_or_else(|| missing("no login"))?;
    if all.next().is_some() {
        return Err(missing("more than one header `Authorization`"));
    }
    let text = header.to_str().unwrap_or_default();
    let token = text
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    token
        .map(|(_, token)| token.trim())
        .ok_or_else(|| missing("invalid header `Authorization`"))
}
