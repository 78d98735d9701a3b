//! Standard base64, for signatures and command texts.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let block = chunk
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_usize, |block, byte| block << 8 | usize::from(*byte));
        for position in 0..4 {
            let digit = ALPHABET[block >> (18 - 6 * position) & 63];
            text.push(if position <= chunk.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    text
}

/// `None` if the text is not base64. White space and missing padding are tolerated.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect::<Vec<_>>();
    let body = digits
        .iter()
        .rposition(|byte| *byte != b'=')
        .map_or(&[][..], |last| &digits[..=last]);
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3 + 2);
    for chunk in body.chunks(4) {
        let mut block = 0_u32;
        for position in 0..4 {
            let value = match chunk.get(position) {
                Some(digit) => ALPHABET.iter().position(|known| known == digit)?,
                None => 0,
            };
            block = block << 6 | u32::try_from(value).ok()?;
        }
        match chunk.len() {
            1 => return None,
            length => bytes.extend_from_slice(&block.to_be_bytes()[1..length]),
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_texts() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("3 packets", "MyBwYWNrZXRz"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(decode("!"), None);
    }
}
