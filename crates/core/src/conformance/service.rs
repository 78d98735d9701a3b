//! Paid services, and the handle itself.

use super::check::{Check, Stop, always, check, ensure};
use super::lab::Lab;
use crate::traits::{Capabilities, CloudService, ServiceStatus};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "handle.place",
            always,
            "a handle is for the place that was asked for",
            place
        ),
        check!(
            "handle.capabilities",
            always,
            "a handle can do what its provider says",
            capabilities
        ),
        check!(
            "service.status",
            services,
            "whether a service is open can be read",
            status
        ),
        check!(
            "service.status.unlisted",
            always,
            "a service that the cloud does not list needs no opening",
            unlisted
        ),
        check!(
            "service.open.again",
            services,
            "opening a service that is open succeeds",
            open_again
        ),
    ]
}

fn services(capabilities: &Capabilities) -> bool {
    !capabilities.services.is_empty()
}

async fn place(lab: &Lab) -> Result<(), Stop> {
    let subject = &lab.subject;
    for (handle, place) in [
        (&lab.home, &subject.home),
        (&lab.away, &subject.away),
        (&lab.guest, &subject.guest),
    ] {
        ensure(handle.place() == place, || {
            format!("{} for {place}", handle.place())
        })?;
    }
    Ok(())
}

async fn capabilities(lab: &Lab) -> Result<(), Stop> {
    let provider = lab.capabilities();
    for handle in [&lab.home, &lab.away, &lab.guest] {
        ensure(handle.capabilities() == provider, || {
            format!("those of {} differ", handle.place())
        })?;
    }
    Ok(())
}

async fn status(lab: &Lab) -> Result<(), Stop> {
    for service in &lab.capabilities().services {
        lab.patient(|| lab.home.service_status(*service)).await?;
    }
    Ok(())
}

async fn unlisted(lab: &Lab) -> Result<(), Stop> {
    for service in CloudService::ALL {
        if lab.capabilities().services.contains(&service) {
            continue;
        }
        let status = lab.patient(|| lab.home.service_status(service)).await?;
        ensure(status == ServiceStatus::Open, || {
            format!("{service} is {status:?}")
        })?;
    }
    Ok(())
}

// Opening accepts terms of payment, so nothing is opened that is closed.
async fn open_again(lab: &Lab) -> Result<(), Stop> {
    for service in &lab.capabilities().services {
        let status = lab.patient(|| lab.home.service_status(*service)).await?;
        if status == ServiceStatus::Closed {
            return Err(Stop::NotOffered(format!(
                "{service} is closed in this account"
            )));
        }
        lab.patient(|| lab.home.open_service(*service)).await?;
        let status = lab.patient(|| lab.home.service_status(*service)).await?;
        ensure(status == ServiceStatus::Open, || {
            format!("{service} is {status:?}")
        })?;
    }
    Ok(())
}
