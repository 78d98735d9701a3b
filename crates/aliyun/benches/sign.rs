//! What signing and serialising a request costs, beside the bare hashes of the same bytes.
//!
//! `cargo bench -p landbridge-aliyun --bench sign`

mod support;

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use criterion::{Criterion, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use landbridge_aliyun::bench_support::Prepared;
use landbridge_aliyun::sign::{self, Signable};
use sha2::{Digest, Sha256};
use support::{NONCE, PARAMS, SECRET, cost, prepared};

const LARGE: &[(&str, &str)] = &[
    ("RegionId", "cn-hangzhou"),
    ("CenId", "cen-j8hpue1dgvfnpu0iakl2"),
    ("TransitRouterId", "tr-bp1su1ytdxtataupl5abc"),
    ("VpcId", "vpc-bp1y4jglgejgoblfuuy4"),
    ("VpcOwnerId", "1234567890123457"),
    ("TransitRouterAttachmentName", "vpc2"),
    ("AutoPublishRouteEnabled", "false"),
    ("ZoneMappings.1.ZoneId", "cn-hangzhou-h"),
    ("ZoneMappings.1.VSwitchId", "vsw-bp16b0ok9fymb4ucxtn1"),
    ("ZoneMappings.2.ZoneId", "cn-hangzhou-i"),
    ("ZoneMappings.2.VSwitchId", "vsw-bp16b0ok9fymb4ucxtn2"),
    ("Tag.1.Key", "landbridge:topology"),
    ("Tag.1.Value", "cen-two-accounts"),
    ("Tag.2.Key", "landbridge:key"),
    ("Tag.2.Value", "attachment/backbone/vpc2"),
    (
        "ClientToken",
        "5f2b7e0a1c9d4e8f9a0b1c2d3e4f50615f2b7e0a1c9d4e8f",
    ),
];

/// The bytes that are hashed for one request.
struct Hashed {
    body: Vec<u8>,
    canonical: Vec<u8>,
    to_sign: Vec<u8>,
}

impl Hashed {
    fn of(request: &Prepared) -> Self {
        let (headers, body) = request.signed(moment(), NONCE).expect("signs");
        let text = |value: &http::HeaderValue| value.to_str().expect("text").to_owned();
        let signed = headers
            .iter()
            .filter(|(name, _)| sign::is_signed(name.as_str()))
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect::<Vec<_>>();
        let signable = Signable {
            method: "POST",
            path: "/",
            query: &[],
            headers: &signed,
        };
        let signature = sign::sign(&signable, SECRET);
        let sent = text(&headers["authorization"]);
        assert!(sent.ends_with(&signature.signature), "the same bytes");
        Self {
            body: body.into_bytes(),
            canonical: signature.canonical_request.into_bytes(),
            to_sign: signature.string_to_sign.into_bytes(),
        }
    }

    fn hash(&self) -> u8 {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("keys of any length");
        mac.update(black_box(&self.to_sign));
        let signature = mac.finalize().into_bytes();
        let body = Sha256::digest(black_box(&self.body));
        let canonical = Sha256::digest(black_box(&self.canonical));
        signature[0] ^ body[0] ^ canonical[0]
    }
}

fn moment() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045)
}

fn signing(criterion: &mut Criterion) {
    for (name, action, params) in [
        ("5 parameters", "DescribeVpcs", PARAMS),
        ("16 parameters", "CreateTransitRouterVpcAttachment", LARGE),
    ] {
        let mut group = criterion.benchmark_group(format!("request of {name}"));
        let request = prepared("http://127.0.0.1:8080", action, params);
        let hashed = Hashed::of(&request);
        group.bench_function("bare hashes", |bench| {
            bench.iter_custom(|times| {
                cost(|| {
                    (0..times).for_each(|_| {
                        black_box(hashed.hash());
                    })
                })
            });
        });
        group.bench_function("signed", |bench| {
            bench.iter_custom(|times| {
                cost(|| {
                    for _ in 0..times {
                        let (now, nonce) = black_box((moment(), NONCE));
                        black_box(request.signed(now, nonce)).expect("signs");
                    }
                })
            });
        });
        group.finish();
    }
}

criterion_group!(benches, signing);
criterion_main!(benches);
