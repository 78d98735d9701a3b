//! Identifies the accounts of a command line, and opens engines with their keys.

use landbridge_core::engine::Engine;
use landbridge_core::topology::{Account, Topology};
use landbridge_core::{AccountId, CloudName, Place, TrustRecord};
use tokio_util::sync::CancellationToken;

use super::caller::{Caller, Warning};
use super::chain::{Chain, find};
use super::reference::{AccountRef, IdRef};
use crate::args::{AccountsArgs, Options};
use crate::commands::load;
use crate::config::Config;
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::unless_cancelled;
use crate::session::Ways;

/// Finds out which accounts and users the keys of a command line belong to.
#[derive(Debug)]
pub(crate) struct Callers {
    pub(crate) ways: Ways,
    /// The file of `--accounts`.
    file: Option<Topology>,
    /// The accounts of that file, and those of the configuration file.
    known: Option<Topology>,
}

impl Callers {
    pub(crate) fn open(args: &AccountsArgs, options: &Options) -> Outcome<Self> {
        if options.simulate {
            return Err(Failure::bad_input(
                "--simulate starts an empty simulator, where this command finds nothing: start `landbridge simulator` \
                 instead, and use its URL with --endpoint CLOUD=URL and the keys that it prints",
            ));
        }
        let file = args.accounts.as_deref().map(load).transpose()?;
        Ok(Self {
            ways: Ways::real(options),
            known: Config::current().beside(file.clone()),
            file,
        })
    }

    pub(crate) fn cancel(&self) -> &CancellationToken {
        &self.ways.cancel
    }

    /// Asks the cloud which identity the keys of an account belong to.
    pub(crate) async fn identify(&self, reference: &AccountRef) -> Outcome<Caller> {
        let chain = Chain::new(reference, self.known.as_ref())?;
        for link in chain.links() {
            let before = self.ask(link.last().name.clone(), link).await?;
            if before.problem.is_some() {
                return Ok(Caller {
                    text: reference.text.clone(),
                    ..before
                });
            }
        }
        self.ask(reference.text.clone(), chain).await
    }

    /// An account whose keys belong to it.
    pub(crate) async fn caller(&self, reference: &AccountRef) -> Outcome<Caller> {
        let caller = self.identify(reference).await?;
        match caller.problem {
            Some(problem) => Err(Failure::bad_input(format!(
                "{problem}; nothing was written"
            ))),
            None => Ok(caller),
        }
    }

    /// The same, for a command that writes: root keys are refused.
    pub(crate) async fn writer(&self, reference: &AccountRef) -> Outcome<Caller> {
        let caller = self.caller(reference).await?;
        match caller.warning() {
            Some(Warning { message, remedy }) => Err(Failure::refused(format!(
                "{message}: {remedy}; nothing was written"
            ))),
            None => Ok(caller),
        }
    }

    /// The accounts of the file whose keys work.
    pub(crate) async fn declared(&self) -> Vec<Caller> {
        let mut callers = Vec::new();
        for account in self.file.iter().flat_map(|file| &file.accounts) {
            let Ok(chain) = Chain::declared(&account.name, self.known.as_ref()) else {
                continue;
            };
            let caller = self.ask(account.name.clone(), chain).await.ok();
            callers.extend(caller.filter(|caller| caller.problem.is_none()));
        }
        callers
    }

    /// The ID of an account on a cloud, which is given as it is or by a name that a file declares.
    pub(crate) fn id_of(&self, account: &IdRef, cloud: &CloudName) -> Outcome<AccountId> {
        let name = match account {
            IdRef::Id(id) => return Ok(id.clone()),
            IdRef::Name(name) => name,
        };
        let account = find(name, self.known.as_ref())?;
        match account.cloud == *cloud {
            true => Ok(account.id),
            false => Err(Failure::bad_input(format!(
                "invalid account `{name}`: it is on cloud `{}`, expected an account on `{cloud}`",
                account.cloud
            ))),
        }
    }

    /// The ID of the account on a cloud that a file declares under this name.
    pub(super) fn id_called(&self, name: &str, cloud: &CloudName) -> Option<AccountId> {
        let account = self.known.as_ref()?.account(name)?;
        (account.cloud == *cloud).then(|| account.id.clone())
    }

    /// An engine that works as a role which a caller assumes, and its place.
    pub(crate) fn assuming(
        &self,
        caller: &Caller,
        role: &TrustRecord,
        owner: &Caller,
    ) -> Outcome<(Engine, Place)> {
        let name = format!("{}+{}", caller.text, role.arn);
        let external_id = role.external_id.as_deref();
        let account = owner.account().clone();
        let chain = caller.chain.clone();
        let chain = chain.assuming(&name, account, &role.arn, external_id);
        let engine = self.ways.engine(&Chain::topology([&chain]))?;
        Ok((engine, owner.home()))
    }

    /// An engine with the credentials of these callers.
    pub(crate) fn engine<'c>(
        &self,
        callers: impl IntoIterator<Item = &'c Caller>,
    ) -> Outcome<Engine> {
        let callers: Vec<&Caller> = callers.into_iter().collect();
        refuse_two_of_one(&callers)?;
        let chains = callers.iter().map(|caller| &caller.chain);
        self.ways.engine(&Chain::topology(chains))
    }

    /// These accounts as a topology declares them, with those whose keys assume their roles.
    pub(crate) async fn accounts(&self, callers: &[Caller]) -> Outcome<Vec<Account>> {
        let chains = callers.iter().map(|caller| &caller.chain);
        let mut accounts = Chain::topology(chains).accounts;
        for account in accounts.iter_mut().filter(|a| a.id.is_unknown()) {
            let reference: AccountRef = account.name.parse().map_err(Failure::bad_input)?;
            account.id = self.caller(&reference).await?.account().clone();
        }
        Ok(accounts.into_iter().collect())
    }

    async fn ask(&self, text: String, chain: Chain) -> Outcome<Caller> {
        let last = chain.last();
        let topology = Chain::topology([&chain]);
        let home = self.ways.home(&topology, last)?;
        let place = Place::new(last.cloud.clone(), last.id.clone(), home.clone());
        let engine = self.ways.engine(&topology)?;
        let asking = async { engine.cloud(&place).await?.caller_identity().await };
        let identity = unless_cancelled(self.cancel(), asking)
            .await
            .map_err(|failure| about(&text, failure))?;
        let checked = chain
            .expected()
            .map(|expected| identity.check_account(expected));
        let problem = checked.and_then(Result::err).map(|error| {
            let remedy = error.remedy().unwrap_or_default();
            format!("`{}`: {}; {remedy}", last.name, error.message())
        });
        Ok(Caller {
            text,
            chain: chain.with_id(identity.account.clone()),
            identity,
            home,
            problem,
        })
    }
}

fn about(text: &str, failure: Failure) -> Failure {
    if failure.exit == Exit::Cancelled {
        return failure;
    }
    let context = format!("cannot identify account `{text}`");
    Failure::new(failure.exit, failure.error.context(context))
}

// A provider has one source of keys an account.
fn refuse_two_of_one(callers: &[&Caller]) -> Outcome<()> {
    for (index, caller) in callers.iter().enumerate() {
        let same = |other: &&&Caller| {
            other.cloud() == caller.cloud()
                && other.account() == caller.account()
                && other.chain.last().credentials != caller.chain.last().credentials
        };
        if let Some(other) = callers[..index].iter().find(same) {
            return Err(Failure::bad_input(format!(
                "`{}` and `{}` are both account {}, with different keys: use the same keys for both",
                other.text,
                caller.text,
                caller.account()
            )));
        }
    }
    Ok(())
}
