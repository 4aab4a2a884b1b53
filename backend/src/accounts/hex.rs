//! Bytes as text, two digits each.

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |text, byte| {
        text + &format!("{byte:02x}")
    })
}

/// Reads them back; `None` where it is something else.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        Some(digit(pair[0])? << 4 | digit(pair[1])?)
    };
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

/// What names something stored by the hash of a secret: enough of it to tell one's own apart.
pub(super) fn name_of(hash: &[u8]) -> String {
    hex(&hash[..hash.len().min(8)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_back() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
        assert_eq!(unhex("000aff"), Some(vec![0, 10, 255]));
        for wrong in ["0", "0g", "+1", "ä"] {
            assert_eq!(unhex(wrong), None, "{wrong}");
        }
    }
}
