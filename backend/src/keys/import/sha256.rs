//! Reads the SHA-256 of a token as other systems write it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::crypto::sha256;

/// Digits of a SHA-256 in hexadecimal, and characters of one in base64 without its padding.
const HEX_LENGTH: usize = 64;
const BASE64_LENGTH: usize = 43;

/// Reads 64 hexadecimal digits in either case, or base64 or base64url with or without padding. The lengths differ, so no text can
/// be read in two ways.
pub(super) fn read_sha256(text: &str) -> Result<[u8; 32], &'static str> {
    let read = match text.len() {
        HEX_LENGTH => hexadecimal(text),
        _ => base64(text.strip_suffix('=').unwrap_or(text)),
    };
    let read = read.ok_or("Write the SHA-256 of the token as 64 hexadecimal digits, or in base64.")?;
    if read == sha256("") {
        return Err("This is the SHA-256 of an empty text, not of a token.");
    }
    Ok(read)
}

fn hexadecimal(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        // `from_str_radix` takes a sign, too.
        if !pair.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

fn base64(text: &str) -> Option<[u8; 32]> {
    if text.len() != BASE64_LENGTH {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text));
    bytes.ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_way_to_write_a_hash_is_read() {
        // The SHA-256 of “abc”, from FIPS 180-4.
        let expected = Ok(sha256("abc"));
        for text in [
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
        ] {
            assert_eq!(read_sha256(text), expected, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ax",
            "+a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            " ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015äd",
            // Two alphabets, and bits that belong to no byte.
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa1",
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0==",
            // The hash of nothing.
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        ] {
            assert!(read_sha256(text).is_err(), "{text}");
        }
    }
}
