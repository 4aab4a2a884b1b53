//! Packs the modules of the split WASM into files: one for each part, with all modules that the part needs. A file for each module would
//! be dozens of requests for a part, and every small file compresses badly.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use wasmparser::{Parser, Payload};

/// A module of at least this many bytes that at least so many parts need is a file of its own. A person who opens a second part would
/// otherwise load the module again, and that costs more than one more request.
const LARGE: usize = 20_000;
const MANY_PARTS: usize = 3;

/// Files by their names, without hash and extension.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// The names of the files that each part needs, its own one first.
    pub(crate) files_of_parts: BTreeMap<String, Vec<String>>,
}

/// Packs modules. `modules_of_parts` has the names of the modules that each part needs.
pub(crate) fn pack(
    modules: &BTreeMap<String, Vec<u8>>,
    modules_of_parts: &BTreeMap<String, Vec<String>>,
) -> Result<Packed> {
    let mut files = BTreeMap::new();
    let mut files_of_parts = BTreeMap::new();
    let numbers: BTreeMap<&String, u32> = modules.keys().zip(0..).collect();
    let find = |name: &String| -> Result<Module<'_>> {
        let content = modules
            .get(name)
            .with_context(|| format!("the module {name} of the WASM is missing"))?;
        ensure_no_start(name, content)?;
        Ok(Module {
            number: numbers[name],
            content,
        })
    };
    for (part, needed) in modules_of_parts {
        let own = format!("split_{part}");
        let mut names = vec![own.clone()];
        let mut packed = Vec::new();
        for name in needed.iter().collect::<BTreeSet<_>>() {
            let module = find(name)?;
            let parts = modules_of_parts.values().filter(|needed| needed.contains(name)).count();
            if module.content.len() >= LARGE && parts >= MANY_PARTS {
                names.push(name.clone());
                files.insert(name.clone(), file(&[module])?);
            } else {
                packed.push(module);
            }
        }
        files.insert(own, file(&packed)?);
        files_of_parts.insert(part.clone(), names);
    }
    Ok(Packed { files, files_of_parts })
}

/// A module, and the number by which the loader tells whether it has it already.
struct Module<'a> {
    number: u32,
    content: &'a [u8],
}

/// A file of modules. It begins with their count, and with the number and the length of each. All are 32-bit numbers, little end first.
fn file(modules: &[Module<'_>]) -> Result<Vec<u8>> {
    let mut file = u32::try_from(modules.len())?.to_le_bytes().to_vec();
    for module in modules {
        file.extend(module.number.to_le_bytes());
        file.extend(u32::try_from(module.content.len())?.to_le_bytes());
    }
    for module in modules {
        file.extend(module.content);
    }
    Ok(file)
}

/// The loader instantiates modules in any order, so none may run code of others when it is instantiated.
fn ensure_no_start(name: &str, wasm: &[u8]) -> Result<()> {
    for payload in Parser::new(0).parse_all(wasm) {
        ensure!(
            !matches!(payload?, Payload::StartSection { .. }),
            "the module {name} of the WASM runs code when it is instantiated, before the other modules are there"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{CodeSection, CustomSection, Function, FunctionSection, StartSection, TypeSection};

    use super::*;

    /// A module of about this many bytes.
    fn module(size: usize) -> Vec<u8> {
        let mut module = wasm_encoder::Module::new();
        module.section(&CustomSection {
            name: "".into(),
            data: vec![7; size].into(),
        });
        module.finish()
    }

    fn modules_of_parts(parts: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        parts
            .iter()
            .map(|(part, names)| ((*part).to_owned(), owned(names)))
            .collect()
    }

    /// The numbers and contents of the modules in a file, as the loader reads them.
    fn read(file: &[u8]) -> Vec<(u32, &[u8])> {
        let (words, _) = file.as_chunks::<4>();
        let word = |at: usize| u32::from_le_bytes(words[at]);
        let mut start = 4 + 8 * word(0) as usize;
        (0..word(0) as usize)
            .map(|module| {
                let end = start + word(2 + 2 * module) as usize;
                let content = &file[start..end];
                start = end;
                (word(1 + 2 * module), content)
            })
            .collect()
    }

    #[test]
    fn a_part_is_one_file_with_all_that_it_needs() {
        let modules: BTreeMap<String, Vec<u8>> = [
            ("chunk_1".to_owned(), module(10)),
            ("chunk_2".to_owned(), module(LARGE)),
            ("split_home".to_owned(), module(20)),
            ("split_keys".to_owned(), module(30)),
        ]
        .into();
        let parts = modules_of_parts(&[
            ("home", &["chunk_1", "split_home"]),
            ("keys", &["chunk_1", "chunk_2", "split_keys"]),
        ]);
        let packed = pack(&modules, &parts).unwrap();
        assert_eq!(packed.files.keys().collect::<Vec<_>>(), ["split_home", "split_keys"]);
        assert_eq!(
            read(&packed.files["split_home"]),
            [(0, &modules["chunk_1"][..]), (2, &modules["split_home"])]
        );
        assert_eq!(
            read(&packed.files["split_keys"]),
            [
                (0, &modules["chunk_1"][..]),
                (1, &modules["chunk_2"]),
                (3, &modules["split_keys"])
            ],
            "a module has one number in all files"
        );
        assert_eq!(packed.files_of_parts["keys"], ["split_keys"]);
    }

    #[test]
    fn a_large_module_of_many_parts_is_a_file_of_its_own() {
        let modules: BTreeMap<String, Vec<u8>> = [
            ("chunk_1".to_owned(), module(LARGE)),
            ("split_a".to_owned(), module(1)),
            ("split_b".to_owned(), module(1)),
            ("split_c".to_owned(), module(1)),
        ]
        .into();
        let parts = modules_of_parts(&[
            ("a", &["chunk_1", "split_a"]),
            ("b", &["chunk_1", "split_b"]),
            ("c", &["chunk_1", "split_c"]),
        ]);
        let packed = pack(&modules, &parts).unwrap();
        assert_eq!(packed.files_of_parts["b"], ["split_b", "chunk_1"]);
        assert_eq!(read(&packed.files["chunk_1"]), [(0, &modules["chunk_1"][..])]);
        assert_eq!(read(&packed.files["split_b"]), [(2, &modules["split_b"][..])]);
    }

    #[test]
    fn a_module_that_runs_code_at_once_is_an_error() {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut body = Function::new([]);
        body.instructions().end();
        let mut code = CodeSection::new();
        code.function(&body);
        let mut module = wasm_encoder::Module::new();
        module
            .section(&types)
            .section(&functions)
            .section(&StartSection { function_index: 0 })
            .section(&code);
        let modules: BTreeMap<String, Vec<u8>> = [("split_a".to_owned(), module.finish())].into();
        assert!(pack(&modules, &modules_of_parts(&[("a", &["split_a"])])).is_err());
    }

    #[test]
    fn a_module_that_is_missing_is_an_error() {
        assert!(pack(&BTreeMap::new(), &modules_of_parts(&[("a", &["split_a"])])).is_err());
    }
}
