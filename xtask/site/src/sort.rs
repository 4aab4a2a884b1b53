//! Sorts the functions of a WASM module, so that functions with similar instructions stand side by side. The WASM itself stays as large,
//! but its compressed copies become smaller.

use std::convert::Infallible;
use std::ops::Range;

use anyhow::{Context as _, Result};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, FunctionBody, FunctionSectionReader, Operator, Parser, Payload, TypeRef,
};

/// Sorts the functions by their types, and those of one type by their instructions. Imports, exports, tables and data stay in their
/// order, so the parts still find what they share. Leaves out custom sections: browsers need none, and the names of functions would
/// have to be sorted, too.
pub(crate) fn sorted(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut sorter = Sorter::new(wasm).context("the optimised WASM cannot be read")?;
    let mut module = Module::new();
    sorter
        .parse_core_module(&mut module, Parser::new(0), wasm)
        .context("the functions of the WASM cannot be sorted")?;
    Ok(module.finish())
}

/// The new order of a module's functions.
struct Sorter {
    /// The places of the module's own functions, without the imported ones, in their new order.
    order: Vec<usize>,
    /// The new index of each function. Imported functions keep theirs, since they come first.
    indices: Vec<u32>,
}

impl Sorter {
    fn new(wasm: &[u8]) -> Result<Self> {
        let (mut imported, mut types, mut instructions) = (0, Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        imported += usize::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(functions) => types = functions.into_iter().collect::<Result<_, _>>()?,
                Payload::CodeSectionEntry(body) => instructions.push(without_targets(wasm, &body)?),
                _ => {}
            }
        }
        let mut order: Vec<usize> = (0..instructions.len()).collect();
        order.sort_by_key(|&function| (types.get(function), &instructions[function]));
        let mut indices: Vec<u32> = (0..).take(imported + order.len()).collect();
        for (place, function) in order.iter().enumerate() {
            indices[imported + function] = u32::try_from(imported + place)?;
        }
        Ok(Self { order, indices })
    }
}

/// A function's locals and instructions without the indices of the functions that it uses, which sorting changes.
fn without_targets(wasm: &[u8], body: &FunctionBody<'_>) -> Result<Vec<u8>> {
    let bytes = |range: Range<u64>| -> Result<&[u8]> {
        let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
        wasm.get(range).context("a function ends outside the WASM")
    };
    let mut operators = body.get_operators_reader()?;
    let mut kept = bytes(body.range().start..operators.original_position())?.to_vec();
    while !operators.eof() {
        let start = operators.original_position();
        let operator = operators.read()?;
        let end = match operator {
            Operator::Call { .. } | Operator::ReturnCall { .. } | Operator::RefFunc { .. } => start + 1,
            _ => operators.original_position(),
        };
        kept.extend(bytes(start..end)?);
    }
    Ok(kept)
}

impl Reencode for Sorter {
    type Error = Infallible;

    /// Every use of a function passes here: calls, exports, elements of tables, and the function that starts the module.
    fn function_index(&mut self, function: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.indices[function as usize])
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for &function in &self.order {
            functions.function(types[function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for function in self.order.clone() {
            self.parse_function_body(code, bodies[function].clone())?;
        }
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        _module: &mut Module,
        _section: CustomSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use wasm_encoder::{
        ConstExpr, CustomSection, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
        Function, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, RefType, StartSection,
        TableSection, TableType, TypeSection, ValType,
    };
    use wasmparser::{DataKind, ElementItems, ExternalKind};

    use super::*;

    /// A module with one imported function, and four of its own. Each of these starts with another constant, by which the tests know it.
    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([], [ValType::I32]);
        let mut imports = ImportSection::new();
        imports.import("env", "log", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        for ty in [1, 0, 0, 0] {
            functions.function(ty);
        }
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            minimum: 9,
            maximum: None,
            table64: false,
            shared: false,
        });
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut globals = GlobalSection::new();
        let global = GlobalType {
            val_type: ValType::FUNCREF,
            mutable: false,
            shared: false,
        };
        globals.global(global, &ConstExpr::ref_func(1));
        let mut exports = ExportSection::new();
        exports.export("start", ExportKind::Func, 3);
        exports.export("log", ExportKind::Func, 0);
        exports.export("memory", ExportKind::Memory, 0);
        exports.export("number", ExportKind::Func, 1);
        let start = StartSection { function_index: 3 };
        let mut elements = ElementSection::new();
        elements.active(
            None,
            &ConstExpr::i32_const(1),
            Elements::Functions([4, 0, 1].as_slice().into()),
        );
        let expressions = [ConstExpr::ref_func(3), ConstExpr::ref_func(2)];
        elements.passive(Elements::Expressions(RefType::FUNCREF, expressions.as_slice().into()));
        let mut code = CodeSection::new();
        let mut function = |write: fn(&mut Function)| {
            let mut body = Function::new([(1, ValType::I64)]);
            write(&mut body);
            body.instructions().end();
            code.function(&body);
        };
        function(|body| {
            body.instructions().i32_const(30);
        });
        function(|body| {
            body.instructions()
                .i32_const(20)
                .drop()
                .call(0)
                .call(4)
                .ref_func(3)
                .drop();
        });
        function(|body| {
            body.instructions().i32_const(10).drop().call(2).call(1).drop();
        });
        function(|body| {
            body.instructions().i32_const(21).drop().call(4).call(3);
        });
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(8), *b"text");
        let mut module = Module::new();
        module
            .section(&types)
            .section(&imports)
            .section(&functions)
            .section(&tables);
        module
            .section(&memories)
            .section(&globals)
            .section(&exports)
            .section(&start);
        module.section(&elements).section(&code).section(&data);
        module.section(&CustomSection {
            name: "anything".into(),
            data: b"else".as_slice().into(),
        });
        module.finish()
    }

    /// What a module says, with each function known by its constant. The imported function is 0.
    #[derive(Debug, Default, PartialEq)]
    struct Meaning {
        /// Of each function: its type, its body without targets, and its targets.
        functions: BTreeMap<i32, (u32, Vec<u8>, Vec<i32>)>,
        exports: Vec<(String, i32)>,
        starts: Option<i32>,
        globals: Vec<i32>,
        elements: Vec<i32>,
        data: Vec<u8>,
    }

    /// The functions in their order, and what the module means.
    fn read(wasm: &[u8]) -> (Vec<i32>, Meaning) {
        wasmparser::validate(wasm).unwrap();
        let payloads: Vec<Payload<'_>> = Parser::new(0).parse_all(wasm).collect::<Result<_, _>>().unwrap();
        let mut order = vec![0];
        let mut types = Vec::new();
        for payload in &payloads {
            match payload {
                Payload::FunctionSection(functions) => types.extend(functions.clone().into_iter().map(Result::unwrap)),
                Payload::CodeSectionEntry(body) => match body.get_operators_reader().unwrap().read().unwrap() {
                    Operator::I32Const { value } => order.push(value),
                    other => panic!("{other:?}"),
                },
                _ => {}
            }
        }
        let function = |index: u32| order[index as usize];
        let referred = |expression: wasmparser::ConstExpr<'_>| match expression.get_operators_reader().read().unwrap() {
            Operator::RefFunc { function_index } => function(function_index),
            other => panic!("{other:?}"),
        };
        let mut meaning = Meaning::default();
        for payload in payloads {
            match payload {
                Payload::ExportSection(section) => {
                    for export in section.into_iter().map(Result::unwrap) {
                        let is_function = export.kind == ExternalKind::Func;
                        let leads_to = if is_function { function(export.index) } else { -1 };
                        meaning.exports.push((export.name.to_owned(), leads_to));
                    }
                }
                Payload::StartSection { func, .. } => meaning.starts = Some(function(func)),
                Payload::GlobalSection(section) => {
                    let globals = section.into_iter().map(Result::unwrap);
                    meaning.globals.extend(globals.map(|global| referred(global.init_expr)));
                }
                Payload::ElementSection(section) => {
                    for element in section.into_iter().map(Result::unwrap) {
                        match element.items {
                            ElementItems::Functions(functions) => {
                                let functions = functions.into_iter().map(Result::unwrap);
                                meaning.elements.extend(functions.map(function));
                            }
                            ElementItems::Expressions(_, expressions) => {
                                let expressions = expressions.into_iter().map(Result::unwrap);
                                meaning.elements.extend(expressions.map(referred));
                            }
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let place = meaning.functions.len();
                    let operators = body.get_operators_reader().unwrap().into_iter().map(Result::unwrap);
                    let targets = operators.filter_map(|operator| match operator {
                        Operator::Call { function_index } | Operator::RefFunc { function_index } => {
                            Some(function(function_index))
                        }
                        _ => None,
                    });
                    let what = (types[place], without_targets(wasm, &body).unwrap(), targets.collect());
                    assert_eq!(meaning.functions.insert(order[place + 1], what), None);
                }
                Payload::DataSection(section) => {
                    for data in section.into_iter().map(Result::unwrap) {
                        assert!(matches!(data.kind, DataKind::Active { .. }));
                        meaning.data.extend(data.data);
                    }
                }
                _ => {}
            }
        }
        (order, meaning)
    }

    #[test]
    fn the_functions_are_in_another_order_and_mean_the_same() {
        let wasm = module();
        let sorted = sorted(&wasm).unwrap();
        let (before, meaning) = read(&wasm);
        let (after, same) = read(&sorted);
        assert_eq!(before, [0, 30, 20, 10, 21]);
        assert_eq!(after, [0, 10, 20, 21, 30], "by types, then by instructions");
        assert_eq!(same, meaning);
        let exports = [("start", 10), ("log", 0), ("memory", -1), ("number", 30)];
        assert_eq!(
            meaning.exports,
            exports.map(|(name, function)| (name.to_owned(), function))
        );
        assert_eq!((meaning.starts, &meaning.globals[..]), (Some(10), &[30][..]));
        assert_eq!(meaning.elements, [21, 0, 30, 10, 20]);
        assert_eq!(meaning.functions[&20].2, [0, 21, 10]);
        assert_eq!(meaning.data, b"text");
    }

    #[test]
    fn sorted_functions_stay_as_they_are_and_custom_sections_are_left_out() {
        let once = sorted(&module()).unwrap();
        assert_eq!(sorted(&once).unwrap(), once);
        let custom = |payload: wasmparser::Result<Payload<'_>>| matches!(payload, Ok(Payload::CustomSection(_)));
        assert!(!Parser::new(0).parse_all(&once).any(custom));
    }

    #[test]
    fn functions_that_differ_only_in_what_they_call_stand_side_by_side() {
        let wasm = module();
        let bodies: Vec<Vec<u8>> = Parser::new(0)
            .parse_all(&wasm)
            .filter_map(|payload| match payload.unwrap() {
                Payload::CodeSectionEntry(body) => Some(without_targets(&wasm, &body).unwrap()),
                _ => None,
            })
            .collect();
        // A local, the constant 20, drop, two calls, ref.func, drop.
        assert_eq!(bodies[1], [1, 1, 0x7e, 0x41, 20, 0x1a, 0x10, 0x10, 0xd2, 0x1a, 0x0b]);
    }
}
