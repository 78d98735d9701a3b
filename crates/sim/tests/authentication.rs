//! Who may call, and how it is proved.

mod support;

use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit, Mac};
use landbridge_sim::{AccountSpec, IdentityKind, RoleSpec, Simulator};
use support::{Client, STS, Twist, VPC, encode, exchange, exchange_raw, text};

const A: &str = "1234567890123456";
const B: &str = "1234567890123457";
const ZONES: [(&str, &str); 1] = [("RegionId", "cn-hangzhou")];

async fn start() -> (Simulator, Client) {
    let simulator = Simulator::start().await.expect("a loopback port");
    let keys = simulator.provision(AccountSpec::new("aliyun", A).name("alice"));
    let client = Client::new(&simulator, &keys);
    (simulator, client)
}

#[tokio::test]
async fn a_signed_call_is_answered_in_body_and_in_query() {
    let (_simulator, client) = start().await;
    client.ok(VPC, "DescribeZones", &ZONES).await;
    let twist = Twist {
        in_query: true,
        ..Twist::default()
    };
    client
        .twisted(VPC, "DescribeZones", &ZONES, twist)
        .await
        .expect("an answer")
        .ok();
}

#[tokio::test]
async fn the_signed_host_may_lack_the_port() {
    let (_simulator, client) = start().await;
    let bare = client.address.split(':').next().expect("a host").to_owned();
    let twist = Twist {
        host: Some(bare),
        ..Twist::default()
    };
    client
        .twisted(VPC, "DescribeZones", &ZONES, twist)
        .await
        .expect("an answer")
        .ok();
}

#[tokio::test]
async fn a_wrong_secret_is_refused_with_the_servers_string() {
    let (_simulator, mut client) = start().await;
    client.secret.push('x');
    let answer = client.call(VPC, "DescribeZones", &ZONES).await;
    assert!(text(&answer.body["Message"]).contains("server string to sign is:ACS3-HMAC-SHA256\n"));
    answer.refused("SignatureDoesNotMatch");
}

#[tokio::test]
async fn unsigned_and_unknown_callers_are_refused() {
    let (_simulator, mut client) = start().await;
    let twist = Twist {
        unsigned: true,
        ..Twist::default()
    };
    client
        .twisted(VPC, "DescribeZones", &ZONES, twist)
        .await
        .expect("an answer")
        .refused("IncompleteSignature");
    client.key_id = "LTAInobody".to_owned();
    client
        .call(VPC, "DescribeZones", &ZONES)
        .await
        .refused("InvalidAccessKeyId.NotFound");
}

#[tokio::test]
async fn a_nonce_is_good_for_one_request() {
    let (_simulator, client) = start().await;
    let twist = || Twist {
        nonce: Some("once".to_owned()),
        ..Twist::default()
    };
    client
        .twisted(VPC, "DescribeZones", &ZONES, twist())
        .await
        .expect("an answer")
        .ok();
    client
        .twisted(VPC, "DescribeZones", &ZONES, twist())
        .await
        .expect("an answer")
        .refused("SignatureNonceUsed");
}

#[tokio::test]
async fn dates_near_the_virtual_or_the_real_clock_are_good() {
    let (simulator, client) = start().await;
    let hour = Duration::from_secs(3600);
    simulator.advance(hour * 5);
    let at = |date| Twist {
        date: Some(date),
        ..Twist::default()
    };
    let real = SystemTime::now();
    client
        .twisted(VPC, "DescribeZones", &ZONES, at(real))
        .await
        .expect("an answer")
        .ok();
    client
        .twisted(VPC, "DescribeZones", &ZONES, at(real + hour * 5))
        .await
        .expect("an answer")
        .ok();
    let stale = client
        .twisted(VPC, "DescribeZones", &ZONES, at(real - hour))
        .await
        .expect("an answer");
    stale.refused("InvalidTimeStamp.Expired");
}

#[tokio::test]
async fn unknown_operations_are_not_found() {
    let (_simulator, client) = start().await;
    let answer = client.call(VPC, "CreateMoon", &[]).await;
    assert_eq!(answer.status, 404);
    answer.refused("InvalidAction.NotFound");
    client
        .call(STS, "CreateVpc", &[])
        .await
        .refused("InvalidAction.NotFound");
}

/// The target of a request that is signed the older way.
fn signed_the_older_way(client: &Client, nonce: &str, format: Option<&str>) -> String {
    let date = jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    let mut parameters = vec![
        ("AccessKeyId", client.key_id.as_str()),
        ("Action", "DescribeZones"),
    ];
    parameters.extend(format.map(|format| ("Format", format)));
    parameters.extend([
        ("RegionId", "cn-hangzhou"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureNonce", nonce),
        ("SignatureVersion", "1.0"),
        ("Timestamp", &date),
        ("Version", VPC),
    ]);
    let to_sign = format!("GET&%2F&{}", encode(&support::form(&parameters)));
    let key = format!("{}&", client.secret);
    let mut mac = <Hmac<sha1::Sha1> as KeyInit>::new_from_slice(key.as_bytes()).expect("any key");
    mac.update(to_sign.as_bytes());
    let signature = base64(&mac.finalize().into_bytes());
    parameters.push(("Signature", &signature));
    format!("/?{}", support::form(&parameters))
}

#[tokio::test]
async fn the_older_signature_works_too() {
    let (_simulator, client) = start().await;
    let target = signed_the_older_way(&client, "old-1", Some("JSON"));
    let headers = [("host".to_owned(), client.address.clone())].into();
    exchange(&client.address, "GET", &target, &headers, "")
        .await
        .expect("an answer")
        .ok();
    exchange(&client.address, "GET", &target, &headers, "")
        .await
        .expect("an answer")
        .refused("SignatureNonceUsed");
}

#[tokio::test]
async fn the_older_signature_is_answered_in_xml_unless_json_is_asked_for() {
    let (_simulator, client) = start().await;
    let headers = [("host".to_owned(), client.address.clone())].into();
    for (nonce, format, is_xml) in [
        ("xml-1", None, true),
        ("xml-2", Some("XML"), true),
        ("xml-3", Some("json"), false),
    ] {
        let target = signed_the_older_way(&client, nonce, format);
        let answer = exchange_raw(&client.address, "GET", &target, &headers, "").await;
        let (status, body) = answer.expect("an answer");
        assert_eq!(status, 200, "{body}");
        let root = body.contains("<DescribeZonesResponse><");
        assert_eq!(root, is_xml, "{format:?}: {body}");
        // The nonce is used up, and the refusal has the same form.
        let answer = exchange_raw(&client.address, "GET", &target, &headers, "").await;
        let (status, body) = answer.expect("an answer");
        assert_eq!(status, 400, "{body}");
        assert_eq!(
            body.contains("<Code>SignatureNonceUsed</Code>"),
            is_xml,
            "{body}"
        );
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let mut text: String = bits
        .as_bytes()
        .chunks(6)
        .map(|chunk| {
            let digits = String::from_utf8_lossy(chunk);
            char::from(DIGITS[usize::from_str_radix(&format!("{digits:0<6}"), 2).expect("binary")])
        })
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

#[tokio::test]
async fn identities_tell_users_from_roots() {
    let (simulator, client) = start().await;
    let user = client.ok(STS, "GetCallerIdentity", &[]).await;
    assert_eq!(user["IdentityType"], "RAMUser");
    assert_eq!(user["AccountId"], A);
    assert_eq!(user["Arn"], format!("acs:ram::{A}:user/alice"));
    let root = simulator.provision(AccountSpec::new("aliyun", B).identity(IdentityKind::Root));
    let root = Client::new(&simulator, &root)
        .ok(STS, "GetCallerIdentity", &[])
        .await;
    assert_eq!(root["IdentityType"], "Account");
}

async fn session(
    simulator: &Simulator,
    client: &Client,
    extra: &[(&str, &str)],
) -> support::Answer {
    let _ = simulator;
    let arn = format!("acs:ram::{B}:role/PeerRole");
    let mut parameters = vec![
        ("RoleArn", arn.as_str()),
        ("RoleSessionName", "test"),
        ("DurationSeconds", "900"),
    ];
    parameters.extend_from_slice(extra);
    client.call(STS, "AssumeRole", &parameters).await
}

#[tokio::test]
async fn a_session_acts_as_the_roles_account_until_it_expires() {
    let (simulator, client) = start().await;
    simulator.provision(AccountSpec::new("aliyun", B));
    simulator.provision_role(RoleSpec::new(B, "PeerRole").trust(A).external_id("e-1"));
    session(&simulator, &client, &[])
        .await
        .refused("NoPermission");
    let opened = session(&simulator, &client, &[("ExternalId", "e-1")])
        .await
        .ok();
    let credentials = &opened["Credentials"];
    let mut peer = client.clone();
    peer.key_id = text(&credentials["AccessKeyId"]);
    peer.secret = text(&credentials["AccessKeySecret"]);
    peer.call(STS, "GetCallerIdentity", &[])
        .await
        .refused("MissingSecurityToken");
    peer.token = Some("wrong".to_owned());
    peer.call(STS, "GetCallerIdentity", &[])
        .await
        .refused("InvalidSecurityToken.Malformed");
    peer.token = Some(text(&credentials["SecurityToken"]));
    let identity = peer.ok(STS, "GetCallerIdentity", &[]).await;
    assert_eq!(
        (&identity["IdentityType"], &identity["AccountId"]),
        (&"AssumedRoleUser".into(), &B.into())
    );
    simulator.advance(Duration::from_secs(901));
    peer.call(STS, "GetCallerIdentity", &[])
        .await
        .refused("InvalidSecurityToken.Expired");
}

#[tokio::test]
async fn roots_and_strangers_may_not_assume_roles() {
    let (simulator, client) = start().await;
    simulator.provision(AccountSpec::new("aliyun", B));
    session(&simulator, &client, &[])
        .await
        .refused("EntityNotExist.Role");
    simulator.provision_role(RoleSpec::new(B, "PeerRole").trust("1"));
    session(&simulator, &client, &[])
        .await
        .refused("NoPermission");
    simulator.provision_role(RoleSpec::new(B, "PeerRole").trust(format!("acs:ram::{A}:root")));
    session(&simulator, &client, &[]).await.ok();
    let root = simulator.provision(AccountSpec::new("aliyun", A).identity(IdentityKind::Root));
    session(&simulator, &Client::new(&simulator, &root), &[])
        .await
        .refused("NoPermission");
}
