//! Numbers in the form in which people read them.

use crate::accept::parse_weighted;

/// How many bytes of an Accept-Language header are read, and how many of its languages. Browsers send less.
const MOST_BYTES: usize = 200;
const MOST_LANGUAGES: usize = 10;

/// What stands between the thousands of a number.
///
/// All numbers have groups of three digits, from 1,000 on. Some languages are written otherwise: Hindi has groups of two digits above
/// the thousands, and Spanish, Polish and a few more begin at 10,000. So numbers of one column have one form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Separator {
    /// `12,345`
    #[default]
    Comma,
    /// `12.345`
    Period,
    /// `12 345`, with a no-break space.
    Space,
    /// `12 345`, with a narrow no-break space.
    NarrowSpace,
    /// `12'345`
    Apostrophe,
}

impl Separator {
    pub const ALL: [Self; 5] = [
        Self::Comma,
        Self::Period,
        Self::Space,
        Self::NarrowSpace,
        Self::Apostrophe,
    ];

    pub const fn character(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Period => '.',
            Self::Space => '\u{a0}',
            Self::NarrowSpace => '\u{202f}',
            Self::Apostrophe => '\'',
        }
    }

    /// The word in the attribute of a page.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Period => "period",
            Self::Space => "space",
            Self::NarrowSpace => "narrow-space",
            Self::Apostrophe => "apostrophe",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|separator| separator.word() == word)
    }

    /// The separator of the language that a person reads best, out of an Accept-Language header (RFC 9110, section 12.5.4). Languages
    /// that are not known do not count. Without any, it is the comma. A header may be of any length: only its start is read.
    pub fn of_languages(header: &str) -> Self {
        let mut best = (0, Self::default());
        for element in start_of(header).split(',').take(MOST_LANGUAGES) {
            let Some((language, weight)) = parse_weighted(element) else {
                continue;
            };
            if weight > best.0
                && let Some(separator) = Self::of_language(language)
            {
                best = (weight, separator);
            }
        }
        best.1
    }

    /// The separator of a language such as `de-AT` (BCP 47), as in Unicode CLDR 48.2. `None` if the language is not known.
    fn of_language(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let mut subtags = tag.split('-');
        let language = subtags.next()?;
        // No region stands after a single letter, which begins an extension.
        let region = subtags
            .take_while(|subtag| subtag.len() > 1)
            .find(|subtag| subtag.len() == 2 || subtag.parse::<u16>().is_ok())
            .unwrap_or_default();
        Self::of_region(language, region).or_else(|| Self::of_every_region(language))
    }

    /// The separator of a language in a region where it is another one than elsewhere. English is an exception: it has commas
    /// everywhere, like the texts of the console.
    fn of_region(language: &str, region: &str) -> Option<Self> {
        match (language, region) {
            (
                "es",
                "419" | "br" | "bz" | "cu" | "do" | "gt" | "hn" | "mx" | "ni" | "pa" | "pe" | "pr" | "sv" | "us",
            ) => Some(Self::Comma),
            ("ar", "dz" | "lb" | "ly" | "ma" | "mr" | "tn") | ("fr", "lu" | "ma") => Some(Self::Period),
            ("de", "at")
            | ("es", "cr")
            | ("fr", "ca")
            | ("pt", "ao" | "ch" | "cv" | "gq" | "gw" | "lu" | "mo" | "mz" | "pt" | "st" | "tl") => Some(Self::Space),
            ("de", "ch" | "li") | ("fr" | "it", "ch") => Some(Self::Apostrophe),
            _ => None,
        }
    }

    fn of_every_region(language: &str) -> Option<Self> {
        match language {
            "am" | "ar" | "bn" | "cy" | "en" | "fa" | "fil" | "ga" | "gu" | "gv" | "he" | "hi" | "ja" | "km" | "kn"
            | "ko" | "ml" | "mn" | "mr" | "ms" | "mt" | "my" | "ne" | "pa" | "si" | "so" | "sw" | "ta" | "te"
            | "th" | "ur" | "yo" | "zh" | "zu" => Some(Self::Comma),
            "az" | "bs" | "ca" | "da" | "de" | "dsb" | "el" | "es" | "eu" | "fo" | "fur" | "fy" | "gl" | "hr"
            | "hsb" | "id" | "is" | "it" | "jv" | "kl" | "lb" | "lo" | "mk" | "nl" | "pt" | "ro" | "sc" | "sl"
            | "sr" | "su" | "tr" | "vi" | "wo" => Some(Self::Period),
            "af" | "be" | "bg" | "br" | "cs" | "et" | "fi" | "hu" | "hy" | "ka" | "kk" | "ky" | "lt" | "lv" | "nb"
            | "nn" | "no" | "os" | "pl" | "ru" | "se" | "sk" | "sq" | "sv" | "tg" | "tk" | "tt" | "uk" | "uz" => {
                Some(Self::Space)
            }
            "eo" | "fr" | "rm" => Some(Self::NarrowSpace),
            "gsw" => Some(Self::Apostrophe),
            _ => None,
        }
    }
}

/// The first languages of a header, which may be cut off between two of them.
fn start_of(header: &str) -> &str {
    if header.len() <= MOST_BYTES {
        return header;
    }
    let start = &header[..header.floor_char_boundary(MOST_BYTES)];
    start.rsplit_once(',').map_or("", |(whole, _)| whole)
}

/// A number with commas, such as `12,345`, for what is not a screen: the command line, the API, the audit log.
pub fn grouped(number: u64) -> String {
    grouped_with(number, Separator::Comma)
}

/// A number with separators, such as `12,345`.
pub fn grouped_with(number: u64, separator: Separator) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator.character());
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_by_commas() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn thousands_are_separated_as_in_a_language() {
        for (language, text) in [
            ("en-GB", "1,234,567"),
            ("de", "1.234.567"),
            ("ru", "1\u{a0}234\u{a0}567"),
            ("fr-FR", "1\u{202f}234\u{202f}567"),
            ("de-CH", "1'234'567"),
        ] {
            assert_eq!(
                grouped_with(1_234_567, Separator::of_languages(language)),
                text,
                "{language}"
            );
        }
    }

    #[test]
    fn every_separator_has_a_word() {
        for separator in Separator::ALL {
            assert_eq!(Separator::parse(separator.word()), Some(separator));
        }
        assert_eq!(Separator::parse("."), None);
    }

    #[test]
    fn a_region_may_have_another_separator_than_its_language() {
        for (language, separator) in [
            ("pt-BR", Separator::Period),
            ("pt-PT", Separator::Space),
            ("fr-CA", Separator::Space),
            ("fr-ch", Separator::Apostrophe),
            ("de-AT", Separator::Space),
            ("de-Latn-LI", Separator::Apostrophe),
            ("de-u-co-phonebk", Separator::Period),
            ("es-ES", Separator::Period),
            ("es-419", Separator::Comma),
            ("es-MX", Separator::Comma),
            ("sr-Latn-RS", Separator::Period),
            ("zh-Hant-TW", Separator::Comma),
        ] {
            assert_eq!(Separator::of_languages(language), separator, "{language}");
        }
    }

    #[test]
    fn the_known_language_with_the_highest_weight_counts() {
        for (header, separator) in [
            ("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", Separator::Period),
            ("en-US,en;q=0.5,de;q=0.3", Separator::Comma),
            ("en;q=0.2, fr ; q=0.8", Separator::NarrowSpace),
            ("fr, de", Separator::NarrowSpace),
            ("ja, de;q=0.9", Separator::Comma),
            ("tlh, *, de;q=0.5", Separator::Period),
            ("de;q=0", Separator::Comma),
            ("de;q=2, fr;q=0.1", Separator::NarrowSpace),
        ] {
            assert_eq!(Separator::of_languages(header), separator, "{header}");
        }
    }

    #[test]
    fn a_header_without_a_known_language_means_the_comma() {
        for header in ["", "*", "tlh", ",;=,", "-", "d\u{e9}", "🛒,🛒;q=🛒"] {
            assert_eq!(Separator::of_languages(header), Separator::Comma, "{header}");
        }
    }

    #[test]
    fn only_the_start_of_a_header_is_read() {
        let unknown = |count: usize| "tlh,".repeat(count);
        assert_eq!(Separator::of_languages(&format!("{}de", unknown(9))), Separator::Period);
        assert_eq!(Separator::of_languages(&format!("{}de", unknown(10))), Separator::Comma);
        let long = |bytes: usize| format!("{},", "x".repeat(bytes));
        assert_eq!(Separator::of_languages(&format!("{}de", long(190))), Separator::Period);
        assert_eq!(Separator::of_languages(&format!("{}de", long(200))), Separator::Comma);
        // The end of `de-AT` is beyond what is read, so it does not count as `de`.
        assert_eq!(
            Separator::of_languages(&format!("{}de-AT", long(197))),
            Separator::Comma
        );
        assert_eq!(Separator::of_languages(&"🛒".repeat(1_000)), Separator::Comma);
    }
}
