//! What an instance starts from: the image, and the disk that it is put on.

use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};

const FAMILIES: [&str; 3] = [
    "acs:alibaba_cloud_linux_3_2104_lts_x64",
    "acs:alibaba_cloud_linux_3_2104_lts_arm64",
    "acs:alibaba_cloud_linux_2_1903_lts_x64",
];

/// How the ids of public images begin. Custom images begin with `m-`, and nobody has any.
const PUBLIC: [&str; 6] = [
    "aliyun_",
    "almalinux_",
    "anolisos_",
    "centos_",
    "debian_",
    "ubuntu_",
];

/// GiB.
const LEAST_DISK: u64 = 20;
const LARGEST_DISK: u64 = 2048;

/// The image or family that a call names, if there is such a one.
pub(super) fn check(ctx: &Context<'_>) -> Outcome<String> {
    let (id, family) = (
        ctx.parameters.get("ImageId"),
        ctx.parameters.get("ImageFamily"),
    );
    match (id, family) {
        (Some(_), Some(_)) => Err(Failure::bad(
            "UnexpectedImageFamily.ImageIdSupplied",
            "An image is given by its id or by its family.",
        )),
        (None, Some(family)) if !FAMILIES.contains(&family) => Err(Failure::forbidden(
            "InvalidImageFamily.MissingAvailableImage",
            format!("The image family {family} has no image."),
        )),
        (Some(id), None) if !PUBLIC.iter().any(|prefix| id.starts_with(prefix)) => {
            Err(Failure::missing(
                "InvalidImageId.NotFound",
                format!("The image {id} does not exist."),
            ))
        }
        (Some(image), None) | (None, Some(image)) => Ok(image.to_owned()),
        (None, None) => ctx.required("ImageId"),
    }
}

/// Fails for a system disk of a size that is not to be had.
pub(super) fn check_system_disk(ctx: &Context<'_>) -> Outcome<()> {
    let Some(text) = ctx.parameters.get("SystemDisk.Size") else {
        return Ok(());
    };
    let refused = |failure: fn(String, String) -> Failure, why: &str| {
        let code = format!("InvalidSystemDiskSize.{why}");
        let message =
            format!("The system disk has {LEAST_DISK} to {LARGEST_DISK} GiB, not {text}.");
        Err(failure(code, message))
    };
    match text.parse::<u64>() {
        Err(_) => refused(Failure::bad, "ValueNotSupported"),
        Ok(size) if size < LEAST_DISK => refused(Failure::missing, "LessThanMinSize"),
        Ok(size) if size > LARGEST_DISK => refused(Failure::missing, "MoreThanMaxSize"),
        Ok(_) => Ok(()),
    }
}
