//! Bytes as text, two hexadecimal digits each.

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |text, byte| {
        text + &format!("{byte:02x}")
    })
}

/// The ID of a row that is stored under the hash of a secret: a part of the hash, long enough to tell a person's own
/// rows apart.
pub(super) fn name_of(hash: &[u8]) -> String {
    hex(&hash[..hash.len().min(8)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_two_digits_each() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
        assert_eq!(name_of(&[255; 32]), "ffffffffffffffff");
    }
}
