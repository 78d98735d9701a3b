//! Whatever stands in a file of a recording, and whatever is to be recorded.

use landbridge_core::backend::ExchangeAnswer;

use crate::file::{answer, read_answer};
use crate::fuzz_support::fuzz;
use crate::mask::Masker;

const ANSWER: &[u8] = b"200\ncontent-type: application/json\nx-acs-request-id: R\n\n{\"Credentials\":{\"AccessKeySecret\":\"CANARY\",\"SecurityToken\":\"t\"},\"AccountId\":\"1234567890123456\"}";
const XML: &[u8] = b"200\ncontent-type: text/xml\n\n<AssumeRoleResult><Credentials><SecretAccessKey>CANARY</SecretAccessKey><SessionToken>t</SessionToken></Credentials></AssumeRoleResult>";

#[test]
fn files_of_recordings() {
    fuzz("files of recordings", &[ANSWER, XML], |bytes| {
        let _ = read_answer(bytes).is_ok();
    });
}

#[test]
fn bodies_to_record() {
    fuzz("bodies to record", &[ANSWER, XML], |bytes| {
        let told = ExchangeAnswer::new(200, &[], bytes);
        let _ = answer(&told, &mut Masker::default());
    });
}
