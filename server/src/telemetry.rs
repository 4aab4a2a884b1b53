//! The log: one line per event, on standard error, as text for people or as JSON.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use model::name;
use serde_json::json;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};

use crate::config::LogFormat;

/// The filter of the log when `LATCHKEY_LOG` is not set. sqlx would tell of each connection that a database has closed, and a node
/// says once that its database does not answer.
const DEFAULT_FILTER: &str = "info,sea_orm_migration=warn,sqlx=error,sqlx_core=error";

/// The format, once logging has started.
static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Starts logging. `LATCHKEY_LOG` sets the filter, in the syntax of `tracing_subscriber::EnvFilter`.
pub(crate) fn start(format: LogFormat) {
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
    let _ = FORMAT.set(format);
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    // Starting fails only when a test has already started logging.
    let _ = match format {
        LogFormat::Text => {
            let colours = io::stderr().is_terminal();
            log.with_writer(move || EscapingWriter {
                to: io::stderr(),
                escape: if colours { Escape::AroundColours } else { Escape::All },
            })
            .with_target(false)
            .with_ansi(colours)
            .try_init()
        }
        LogFormat::Json => {
            std::panic::set_hook(Box::new(|panic| print_line("ERROR", &panic.to_string())));
            log.with_writer(|| EscapingWriter {
                to: io::stderr(),
                escape: Escape::InJson,
            })
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init()
        }
    };
}

/// Prints a sentence that no filter of the log may hide.
pub(crate) fn print(sentence: &str) {
    print_line("INFO", sentence);
}

/// Prints why a command failed.
pub(crate) fn print_failure(sentence: &str) {
    match FORMAT.get() {
        Some(LogFormat::Json) => print_line("ERROR", sentence),
        _ => write_line(&format!("latchkey: {}", name::shown(sentence))),
    }
}

fn print_line(level: &str, sentence: &str) {
    let line = match FORMAT.get() {
        Some(LogFormat::Json) => {
            let mut timestamp = String::new();
            // Writing to a string does not fail.
            let _ = SystemTime.format_time(&mut Writer::new(&mut timestamp));
            let line = json!({ "timestamp": timestamp, "level": level, "message": sentence }).to_string();
            escape_in_json(&line).into_owned()
        }
        _ => sentence.to_owned(),
    };
    write_line(&line);
}

/// Writes a line to standard error. Unlike `eprintln!`, it does not panic where that cannot be written, as on a full disk.
fn write_line(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Escapes control and invisible characters. The log contains names and addresses that strangers choose, and a terminal would obey
/// such characters.
struct EscapingWriter<W> {
    to: W,
    escape: Escape,
}

/// What is escaped in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    All,
    /// The log is coloured. Escape characters in it are our own, since `tracing_subscriber` has already escaped those in values.
    AroundColours,
    /// The line is a JSON object, in which control characters are already escaped.
    InJson,
}

impl<W: Write> Write for EscapingWriter<W> {
    /// Called once per event, with the whole line. A line that cannot be written, as on a full disk, is lost without an error, since
    /// `tracing_subscriber` would tell of the error on standard error as well, and panic.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        // A line break inside an event would make it look like two events.
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let visible = match self.escape {
            Escape::All => name::shown(text),
            Escape::AroundColours => {
                let parts: Vec<_> = text.split('\u{1b}').map(name::shown).collect();
                parts.join("\u{1b}").into()
            }
            Escape::InJson => escape_in_json(text),
        };
        let _ = writeln!(self.to, "{visible}");
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.to.flush();
        Ok(())
    }
}

/// Escapes as JSON does it (RFC 8259, section 7), so that whoever reads the object gets the character itself.
fn escape_in_json(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| name::hidden(character).is_none()) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if name::hidden(character).is_none() {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(escape: Escape, line: &str) -> String {
        let mut visible = EscapingWriter { to: Vec::new(), escape };
        visible.write_all(line.as_bytes()).unwrap();
        String::from_utf8(visible.to).unwrap()
    }

    #[test]
    fn control_and_invisible_characters_are_escaped() {
        let line = "a\u{1b}[2Jb\u{202e}c\né🛒\n";
        assert_eq!(written(Escape::All, line), "a\\u{1b}[2Jb\\u{202e}c\\u{a}é🛒\n");
        assert_eq!(written(Escape::AroundColours, line), "a\u{1b}[2Jb\\u{202e}c\\u{a}é🛒\n");
    }

    #[test]
    fn invisible_characters_in_an_object_are_escaped_as_json_does_it() {
        let value = json!({ "message": "b\u{202e}c\u{e0001}\n\u{7f}é🛒" });
        let line = written(Escape::InJson, &format!("{value}\n"));
        assert_eq!(line, "{\"message\":\"b\\u202ec\\udb40\\udc01\\n\\u007fé🛒\"}\n");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap(), value);
    }
}
