//! WASM as the linker writes it, with names, symbols and relocations. Its functions can get other bodies, and its tables zeros.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context as _, Result, ensure};
use wasmparser::{
    FuncType, KnownCustom, Linking, Name, Parser, Payload, RelocSectionReader, RelocationEntry, SymbolInfo, TypeRef,
    ValType,
};

/// What stands in the place of a function's instructions.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// The function must not be called. If it is called, the page stops with an error.
    Unreachable,
    /// The function returns `Ok(())`. Its type must be `fmt::Result`.
    Success,
}

impl Body {
    /// The instructions without the last `end`. They begin with the number of locals, which is 0.
    fn instructions(self) -> &'static [u8] {
        match self {
            Self::Unreachable => &[0, 0x00],
            // `i32.const 0`
            Self::Success => &[0, 0x41, 0],
        }
    }

    fn fits(self, signature: &FuncType) -> bool {
        match self {
            Self::Unreachable => true,
            Self::Success => signature.results() == [ValType::I32],
        }
    }
}

const NOP: u8 = 0x01;
const END: u8 = 0x0b;

/// A function with fewer bytes keeps its body. The compiler may have made one function of it and of others with other names.
const SMALLEST: usize = 64;

/// The name of the section with the relocations of the code.
const RELOCATIONS: &str = "reloc.CODE";

pub(crate) struct Linked<'a> {
    wasm: &'a [u8],
    module: Module<'a>,
    /// The same bytes with the changes.
    changed: Vec<u8>,
    /// Where each changed body starts and ends.
    replaced: BTreeMap<usize, usize>,
}

impl<'a> Linked<'a> {
    pub(crate) fn read(wasm: &'a [u8]) -> Result<Self> {
        Ok(Self {
            wasm,
            module: Module::read(wasm).context("the compiled WASM cannot be read")?,
            changed: wasm.to_vec(),
            replaced: BTreeMap::new(),
        })
    }

    /// Gives all functions with such a name another body, and returns their number. The rest of their room is filled up, so that the
    /// functions after them stay where they are. `*` in the pattern stands for any text. Small functions stay.
    pub(crate) fn replace(&mut self, pattern: &str, body: Body) -> Result<usize> {
        let module = &self.module;
        let functions = module.names.iter().filter(|(_, name)| matches(pattern, name));
        let mut count = 0;
        for (index, name) in functions {
            let function = module.functions.get(index);
            let Some(function) = function.filter(|function| function.body.len() >= SMALLEST) else {
                continue;
            };
            let signature = module.types.get(function.signature as usize);
            ensure!(
                signature.is_some_and(|signature| body.fits(signature)),
                "the function {name} returns something else than Ok(())"
            );
            let room = &mut self.changed[function.body.clone()];
            room.fill(NOP);
            let instructions = body.instructions();
            room[..instructions.len()].copy_from_slice(instructions);
            room[function.body.len() - 1] = END;
            self.replaced.insert(function.body.start, function.body.end);
            count += 1;
        }
        Ok(count)
    }

    /// Fills all tables with such a name with zeros, and returns their number.
    pub(crate) fn clear(&mut self, pattern: &str) -> usize {
        let mut count = 0;
        for (_, table) in self.module.tables.iter().filter(|(name, _)| matches(pattern, name)) {
            self.changed[table.clone()].fill(0);
            count += 1;
        }
        count
    }

    /// The WASM with the changes. The changed functions use no other items, so that these go if nothing else uses them.
    pub(crate) fn write(self) -> Result<Vec<u8>> {
        let module = &self.module;
        // A relocation is a use of another item.
        let is_kept = |entry: &RelocationEntry| {
            let at = module.code_start + entry.offset as usize;
            let before = self.replaced.range(..=at).next_back();
            before.is_none_or(|(_, end)| at >= *end)
        };
        let mut written = self.changed[..module.header].to_vec();
        for (kind, section) in &module.sections {
            let content = match &module.relocations {
                Some((at, relocations)) if at == section => kept_relocations(self.wasm, section, relocations, is_kept)?,
                _ => self.changed[section.clone()].to_vec(),
            };
            written.push(*kind);
            write_number(&mut written, content.len())?;
            written.extend(content);
        }
        Ok(written)
    }
}

/// Whether a name matches a pattern, in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, others)) = pattern.split_once('*') else {
        return name == pattern;
    };
    let Some(mut rest) = name.strip_prefix(start) else {
        return false;
    };
    let (middle, end) = others.rsplit_once('*').unwrap_or(("", others));
    for part in middle.split('*') {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(end)
}

/// A function that is not imported.
struct Function {
    /// The index of its type.
    signature: u32,
    body: Range<usize>,
}

/// Where things are in a module.
#[derive(Default)]
struct Module<'a> {
    /// The length of what is before the first section.
    header: usize,
    /// The kind of each section, and its content.
    sections: Vec<(u8, Range<usize>)>,
    types: Vec<FuncType>,
    /// The module's own functions, by index.
    functions: BTreeMap<u32, Function>,
    names: BTreeMap<u32, &'a str>,
    /// The constant tables, with their names.
    tables: Vec<(&'a str, Range<usize>)>,
    code_start: usize,
    /// The section with the relocations of the code.
    relocations: Option<(Range<usize>, RelocSectionReader<'a>)>,
}

impl<'a> Module<'a> {
    fn read(wasm: &'a [u8]) -> Result<Self> {
        let mut module = Self::default();
        // The imported functions come first in the order of functions.
        let mut function = 0;
        let mut signatures = Vec::new().into_iter();
        let mut segments = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            if let Some((kind, range)) = payload.as_section() {
                module.sections.push((kind, in_memory(&range)?));
            }
            match payload {
                Payload::Version { range, .. } => module.header = in_memory(&range)?.end,
                Payload::TypeSection(types) => {
                    module.types = types.into_iter_err_on_gc_types().collect::<wasmparser::Result<_>>()?;
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        function += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(types) => {
                    signatures = types.into_iter().collect::<wasmparser::Result<Vec<_>>>()?.into_iter();
                }
                Payload::CodeSectionStart { range, .. } => module.code_start = in_memory(&range)?.start,
                Payload::CodeSectionEntry(body) => {
                    let body = in_memory(&body.range())?;
                    let signature = signatures.next().context("a function has no type")?;
                    module.functions.insert(function, Function { signature, body });
                    function += 1;
                }
                Payload::DataSection(data) => {
                    for segment in data {
                        let segment = segment?;
                        let end = in_memory(&segment.range)?.end;
                        segments.push(end - segment.data.len()..end);
                    }
                }
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Name(names) => module.read_names(names)?,
                    KnownCustom::Linking(linking) => module.read_tables(&linking, &segments)?,
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

    fn read_tables(&mut self, linking: &wasmparser::LinkingSectionReader<'a>, segments: &[Range<usize>]) -> Result<()> {
        for part in linking.subsections() {
            let Linking::SymbolTable(symbols) = part? else {
                continue;
            };
            for symbol in symbols {
                if let SymbolInfo::Data {
                    name,
                    symbol: Some(place),
                    ..
                } = symbol?
                {
                    let segment = segments.get(place.index as usize).context("a table is in no segment")?;
                    let start = segment.start + place.offset as usize;
                    let end = start + place.size as usize;
                    ensure!(end <= segment.end, "the table {name} is larger than its segment");
                    self.tables.push((name, start..end));
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
mod tests;
