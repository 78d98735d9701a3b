//! `landbridge-fleet register` and `doctor`: the Restate server and its workers.

use jiff::SignedDuration;
use landbridge_core::Error;
use landbridge_fleet::restate::{Admin, Deployment, Paused, ServiceSettings};
use serde::Serialize;

use super::args::{DoctorArgs, RegisterArgs};
use super::exit::{Exit, Outcome};
use super::told;

/// The version of the server that this program is made for.
const VERSION: &str = "1.7.";
/// The objects of which each deployment consists.
const OBJECTS: [&str; 3] = ["Account", "Link", "Run"];
/// A handler waits a minute for room, and makes no progress meanwhile.
const INACTIVE: SignedDuration = SignedDuration::from_secs(90);
/// A handler that is to end waits for writes under way.
const ABORTED: SignedDuration = SignedDuration::from_secs(45);

pub(crate) async fn register(args: RegisterArgs) -> Outcome<Exit> {
    let admin = Admin::new(&args.admin.admin)?;
    let id = admin.register(&args.workers).await?;
    told::line(&format!("{id}  {}", args.workers))?;
    Ok(Exit::Ok)
}

/// What the doctor says of one thing.
#[derive(Debug, Serialize)]
struct Found {
    what: &'static str,
    is_well: bool,
    told: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Found {
    fn well(what: &'static str, told: impl Into<String>) -> Self {
        Self {
            what,
            is_well: true,
            told: told.into(),
            remedy: None,
        }
    }

    fn wrong(what: &'static str, told: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what,
            is_well: false,
            told: told.into(),
            remedy: Some(remedy.into()),
        }
    }

    fn unread(what: &'static str, error: &Error) -> Self {
        let remedy = error.remedy().unwrap_or("look at the server's log");
        Self::wrong(what, error.message(), remedy)
    }
}

pub(crate) async fn doctor(args: DoctorArgs) -> Outcome<Exit> {
    let admin = Admin::new(&args.admin.admin)?;
    let mut found = vec![version(&admin).await];
    match admin.deployments().await {
        Ok(deployments) => found.extend(of_deployments(&admin, &deployments, &args).await),
        Err(error) => found.push(Found::unread("deployments", &error)),
    }
    match admin.paused().await {
        Ok(paused) => found.extend(of_paused(&admin, &paused, &args).await),
        Err(error) => found.push(Found::unread("paused runs", &error)),
    }
    show(&found, args.form.json)?;
    Ok(match found.iter().all(|one| one.is_well) {
        true => Exit::Ok,
        false => Exit::Unproven,
    })
}

async fn version(admin: &Admin) -> Found {
    const WHAT: &str = "server";
    match admin.version().await {
        Ok(version) if version.starts_with(VERSION) => {
            Found::well(WHAT, format!("version {version}"))
        }
        Ok(version) => Found::wrong(
            WHAT,
            format!("version {version}: expected {VERSION}x"),
            "run the version that this program is tested with",
        ),
        Err(error) => Found::unread(WHAT, &error),
    }
}

async fn of_deployments(admin: &Admin, all: &[Deployment], args: &DoctorArgs) -> Vec<Found> {
    const WHAT: &str = "deployment";
    let Some((newest, older)) = all.split_last() else {
        let remedy = "start a worker, then `landbridge-fleet register URL`";
        return vec![Found::wrong(WHAT, "none is registered", remedy)];
    };
    let mut found = Vec::new();
    for one in older {
        let told = format!(
            "{} at {}, {} invocations under way",
            one.id, one.url, one.under_way
        );
        found.push(match one.under_way {
            0 if args.remove_old => match admin.remove(one).await {
                Ok(()) => Found::well(WHAT, format!("{told}: removed")),
                Err(error) => Found::unread(WHAT, &error),
            },
            0 => {
                let remedy = "stop its workers, then `landbridge-fleet doctor --remove-old`";
                Found::wrong(
                    WHAT,
                    format!("{told}: an old one, no longer needed"),
                    remedy,
                )
            }
            _ => Found::well(WHAT, format!("{told}: an old one that ends its work")),
        });
    }
    let known: Vec<&str> = newest
        .services
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let missing: Vec<&str> = OBJECTS
        .into_iter()
        .filter(|one| !known.contains(one))
        .collect();
    let told = format!(
        "{} at {}, {} invocations under way",
        newest.id, newest.url, newest.under_way
    );
    found.push(match missing.is_empty() {
        true => Found::well(WHAT, format!("{told}: takes new work")),
        false => Found::wrong(
            WHAT,
            format!("{told}: has no {}", missing.join(", ")),
            "register workers of this program",
        ),
    });
    found.extend(newest.services.iter().filter_map(timeouts));
    found
}

/// The server ends handlers that make no progress, and a worker's may wait: for room, and for writes under way.
fn timeouts(service: &ServiceSettings) -> Option<Found> {
    const WHAT: &str = "timeouts";
    let told =
        |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name} {value}"));
    let settings = [
        told("inactivity timeout", &service.inactivity_timeout),
        told("abort timeout", &service.abort_timeout),
        told("journal retention", &service.journal_retention),
    ];
    let settings: Vec<String> = settings.into_iter().flatten().collect();
    let told = format!("{}: {}", service.name, settings.join(", "));
    let wrong = [
        too_short("inactivity timeout", &service.inactivity_timeout, INACTIVE),
        too_short("abort timeout", &service.abort_timeout, ABORTED),
    ];
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    match (wrong.is_empty(), settings.is_empty()) {
        (true, true) => None,
        (true, false) => Some(Found::well(WHAT, told)),
        (false, _) => {
            let remedy = "register workers of this program at a new address, and leave its timeouts as they are";
            Some(Found::wrong(
                WHAT,
                format!("{told}: expected {}", wrong.join(" and ")),
                remedy,
            ))
        }
    }
}

/// What is expected instead of a time that the server gave.
fn too_short(name: &str, found: &Option<String>, least: SignedDuration) -> Option<String> {
    let found: Option<SignedDuration> = found.as_ref()?.parse().ok();
    found
        .is_none_or(|found| found < least)
        .then(|| format!("{name} {least:#} at least"))
}

async fn of_paused(admin: &Admin, paused: &[Paused], args: &DoctorArgs) -> Vec<Found> {
    const WHAT: &str = "paused";
    let mut found = Vec::new();
    for one in paused {
        let failure = one
            .failure
            .as_deref()
            .unwrap_or("the server does not tell why");
        let told = format!("{} of {}: {failure}", one.target, one.key);
        found.push(match args.resume {
            true => match admin.resume(one).await {
                Ok(()) => Found::well(WHAT, format!("{told}: goes on")),
                Err(error) => Found::unread(WHAT, &error),
            },
            false => {
                let remedy = "mend the cause, then `landbridge-fleet doctor --resume`";
                Found::wrong(WHAT, told, remedy)
            }
        });
    }
    if found.is_empty() {
        found.push(Found::well(WHAT, "nothing"));
    }
    found
}

fn show(found: &[Found], json: bool) -> Outcome<()> {
    if json {
        return told::json(&found);
    }
    for one in found {
        let mark = match one.is_well {
            true => "well ",
            false => "WRONG",
        };
        told::line(&format!("{mark}  {}: {}", one.what, one.told))?;
        if let Some(remedy) = &one.remedy {
            told::line(&format!("       to do: {remedy}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_that_end_a_handler_that_waits_are_told() {
        let of = |inactivity: &str, abort: &str| {
            let settings = serde_json::json!({ "name": "Run", "inactivity_timeout": inactivity, "abort_timeout": abort });
            timeouts(&serde_json::from_value(settings).expect("settings")).expect("told")
        };
        assert!(of("2m", "1m").is_well);
        assert!(of("10m", "1m 30s").is_well);
        let wrong = of("30s", "1m");
        assert!(
            !wrong.is_well
                && wrong
                    .told
                    .ends_with("expected inactivity timeout 1m 30s at least"),
            "{wrong:?}"
        );
        assert!(!of("2m", "500ms").is_well);
        assert!(!of("as the server likes", "1m").is_well, "it is not known");
    }
}
