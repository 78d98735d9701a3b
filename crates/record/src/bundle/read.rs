use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use landbridge_core::Result;
use ruzstd::decoding::StreamingDecoder;
use sha2::{Digest, Sha256};

use super::{
    LARGEST, LARGEST_FILE, LARGEST_MEMBER, MANIFEST, MOST_MEMBERS, Manifest, Member, invalid,
    is_name,
};

/// A bundle that was read whole, and whose members are what its manifest says.
#[derive(Clone, Debug)]
pub struct Bundle {
    manifest: Manifest,
    members: BTreeMap<String, Vec<u8>>,
}

impl Bundle {
    /// Reads a bundle and checks every member against the manifest. Whatever the file holds, memory and time are bounded, and
    /// nothing is written.
    ///
    /// # Errors
    /// [`InvalidInput`](landbridge_core::ErrorKind::InvalidInput) with what is wrong: no bundle, cut off, changed, too large, or
    /// with members that no bundle has.
    pub fn open(path: &Path) -> Result<Self> {
        let wrong = |why: String| invalid(path, why);
        let about = fs::metadata(path).map_err(|error| invalid(path, error))?;
        if !about.is_file() {
            return Err(wrong("expected a regular file".to_owned()));
        }
        if about.len() > LARGEST_FILE {
            return Err(wrong(format!(
                "expected at most {} MiB",
                LARGEST_FILE >> 20
            )));
        }
        let file = File::open(path).map_err(|error| invalid(path, error))?;
        let (manifest, members) = unpack(BufReader::new(file)).map_err(wrong)?;
        check(&manifest.members, &members).map_err(wrong)?;
        Ok(Self { manifest, members })
    }

    /// What the bundle says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// A member by its name.
    pub fn member(&self, name: &str) -> Option<&[u8]> {
        self.members.get(name).map(Vec::as_slice)
    }

    /// A member as text; none if it is not there or no UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.member(name)?).ok()
    }

    /// All members but the manifest, by name.
    pub fn members(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let members = self.members.iter();
        members.map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }
}

/// An archive ends with zeros, and programs add some to fill a block.
const MOST_BEHIND: u64 = 64 << 10;

type Unpacked = (Manifest, BTreeMap<String, Vec<u8>>);

fn unpack(source: impl Read) -> std::result::Result<Unpacked, String> {
    let decoder =
        StreamingDecoder::new(source).map_err(|_| "expected a zstd archive".to_owned())?;
    // A little more than the members have, for their heads.
    let mut bounded = Bounded {
        inner: decoder,
        left: LARGEST + (MOST_MEMBERS as u64 + 2) * 1024,
    };
    let mut archive = tar::Archive::new(&mut bounded);
    let entries = archive.entries().map_err(|error| cut(&error))?;
    let mut members = BTreeMap::new();
    let (mut manifest, mut all) = (None, 0);
    // Raw: what stands for long names and links is an entry like others, and none that is allowed.
    for entry in entries.raw(true) {
        let mut entry = entry.map_err(|error| cut(&error))?;
        let name = name_of(&entry)?;
        let size = entry.header().entry_size().map_err(|error| cut(&error))?;
        all += size.min(LARGEST + 1);
        if size > LARGEST_MEMBER || all > LARGEST {
            return Err(format!("member `{name}` is too large"));
        }
        if members.len() >= MOST_MEMBERS {
            return Err(format!("expected at most {MOST_MEMBERS} members"));
        }
        let mut bytes = Vec::new();
        let read = (&mut entry).take(size).read_to_end(&mut bytes);
        read.map_err(|error| cut(&error))?;
        if bytes.len() as u64 != size {
            return Err(format!("it is cut off in member `{name}`"));
        }
        match (&manifest, name == MANIFEST) {
            (None, true) => manifest = Some(read_manifest(&bytes)?),
            (None, false) => return Err(format!("expected `{MANIFEST}` as its first member")),
            (Some(_), _) if members.insert(name.clone(), bytes).is_some() => {
                return Err(format!("member `{name}` is there twice"));
            }
            (Some(_), _) => {}
        }
    }
    // What follows the archive is read too, or the end of a file that is cut off there would not be missed.
    bounded.left = MOST_BEHIND;
    drain(&mut bounded)?;
    let manifest = manifest.ok_or_else(|| "it is empty or cut off".to_owned())?;
    Ok((manifest, members))
}

fn name_of(entry: &tar::Entry<'_, impl Read>) -> std::result::Result<String, String> {
    let path = entry.path_bytes();
    let name = String::from_utf8_lossy(&path).into_owned();
    let shown: String = name.chars().take(100).collect();
    let shown = shown.escape_debug();
    if !entry.header().entry_type().is_file() {
        return Err(format!("member `{shown}` is no regular file"));
    }
    match is_name(&name) {
        true => Ok(name),
        false => Err(format!("invalid name of a member `{shown}`")),
    }
}

fn read_manifest(bytes: &[u8]) -> std::result::Result<Manifest, String> {
    let manifest: Manifest = serde_json::from_slice(bytes)
        .map_err(|error| format!("`{MANIFEST}` is no manifest of evidence: {error}"))?;
    match manifest.format {
        1 => Ok(manifest),
        other => Err(format!("invalid format version `{other}`: expected 1")),
    }
}

fn check(
    stated: &[Member],
    members: &BTreeMap<String, Vec<u8>>,
) -> std::result::Result<(), String> {
    for member in stated {
        let name = member.name.escape_debug();
        let Some(bytes) = members.get(&member.name) else {
            return Err(format!("member `{name}` is missing"));
        };
        let digest = hex::encode(Sha256::digest(bytes));
        if digest != member.sha256 || bytes.len() as u64 != member.size {
            return Err(format!("member `{name}` was changed: its digest differs"));
        }
    }
    if stated.len() == members.len() {
        return Ok(());
    }
    let stated: BTreeSet<&str> = stated.iter().map(|member| member.name.as_str()).collect();
    let mut names = members.keys();
    match names.find(|name| !stated.contains(name.as_str())) {
        Some(name) => Err(format!("member `{name}` is not in its manifest")),
        None => Err("its manifest names a member twice".to_owned()),
    }
}

fn drain(source: &mut impl Read) -> std::result::Result<(), String> {
    let copied = io::copy(source, &mut io::sink());
    copied.map(|_| ()).map_err(|error| cut(&error))
}

fn cut(error: &io::Error) -> String {
    format!("it is cut off or damaged ({error})")
}

/// Ends with an error what unpacks to more than any bundle has.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = match self.left.checked_sub(read as u64) {
            Some(left) => left,
            None => return Err(io::Error::other("it unpacks to too much")),
        };
        Ok(read)
    }
}
