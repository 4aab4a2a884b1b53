//! The log: one line an event, on standard error.

use std::io::{self, IsTerminal, Write};

use model::name;
use tracing_subscriber::EnvFilter;

/// What is logged where nobody says anything else.
const USUAL: &str = "info,sea_orm_migration=warn";

/// Starts logging. `LATCHKEY_LOG` sets what is logged, in the syntax of `tracing_subscriber`; `info` by default.
pub(crate) fn start() {
    // Empty, it counts as not set: it would turn the log off.
    let asked = std::env::var("LATCHKEY_LOG").unwrap_or_default();
    let filter = EnvFilter::try_new(Some(asked.as_str()).filter(|asked| !asked.is_empty()).unwrap_or(USUAL))
        .unwrap_or_else(|_| EnvFilter::new(USUAL));
    // Whatever is asked for: it logs whole addresses, with one-time links in them.
    let filter = match "tower_http::csrf=debug".parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
    let colours = io::stderr().is_terminal();
    // Fails only when a test has started one already.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || Visible {
            to: io::stderr(),
            colours,
        })
        .with_target(false)
        .with_ansi(colours)
        .try_init();
}

/// Writes out what a terminal would obey and nobody could see: names and addresses of strangers get into the log.
struct Visible<W> {
    to: W,
    /// Whether the escapes of colours are our own. Those in values are written out before they come here.
    colours: bool,
}

impl<W: Write> Write for Visible<W> {
    /// Called once an event, with the whole line.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        // Only the end of the line is one: a cause with another would look like two events.
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
    fn what_a_terminal_would_obey_is_written_out() {
        for (colours, written) in [
            (false, "a\\u{1b}[2Jb\\u{202e}c\\u{a}é🛒\n"),
            (true, "a\u{1b}[2Jb\\u{202e}c\\u{a}é🛒\n"),
        ] {
            let mut visible = Visible {
                to: Vec::new(),
                colours,
            };
            visible.write_all("a\u{1b}[2Jb\u{202e}c\né🛒\n".as_bytes()).unwrap();
            assert_eq!(String::from_utf8(visible.to).unwrap(), written);
        }
    }
}
