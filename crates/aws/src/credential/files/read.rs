//! Where the files are, and their text.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use landbridge_core::Result;
use landbridge_core::backend::Environment;

use super::super::broken;
use super::head::Kind;

const MAX_FILE_BYTES: u64 = 1 << 20;

/// The two files.
#[derive(Clone, Debug)]
pub(in crate::credential) struct Paths {
    config: PathBuf,
    credentials: PathBuf,
}

impl Paths {
    pub(in crate::credential) fn new(config: PathBuf, credentials: PathBuf) -> Self {
        Self {
            config,
            credentials,
        }
    }

    /// Those that the variables name, or those below the home directory.
    pub(in crate::credential) fn of(environment: &Environment) -> Self {
        let path = |variable, default: &str| match environment.variable(variable) {
            Some(path) => expanded(environment, path),
            None => expanded(environment, default),
        };
        Self {
            config: path("AWS_CONFIG_FILE", "~/.aws/config"),
            credentials: path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        }
    }

    pub(super) fn all(&self) -> [(Kind, &Path); 2] {
        [
            (Kind::Config, &self.config),
            (Kind::Credentials, &self.credentials),
        ]
    }
}

fn expanded(environment: &Environment, path: &str) -> PathBuf {
    let below = path.strip_prefix("~/");
    let found = below.and_then(|below| environment.in_home(below));
    found.unwrap_or_else(|| PathBuf::from(path))
}

/// The text of a file; None if it does not exist. A byte order mark is left out, and what is not UTF-8, such as a remark
/// in another encoding, spoils only itself.
pub(super) fn read(path: &Path) -> Result<Option<String>> {
    let unreadable = |error: std::io::Error| {
        broken(format!("cannot read {}", path.display())).with_source(error)
    };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
        Ok(file) if file.len() > MAX_FILE_BYTES => {
            return Err(broken(format!(
                "invalid configuration file {}: expected at most {MAX_FILE_BYTES} bytes",
                path.display()
            )));
        }
        Ok(_) => {}
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    decode(&bytes).map(Some).ok_or_else(|| {
        broken(format!(
            "invalid configuration file {}: expected UTF-8, found UTF-16",
            path.display()
        ))
        .with_remedy("save the file as UTF-8")
    })
}

/// The text; None if its byte order mark says UTF-16.
fn decode(bytes: &[u8]) -> Option<String> {
    let other: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
    if other.iter().any(|mark| bytes.starts_with(mark)) {
        return None;
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    Some(String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_order_marks_and_other_encodings_are_borne() {
        assert_eq!(decode(b"\xef\xbb\xbf[a]").as_deref(), Some("[a]"));
        let remark = decode(b"# \xd6\xd0\n[a]").expect("text");
        assert!(remark.ends_with("\n[a]"), "{remark}");
        assert_eq!(decode(b"\xff\xfe[\0"), None);
    }

    #[test]
    fn variables_and_the_home_directory_say_where_the_files_are() {
        let home = Environment::empty().with_home("/home/u");
        let paths = Paths::of(&home);
        assert_eq!(paths.config, Path::new("/home/u/.aws/config"));
        let named = home.with_variable("AWS_CONFIG_FILE", "~/other");
        assert_eq!(Paths::of(&named).config, Path::new("/home/u/other"));
    }
}
