//! Pads lists in statements to a few lengths. Each connection keeps the statements that it has prepared, so a statement
//! with a list of any length would be kept once for each length.

/// Lists are padded to a power of this length.
const STEP: usize = 4;

/// The values with the last one repeated, until there are 1, 4, 16, 64… of them. For `IN`, where a repeated value
/// changes nothing. An empty list stays empty.
pub(crate) fn padded<T: Clone>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    let mut length = 1;
    while length < values.len() {
        length *= STEP;
    }
    if let Some(last) = values.last().cloned() {
        values.resize(length, last);
    }
    values
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_last_value_fills_the_list_up() {
        assert!(padded(Vec::<u8>::new()).is_empty());
        assert_eq!(padded([7]), [7]);
        assert_eq!(padded([1, 2]), [1, 2, 2, 2]);
        assert_eq!(padded([1, 2, 3, 4]), [1, 2, 3, 4]);
        assert_eq!(padded(1..=5).len(), 16);
    }

    #[test]
    fn a_thousand_lengths_become_six() {
        let lengths: BTreeSet<usize> = (1..=1_000).map(|length| padded(0..length).len()).collect();
        assert_eq!(lengths.len(), 6);
    }
}
