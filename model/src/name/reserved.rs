//! Names that no person can have: the audit log uses them for actors that are not people.

/// What the audit log calls actors that are not people.
const RESERVED: [&str; 4] = ["Latchkey", "command line", "nobody", "system"];

/// Checks that a person's name does not look like a reserved one.
///
/// # Errors
/// A sentence that says which name it looks like.
pub fn of_person(name: &str) -> Result<(), String> {
    let looks = skeleton(name);
    match RESERVED.into_iter().find(|reserved| skeleton(reserved) == looks) {
        Some(reserved) => Err(format!(
            "In the audit log “{reserved}” stands for what is no person. Choose another name."
        )),
        None => Ok(()),
    }
}

/// Reduces a name to what it looks like at a glance: letters and digits alone, in lower case, with one letter for all that
/// look like it. Covers a part of Unicode Technical Standard 39, which takes large tables: Latin letters, and those of
/// Cyrillic, Greek, mathematics and wide type that look like Latin ones.
fn skeleton(name: &str) -> String {
    let mut skeleton = String::new();
    for character in name.chars().filter_map(plain).flat_map(char::to_lowercase) {
        let like = match character {
            'а' | 'α' | 'ɑ' => 'a',
            'ь' | 'ƅ' => 'b',
            'с' | 'ϲ' => 'c',
            'ԁ' => 'd',
            'е' | 'ё' | 'ε' | 'ҽ' => 'e',
            'һ' | 'н' => 'h',
            'i' | 'l' | '1' | '|' | 'і' | 'ӏ' | 'ι' | 'ı' | 'ɩ' | 'ǀ' | '!' => 'i',
            'к' | 'κ' => 'k',
            'м' | 'μ' => 'm',
            'ո' | 'η' | 'п' | 'ν' => 'n',
            'о' | 'ο' | 'σ' | '0' | 'օ' => 'o',
            'р' | 'ρ' => 'p',
            'ѕ' | '5' | '$' => 's',
            'т' | 'τ' => 't',
            'у' | 'γ' | 'υ' => 'y',
            other if other.is_alphanumeric() => other,
            // A reader overlooks spaces, punctuation and marks over letters.
            _ => continue,
        };
        skeleton.push(like);
    }
    skeleton.replace("rn", "m")
}

/// Turns a letter of wide type or mathematics into the plain letter.
fn plain(character: char) -> Option<char> {
    let letter = |offset: u32| {
        let first = if offset < 26 { 'A' } else { 'a' };
        char::from_u32(u32::from(first) + offset % 26)
    };
    match u32::from(character) {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0),
        code @ 0x1_d400..=0x1_d6a3 => letter((code - 0x1_d400) % 52),
        code @ 0x24b6..=0x24e9 => letter(code - 0x24b6),
        _ => Some(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_called_like_what_is_no_person() {
        for text in [
            "Latchkey",
            "latchkey",
            "LATCHKEY.",
            "Latch key",
            "Lаtсhkеу",
            "Ιatchkey",
            "1atchkey",
            "command line",
            "Command-Line",
            "COMMAND  LINE",
            "cornmand 1ine",
            "Nobody",
            "n0body",
            "ＳＹＳＴＥＭ",
            "𝐬𝐲𝐬𝐭𝐞𝐦",
            "Ѕуѕtem",
        ] {
            assert!(of_person(text).is_err(), "{text}");
        }
        for text in ["Ada", "Latchkey Smith", "Norbert Body", "李小龍", "Systema", ""] {
            assert_eq!(of_person(text), Ok(()), "{text}");
        }
    }
}
