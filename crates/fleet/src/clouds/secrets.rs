use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use landbridge_core::backend::Keys;
use landbridge_core::engine::SecretSource;
use landbridge_core::{Error, ErrorKind, Result};
use secrecy::SecretString;

use super::keys_file;

/// The longest secret, in bytes.
const MOST: u64 = 64 << 10;

/// A folder with a folder for each tenant, in which each file is a secret: `FOLDER/TENANT/NAME`.
///
/// A file is read whenever its secret is needed, so a new content is used without a restart. White space at its end is no part of
/// it. Keys of an account (`credentials: { secret: NAME }`) are JSON:
///
/// ```json
/// { "access_key_id": "..", "access_key_secret": "..", "security_token": ".." }
/// ```
///
/// The token is for temporary keys only. Passwords are the text of the file.
///
/// A secret that others on the machine can read, or its group can write, is refused.
#[derive(Clone, Debug)]
pub struct SecretFolder(PathBuf);

impl SecretFolder {
    /// The folder at this path.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is no folder.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        if !path.is_dir() {
            let message = format!(
                "invalid folder of secrets `{}`: expected a directory",
                path.display()
            );
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("make it, with a folder for each tenant"));
        }
        Ok(Self(path))
    }

    /// The keys of this name. They are read when they are needed.
    pub(super) fn keys(&self, tenant: &str, name: &str) -> Result<NamedKeys> {
        Ok(NamedKeys(self.path(tenant, name)?))
    }

    fn path(&self, tenant: &str, name: &str) -> Result<PathBuf> {
        for (what, part) in [("tenant", tenant), ("secret", name)] {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            if part.is_empty() || part.starts_with('.') || !part.bytes().all(plain) {
                let message = format!(
                    "invalid name of a {what} `{part}`: expected letters, digits and `-_.`"
                );
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
        }
        Ok(self.0.join(tenant).join(name))
    }
}

/// Keys in a file. `Debug` shows its path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NamedKeys(PathBuf);

impl fmt::Debug for NamedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NamedKeys({})", self.0.display())
    }
}

impl NamedKeys {
    /// What the file holds now.
    pub(crate) fn read(&self) -> Result<Keys> {
        let text = read(&self.0)?;
        let keys = keys_file::read(&text).map_err(|why| {
            let message = format!("invalid keys in `{}`: {why}", self.0.display());
            Error::new(ErrorKind::Unauthenticated, message)
        })?;
        Ok(keys.with_origin(format!("the file {}", self.0.display())))
    }
}

/// The passwords that one tenant's topologies name.
#[derive(Debug)]
pub(super) struct TenantSecrets {
    folder: Option<SecretFolder>,
    tenant: String,
}

impl TenantSecrets {
    pub(super) fn new(folder: Option<SecretFolder>, tenant: &str) -> Self {
        Self {
            folder,
            tenant: tenant.to_owned(),
        }
    }
}

impl SecretSource for TenantSecrets {
    fn secret(&self, name: &str) -> Option<SecretString> {
        let folder = self.folder.as_ref()?;
        let text = folder.path(&self.tenant, name).and_then(|path| read(&path));
        match text {
            Ok(text) => Some(SecretString::from(text.trim_end())),
            Err(error) => {
                tracing::warn!(%error, tenant = self.tenant, "a secret was not read");
                None
            }
        }
    }
}

fn read(path: &Path) -> Result<String> {
    let failed = |why: String| {
        let message = format!("cannot read secret `{}`: {why}", path.display());
        Error::new(ErrorKind::Unauthenticated, message)
    };
    let file = fs::File::open(path).map_err(|error| {
        let missing = error.kind() == io::ErrorKind::NotFound;
        let failed = failed(error.to_string());
        match missing {
            true => failed.with_remedy("put the file there, readable for the worker only"),
            false => failed,
        }
    })?;
    let metadata = file.metadata().map_err(|error| failed(error.to_string()))?;
    if !metadata.is_file() {
        return Err(failed("expected a regular file".to_owned()));
    }
    if is_open_to_others(&metadata) {
        let remedy = format!("chmod o-rwx,g-w '{}'", path.display());
        return Err(
            failed("others on this machine can read or change it".to_owned()).with_remedy(remedy),
        );
    }
    let mut text = String::new();
    let mut bounded = file.take(MOST + 1);
    bounded
        .read_to_string(&mut text)
        .map_err(|error| failed(error.to_string()))?;
    if text.len() as u64 > MOST {
        return Err(failed(format!("expected at most {MOST} bytes")));
    }
    Ok(text)
}

#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o027 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn folder() -> (tempfile::TempDir, SecretFolder) {
        let directory = tempfile::tempdir().expect("a directory");
        for (tenant, name, text) in [
            (
                "acme",
                "site",
                r#"{ "access_key_id": "I1", "access_key_secret": "S1" }"#,
            ),
            (
                "beta",
                "site",
                r#"{ "access_key_id": "I2", "access_key_secret": "S2", "security_token": "T2" }"#,
            ),
            ("acme", "LOGIN", "s3cret word \n"),
            (
                "acme",
                "broken",
                r#"{ "access_key_id": 12345678, "access_key_secret": "S1" }"#,
            ),
        ] {
            write(&directory.path().join(tenant).join(name), text, 0o600);
        }
        let folder = SecretFolder::open(directory.path()).expect("a folder");
        (directory, folder)
    }

    fn write(path: &Path, text: &str, mode: u32) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
        #[cfg(unix)]
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("set");
    }

    #[test]
    fn each_tenant_has_files_of_its_own() {
        let (directory, folder) = folder();
        let keys = |tenant| folder.keys(tenant, "site").and_then(|keys| keys.read());
        let (one, two) = (keys("acme").expect("keys"), keys("beta").expect("keys"));
        assert_eq!((one.access_key_id(), two.access_key_id()), ("I1", "I2"));
        assert!(one.token().is_none() && two.token().is_some());
        let absent = keys("gamma").expect_err("no folder").to_string();
        assert!(absent.contains("gamma/site"), "{absent}");
        write(
            &directory.path().join("acme/site"),
            r#"{ "access_key_id": "I3", "access_key_secret": "S3" }"#,
            0o600,
        );
        assert_eq!(
            keys("acme").expect("keys").access_key_id(),
            "I3",
            "read anew"
        );
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let (_directory, folder) = folder();
        for (tenant, name) in [
            ("acme", "../beta/site"),
            ("..", "x"),
            ("acme", ""),
            ("acme", ".."),
            ("acme", "/etc/passwd"),
        ] {
            folder.keys(tenant, name).expect_err(name);
        }
    }

    #[test]
    fn passwords_are_the_text_of_a_file() {
        let (_directory, folder) = folder();
        let of = |tenant| TenantSecrets::new(Some(folder.clone()), tenant);
        let word = of("acme").secret("LOGIN").expect("a password");
        assert_eq!(word.expose_secret(), "s3cret word");
        assert!(of("beta").secret("LOGIN").is_none());
        assert!(TenantSecrets::new(None, "acme").secret("LOGIN").is_none());
    }

    #[test]
    fn what_is_wrong_is_told_without_the_secret() {
        let (_directory, folder) = folder();
        let keys = folder.keys("acme", "broken").expect("a name");
        let told = keys.read().expect_err("a number").to_string();
        assert!(
            told.contains("acme/broken") && told.contains("access_key_id"),
            "{told}"
        );
        assert!(!told.contains("12345678") && !told.contains("S1"), "{told}");
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let (directory, folder) = folder();
        let path = directory.path().join("acme/site");
        for mode in [0o644, 0o620, 0o606] {
            write(
                &path,
                r#"{ "access_key_id": "I1", "access_key_secret": "S1" }"#,
                mode,
            );
            let error = folder.keys("acme", "site").and_then(|keys| keys.read());
            let error = error.expect_err("too open");
            assert!(
                error
                    .remedy()
                    .is_some_and(|remedy| remedy.contains("chmod")),
                "{error}"
            );
        }
    }
}
