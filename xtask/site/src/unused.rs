//! Empties functions of the compiled WASM that no page calls, so that the parts contain neither them nor what only they use.
//!
//! Leptos draws a view whose type is erased (`AnyView`) through function pointers, one for each way to draw it. The compiler cannot know
//! that the pointers of one way are never called. What they lead to would be a tenth of the WASM.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context as _, Result, ensure};
use wasmparser::{KnownCustom, Name, Parser, Payload, RelocSectionReader, RelocationEntry, TypeRef};

/// The end of the mangled names of functions that no page calls, without the hash of their types. If one was called, the page would
/// stop with an error, as many tests in the browser would notice.
///
/// The compiler makes one function of several with the same instructions. So a function stands here only if no other kind of function
/// can have its instructions. `hydrate_from_template` of `AnyAttribute` is not here: it is often the same as `hydrate_from_server`.
const UNUSED: [&str; 1] = [
    // `leptos::mount::hydrate_lazy` hydrates views in this way. The package `frontend` calls `hydrate_body`.
    "8into_any13hydrate_async17h",
];

/// The instructions of an empty function: it has no locals, and must not be called. The rest of its room is filled up, so that the
/// functions after it stay where they are.
const UNREACHABLE: [u8; 2] = [0x00, 0x00];
const NOP: u8 = 0x01;
const END: u8 = 0x0b;

/// The name of the section with the relocations of the code.
const RELOCATIONS: &str = "reloc.CODE";

/// Empties the functions. `wasm` is what the linker wrote, with names and relocations.
pub(crate) fn empty(wasm: &[u8]) -> Result<Vec<u8>> {
    empty_named(wasm, &UNUSED)
}

fn empty_named(wasm: &[u8], unused: &[&str]) -> Result<Vec<u8>> {
    let module = Module::read(wasm).context("the compiled WASM cannot be read")?;
    let mut bodies = Vec::new();
    for part_of_name in unused {
        let before = bodies.len();
        let found = module.names.iter().filter(|(_, name)| name.contains(*part_of_name));
        bodies.extend(found.filter_map(|(index, _)| module.bodies.get(index).cloned()));
        ensure!(
            bodies.len() > before,
            "the compiled WASM has no function named …{part_of_name}…: Leptos or the compiler names it in another way now"
        );
    }
    bodies.sort_unstable_by_key(|body| body.start);

    let mut emptied = wasm.to_vec();
    for body in &bodies {
        let (instructions, end) = (&mut emptied[body.clone()], body.len() - 1);
        instructions.fill(NOP);
        instructions[..UNREACHABLE.len()].copy_from_slice(&UNREACHABLE);
        instructions[end] = END;
    }
    // A relocation is a use of another item.
    let is_kept = |entry: &RelocationEntry| {
        let at = module.code_start + entry.offset as usize;
        let next = bodies.partition_point(|body| body.start <= at);
        next.checked_sub(1).is_none_or(|last| !bodies[last].contains(&at))
    };
    let mut written = emptied[..module.header].to_vec();
    for (kind, section) in &module.sections {
        let content = match &module.relocations {
            Some((at, relocations)) if at == section => kept_relocations(wasm, section, relocations, is_kept)?,
            _ => emptied[section.clone()].to_vec(),
        };
        written.push(*kind);
        write_number(&mut written, content.len())?;
        written.extend(content);
    }
    Ok(written)
}

/// Where things are in a module.
#[derive(Default)]
struct Module<'a> {
    /// The length of what is before the first section.
    header: usize,
    /// The kind of each section, and its content.
    sections: Vec<(u8, Range<usize>)>,
    /// The bodies of the module's own functions, by the index of the function.
    bodies: BTreeMap<u32, Range<usize>>,
    names: BTreeMap<u32, &'a str>,
    code_start: usize,
    /// The section with the relocations of the code.
    relocations: Option<(Range<usize>, RelocSectionReader<'a>)>,
}

impl<'a> Module<'a> {
    fn read(wasm: &'a [u8]) -> Result<Self> {
        let mut module = Self::default();
        // The imported functions come first in the order of functions.
        let mut function = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            if let Some((kind, range)) = payload.as_section() {
                module.sections.push((kind, in_memory(&range)?));
            }
            match payload {
                Payload::Version { range, .. } => module.header = in_memory(&range)?.end,
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        function += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionStart { range, .. } => module.code_start = in_memory(&range)?.start,
                Payload::CodeSectionEntry(body) => {
                    module.bodies.insert(function, in_memory(&body.range())?);
                    function += 1;
                }
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Name(names) => module.read_names(names)?,
                    KnownCustom::Reloc(relocations) if section.name() == RELOCATIONS => {
                        module.relocations = Some((in_memory(&section.range())?, relocations));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(module)
    }

    fn read_names(&mut self, names: wasmparser::NameSectionReader<'a>) -> Result<()> {
        for names in names {
            if let Name::Function(functions) = names? {
                for function in functions {
                    let function = function?;
                    self.names.insert(function.index, function.name);
                }
            }
        }
        Ok(())
    }
}

/// The content of the section with the relocations of the code, with only some of them.
fn kept_relocations(
    wasm: &[u8],
    section: &Range<usize>,
    relocations: &RelocSectionReader<'_>,
    is_kept: impl Fn(&RelocationEntry) -> bool,
) -> Result<Vec<u8>> {
    let entries = relocations.entries().into_iter_with_offsets();
    let entries = entries.collect::<wasmparser::Result<Vec<_>>>()?;
    let starts = entries.iter().skip(1).map(|(start, _)| usize::try_from(*start));
    let ends = starts.chain([Ok(section.end)]);
    let (mut kept, mut count) = (Vec::new(), 0);
    for ((start, entry), end) in entries.iter().zip(ends) {
        if is_kept(entry) {
            kept.extend_from_slice(&wasm[usize::try_from(*start)?..end?]);
            count += 1;
        }
    }
    let mut content = Vec::new();
    write_number(&mut content, RELOCATIONS.len())?;
    content.extend(RELOCATIONS.as_bytes());
    write_number(&mut content, relocations.section_index().try_into()?)?;
    write_number(&mut content, count)?;
    content.extend(kept);
    Ok(content)
}

fn in_memory(range: &Range<u64>) -> Result<Range<usize>> {
    Ok(range.start.try_into()?..range.end.try_into()?)
}

/// Writes a number as WebAssembly does (unsigned LEB128).
fn write_number(to: &mut Vec<u8>, number: usize) -> Result<()> {
    let mut rest = u32::try_from(number).context("a section of the compiled WASM is too large")?;
    loop {
        let [lowest, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            to.push(lowest);
            return Ok(());
        }
        to.push(lowest | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two functions and their names. The first one calls the second one; so says a relocation.
    fn module(first_name: &str) -> Vec<u8> {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        let length = |length: usize| u8::try_from(length).unwrap();
        let mut section = |kind: u8, content: &[u8]| {
            wasm.extend([kind, length(content.len())]);
            wasm.extend(content);
        };
        section(1, &[1, 0x60, 0, 0]);
        section(3, &[2, 0, 0]);
        // A call with an index of five bytes, as the linker writes it.
        let caller = [8, 0, 0x10, 0x81, 0x80, 0x80, 0x80, 0x00, END];
        section(10, &[&[2][..], &caller, &[2, 0, END]].concat());
        let custom = |name: &str, content: &[u8]| [&[length(name.len())], name.as_bytes(), content].concat();
        section(0, &custom(RELOCATIONS, &[2, 1, 0, 4, 1]));
        let name = |index: u8, name: &str| [&[index, length(name.len())], name.as_bytes()].concat();
        let names = [vec![2], name(0, first_name), name(1, "other")].concat();
        section(0, &custom("name", &[vec![1, length(names.len())], names].concat()));
        wasm
    }

    fn relocations(wasm: &[u8]) -> u32 {
        let module = Module::read(wasm).unwrap();
        module.relocations.unwrap().1.entries().count()
    }

    #[test]
    fn an_unused_function_becomes_empty_and_uses_nothing() {
        let wasm = module("_ZN8into_any13hydrate_async17hE");
        let emptied = empty_named(&wasm, &UNUSED).unwrap();
        let before = Module::read(&wasm).unwrap();
        let after = Module::read(&emptied).unwrap();
        assert_eq!(emptied[after.bodies[&0].clone()], [0, 0, NOP, NOP, NOP, NOP, NOP, END]);
        assert_eq!(after.bodies, before.bodies);
        assert_eq!((relocations(&wasm), relocations(&emptied)), (1, 0));
        wasmparser::validate(&emptied).unwrap();
    }

    #[test]
    fn other_functions_stay() {
        let wasm = module("_ZN8into_any5build17hE");
        let emptied = empty_named(&wasm, &["other"]).unwrap();
        assert_eq!(emptied, wasm, "it was empty, and its caller stays");
        assert_eq!(relocations(&emptied), 1);
    }

    #[test]
    fn a_name_that_no_function_has_is_an_error() {
        let wasm = module("_ZN8into_any5build17hE");
        assert!(empty_named(&wasm, &UNUSED).is_err());
    }

    #[test]
    fn numbers_have_as_many_bytes_as_they_need() {
        for (number, bytes) in [
            (0, &[0][..]),
            (0x7f, &[0x7f]),
            (0x80, &[0x80, 0x01]),
            (624_485, &[0xe5, 0x8e, 0x26]),
        ] {
            let mut written = Vec::new();
            write_number(&mut written, number).unwrap();
            assert_eq!(written, bytes);
        }
    }
}
