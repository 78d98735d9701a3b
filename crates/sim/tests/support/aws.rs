//! A small independent AWS client: its own signing, its own reading of XML.

use std::collections::BTreeMap;
use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use landbridge_sim::{AccountKeys, AccountSpec, Simulator};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{exchange_raw, form};

pub const EC2: (&str, &str) = ("ec2", "2016-11-15");
pub const STS: (&str, &str) = ("sts", "2011-06-15");
pub const IAM: (&str, &str) = ("iam", "2010-05-08");

pub const A: &str = "111122223333";
pub const B: &str = "444455556666";

#[derive(Debug)]
pub struct Xml {
    pub status: u16,
    pub body: String,
}

impl Xml {
    /// The text of the first element of this name, empty if there is none.
    pub fn text(&self, name: &str) -> String {
        self.all(name).into_iter().next().unwrap_or_default()
    }

    /// What is inside every element of this name.
    pub fn all(&self, name: &str) -> Vec<String> {
        let (start, end) = (format!("<{name}>"), format!("</{name}>"));
        let parts = self.body.split(&start).skip(1);
        parts
            .filter_map(|part| Some(part.split_once(&end)?.0.to_owned()))
            .collect()
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.body);
        self
    }

    #[track_caller]
    pub fn refused(self, code: &str) -> Self {
        assert_ne!(self.status, 200, "{}", self.body);
        assert_eq!(self.text("Code"), code, "{}", self.body);
        self
    }
}

/// An answer of a product that speaks JSON.
#[derive(Debug)]
pub struct Json {
    pub status: u16,
    pub body: serde_json::Value,
}

impl Json {
    #[track_caller]
    pub fn ok(self) -> serde_json::Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    #[track_caller]
    pub fn refused(self, code: &str) {
        assert_eq!(self.status, 400, "{}", self.body);
        assert_eq!(self.body["__type"], code, "{}", self.body);
    }
}

/// What a test changes about a request.
#[derive(Default)]
pub struct Twist {
    pub date: Option<SystemTime>,
    /// The value of `x-amz-content-sha256`; the body is signed with it.
    pub content_hash: Option<String>,
    pub unsigned_host: bool,
    pub unsigned: bool,
    pub service: Option<&'static str>,
}

#[derive(Clone)]
pub struct Aws {
    pub address: String,
    pub key_id: String,
    pub secret: String,
    pub token: Option<String>,
    pub region: String,
}

impl Aws {
    pub fn new(simulator: &Simulator, keys: &AccountKeys, region: &str) -> Self {
        Self {
            address: simulator.url().trim_start_matches("http://").to_owned(),
            key_id: keys.access_key_id.clone(),
            secret: keys.access_key_secret.clone(),
            token: None,
            region: region.to_owned(),
        }
    }

    pub fn in_region(&self, region: &str) -> Self {
        Self {
            region: region.to_owned(),
            ..self.clone()
        }
    }

    /// A client with the credentials that an answer of STS holds.
    pub fn with_session(&self, answer: &Xml) -> Self {
        Self {
            key_id: answer.text("AccessKeyId"),
            secret: answer.text("SecretAccessKey"),
            token: Some(answer.text("SessionToken")),
            ..self.clone()
        }
    }

    pub async fn ec2(&self, action: &str, parameters: &[(&str, &str)]) -> Xml {
        self.call(EC2, action, parameters).await
    }

    /// EC2, which must answer 200.
    pub async fn ok(&self, action: &str, parameters: &[(&str, &str)]) -> Xml {
        let answer = self.ec2(action, parameters).await;
        assert_eq!(answer.status, 200, "{action}: {}", answer.body);
        answer
    }

    pub async fn call(
        &self,
        product: (&str, &str),
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Xml {
        self.twisted(product, action, parameters, Twist::default())
            .await
    }

    pub async fn twisted(
        &self,
        (service, version): (&str, &str),
        action: &str,
        parameters: &[(&str, &str)],
        twist: Twist,
    ) -> Xml {
        let mut pairs = vec![("Action", action), ("Version", version)];
        pairs.extend(parameters);
        let content = "application/x-www-form-urlencoded; charset=utf-8";
        let content = [("content-type", content)];
        let (status, body) = self.sent(service, &content, form(&pairs), twist).await;
        Xml { status, body }
    }

    /// A call of Systems Manager, which speaks JSON.
    pub async fn ssm(&self, action: &str, parameters: serde_json::Value) -> Json {
        let target = format!("AmazonSSM.{action}");
        let content = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target.as_str()),
        ];
        let sent = self.sent("ssm", &content, parameters.to_string(), Twist::default());
        let (status, body) = sent.await;
        let body = serde_json::from_str(&body).unwrap_or_else(|_| panic!("no JSON: {body}"));
        Json { status, body }
    }

    async fn sent(
        &self,
        service: &str,
        content: &[(&str, &str)],
        body: String,
        twist: Twist,
    ) -> (u16, String) {
        let date = jiff::Timestamp::try_from(twist.date.unwrap_or_else(SystemTime::now)).unwrap();
        let date = date.strftime("%Y%m%dT%H%M%SZ").to_string();
        let mut headers = BTreeMap::from([
            ("host".to_owned(), self.address.clone()),
            ("x-amz-date".to_owned(), date),
        ]);
        let content = content.iter();
        headers.extend(content.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        if let Some(token) = &self.token {
            headers.insert("x-amz-security-token".to_owned(), token.clone());
        }
        if let Some(hash) = &twist.content_hash {
            headers.insert("x-amz-content-sha256".to_owned(), hash.clone());
        }
        let service = twist.service.unwrap_or(service);
        let authorization = self.authorization(service, &headers, &body, &twist);
        if !twist.unsigned {
            headers.insert("authorization".to_owned(), authorization);
        }
        exchange_raw(&self.address, "POST", "/", &headers, &body)
            .await
            .unwrap()
    }

    /// A call of an interface that speaks JSON.
    pub async fn json(&self, service: &str, target: &str, body: &str) -> (u16, Value) {
        let now = jiff::Timestamp::try_from(SystemTime::now()).unwrap();
        let mut headers = BTreeMap::from([
            (
                "content-type".to_owned(),
                "application/x-amz-json-1.1".to_owned(),
            ),
            ("host".to_owned(), self.address.clone()),
            (
                "x-amz-date".to_owned(),
                now.strftime("%Y%m%dT%H%M%SZ").to_string(),
            ),
            ("x-amz-target".to_owned(), target.to_owned()),
        ]);
        let authorization = self.authorization(service, &headers, body, &Twist::default());
        headers.insert("authorization".to_owned(), authorization);
        let (status, body) = exchange_raw(&self.address, "POST", "/", &headers, body)
            .await
            .unwrap();
        (status, serde_json::from_str(&body).expect("JSON"))
    }

    fn authorization(
        &self,
        service: &str,
        headers: &BTreeMap<String, String>,
        body: &str,
        twist: &Twist,
    ) -> String {
        let signed: Vec<(&String, &String)> = headers
            .iter()
            .filter(|(name, _)| !(twist.unsigned_host && *name == "host"))
            .collect();
        let names: Vec<&str> = signed.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let lines: String = signed
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let hash = twist
            .content_hash
            .clone()
            .unwrap_or_else(|| sha256(body.as_bytes()));
        let canonical = format!("POST\n/\n\n{lines}\n{names}\n{hash}");
        let date = &headers["x-amz-date"];
        let scope = format!("{}/{}/{service}/aws4_request", &date[..8], self.region);
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
            sha256(canonical.as_bytes())
        );
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in scope.split('/') {
            key = hmac(&key, part);
        }
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.key_id,
            hex::encode(hmac(&key, &to_sign))
        )
    }

    /// A VPC with a subnet; their ids.
    pub async fn network(&self, range: &str, subnet: &str) -> (String, String) {
        let vpc = self.ok("CreateVpc", &[("CidrBlock", range)]).await;
        let vpc = vpc.text("vpcId");
        let parameters = [("VpcId", vpc.as_str()), ("CidrBlock", subnet)];
        let subnet = self.ok("CreateSubnet", &parameters).await;
        (vpc, subnet.text("subnetId"))
    }

    pub async fn vpc(&self, range: &str) -> String {
        let vpc = self.ok("CreateVpc", &[("CidrBlock", range)]).await;
        vpc.text("vpcId")
    }

    /// The id of a new request for a peering.
    pub async fn request(&self, own: &str, peer: &str, owner: &str, region: &str) -> String {
        let parameters = [
            ("VpcId", own),
            ("PeerVpcId", peer),
            ("PeerOwnerId", owner),
            ("PeerRegion", region),
        ];
        let answer = self.ok("CreateVpcPeeringConnection", &parameters).await;
        answer.text("vpcPeeringConnectionId")
    }

    pub async fn peering(&self, action: &str, id: &str) -> Xml {
        self.ec2(
            &format!("{action}VpcPeeringConnection"),
            &[("VpcPeeringConnectionId", id)],
        )
        .await
    }

    /// A describe call for one peering.
    pub async fn see(&self, id: &str) -> Xml {
        let parameters = [("VpcPeeringConnectionId.1", id)];
        self.ec2("DescribeVpcPeeringConnections", &parameters).await
    }

    pub async fn status(&self, id: &str) -> String {
        let answer = self.see(id).await.ok();
        let status = answer.text("status");
        Xml {
            status: 200,
            body: status,
        }
        .text("code")
    }

    pub async fn main_table(&self, vpc: &str) -> String {
        let parameters = [
            ("Filter.1.Name", "vpc-id"),
            ("Filter.1.Value.1", vpc),
            ("Filter.2.Name", "association.main"),
            ("Filter.2.Value.1", "true"),
        ];
        let answer = self.ok("DescribeRouteTables", &parameters).await;
        answer.text("routeTableId")
    }

    pub async fn route(&self, vpc: &str, destination: &str, peering: &str) -> Xml {
        let table = self.main_table(vpc).await;
        let parameters = [
            ("RouteTableId", table.as_str()),
            ("DestinationCidrBlock", destination),
            ("VpcPeeringConnectionId", peering),
        ];
        self.ec2("CreateRoute", &parameters).await
    }

    pub async fn group(&self, vpc: &str, name: &str) -> String {
        let parameters = [
            ("GroupName", name),
            ("GroupDescription", "a group"),
            ("VpcId", vpc),
        ];
        let answer = self.ok("CreateSecurityGroup", &parameters).await;
        answer.text("groupId")
    }

    pub async fn instance(&self, subnet: &str, group: &str, address: &str) -> String {
        let parameters = [
            ("ImageId", "ami-1"),
            ("MinCount", "1"),
            ("MaxCount", "1"),
            ("SubnetId", subnet),
            ("SecurityGroupId.1", group),
            ("PrivateIpAddress", address),
        ];
        let answer = self.ok("RunInstances", &parameters).await;
        answer.text("instanceId")
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Two accounts in one region.
pub async fn pair() -> (Simulator, Aws, Aws) {
    let simulator = Simulator::start().await.expect("a loopback port");
    let (a, b) = clients(&simulator);
    (simulator, a, b)
}

pub fn clients(simulator: &Simulator) -> (Aws, Aws) {
    let a = simulator.provision(AccountSpec::new("aws", A).name("alice"));
    let b = simulator.provision(AccountSpec::new("aws", B).name("bob"));
    (
        Aws::new(simulator, &a, "us-east-1"),
        Aws::new(simulator, &b, "us-east-1"),
    )
}
