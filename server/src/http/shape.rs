//! The page shape: a hash over the kinds and places of the nodes in the body of a page. The page carries its shape, and
//! `app/src/start.js` computes the shape again from the document that the browser has built. If a proxy or a browser extension has
//! changed the page, the two shapes differ, and the page is not hydrated: hydration would mistake one element for another.

use app::shell::SHAPE;
use html5gum::{DefaultEmitter, Token, Tokenizer};

/// Elements without an end tag.
const VOID_ELEMENTS: [&[u8]; 13] = [
    b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta", b"source", b"track", b"wbr",
];

/// Elements whose content is text. In browsers that run scripts, `noscript` is one of them.
const TEXT_ELEMENTS: [&[u8]; 5] = [b"noscript", b"script", b"style", b"textarea", b"title"];

/// Writes the shape of a page into the page.
pub(super) fn write_shape(mut page: String) -> String {
    let shape = shape(&page);
    if let Some(at) = page.find(SHAPE) {
        page.replace_range(at..at + SHAPE.len(), &shape);
    }
    page
}

/// The number of the body's child nodes, and the hash of all nodes in it.
fn shape(page: &str) -> String {
    let mut body = Body::default();
    let mut emitter = DefaultEmitter::<()>::default();
    // The content of scripts, styles and text fields is text, not tags.
    emitter.naively_switch_states(true);
    for Ok(token) in Tokenizer::new_with_emitter(page, emitter) {
        match token {
            Token::StartTag(tag) if body.is_open() => body.open(&tag.name, tag.self_closing),
            Token::StartTag(tag) if *tag.name == b"body" => body.depth = Some(0),
            Token::EndTag(tag) if *tag.name == b"body" => break,
            Token::EndTag(tag) if body.is_open() => body.close(&tag.name),
            Token::String(_) if body.is_open() => body.text(),
            Token::Comment(_) if body.is_open() => body.leaf("c"),
            _ => {}
        }
    }
    format!("{}.{}", body.children, body.hash.0)
}

#[derive(Debug, Default)]
struct Body {
    /// The number of open elements inside the body, or `None` before the body begins.
    depth: Option<usize>,
    /// The number of child nodes of the body.
    children: usize,
    hash: Hash,
    /// Whether a text node is open. The tokenizer may emit one in several pieces.
    in_text: bool,
    /// Whether a text element is open. Its text does not count as a node.
    in_text_element: bool,
}

impl Body {
    fn is_open(&self) -> bool {
        self.depth.is_some()
    }

    fn begin(&mut self) {
        self.in_text = false;
        if self.depth == Some(0) {
            self.children += 1;
        }
    }

    fn open(&mut self, name: &[u8], self_closing: bool) {
        self.begin();
        self.hash.add(b"<");
        self.hash.add(name);
        if self_closing || VOID_ELEMENTS.contains(&name) {
            self.hash.add(b">");
        } else {
            self.depth = self.depth.map(|depth| depth + 1);
            self.in_text_element = TEXT_ELEMENTS.contains(&name);
        }
    }

    fn close(&mut self, name: &[u8]) {
        self.in_text = false;
        if VOID_ELEMENTS.contains(&name) {
            return;
        }
        self.in_text_element = false;
        self.hash.add(b">");
        self.depth = self.depth.map(|depth| depth.saturating_sub(1));
    }

    fn text(&mut self) {
        if !self.in_text && !self.in_text_element {
            self.leaf("t");
            self.in_text = true;
        }
    }

    fn leaf(&mut self, kind: &str) {
        self.begin();
        self.hash.add(kind.as_bytes());
    }
}

/// The hash FNV-1a with 32 bits. Its code is short in Rust and JS. It need not withstand deliberate collisions.
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

    fn shape_of(body: &str) -> String {
        shape(&format!(
            "<!DOCTYPE html><html><head><title>x</title></head><body>{body}</body></html>"
        ))
    }

    #[test]
    fn texts_and_attributes_may_differ_but_nodes_may_not() {
        assert_eq!(shape_of("<p>one</p>"), shape_of("<p class=\"x\">two &amp; three</p>"));
        for changed in [
            "<p>one<i></i></p>",
            "<p></p>",
            "<div>one</div>",
            "<p>on<!>e</p>",
            "<p>one</p> ",
            "<i></i><p>one</p>",
            "<p><a>one</a></p>",
        ] {
            assert_ne!(shape_of("<p>one</p>"), shape_of(changed), "{changed}");
        }
    }

    #[test]
    fn the_content_of_text_elements_has_no_shape() {
        assert_eq!(shape_of("<textarea>a</textarea>"), shape_of("<textarea>\n</textarea>"));
        assert_eq!(
            shape_of("<noscript><p>a</p></noscript>"),
            shape_of("<noscript></noscript>")
        );
        assert_eq!(shape_of("<script>a < b</script>"), shape_of("<script></script>"));
    }

    #[test]
    fn the_shape_is_written_only_into_its_attribute() {
        let page = write_shape(format!(
            "<html data-shape=\"{SHAPE}\"><body><p>{SHAPE}</p></body></html>"
        ));
        let (shape, rest) = page
            .strip_prefix("<html data-shape=\"")
            .and_then(|page| page.split_once('"'))
            .unwrap_or_default();
        assert!(shape.starts_with("1."), "{shape}");
        assert!(rest.contains(SHAPE), "the text of the page stays");
    }
}
