//! Whatever an argument is, it is taken or refused.

use crate::accounts::{AccountRef, OwnerRef, PlaceRef, PlacesRef};
use crate::args::{MemberId, MemberRef, PartyRef};
use crate::duration;
use crate::fuzz_support::fuzz_text;

#[test]
fn durations() {
    let samples = ["45m", "4h", "30s", "1h30m", "90", "1d", "0s", "1.5h"];
    fuzz_text("durations", &samples, |text| {
        if let Ok(duration) = duration::parse(text) {
            let _ = duration::show(duration);
        }
    });
}

#[test]
fn references() {
    let samples = [
        "aliyun:env-A@cn-hangzhou/i-123",
        "aws:profile-x@us-east-1/vpc-1",
        "aliyun:default",
        "aws:default+arn:aws:iam::111122223333:role/x",
        "aliyun:env-A+acs:ram::1234567890123456:role/x@cn-hangzhou,cn-qingdao",
        "10.0.0.0/8",
        "vbr-1",
        "1234567890123456",
        "[2001:db8::]/32",
    ];
    fuzz_text("references of the program", &samples, |text| {
        let _ = (
            text.parse::<AccountRef>().is_ok(),
            text.parse::<OwnerRef>().is_ok(),
        );
        let _ = (
            text.parse::<PlaceRef>().is_ok(),
            text.parse::<PlacesRef>().is_ok(),
        );
        let _ = (
            text.parse::<PartyRef>().is_ok(),
            text.parse::<MemberRef>().is_ok(),
        );
        let _ = text.parse::<MemberId>().is_ok();
    });
}
