//! Whatever stands in a file of CLI profiles: keys, or an error.

use std::path::Path;

use landbridge_core::backend::Environment;

use super::mode::Profiles;
use crate::credential::MetadataCredentials;
use crate::document::Document;
use crate::fuzz_support::fuzz_text;

const PROFILES: &str = r#"{"current":"default","profiles":[
  {"name":"default","mode":"AK","access_key_id":"AK","access_key_secret":"CANARY","region_id":"cn-hangzhou"},
  {"name":"role","mode":"RamRoleArn","access_key_id":"AK","access_key_secret":"CANARY","ram_role_arn":"acs:ram::1:role/x","ram_session_name":"s","expired_seconds":900},
  {"name":"chain","mode":"ChainableRamRoleArn","source_profile":"role","ram_role_arn":"acs:ram::2:role/y"},
  {"name":"self","mode":"ChainableRamRoleArn","source_profile":"self","ram_role_arn":"acs:ram::2:role/y"},
  {"name":"ext","mode":"External","process_command":"program --flag"},
  {"name":"uri","mode":"CredentialsURI","credentials_uri":"http://127.0.0.1:1/x"},
  {"name":"ecs","mode":"EcsRamRole","ram_role_name":"r"}]}"#;

#[test]
fn cli_profiles() {
    let environment = Environment::empty();
    let metadata = MetadataCredentials::new(&environment);
    fuzz_text("aliyun CLI profiles", &[PROFILES], |text| {
        let Ok(file) = Document::read(text.to_owned()) else {
            return;
        };
        let profiles = Profiles {
            environment: &environment,
            metadata: &metadata,
            path: Path::new("config.json"),
            text,
            file: file.root(),
        };
        for name in ["default", "role", "chain", "self", "ext", "uri", "ecs", ""] {
            let _ = profiles.source(name).is_ok();
        }
    });
}
