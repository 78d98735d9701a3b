//! What an operation of a cloud works with.

use std::time::Duration;

use crate::account::{Accounts, Caller};
use crate::clock::Clock;
use crate::ledger::Ledger;
use crate::parameters::Parameters;
use crate::random::Ids;
use crate::table::Object;
use crate::throttle::Rate;
use crate::world::Common;

/// The types of a cloud that its operations work with.
pub(crate) trait Types: 'static {
    /// The products' objects.
    type State;
    /// What does not change while the simulator runs.
    type Setup;
    /// The products.
    type Product;
    /// What operations do.
    type Run: Copy;

    /// The names of quotas, and their limits for accounts without ones of their own.
    const QUOTAS: &'static [(&'static str, u64)];
}

/// An authenticated call.
pub(crate) struct Call<C: Types> {
    pub(crate) now: Duration,
    pub(crate) caller: Caller,
    /// The region that the request is for; empty if none.
    pub(crate) region: String,
    pub(crate) product: C::Product,
    pub(crate) parameters: Parameters,
}

/// A call, and the world that it works on.
pub(crate) struct Context<'w, C: Types> {
    pub(crate) state: &'w mut C::State,
    pub(crate) setup: &'w C::Setup,
    pub(crate) ids: &'w mut Ids,
    pub(crate) ledger: &'w mut Ledger,
    pub(crate) accounts: &'w mut Accounts,
    pub(crate) clock: &'w Clock,
    pub(crate) now: Duration,
    pub(crate) caller: Caller,
    /// The region that the request is for; empty if none.
    pub(crate) region: String,
    pub(crate) product: C::Product,
    pub(crate) parameters: Parameters,
}

impl<'w, C: Types> Context<'w, C> {
    pub(crate) fn new(
        common: &'w mut Common,
        state: &'w mut C::State,
        setup: &'w C::Setup,
        call: Call<C>,
    ) -> Self {
        Self {
            state,
            setup,
            ids: &mut common.ids,
            ledger: &mut common.ledger,
            accounts: &mut common.accounts,
            clock: &common.clock,
            now: call.now,
            caller: call.caller,
            region: call.region,
            product: call.product,
            parameters: call.parameters,
        }
    }

    pub(crate) fn account(&self) -> &str {
        &self.caller.account
    }

    pub(crate) fn is_own(&self, object: &impl Object) -> bool {
        object.base().owner == self.caller.account
    }

    /// The limit of a quota for an account.
    pub(crate) fn quota_of(&self, account: &str, name: &str) -> usize {
        let account = self.accounts.account(account);
        let own = account.and_then(|account| account.quotas.get(name).copied());
        let default = C::QUOTAS.iter().find(|(known, _)| *known == name);
        let limit = own.or(default.map(|(_, limit)| *limit));
        limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        })
    }
}

/// One operation of a product.
pub(crate) struct Operation<C: Types> {
    pub(crate) name: &'static str,
    pub(crate) write: bool,
    /// Whether it knows `ClientToken`.
    pub(crate) token: bool,
    /// Whether it is called without a signature.
    pub(crate) anonymous: bool,
    /// The published limit, if there is one.
    pub(crate) rate: Option<Rate>,
    pub(crate) run: C::Run,
}

impl<C: Types> Operation<C> {
    pub(crate) const fn read(name: &'static str, run: C::Run) -> Self {
        Self {
            name,
            write: false,
            token: false,
            anonymous: false,
            rate: None,
            run,
        }
    }

    pub(crate) const fn write(name: &'static str, run: C::Run) -> Self {
        Self {
            write: true,
            ..Self::read(name, run)
        }
    }

    pub(crate) const fn token(self) -> Self {
        Self {
            token: true,
            ..self
        }
    }

    pub(crate) const fn anonymous(self) -> Self {
        Self {
            anonymous: true,
            ..self
        }
    }

    pub(crate) const fn rate(self, rate: Rate) -> Self {
        Self {
            rate: Some(rate),
            ..self
        }
    }
}
