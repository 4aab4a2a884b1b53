//! The request headers whose names begin with `Accept`: what a client prefers, each with a weight.

/// Parses one element of such a header: its name and its weight in thousandths, 1000 by default (RFC 9110, section 12.4.2). Returns
/// `None` if the element is malformed.
pub fn parse_weighted(element: &str) -> Option<(&str, u16)> {
    let mut parts = element.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let Some(parameter) = parts.next() else {
        return Some((name, 1000));
    };
    let weight = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?;
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some((name, thousandths)),
        "1" if thousandths == 0 => Some((name, 1000)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_has_a_weight_of_at_most_one() {
        for (element, parsed) in [
            ("br", Some(("br", 1000))),
            (" de-AT ; q=0.5 ", Some(("de-AT", 500))),
            ("de;Q=1.000", Some(("de", 1000))),
            ("de;q=0", Some(("de", 0))),
            ("de;q=1.1", None),
            ("de;q=0.1234", None),
            ("de;q=-1", None),
            ("de;level=9", None),
            (";q=1", None),
            ("", None),
        ] {
            assert_eq!(parse_weighted(element), parsed, "{element}");
        }
    }
}
