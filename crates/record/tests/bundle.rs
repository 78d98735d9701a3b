//! Bundles from elsewhere: whatever an archive holds, it is one error, in bounded memory, and nothing is written.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use landbridge_core::backend::{Exchange, Tap};
use landbridge_record::{Bundle, Ended, Manifest, Pack, Recorder, Replay, Rest, Secrets};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

fn manifest() -> Manifest {
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    Manifest::new(
        "landbridge 9.9.9",
        "apply",
        (noon, noon),
        Ended::new(0, None),
    )
}

fn pack(members: &[(&str, &str)]) -> Pack {
    let mut pack = Pack::default();
    for (name, text) in members {
        pack.add(*name, *text);
    }
    pack
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a directory");
    let path = folder.path().join("run.tar.zst");
    (folder, path)
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_bundle_is_read_as_it_was_written_and_the_same_members_give_the_same_bytes() {
    let (folder, path) = place();
    let members = [
        ("plan.txt", "45 to create"),
        ("replay/topology.yaml", "name: net\n"),
    ];
    let secrets = Secrets::default();
    let written = pack(&members)
        .write(&path, manifest(), &secrets)
        .expect("written");
    assert_eq!(written.members.len(), 2);
    assert_eq!(names_in(folder.path()), ["run.tar.zst"]);
    let bundle = Bundle::open(&path).expect("a bundle");
    assert_eq!(bundle.text("plan.txt"), Some("45 to create"));
    assert_eq!(bundle.members().count(), 2);
    assert_eq!(bundle.manifest().begun, "2026-01-01T00:00:00.000Z");
    assert_eq!(bundle.member("manifest.json"), None);
    let first = std::fs::read(&path).expect("the file");
    pack(&members)
        .write(&path, manifest(), &secrets)
        .expect("written again");
    assert_eq!(std::fs::read(&path).expect("the file"), first);
}

#[test]
fn a_secret_in_any_member_keeps_the_bundle_from_being_written() {
    let secrets = Secrets::default();
    secrets.add("CANARY-secret/7");
    for (name, text) in [
        ("result.txt", "it said CANARY-secret/7"),
        ("calls/0001-X.request", "POST /?p=CANARY-secret%2F7\n"),
        ("verdicts.html", "<p>CANARY-secret/7"),
        ("topology.yaml", "# AKIAIOSFODNN7EXAMPLE"),
    ] {
        let (folder, path) = place();
        let refused =
            pack(&[("a.txt", "harmless"), (name, text)]).write(&path, manifest(), &secrets);
        let refused = refused.expect_err("a secret");
        assert!(
            refused
                .message()
                .contains(&format!("its member `{name}` would hold ")),
            "{refused}"
        );
        assert!(!refused.to_string().contains("CANARY") && !refused.to_string().contains("AKIA"));
        assert!(names_in(folder.path()).is_empty());
    }
    let (folder, path) = place();
    let told = Ended::new(1, Some("it said CANARY-secret/7".to_owned()));
    let told = Manifest::new(
        "p",
        "apply",
        (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH),
        told,
    );
    let refused = pack(&[])
        .write(&path, told, &secrets)
        .expect_err("a secret");
    assert!(refused.message().contains("`manifest.json`"), "{refused}");
    assert!(names_in(folder.path()).is_empty());
}

#[test]
fn what_cannot_be_written_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a directory");
    let path = folder.path().join("no/such/folder/run.tar.zst");
    let failed = pack(&[("a.txt", "x")]).write(&path, manifest(), &Secrets::default());
    assert!(failed.is_err());
    let mut missing = Pack::default();
    missing.add_file("a.txt", folder.path().join("gone"));
    let path = folder.path().join("run.tar.zst");
    assert!(
        missing
            .write(&path, manifest(), &Secrets::default())
            .is_err()
    );
    assert!(
        pack(&[("../a.txt", "x")])
            .write(&path, manifest(), &Secrets::default())
            .is_err()
    );
    assert!(names_in(folder.path()).is_empty());
}

/// A member as an archive has it.
struct Raw {
    name: &'static str,
    kind: EntryType,
    bytes: Vec<u8>,
}

fn file(name: &'static str, bytes: impl Into<Vec<u8>>) -> Raw {
    Raw {
        name,
        kind: EntryType::Regular,
        bytes: bytes.into(),
    }
}

fn manifest_of(members: &[(&str, &[u8])]) -> Raw {
    let members = members.iter().map(|(name, bytes)| {
        let digest = hex::encode(Sha256::digest(bytes));
        serde_json::json!({ "name": name, "size": bytes.len(), "sha256": digest })
    });
    let document = serde_json::json!({
        "kind": "landbridge-evidence", "format": 1, "program": "p", "command": "apply", "topology": null, "run": null,
        "begun": "", "ended": "", "outcome": { "exit": 0 }, "members": members.collect::<Vec<_>>(),
    });
    file("manifest.json", document.to_string())
}

// With any name: the library that writes archives refuses those that lead out.
fn archive(members: &[Raw]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for member in members {
        let mut header = Header::new_ustar();
        header.as_mut_bytes()[..member.name.len()].copy_from_slice(member.name.as_bytes());
        header.set_entry_type(member.kind);
        header.set_size(member.bytes.len() as u64);
        header.set_mode(0o600);
        header.set_cksum();
        builder
            .append(&header, member.bytes.as_slice())
            .expect("in memory");
    }
    builder.into_inner().expect("in memory")
}

fn opened(archive: &[u8]) -> Result<Bundle, String> {
    let (folder, path) = place();
    let packed = compress_to_vec(archive, CompressionLevel::Fastest);
    std::fs::write(&path, packed).expect("written");
    let outcome = Bundle::open(&path).map_err(|error| error.to_string());
    assert_eq!(
        names_in(folder.path()),
        ["run.tar.zst"],
        "reading writes nothing"
    );
    outcome
}

#[test]
fn members_that_no_bundle_has_are_refused() {
    let plan = || file("plan.txt", "45");
    let good = || manifest_of(&[("plan.txt", b"45")]);
    let kind = |name, kind, bytes: &[u8]| Raw {
        name,
        kind,
        bytes: bytes.to_vec(),
    };
    let bad_format = file(
        "manifest.json",
        String::from_utf8(good().bytes)
            .expect("UTF-8")
            .replace("\"format\":1", "\"format\":2"),
    );
    let cases = [
        (vec![good(), plan()], None),
        (
            vec![plan(), good()],
            Some("expected `manifest.json` as its first member"),
        ),
        (vec![plan()], Some("expected `manifest.json`")),
        (vec![], Some("it is empty or cut off")),
        (vec![good()], Some("member `plan.txt` is missing")),
        (
            vec![good(), plan(), plan()],
            Some("member `plan.txt` is there twice"),
        ),
        (
            vec![good(), plan(), file("more", "x")],
            Some("member `more` is not in its manifest"),
        ),
        (
            vec![good(), file("plan.txt", "46")],
            Some("member `plan.txt` was changed"),
        ),
        (
            vec![good(), file("../../plan.txt", "45")],
            Some("invalid name of a member `../../plan.txt`"),
        ),
        (
            vec![good(), file("/etc/passwd", "45")],
            Some("invalid name of a member `/etc/passwd`"),
        ),
        (vec![good(), file("a/./b", "45")], Some("invalid name")),
        (
            vec![good(), file("a\n\u{1b}[31mb", "45")],
            Some("invalid name of a member `a\\n\\u{1b}[31mb`"),
        ),
        (
            vec![good(), kind("plan.txt", EntryType::Symlink, b"")],
            Some("is no regular file"),
        ),
        (
            vec![good(), kind("plan.txt", EntryType::Link, b"")],
            Some("is no regular file"),
        ),
        (
            vec![good(), kind("plan.txt", EntryType::Directory, b"")],
            Some("is no regular file"),
        ),
        (
            vec![good(), kind("plan.txt", EntryType::Fifo, b"")],
            Some("is no regular file"),
        ),
        (
            vec![good(), kind("long", EntryType::GNULongName, b"plan.txt")],
            Some("is no regular file"),
        ),
        (
            vec![good(), kind("pax", EntryType::XHeader, b"14 path=../x\n")],
            Some("is no regular file"),
        ),
        (
            vec![file("manifest.json", "{}")],
            Some("is no manifest of evidence"),
        ),
        (
            vec![file("manifest.json", "x".repeat(100))],
            Some("is no manifest of evidence"),
        ),
        (
            vec![bad_format, plan()],
            Some("invalid format version `2`: expected 1"),
        ),
        (
            vec![
                manifest_of(&[("plan.txt", b"45"), ("plan.txt", b"45")]),
                plan(),
            ],
            Some("its manifest names a member twice"),
        ),
    ];
    for (members, wrong) in cases {
        let outcome = opened(&archive(&members));
        match (wrong, outcome) {
            (None, Ok(bundle)) => assert_eq!(bundle.text("plan.txt"), Some("45")),
            (Some(wrong), Err(error)) => assert!(error.contains(wrong), "{wrong}: {error}"),
            (wrong, outcome) => panic!("{wrong:?}: {outcome:?}"),
        }
    }
}

/// A zstd frame with these bytes, and then so many zeros, in blocks that repeat one byte.
fn with_zeros(bytes: &[u8], zeros: usize) -> Vec<u8> {
    const BLOCK: usize = 128 << 10;
    // The magic number; no checksum, no size, and a window of one block.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3];
    let head = |kind: u32, size: usize, is_last: bool| {
        let head = u32::from(is_last) | kind << 1 | (size as u32) << 3;
        head.to_le_bytes()[..3].to_vec()
    };
    frame.extend(head(0, bytes.len(), false));
    frame.extend(bytes);
    let blocks = zeros / BLOCK;
    for block in 1..=blocks {
        frame.extend(head(1, BLOCK, block == blocks));
        frame.push(0);
    }
    frame
}

#[test]
fn what_unpacks_to_too_much_is_refused_before_it_is_read() {
    // A head that promises what is not there.
    let mut header = Header::new_ustar();
    header.set_path("manifest.json").expect("a path");
    header.set_size(100 << 30);
    header.set_mode(0o600);
    header.set_cksum();
    let error = opened(header.as_bytes()).expect_err("too large");
    assert!(
        error.contains("member `manifest.json` is too large"),
        "{error}"
    );
    // A small file that unpacks to gigabytes behind the members.
    let (_folder, path) = place();
    let packed = with_zeros(&archive(&[manifest_of(&[])]), 2 << 30);
    assert!(packed.len() < 4 << 20, "{}", packed.len());
    std::fs::write(&path, packed).expect("written");
    let error = Bundle::open(&path).expect_err("too much").to_string();
    assert!(error.contains("it unpacks to too much"), "{error}");
}

#[test]
fn every_cut_and_most_changes_of_a_bundle_are_noticed_and_none_is_believed() {
    let (folder, path) = place();
    let text = "a member with some length, so that there is something to cut\n".repeat(20);
    let members = [("plan.txt", text.as_str()), ("result.txt", "done")];
    pack(&members)
        .write(&path, manifest(), &Secrets::default())
        .expect("written");
    let whole = std::fs::read(&path).expect("the file");
    let bad = folder.path().join("bad");
    for length in 0..whole.len() {
        std::fs::write(&bad, &whole[..length]).expect("written");
        let opened = Bundle::open(&bad);
        // The checksum of the archive is the only part that nothing is lost with.
        assert!(
            opened.is_err() || length + 4 >= whole.len(),
            "{length} of {}",
            whole.len()
        );
    }
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 0x41;
        std::fs::write(&bad, &changed).expect("written");
        if let Ok(bundle) = Bundle::open(&bad) {
            assert_eq!(bundle.text("plan.txt"), Some(text.as_str()), "{place}");
            assert_eq!(bundle.text("result.txt"), Some("done"), "{place}");
        }
    }
}

#[tokio::test]
async fn recorded_calls_are_served_from_a_bundle_as_from_a_directory() {
    let (folder, path) = place();
    let calls = folder.path().join("calls");
    let recorder = Recorder::create(&calls).expect("a recorder");
    recorder.signs_with("CANARY-never-written");
    let headers = [("x-acs-action".to_owned(), "DescribeVpcs".to_owned())];
    let answer = landbridge_core::backend::ExchangeAnswer::new(
        200,
        &[],
        b"{\"RequestId\":\"0C2EE7A8-74D4-4081-8236-CEBDE3BBCF50\"}",
    );
    let asked = Exchange::new(
        "POST",
        "https://vpc.example/",
        &headers,
        b"RegionId=cn-hangzhou",
    );
    let noted = recorder
        .record(asked.with_answer(answer))
        .expect("it is written");
    assert_eq!(
        (noted.number, noted.operation.as_str()),
        (1, "DescribeVpcs")
    );
    assert_eq!(
        noted.request_id.as_deref(),
        Some("0C2EE7A8-74D4-4081-8236-CEBDE3BBCF50")
    );
    assert_eq!(
        recorder.secrets().find(b"x CANARY-never-written"),
        Some("a secret of this run")
    );
    let mut pack = Pack::default();
    pack.add_recording(&calls).expect("a recording");
    pack.write(&path, manifest(), &recorder.secrets())
        .expect("written");
    let bundle = Bundle::open(&path).expect("a bundle");
    let listener = || std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let replay = Replay::start_bundle(&bundle, Rest::Refuse, listener())
        .await
        .expect("it serves");
    let ask = reqwest::Client::new()
        .post(replay.url())
        .header("x-acs-action", "DescribeVpcs")
        .body("RegionId=cn-hangzhou");
    let text = ask
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a text");
    assert!(text.contains("0C2EE7A8"), "{text}");
    assert!(replay.unmatched().is_empty(), "{:?}", replay.unmatched());
    let (_other, without) = place();
    pack_without_calls(&without);
    let without = Bundle::open(&without).expect("a bundle");
    let refused = Replay::start_bundle(&without, Rest::Refuse, listener()).await;
    assert!(refused.is_err_and(|error| error.message().contains("holds no recorded call")));
}

fn pack_without_calls(path: &Path) {
    let written = pack(&[("plan.txt", "x")]).write(path, manifest(), &Secrets::default());
    written.expect("written");
}

#[test]
fn an_archive_is_read_by_others_too() {
    let (_folder, path) = place();
    let written =
        pack(&[("plan.txt", "45 to create")]).write(&path, manifest(), &Secrets::default());
    written.expect("written");
    let file = std::fs::File::open(&path).expect("the file");
    let mut plain = Vec::new();
    let mut decoder = ruzstd::decoding::StreamingDecoder::new(file).expect("a frame");
    decoder.read_to_end(&mut plain).expect("it unpacks");
    let mut archive = tar::Archive::new(plain.as_slice());
    let names = archive.entries().expect("an archive").map(|entry| {
        let entry = entry.expect("an entry");
        entry.path().expect("a path").display().to_string()
    });
    assert_eq!(names.collect::<Vec<_>>(), ["manifest.json", "plan.txt"]);
}
