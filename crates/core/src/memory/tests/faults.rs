use std::sync::{Arc, Mutex};

use super::lab::{A, HANGZHOU, builder, cloud, label, range};
use crate::error::ErrorKind;
use crate::memory::FaultPoint;
use crate::traits::CreateNetwork;

fn request() -> CreateNetwork {
    CreateNetwork::new(label("network/one"), range("10.0.0.0/16"))
}

#[tokio::test]
async fn a_fault_before_leaves_no_trace_but_in_the_log() {
    let provider = builder().build();
    let cloud = cloud(&provider, A, HANGZHOU).await;
    provider.fail_call(0, FaultPoint::Before, ErrorKind::Unavailable);
    let error = cloud.create_network(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(provider.objects(), [""; 0]);
    let line = "create_network network/one memory:1111:cn-hangzhou: unavailable";
    assert_eq!(provider.writes(), [line]);
}

#[tokio::test]
async fn a_fault_after_takes_effect_and_repeating_adopts_it() {
    let provider = builder().build();
    let cloud = cloud(&provider, A, HANGZHOU).await;
    provider.fail_call(0, FaultPoint::After, ErrorKind::OutcomeUnknown);
    let error = cloud.create_network(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    let made = cloud.create_network(&request()).await.unwrap();
    assert_eq!(made.id.as_str(), "net-1");
    assert_eq!(provider.objects(), ["network:network/one"]);
    assert_eq!(provider.write_count(), 2);
}

#[tokio::test]
async fn faults_count_from_now() {
    let provider = builder().build();
    let cloud = cloud(&provider, A, HANGZHOU).await;
    cloud.create_network(&request()).await.unwrap();
    provider.fail_call(1, FaultPoint::Before, ErrorKind::Throttled);
    cloud.create_network(&request()).await.unwrap();
    let deleted = cloud.delete_network(&"net-1".into()).await;
    assert_eq!(deleted.unwrap_err().kind(), ErrorKind::Throttled);
    cloud.delete_network(&"net-1".into()).await.unwrap();
}

#[tokio::test]
async fn listeners_hear_of_each_write_after_its_effect() {
    let provider = builder().build();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (ears, watched) = (Arc::clone(&heard), provider.clone());
    provider.on_write(move |index, line| {
        let objects = watched.objects().len();
        ears.lock()
            .unwrap()
            .push(format!("{index} {line} {objects}"));
    });
    let cloud = cloud(&provider, A, HANGZHOU).await;
    cloud.create_network(&request()).await.unwrap();
    let expected = "0 create_network net-1 memory:1111:cn-hangzhou 1";
    assert_eq!(*heard.lock().unwrap(), [expected]);
}
