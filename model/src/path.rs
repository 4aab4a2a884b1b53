//! Request paths as the verifier reads them: as they are, never normalised.
//!
//! Whatever an upstream might read differently from us is refused rather than interpreted (RFC 3986, sections 2.3
//! and 6.2.2, name the spellings that servers treat alike).

/// Why a path is not matched against the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the path does not start with a slash")]
    NotAbsolute,
    #[error("the path has a dot segment")]
    DotSegment,
    #[error("the path has an empty segment")]
    EmptySegment,
    #[error("the path has a character that servers read differently")]
    Character,
    #[error("the path has a broken, needless or ambiguous escape")]
    Escape,
}

/// The path of a request target, without its query, once it is sure that everybody reads it alike.
pub fn unambiguous(target: &str) -> Result<&str, Refused> {
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    let segments = path.strip_prefix('/').ok_or(Refused::NotAbsolute)?;
    for segment in segments.split('/') {
        match segment {
            "" => return Err(Refused::EmptySegment),
            "." | ".." => return Err(Refused::DotSegment),
            _ => characters(segment)?,
        }
    }
    Ok(path)
}

fn characters(segment: &str) -> Result<(), Refused> {
    for byte in segment.bytes() {
        match byte {
            // The rest is looked at with its escapes: few paths have any.
            b'%' => return escapes(segment),
            b';' | b'\\' | b'#' => return Err(Refused::Character),
            _ if byte.is_ascii_graphic() => {}
            _ => return Err(Refused::Character),
        }
    }
    Ok(())
}

fn escapes(segment: &str) -> Result<(), Refused> {
    let mut bytes = segment.bytes();
    let mut meant = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let (Some(high), Some(low)) = (bytes.next().and_then(hex), bytes.next().and_then(hex)) else {
                    return Err(Refused::Escape);
                };
                let byte = high * 16 + low;
                let needless = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
                if needless || byte.is_ascii_control() || matches!(byte, b'/' | b'\\') {
                    return Err(Refused::Escape);
                }
                meant.push(byte);
            }
            b';' | b'\\' | b'#' => return Err(Refused::Character),
            _ if byte.is_ascii_graphic() => meant.push(byte),
            _ => return Err(Refused::Character),
        }
    }
    // Bytes that are no text: some servers read a slash or a dot in them (RFC 3629, section 10).
    let text = std::str::from_utf8(&meant).map_err(|_| Refused::Escape)?;
    // What is left may be an escape again, for a server that decodes twice.
    let twice = text
        .as_bytes()
        .windows(3)
        .any(|it| it[0] == b'%' && hex(it[1]).is_some() && hex(it[2]).is_some());
    if twice { Err(Refused::Escape) } else { Ok(()) }
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_ordinary_path_is_taken_as_it_is() {
        for path in [
            "/api/v1/img",
            "/api/v1/img/a%20b",
            "/a/...",
            "/a/b.c",
            "/a/%C3%A9",
            "/a/50%25",
            "/a/50%25zz",
            "/a:b@c,d=e",
        ] {
            assert_eq!(unambiguous(path), Ok(path));
        }
    }

    #[test]
    fn the_query_is_ignored() {
        assert_eq!(unambiguous("/api/v1/img?size=../..;%2e"), Ok("/api/v1/img"));
    }

    #[test]
    fn what_an_upstream_may_read_otherwise_is_refused() {
        for (path, refused) in [
            ("", Refused::NotAbsolute),
            ("api", Refused::NotAbsolute),
            ("/", Refused::EmptySegment),
            ("/api//v1", Refused::EmptySegment),
            ("/api/v1/", Refused::EmptySegment),
            ("/api/./v1", Refused::DotSegment),
            ("/api/../v1", Refused::DotSegment),
            ("/api/..", Refused::DotSegment),
            ("/api;x/v1", Refused::Character),
            ("/api\\v1", Refused::Character),
            ("/api v1", Refused::Character),
            ("/api#v1", Refused::Character),
            ("/api/é", Refused::Character),
            ("/api/%2e%2E/v1", Refused::Escape),
            ("/api%2fv1", Refused::Escape),
            ("/api%5Cv1", Refused::Escape),
            ("/%61pi", Refused::Escape),
            ("/api/%", Refused::Escape),
            ("/api/%2", Refused::Escape),
            ("/api/%zz", Refused::Escape),
            ("/api/%00", Refused::Escape),
            // An overlong dot, a byte that is no text, and escapes of escapes.
            ("/api/%C0%AE%C0%AE", Refused::Escape),
            ("/api/%FF", Refused::Escape),
            ("/api/%252e%252e", Refused::Escape),
            ("/api/a%25%32%65", Refused::Escape),
        ] {
            assert_eq!(unambiguous(path), Err(refused), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in any::<String>()) {
            if let Ok(path) = unambiguous(&text) {
                prop_assert!(text.starts_with(path) && path.starts_with('/'));
                prop_assert!(!path.contains("//") && !path.contains("/../") && !path.contains(';'));
            }
        }
    }
}
