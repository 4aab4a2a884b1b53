//! The shape of a page: the kinds and places of the nodes in its body, as a number. The page carries it, so that the
//! browser's half takes over only what the server has sent. A proxy that rewrites pages, or an extension that puts something
//! into them, would else let it take a wrong element for one of its own. `app/src/start.js` computes the same from what the
//! browser has made of the page.

use app::shell::SHAPE;
use html5gum::{DefaultEmitter, State, Token, Tokenizer};

/// Elements without an end.
const VOID: [&[u8]; 13] = [
    b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta", b"source", b"track", b"wbr",
];

/// Elements whose contents are text; `noscript` is one where scripts run.
const TEXT: [&[u8]; 5] = [b"noscript", b"script", b"style", b"textarea", b"title"];

/// Writes the shape of a page into it.
pub(super) fn write_shape(mut page: String) -> String {
    let shape = shape(&page);
    if let Some(at) = page.find(SHAPE) {
        page.replace_range(at..at + SHAPE.len(), &shape);
    }
    page
}

/// How many nodes the body has, and the hash of all nodes in it.
fn shape(page: &str) -> String {
    let mut body = Body::default();
    let mut tokens = Tokenizer::new_with_emitter(page, DefaultEmitter::default());
    while let Some(Ok(token)) = tokens.next() {
        match token {
            Token::StartTag(tag) if body.is_open() => {
                body.open(&tag.name, tag.self_closing);
                if TEXT.contains(&tag.name.as_slice()) {
                    tokens.set_state(State::RawText);
                    tokens.set_last_start_tag(str::from_utf8(&tag.name).ok());
                }
            }
            Token::StartTag(tag) if *tag.name == b"body" => body.depth = Some(0),
            Token::StartTag(tag) if TEXT.contains(&tag.name.as_slice()) => {
                tokens.set_state(State::RawText);
                tokens.set_last_start_tag(str::from_utf8(&tag.name).ok());
            }
            Token::EndTag(tag) if *tag.name == b"body" => break,
            Token::EndTag(tag) if body.is_open() => body.close(&tag.name),
            Token::String(_) if body.is_open() => body.text(),
            Token::Comment(_) if body.is_open() => body.leaf("c"),
            _ => {}
        }
    }
    format!("{}.{}", body.nodes, body.hash.0)
}

#[derive(Debug, Default)]
struct Body {
    /// Open elements inside it; `None` before it begins.
    depth: Option<usize>,
    /// Its own nodes.
    nodes: usize,
    hash: Hash,
    /// Whether a text goes on: the tokenizer may hand one over in pieces.
    in_text: bool,
    /// Whether what is open holds text that is no node of the page's shape.
    in_raw: bool,
}

impl Body {
    fn is_open(&self) -> bool {
        self.depth.is_some()
    }

    fn begin(&mut self) {
        self.in_text = false;
        if self.depth == Some(0) {
            self.nodes += 1;
        }
    }

    fn open(&mut self, name: &[u8], self_closing: bool) {
        self.begin();
        self.hash.add(b"<");
        self.hash.add(name);
        if self_closing || VOID.contains(&name) {
            self.hash.add(b">");
        } else {
            self.depth = self.depth.map(|depth| depth + 1);
            self.in_raw = TEXT.contains(&name);
        }
    }

    fn close(&mut self, name: &[u8]) {
        self.in_text = false;
        if VOID.contains(&name) {
            return;
        }
        self.in_raw = false;
        self.hash.add(b">");
        self.depth = self.depth.map(|depth| depth.saturating_sub(1));
    }

    fn text(&mut self) {
        if !self.in_text && !self.in_raw {
            self.leaf("t");
            self.in_text = true;
        }
    }

    fn leaf(&mut self, kind: &str) {
        self.begin();
        self.hash.add(kind.as_bytes());
    }
}

/// FNV-1a, 32 bits: short in every language, and nobody is to be kept from finding collisions.
#[derive(Debug)]
struct Hash(u32);

impl Default for Hash {
    fn default() -> Self {
        Self(0x811c_9dc5)
    }
}

impl Hash {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> String {
        shape(&format!(
            "<!DOCTYPE html><html><head><title>x</title></head><body>{body}</body></html>"
        ))
    }

    #[test]
    fn what_is_shown_may_differ_but_not_how_it_is_built() {
        assert_eq!(of("<p>one</p>"), of("<p class=\"x\">two &amp; three</p>"));
        for changed in [
            "<p>one<i></i></p>",
            "<p></p>",
            "<div>one</div>",
            "<p>on<!>e</p>",
            "<p>one</p> ",
            "<i></i><p>one</p>",
            "<p><a>one</a></p>",
        ] {
            assert_ne!(of("<p>one</p>"), of(changed), "{changed}");
        }
    }

    #[test]
    fn contents_that_are_text_have_no_shape() {
        assert_eq!(of("<textarea>a</textarea>"), of("<textarea>\n</textarea>"));
        assert_eq!(of("<noscript><p>a</p></noscript>"), of("<noscript></noscript>"));
        assert_eq!(of("<script>a < b</script>"), of("<script></script>"));
    }

    #[test]
    fn the_shape_takes_its_place() {
        let page = write_shape(format!(
            "<html data-shape=\"{SHAPE}\"><body><p>{SHAPE}</p></body></html>"
        ));
        let (shape, rest) = page
            .strip_prefix("<html data-shape=\"")
            .and_then(|page| page.split_once('"'))
            .unwrap_or_default();
        assert!(shape.starts_with("1."), "{shape}");
        assert!(rest.contains(SHAPE), "what a page says stays");
    }
}
