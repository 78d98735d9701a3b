//! Types of instances, as far as clients look at them, and what instances have by their type.

use super::find::INSTANCE;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome};
use crate::aws::filters::{self, Fields};
use crate::aws::paging::paged;
use crate::aws::xml::Xml;

/// Types that are listed when none is named. Every other type of the usual form exists too.
const LISTED: [&str; 8] = [
    "t2.micro",
    "t3.micro",
    "t3.small",
    "t3.medium",
    "t4g.micro",
    "m5.large",
    "c5.large",
    "r5.large",
];

/// Whether instances of a type earn credits for bursts: those of the families with t.
fn is_burstable(kind: &str) -> bool {
    let rest = kind.strip_prefix('t');
    rest.is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

fn is_well_formed(kind: &str) -> bool {
    let parts = kind.split_once('.');
    parts.is_some_and(|(family, size)| !family.is_empty() && !size.is_empty())
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let filters = filters::read(
        ctx,
        &[
            "burstable-performance-supported",
            "current-generation",
            "instance-type",
        ],
    )?;
    let mut kinds = ctx.parameters.list("InstanceType");
    if let Some(unknown) = kinds.iter().find(|kind| !is_well_formed(kind)) {
        let message = format!("The following supplied instance types do not exist: [{unknown}]");
        return Err(Failure::bad("InvalidInstanceType", message));
    }
    if kinds.is_empty() {
        kinds.extend(LISTED.map(str::to_owned));
    }
    let wanted = |kind: &&String| {
        let fields = Fields::default()
            .with("burstable-performance-supported", is_burstable(kind))
            .with("current-generation", true)
            .with("instance-type", kind);
        filters::pass(&filters, &fields)
    };
    let rows = kinds.iter().filter(wanted).map(|kind| view(kind)).collect();
    paged(ctx, "instanceTypeSet", rows, 100)
}

fn view(kind: &str) -> Xml {
    let processors = Xml::new()
        .leaf("defaultVCpus", 2)
        .leaf("defaultCores", 1)
        .leaf("defaultThreadsPerCore", 2);
    let architectures = Xml::new().items("supportedArchitectures", [Xml::text("x86_64")]);
    let network = Xml::new()
        .leaf("maximumNetworkInterfaces", 3)
        .leaf("ipv4AddressesPerInterface", 10)
        .leaf("ipv6AddressesPerInterface", 10)
        .leaf("ipv6Supported", true)
        .leaf("enaSupport", "required");
    Xml::new()
        .leaf("instanceType", kind)
        .leaf("currentGeneration", true)
        .leaf("bareMetal", false)
        .leaf("hypervisor", "nitro")
        .leaf("burstablePerformanceSupported", is_burstable(kind))
        .node("processorInfo", architectures)
        .node("vCpuInfo", processors)
        .node("memoryInfo", Xml::new().leaf("sizeInMiB", 4096))
        .node("networkInfo", network)
}

pub(super) fn describe_credits(ctx: &mut Context<'_>) -> Outcome {
    let instances = INSTANCE.select(ctx, "InstanceId", &["instance-id"], |instance| {
        Fields::default().with("instance-id", &instance.base.id)
    })?;
    let burstable = instances
        .iter()
        .filter(|instance| is_burstable(&instance.kind));
    let rows = burstable.map(|instance| {
        let older = instance.kind.starts_with("t2.");
        Xml::new()
            .leaf("instanceId", &instance.base.id)
            .leaf("cpuCredits", if older { "standard" } else { "unlimited" })
    });
    paged(ctx, "instanceCreditSpecificationSet", rows.collect(), 1000)
}

/// Instances have no volumes here.
pub(super) fn describe_volumes(ctx: &mut Context<'_>) -> Outcome {
    filters::read(
        ctx,
        &[
            "attachment.device",
            "attachment.instance-id",
            "attachment.status",
            "availability-zone",
            "status",
            "volume-id",
        ],
    )?;
    let named = ctx.parameters.list("VolumeId");
    if let Some(id) = named.first() {
        let message = format!("The volume '{id}' does not exist.");
        return Err(Failure::bad("InvalidVolume.NotFound", message));
    }
    paged(ctx, "volumeSet", Vec::new(), 1000)
}
