//! What is written, and what never is.

use super::*;

fn form(before: &str) -> String {
    let body =
        Masker::default().request_body(before.as_bytes(), "application/x-www-form-urlencoded");
    body.expect("a form")
}

fn answer(before: &str) -> Option<String> {
    Masker::default().answer_body(before.as_bytes(), None)
}

#[test]
fn parameters_are_written_if_their_names_are_known() {
    for (before, after) in [
        (
            "RegionId=r&ClientToken=t-1&VpcId=v",
            "RegionId=r&ClientToken=***&VpcId=v",
        ),
        (
            "Tag.1.Key=landbridge%3Akey&Tag.1.Value=net%2Fa",
            "Tag.1.Key=landbridge%3Akey&Tag.1.Value=net%2Fa",
        ),
        ("Password=p%26q", "Password=***"),
        ("LaunchTemplate.UserData=x", "LaunchTemplate.UserData=***"),
        (
            "NewFangled=x&Novel.3.VpcId=v",
            "NewFangled=***&Novel.3.VpcId=***",
        ),
        ("VpcId=%FF", "VpcId=***"),
        (
            "InstanceIds=%5B%22i-1%22%2C%22i-9%22%5D",
            "InstanceIds=%5B%22i-1%22%2C%22i-9%22%5D",
        ),
        (
            "PolicyDocument=%7B%22Condition%22%3A%7B%22StringEquals%22%3A%7B%22sts%3AExternalId%22%3A%22x-1%22%7D%7D%7D",
            "PolicyDocument=%7B%22Condition%22%3A%7B%22StringEquals%22%3A%7B%22sts%3AExternalId%22%3A%22***%22%7D%7D%7D",
        ),
    ] {
        assert_eq!(form(before), after);
    }
    let path = Masker::default().path("/?Action=DescribeVpcs&Signature=s%3D");
    assert_eq!(path, "/?Action=DescribeVpcs&Signature=***");
}

#[test]
fn members_and_elements_are_written_if_all_names_around_them_are_known() {
    for (before, after) in [
        (
            r#"{"VpcId": "vpc-1", "Count": 3}"#,
            r#"{"VpcId": "vpc-1", "Count": 3}"#,
        ),
        (
            r#"{"AccessKeySecret": "a\"b", "VpcId": "x"}"#,
            r#"{"AccessKeySecret":"***","VpcId":"x"}"#,
        ),
        (
            r#"{"Fresh":{"Value":"x","Count":123456,"Enabled":true},"VpcId":["a",null]}"#,
            r#"{"Fresh":{"Value":"***","Count":0,"Enabled":true},"VpcId":["a",null]}"#,
        ),
        (
            r#"{"Fresh":"0123456789012345678901234567890123456789"}"#,
            r#"{"Fresh":"***16***"}"#,
        ),
        (
            r#"{"Message":"{\"AccessKeySecret\":\"x\"}"}"#,
            r#"{"Message":"{\"AccessKeySecret\":\"***\"}"}"#,
        ),
        (
            "<R><SecretAccessKey>s</SecretAccessKey><vpcId a='1'>v</vpcId><!-- s --></R>",
            "<R><SecretAccessKey>***</SecretAccessKey><vpcId>***</vpcId></R>",
        ),
        (
            "<XResponse xmlns=\"http://e/doc/1/\"><vpcId>v</vpcId><Extra><vpcId>&#x41;b</vpcId></Extra></XResponse>",
            "<XResponse xmlns=\"http://e/doc/1/\"><vpcId>v</vpcId><Extra><vpcId>***</vpcId></Extra></XResponse>",
        ),
        (
            "<XResponse><message>a &lt;b&gt; <![CDATA[c & d]]></message></XResponse>",
            "<XResponse><message>a &lt;b&gt; c &amp; d</message></XResponse>",
        ),
    ] {
        assert_eq!(answer(before).as_deref(), Some(after), "{before}");
    }
}

#[test]
fn what_cannot_be_read_whole_is_left_out() {
    for bad in [
        "\"{\\\"AccessKeySecret\\\":\\\"s\\\"}\"",
        "{\"AccessKeySecret\":\"s",
        "{} {}",
        "[[[",
        "<a><b>s</b>",
        "<a>s</b>",
        "<a/><b/>",
        "<!DOCTYPE a [<!ENTITY e 's'>]><a>&e;</a>",
        "<a>&other;</a>",
        "AccessKeySecret=s",
        "s",
    ] {
        assert_eq!(answer(bad), None, "{bad}");
    }
    assert_eq!(
        Masker::default().answer_body(b"{\"a\":\"\xff\"}", None),
        None
    );
    let html = Masker::default().answer_body(b"<html></html>", Some("text/html"));
    assert_eq!(html, None);
    let deep = format!("{}{}", "<Item>".repeat(100_000), "</Item>".repeat(100_000));
    assert_eq!(answer(&deep), None);
    assert_eq!(answer(&"[".repeat(100_000)), None);
}

#[test]
fn a_secret_that_was_seen_is_not_repeated_in_any_form() {
    let mut masker = Masker::default();
    let kind = "application/x-www-form-urlencoded";
    let asked = b"Password=Pa%2Bss-1%21&TokenCode=123456&VpcId=vpc-1";
    assert_eq!(
        masker.request_body(asked, kind).as_deref(),
        Some("Password=***&TokenCode=***&VpcId=vpc-1")
    );
    let answered = r#"{"Message":"The password Pa+ss-1! (Pa%2Bss-1%21, UGErc3MtMSE=) or code 123456 is wrong.","RequestId":"r"}"#;
    let written = masker.answer_body(answered.as_bytes(), None).expect("JSON");
    assert_eq!(
        written,
        r#"{"Message":"The password *** (***, ***=) or code *** is wrong.","RequestId":"r"}"#
    );
}

#[test]
fn words_are_kept_and_what_looks_like_a_key_is_not() {
    for kept in [
        "vpc-bp1aevy8sofi8mh1qc5cm",
        "arn:aws:ec2:eu-central-1:100000000011:security-group/sg-681e285dc75fa68fa",
        "acs:ram::1000000000000001:role/landbridge-recorded-user-visitor",
        "F04C0BEB-1036-5D99-AE75-90A08E865254",
        "OperationDenied.CloudBoxExistsInVpc",
        "GetCdtCbServiceStatus",
        "InsufficientIpAddr.vsw",
        "OperationInvalid.UserCanNotBuyCrossBorderBwp",
        "string to sign is:ACS3-HMAC-SHA256",
        "TransitRouterVpcAttachment and VSwitchIds of AliyunECSReadOnlyAccess",
        "2026-01-02T03:04:05.974832Z",
        "10.0.0.0/16, 2408:4000::/56; 443/443",
        "acs:alibaba_cloud_linux_3_2104_lts_x64",
        "AROA3X42LBCD3XKXWNREK:landbridge",
        "64 bytes from 10.0.20.100: icmp_seq=1 ttl=64 time=0.05 ms",
        "InvalidVSwitchId.NotFound: The vSwitch vsw-1 is not there; retry (50% done).",
        "https://api.aliyun.com/troubleshoot?q=InstanceExist.TransitRouter",
        "ec2.me-south-1.amazonaws.com",
        "application/json;charset=utf-8",
        "网络不存在",
    ] {
        assert_eq!(words::mask(kept), kept);
    }
    for hidden in [
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AKIAIOSFODNN7EXAMPLE",
        "LTAI5tQnKxKbLrM2Z9pXyZaB",
        "IfEUdfBcd8sYtJKlmnO0PQRSTUvwxyz",
        "FwoGZXIvYXdzEBYaDKxyz0123456789abcdefABCDEF==",
        "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9",
        "A0aAA__AaAa-a0_0A-A_-__A-a--A_0_aA-aAAaA_a_-A-_0",
        "aaa_-_a-AAaAA0-0_A-_0-_aa0-aaa0aa__A--aa-__",
        "%77JalrXUtnFEMI%2FK7MDENG%2FbPxRfiCYEXAMPLEKEY",
    ] {
        assert_eq!(words::mask(hidden), MASK);
    }
    assert_eq!(
        words::mask("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY."),
        "key ***."
    );
}

#[test]
fn account_ids_become_others_the_same_throughout() {
    let mut masker = Masker::default();
    let mut go = |before: &str| masker.words(before);
    assert_eq!(
        go("acs:ram::1234567890123456:root"),
        "acs:ram::1000000000000001:root"
    );
    assert_eq!(go("1234567890123457"), "1000000000000002");
    assert_eq!(go("1234567890123456"), "1000000000000001");
    assert_eq!(
        go("arn:aws:iam::111122223333:root"),
        "arn:aws:iam::100000000001:root"
    );
    assert_eq!(go("1000000000000001"), "1000000000000001");
    for other in [
        "vpc-111122223333",
        "200000000000000001",
        "1767323045999",
        "a1234567890123456",
    ] {
        assert_eq!(go(other), other);
    }
    assert_eq!(
        masker
            .answer_body(br#"{"OwnerId":1234567890123457}"#, None)
            .as_deref(),
        Some(r#"{"OwnerId":1000000000000002}"#)
    );
    let role = form("RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fr");
    assert_eq!(role, "RoleArn=arn%3Aaws%3Aiam%3A%3A100000000001%3Arole%2Fr");
}

#[test]
fn only_headers_that_say_what_is_asked_for_are_kept() {
    let headers = [
        ("Authorization", "ACS3 s"),
        ("x-acs-security-token", "t"),
        ("x-acs-action", "CreateVpc"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let kept = Masker::default().request_headers(&headers);
    assert_eq!(kept, [("x-acs-action".to_owned(), "CreateVpc".to_owned())]);
}

#[test]
fn what_was_written_is_written_again() {
    for text in ["", "***", "***16***", "***1024***"] {
        assert_eq!(placeholder(text), text);
    }
    for (size, class) in [
        (15, "***"),
        (16, "***16***"),
        (64, "***64***"),
        (256, "***256***"),
        (1024, "***1024***"),
    ] {
        assert_eq!(placeholder(&"x".repeat(size)), class);
    }
    let written = form("NextToken=FwoGZXIvYXdzEBYaDKxyz0123456789abcdef&Password=x");
    assert_eq!(form(&written), written);
    // A client sends back what it was given.
    assert_eq!(form("NextToken=***16***&Password=x"), written);
}
