//! Numbers in the form in which people read them.

use model::key_page::UseCount;
use model::number::grouped_with;

use crate::preferences;

/// A whole number with the separators of this page, such as `12,345`, or `12.345` in a browser that prefers German. The texts around it
/// stay English, and so does the point of a decimal fraction such as `1.5k`.
pub(crate) fn grouped(number: u64) -> String {
    grouped_with(number, preferences::numbers())
}

/// A count of requests in words, such as `1,204 requests, 3 refused`.
pub(crate) fn requests(count: UseCount) -> String {
    let total = count.allowed + count.refused;
    let requests = match total {
        0 => return "No requests".to_owned(),
        1 => "1 request".to_owned(),
        total => format!("{} requests", grouped(total)),
    };
    match count.refused {
        0 => requests,
        refused => format!("{requests}, {} refused", grouped(refused)),
    }
}
