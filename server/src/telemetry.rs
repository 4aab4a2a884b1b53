//! The log: one line per event, on standard error.

use std::io::{self, IsTerminal, Write};

use model::name;
use tracing_subscriber::EnvFilter;

/// The filter of the log when `LATCHKEY_LOG` is not set.
const DEFAULT_FILTER: &str = "info,sea_orm_migration=warn";

/// Starts logging. `LATCHKEY_LOG` sets the filter, in the syntax of `tracing_subscriber::EnvFilter`.
pub(crate) fn start() {
    // An empty variable counts as not set. As a filter it would turn the log off.
    let requested = std::env::var("LATCHKEY_LOG").unwrap_or_default();
    let requested = Some(requested.as_str()).filter(|requested| !requested.is_empty());
    let filter =
        EnvFilter::try_new(requested.unwrap_or(DEFAULT_FILTER)).unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    // No filter may turn this target on, since it logs whole URLs, and some URLs hold the secret of a one-time link.
    let filter = match "tower_http::csrf=debug".parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
    let colours = io::stderr().is_terminal();
    // Fails only when a test has already started logging.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || EscapingWriter {
            to: io::stderr(),
            colours,
        })
        .with_target(false)
        .with_ansi(colours)
        .try_init();
}

/// Escapes control and invisible characters. The log contains names and addresses that strangers choose, and a terminal would obey
/// such characters.
struct EscapingWriter<W> {
    to: W,
    /// Whether the log is coloured. If so, escape characters in it are our own, since `tracing_subscriber` has already escaped
    /// those in values.
    colours: bool,
}

impl<W: Write> Write for EscapingWriter<W> {
    /// Called once per event, with the whole line.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        // A line break inside an event would make it look like two events.
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let visible = if self.colours {
            let parts: Vec<_> = text.split('\u{1b}').map(name::shown).collect();
            parts.join("\u{1b}")
        } else {
            name::shown(text).into_owned()
        };
        writeln!(self.to, "{visible}")?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_invisible_characters_are_escaped() {
        for (colours, written) in [
            (false, "a\\u{1b}[2Jb\\u{202e}c\\u{a}é🛒\n"),
            (true, "a\u{1b}[2Jb\\u{202e}c\\u{a}é🛒\n"),
        ] {
            let mut visible = EscapingWriter {
                to: Vec::new(),
                colours,
            };
            visible.write_all("a\u{1b}[2Jb\u{202e}c\né🛒\n".as_bytes()).unwrap();
            assert_eq!(String::from_utf8(visible.to).unwrap(), written);
        }
    }
}
