//! Numbers in the form in which people read them.

use model::key_page::UseCount;
pub(crate) use model::number::grouped;

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
