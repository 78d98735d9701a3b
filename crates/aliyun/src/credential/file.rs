use std::path::Path;

use landbridge_core::{Error, ErrorKind, Result};

const MAX_FILE_BYTES: u64 = 1 << 20;

/// Reads a configuration file; `None` when it does not exist. A byte order mark is left out, and what is not UTF-8, such
/// as a comment in another encoding, spoils only itself.
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
    let bytes = std::fs::read(path).map_err(unreadable)?;
    decode(&bytes).map(Some).ok_or_else(|| {
        let message = format!(
            "invalid configuration file {}: expected UTF-8, found UTF-16",
            path.display()
        );
        Error::new(ErrorKind::InvalidInput, message).with_remedy("save the file as UTF-8")
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
        let comment = decode(b"# \xd6\xd0\n[a]").expect("text");
        assert!(comment.ends_with("\n[a]"), "{comment}");
        assert_eq!(decode(b"\xff\xfe[\0"), None);
        assert_eq!(decode(b"\xfe\xff\0["), None);
    }
}
