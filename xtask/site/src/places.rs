//! Empties the places in the source where code of dependencies may panic. Each is a path on the machine that compiled the WASM, with a
//! line and a column, and there are hundreds. A panic in our own code still tells its place, and every panic its message.

use std::ops::Range;

use anyhow::Result;
use wasmparser::{Data, DataKind, Operator, Parser, Payload};

/// The size and alignment of a number in the WASM's memory.
const WORD: usize = 4;

/// An empty `std::panic::Location`: an empty text, line 0 and column 0. The address of a text is never 0.
const EMPTY: [u32; 4] = [1, 0, 0, 0];

/// Bounds of what counts as a place.
const PATH_LENGTHS: Range<u32> = 5..500;
const LINES: Range<u32> = 1..100_000;
const COLUMNS: Range<u32> = 1..1_000;

pub(crate) fn empty(wasm: &[u8]) -> Result<Vec<u8>> {
    let segments = segments(wasm)?;
    let mut emptied = wasm.to_vec();
    for segment in &segments {
        let aligned = segment.content.start + segment.address.next_multiple_of(WORD) - segment.address;
        let content = wasm.get(aligned..segment.content.end).unwrap_or_default();
        let (words, _) = content.as_chunks::<WORD>();
        for (number, words) in words.windows(EMPTY.len()).enumerate() {
            if let Some(path) = path(wasm, &segments, words) {
                let start = aligned + number * WORD;
                let place = EMPTY.map(u32::to_le_bytes);
                emptied[start..start + size_of_val(&place)].copy_from_slice(place.as_flattened());
                emptied[path].fill(0);
            }
        }
    }
    Ok(emptied)
}

/// If this is a place in a dependency, where its path is in the WASM. Paths of our own files are relative.
fn path(wasm: &[u8], segments: &[Segment], words: &[[u8; WORD]]) -> Option<Range<usize>> {
    let &[address, length, line, column] = words else {
        return None;
    };
    let [address, length, line, column] = [address, length, line, column].map(u32::from_le_bytes);
    if !PATH_LENGTHS.contains(&length) || !LINES.contains(&line) || !COLUMNS.contains(&column) {
        return None;
    }
    let (address, length) = (address as usize, length as usize);
    let range = segments.iter().find_map(|segment| {
        let start = segment.content.start + address.checked_sub(segment.address)?;
        (start + length <= segment.content.end).then_some(start..start + length)
    })?;
    let path = &wasm[range.clone()];
    (path.starts_with(b"/") && path.ends_with(b".rs")).then_some(range)
}

/// A piece of the initial memory.
struct Segment {
    address: usize,
    /// Where its content is in the WASM.
    content: Range<usize>,
}

/// The pieces at addresses that are known.
fn segments(wasm: &[u8]) -> Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::DataSection(section) = payload? {
            for data in section {
                let data = data?;
                if let Some(address) = address(&data)? {
                    let end = usize::try_from(data.range.end)?;
                    segments.push(Segment {
                        address,
                        content: end - data.data.len()..end,
                    });
                }
            }
        }
    }
    Ok(segments)
}

fn address(data: &Data<'_>) -> Result<Option<usize>> {
    let DataKind::Active { offset_expr, .. } = &data.kind else {
        return Ok(None);
    };
    Ok(match offset_expr.get_operators_reader().read()? {
        Operator::I32Const { value } => usize::try_from(value).ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{ConstExpr, DataSection, MemorySection, MemoryType, Module};

    use super::*;

    const THEIRS: &str = "/home/me/their-1.0.0/src/lib.rs";
    const OURS: &str = "app/src/views.rs";

    /// A module with these data at the addresses 1,000 and 2,001.
    fn module(first: &[u8], second: &[u8]) -> Vec<u8> {
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(1_000), first.iter().copied());
        data.active(0, &ConstExpr::i32_const(2_001), second.iter().copied());
        let mut module = Module::new();
        module.section(&memories).section(&data);
        module.finish()
    }

    fn data(wasm: &[u8]) -> Vec<Vec<u8>> {
        wasmparser::validate(wasm).unwrap();
        let segments = segments(wasm).unwrap().into_iter();
        segments.map(|segment| wasm[segment.content].to_vec()).collect()
    }

    /// Texts, and what points to them. The words follow three bytes, so that they are aligned.
    fn emptied(texts: &[u8], words: &[u32]) -> (Vec<u8>, Vec<u32>) {
        let words: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let wasm = module(texts, &[b"abc", &words[..]].concat());
        let data = data(&empty(&wasm).unwrap());
        let (letters, words) = data[1].split_at(3);
        assert_eq!(letters, b"abc");
        let (words, _) = words.as_chunks::<WORD>();
        (
            data[0].clone(),
            words.iter().map(|word| u32::from_le_bytes(*word)).collect(),
        )
    }

    #[test]
    fn places_in_dependencies_become_empty() {
        let texts = format!("before{THEIRS}after");
        let length = u32::try_from(THEIRS.len()).unwrap();
        let (texts, words) = emptied(texts.as_bytes(), &[7, 1_006, length, 12, 34, 1_006, length, 56, 7, 9]);
        assert_eq!(
            texts,
            ["before", &"\0".repeat(THEIRS.len()), "after"].concat().as_bytes()
        );
        assert_eq!(words, [7, 1, 0, 0, 0, 1, 0, 0, 0, 9]);
    }

    #[test]
    fn everything_else_stays() {
        let (theirs, ours) = (u32::try_from(THEIRS.len()).unwrap(), u32::try_from(OURS.len()).unwrap());
        let texts = [THEIRS, OURS].concat();
        for words in [
            // A place in our own code.
            [1_000 + theirs, ours, 12, 34],
            // A text without a line and a column.
            [1_000, theirs, 0, 0],
            [1_000, theirs, 12, 1 << 20],
            // A piece of the path, and a text that ends outside the data.
            [1_000, theirs - 1, 12, 34],
            [1_000, theirs + ours + 1, 12, 34],
            [u32::MAX, theirs, 12, 34],
        ] {
            let unchanged = (texts.clone().into_bytes(), words.to_vec());
            assert_eq!(emptied(texts.as_bytes(), &words), unchanged, "{words:?}");
        }
    }
}
