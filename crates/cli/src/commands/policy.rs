//! `landbridge policy`: the permissions that a topology needs, account by account, without contacting a cloud.

use std::path::Path;

use landbridge_core::policy::{
    AccountPolicies, PolicyDocument, PolicyLanguage, PolicyOptions, policies_with,
};
use landbridge_core::probe::{NotProbed, ProbeOptions, with_probes};
use landbridge_core::topology::Topology;
use landbridge_core::{Capabilities, CloudName, CloudProvider};
use serde_json::{Value, json};
use std::sync::Arc;

use super::stages;
use crate::args::{Options, PolicyArgs};
use crate::backends;
use crate::clouds::did_you_mean;
use crate::exit::{Exit, Failure, Outcome};
use crate::files;
use crate::output::Output;

pub(super) fn run(args: &PolicyArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::load(&args.input.file)?;
    let languages = Languages::of(&topology, options)?;
    let allowed = PolicyOptions::default().with_second_opinion(args.second_opinion);
    let mut accounts = match args.probe {
        true => languages.policies(&languages.with_probes(&topology, output)?, &allowed),
        false => languages.policies(&topology, &allowed),
    };
    if let Some(name) = &args.account {
        accounts = chosen(&topology, accounts, name)?;
    }
    if let Some(purpose) = args.purpose {
        let purpose = purpose.into();
        for account in &mut accounts {
            account
                .documents
                .retain(|document| document.purpose == purpose);
        }
    }
    output.section("policies", text(&accounts), &accounts);
    if let Some(directory) = &args.out {
        let written = languages.write(&topology, &accounts, directory)?;
        let commands: Vec<&str> = written.iter().map(|one| one.command.as_str()).collect();
        let text = format!(
            "written; create the policies with:\n{}",
            commands.join("\n")
        );
        let values: Vec<Value> = written.iter().map(Written::value).collect();
        output.section("policy_files", text, values);
    }
    Ok(Exit::Ok)
}

// What is to be known of a cloud's policies is told once, behind its last account.
fn text(accounts: &[AccountPolicies]) -> String {
    let told = |(position, account): (usize, &AccountPolicies)| {
        let mut later = accounts[position + 1..].iter();
        match later.any(|later| later.cloud == account.cloud && later.notes == account.notes) {
            true => format!("{account:#}"),
            false => account.to_string(),
        }
    };
    let texts: Vec<String> = accounts.iter().enumerate().map(told).collect();
    texts.join("\n\n")
}

fn chosen(
    topology: &Topology,
    accounts: Vec<AccountPolicies>,
    name: &str,
) -> Outcome<Vec<AccountPolicies>> {
    let named: Vec<AccountPolicies> = accounts
        .into_iter()
        .filter(|one| one.name == name)
        .collect();
    if !named.is_empty() {
        return Ok(named);
    }
    let names = topology
        .accounts
        .iter()
        .map(|account| account.name.as_str());
    Err(Failure::bad_input(match topology.account(name) {
        Some(_) => format!(
            "account `{name}` needs no policy: this file reads and writes nothing with its keys"
        ),
        None => format!(
            "invalid account `{name}`: expected the name of an account of the file{}",
            did_you_mean(name, names)
        ),
    }))
}

/// The clouds of a topology, which are asked nothing.
struct Languages {
    providers: Vec<Arc<dyn CloudProvider>>,
}

/// A file, and the command that makes something of it.
struct Written {
    account: String,
    file: String,
    command: String,
}

impl Written {
    fn value(&self) -> Value {
        json!({ "account": self.account, "file": self.file, "command": self.command })
    }
}

impl Languages {
    fn of(topology: &Topology, options: &Options) -> Outcome<Self> {
        let providers = backends::without_keys(topology, options)?;
        Ok(Self { providers })
    }

    fn capabilities(&self) -> Vec<Capabilities> {
        let capabilities = self.providers.iter().map(|one| one.capabilities().clone());
        capabilities.collect()
    }

    fn with_probes(&self, topology: &Topology, output: &Output) -> Outcome<Topology> {
        let options = ProbeOptions::default();
        let (with, missing) = with_probes(topology, &self.capabilities(), &options)?;
        for NotProbed { network, cause, .. } in missing {
            output.note(format_args!("note: no probe in network {network}: {cause}"));
        }
        Ok(with)
    }

    fn policies(&self, topology: &Topology, options: &PolicyOptions) -> Vec<AccountPolicies> {
        let capabilities = self.capabilities();
        policies_with(topology, &capabilities, options, |cloud| {
            self.language(cloud)
        })
    }

    fn language(&self, cloud: &CloudName) -> Option<&dyn PolicyLanguage> {
        let mut providers = self.providers.iter();
        let provider = providers.find(|one| one.capabilities().cloud == *cloud)?;
        provider.policy_language()
    }

    fn write(
        &self,
        topology: &Topology,
        accounts: &[AccountPolicies],
        directory: &Path,
    ) -> Outcome<Vec<Written>> {
        files::make_directory("directory of policies", directory)?;
        let mut written = Vec::new();
        for account in accounts {
            let Some(language) = self.language(&account.cloud) else {
                continue;
            };
            let mut write = |name: &str, value: &Value, role: Option<&str>| -> Outcome<()> {
                let path = directory.join(format!("{name}.json"));
                files::write("policy", &path, &format!("{value:#}\n"))?;
                let file = path.display().to_string();
                let command = match role {
                    Some(role) => language.create_role(role, &file),
                    None => language.create_policy(name, &file),
                };
                let account = account.name.clone();
                written.push(Written {
                    account,
                    file,
                    command,
                });
                Ok(())
            };
            for document in &account.documents {
                let name = name_of(topology, account, document);
                write(&name, &document.document, None)?;
            }
            if let Some(trust) = &account.trust {
                let name = plain(&format!("{}-{}-trust", topology.name, account.name));
                write(&name, &trust.document, Some(&trust.role))?;
            }
        }
        Ok(written)
    }
}

fn name_of(topology: &Topology, account: &AccountPolicies, document: &PolicyDocument) -> String {
    let name = format!("{}-{}-{}", topology.name, account.name, document.purpose);
    match document.parts {
        1 => plain(&name),
        _ => plain(&format!("{name}-{}", document.part)),
    }
}

// Both clouds take these in the name of a policy, and every system in the name of a file.
fn plain(name: &str) -> String {
    let allowed = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter,
        false => '-',
    };
    name.chars().map(allowed).collect()
}
