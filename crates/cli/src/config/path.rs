//! The usual place of the configuration file.

use std::ffi::OsString;
use std::path::PathBuf;

/// `$XDG_CONFIG_HOME/landbridge/config.yaml`, or the same below `~/.config`; on Windows below `%APPDATA%`.
pub(super) fn usual(variables: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // By the XDG base directory specification a relative path is one that is not set.
    let absolute = |name: &str| {
        let path = PathBuf::from(variables(name)?);
        path.is_absolute().then_some(path)
    };
    let directory = absolute("XDG_CONFIG_HOME")
        .or_else(|| absolute("APPDATA").filter(|_| cfg!(windows)))
        .or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(directory.join("landbridge").join("config.yaml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn the_directory_is_the_users_own() {
        let path = |set: &[(&str, &str)]| {
            let value = |name: &str| set.iter().find(|(known, _)| *known == name);
            let path = usual(&|name| value(name).map(|(_, value)| (*value).into()));
            path.map(|path| path.display().to_string())
        };
        let home = ("HOME", "/home/a");
        let below_home = Some("/home/a/.config/landbridge/config.yaml".to_owned());
        assert_eq!(path(&[home]), below_home);
        assert_eq!(path(&[home, ("XDG_CONFIG_HOME", "relative")]), below_home);
        assert_eq!(path(&[home, ("XDG_CONFIG_HOME", "")]), below_home);
        assert_eq!(
            path(&[home, ("XDG_CONFIG_HOME", "/etc/a")]),
            Some("/etc/a/landbridge/config.yaml".to_owned())
        );
        assert_eq!(path(&[]), None);
    }
}
