//! People: e-mail addresses, passwords and who is logged in.

use serde::{Deserialize, Serialize};

use crate::name;
use crate::role::Role;

/// The shortest password (OWASP ASVS 5, 6.2.1 asks for 8, and recommends more).
pub const PASSWORD_MIN: usize = 12;
/// The longest password: room for any passphrase, and a bound for a client that sends megabytes.
pub const PASSWORD_MAX: usize = 1024;
/// The longest name of a person, in characters.
pub const NAME_MAX: usize = 100;
/// The longest e-mail address (RFC 5321, section 4.5.3.1.3, less the angle brackets).
pub const EMAIL_MAX: usize = 254;

/// The person behind a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedInPerson {
    pub name: String,
    pub email: String,
    pub role: Role,
}

/// The e-mail address that an invitation is for, and the role that it gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    pub email: String,
    pub role: Role,
}

impl LoggedInPerson {
    /// One or two letters for the round picture in the corner. The server sends them to the browser, since the WASM would need tables
    /// of all letters to find them.
    pub fn initials(&self) -> String {
        let mut words = self.name.split(|character: char| !character.is_alphanumeric());
        let letters = words
            .by_ref()
            .filter_map(|word| word.chars().next())
            .take(2)
            .flat_map(char::to_uppercase);
        letters.collect()
    }
}

/// Reads an e-mail address and lower-cases it, since people write their own address in any case.
pub fn email(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Enter an e-mail address.");
    }
    let well_formed = text.len() <= EMAIL_MAX
        && !text
            .chars()
            .any(|character| character.is_whitespace() || name::hidden(character).is_some())
        && text
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    if well_formed {
        Ok(text.to_lowercase())
    } else {
        Err("That is not an e-mail address. It looks like name@example.com.")
    }
}

/// The name of a person who gave none: the part of the e-mail address before the @, or the whole address where that
/// part is a reserved name.
fn name_of_email(email: &str) -> &str {
    let local = email.split_once('@').map_or(email, |(local, _)| local);
    if name::of_person(local).is_ok() { local } else { email }
}

/// Reads a person's name. Where it is empty, makes one from the e-mail address.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn name(typed: &str, email: &str) -> Result<String, String> {
    let name = name::line(typed, "A name", NAME_MAX)?;
    name::of_person(&name)?;
    Ok(if name.is_empty() {
        name_of_email(email).chars().take(NAME_MAX).collect()
    } else {
        name
    })
}

/// Checks that a password has an allowed length, counted in characters. Every character is allowed.
pub fn password_length(password: &str) -> Result<(), String> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        let missing = PASSWORD_MIN - length;
        Err(format!(
            "A password has {PASSWORD_MIN} characters or more; {missing} {} missing.",
            if missing == 1 { "is" } else { "are" }
        ))
    } else if length > PASSWORD_MAX {
        Err(format!("A password has at most {PASSWORD_MAX} characters."))
    } else {
        Ok(())
    }
}

/// The name of a browser by its `User-Agent` header: `Firefox on Linux`. A client can send any text there, so the name
/// only helps a person who reads a list of sessions.
pub fn device_name(user_agent: &str) -> String {
    // The order matters: a browser also sends the names of browsers below it, as Edge sends Chrome's and Safari's.
    const BROWSERS: [(&str, &str); 12] = [
        ("Edg/", "Edge"),
        ("EdgA/", "Edge"),
        ("EdgiOS/", "Edge"),
        ("OPR/", "Opera"),
        ("Opera", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Chromium/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Macintosh", "macOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let first = |table: &[(&str, &'static str)]| {
        table
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    let browser = first(&BROWSERS).unwrap_or("Unknown browser");
    first(&SYSTEMS).map_or_else(|| browser.to_owned(), |system| format!("{browser} on {system}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_and_lower_cased() {
        assert_eq!(email(" Ada@Example.COM ").as_deref(), Ok("ada@example.com"));
        for wrong in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a da@example.com",
            "a@b@c",
            "ada\u{202e}@example.com",
            "ada\u{200d}@example.com",
        ] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_person_without_a_name_is_called_by_the_address() {
        assert_eq!(name(" ", "ada@example.com").as_deref(), Ok("ada"));
        assert_eq!(name("", "system@example.com").as_deref(), Ok("system@example.com"));
        assert_eq!(
            name(" Ada  Lovelace ", "ada@example.com").as_deref(),
            Ok("Ada Lovelace")
        );
        for wrong in ["Latchkey", "command line", "Ada\u{202e}"] {
            assert!(name(wrong, "ada@example.com").is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_counted_in_characters() {
        assert!(password_length("ääääääääääää").is_ok());
        assert_eq!(
            password_length("eleven char").unwrap_err(),
            "A password has 12 characters or more; 1 is missing."
        );
        assert!(password_length(&"x".repeat(1025)).is_err());
    }

    #[test]
    fn initials_are_at_most_two_letters() {
        let me = |name: &str| LoggedInPerson {
            name: name.to_owned(),
            email: String::new(),
            role: Role::Owner,
        };
        assert_eq!(me("Mara Ott").initials(), "MO");
        assert_eq!(me("mara.ott").initials(), "MO");
        assert_eq!(me("owner").initials(), "O");
        assert_eq!(me("Anna Maria Iyer").initials(), "AM");
    }

    #[test]
    fn a_browser_is_called_by_what_it_says() {
        const WEBKIT: &str = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
                "Firefox on Linux",
            ),
            (
                format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36"),
                "Chrome on Windows",
            ),
            (
                format!("Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"),
                "Edge on Windows",
            ),
            (
                format!("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.0 Safari/605.1.15"),
                "Safari on macOS",
            ),
            (
                format!("Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0"),
                "Opera on Linux",
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36"),
                "Chrome on Android",
            ),
            (
                format!("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {WEBKIT} Version/18.0 Safari/604.1"),
                "Safari on iPhone",
            ),
            (
                format!("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) {WEBKIT} CriOS/140.0.0.0 Safari/604.1"),
                "Chrome on iPad",
            ),
            ("curl/8.5.0".to_owned(), "curl"),
            ("Something/1.0 (Linux)".to_owned(), "Unknown browser on Linux"),
            (String::new(), "Unknown browser"),
        ] {
            assert_eq!(device_name(&user_agent), name, "{user_agent}");
        }
    }
}
