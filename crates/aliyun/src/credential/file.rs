use std::path::Path;

use landbridge_core::{Error, ErrorKind, Result};

const MAX_FILE_BYTES: u64 = 1 << 20;

/// Reads a configuration file; `None` when it does not exist.
pub(super) fn read_file(path: &Path) -> Result<Option<String>> {
    let unreadable = |error: std::io::Error| {
        let message = format!("cannot read {}", path.display());
        Error::new(ErrorKind::InvalidInput, message).with_source(error)
    };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
        Ok(file) if file.len() > MAX_FILE_BYTES => {
            let message = format!(
                "invalid configuration file {}: expected at most {MAX_FILE_BYTES} bytes",
                path.display()
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(_) => {}
    }
    std::fs::read_to_string(path).map(Some).map_err(unreadable)
}
