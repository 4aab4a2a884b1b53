use super::*;

/// A module with a large function, a small one and a table. The large function has a result of type i32 if `has_result`. It calls the
/// small one; so says a relocation.
fn module(has_result: bool) -> Vec<u8> {
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    let length = |length: usize| u8::try_from(length).unwrap();
    let mut section = |kind: u8, content: &[u8]| {
        wasm.extend([kind, length(content.len())]);
        wasm.extend(content);
    };
    let results: &[u8] = if has_result { &[1, 0x7f] } else { &[0] };
    section(1, &[&[2, 0x60, 0][..], results, &[0x60, 0, 0]].concat());
    section(3, &[2, 0, 1]);
    section(5, &[1, 0, 1]);
    // A call with an index of five bytes, as the linker writes it.
    let call = [0, 0x10, 0x81, 0x80, 0x80, 0x80, 0x00];
    let rest: &[u8] = if has_result { &[0x41, 7, END] } else { &[END] };
    let caller = [&call[..], &[NOP; SMALLEST], rest].concat();
    section(10, &[&[2, length(caller.len())][..], &caller, &[2, 0, END]].concat());
    // A segment at address 8, of which the table is the second and the third byte.
    section(11, &[1, 0, 0x41, 8, END, 4, 1, 2, 3, 4]);
    let custom = |name: &str, content: &[u8]| [&[length(name.len())], name.as_bytes(), content].concat();
    let symbol = [&[1, 1, 0, 5][..], b"table", &[0, 1, 2]].concat();
    let symbols = [&[2, 8, length(symbol.len())][..], &symbol].concat();
    section(0, &custom("linking", &symbols));
    section(0, &custom(RELOCATIONS, &[3, 1, 0, 4, 1]));
    let name = |index: u8, name: &str| [&[index, length(name.len())], name.as_bytes()].concat();
    let names = [vec![2], name(0, "caller17h0a1b"), name(1, "other")].concat();
    section(0, &custom("name", &[vec![1, length(names.len())], names].concat()));
    wasmparser::validate(&wasm).unwrap();
    wasm
}

fn relocations(wasm: &[u8]) -> u32 {
    let module = Module::read(wasm).unwrap();
    module.relocations.unwrap().1.entries().count()
}

/// The body of the large function.
fn caller(wasm: &[u8]) -> &[u8] {
    &wasm[Module::read(wasm).unwrap().functions[&0].body.clone()]
}

#[test]
fn an_unreachable_function_is_empty_and_uses_nothing() {
    let wasm = module(false);
    let mut linked = Linked::read(&wasm).unwrap();
    assert_eq!(linked.replace("caller17h*", Body::Unreachable).unwrap(), 1);
    let written = linked.write().unwrap();
    let nops = [NOP; SMALLEST + 5];
    assert_eq!(caller(&written), [&[0, 0][..], &nops, &[END]].concat());
    assert_eq!(caller(&written).len(), caller(&wasm).len());
    assert_eq!((relocations(&wasm), relocations(&written)), (1, 0));
    wasmparser::validate(&written).unwrap();
}

#[test]
fn a_silent_function_returns_success() {
    let wasm = module(true);
    let mut linked = Linked::read(&wasm).unwrap();
    assert_eq!(linked.replace("caller17h*", Body::Success).unwrap(), 1);
    let written = linked.write().unwrap();
    let nops = [NOP; SMALLEST + 6];
    assert_eq!(caller(&written), [&[0, 0x41, 0][..], &nops, &[END]].concat());
    assert_eq!(relocations(&written), 0);
    wasmparser::validate(&written).unwrap();
}

#[test]
fn a_function_that_returns_something_else_is_not_made_silent() {
    let wasm = module(false);
    let mut linked = Linked::read(&wasm).unwrap();
    assert!(linked.replace("caller17h*", Body::Success).is_err());
}

#[test]
fn a_small_function_stays() {
    let wasm = module(true);
    let mut linked = Linked::read(&wasm).unwrap();
    assert_eq!(linked.replace("other", Body::Unreachable).unwrap(), 0);
    assert_eq!(linked.write().unwrap(), wasm);
}

#[test]
fn a_table_becomes_zeros() {
    let wasm = module(false);
    let mut linked = Linked::read(&wasm).unwrap();
    assert_eq!(linked.clear("tab*"), 1);
    let written = linked.write().unwrap();
    let before = wasm.windows(4).position(|bytes| bytes == [1, 2, 3, 4]).unwrap();
    let mut expected = wasm;
    expected[before + 1..before + 3].fill(0);
    assert_eq!(written, expected);
}

#[test]
fn other_items_stay() {
    let wasm = module(true);
    let mut linked = Linked::read(&wasm).unwrap();
    assert_eq!(linked.replace("caller", Body::Unreachable).unwrap(), 0);
    assert_eq!(linked.clear("other"), 0);
    assert_eq!(linked.write().unwrap(), wasm);
}

#[test]
fn a_star_stands_for_any_text() {
    for (pattern, name, matched) in [
        ("name", "name", true),
        ("name", "names", false),
        ("name*", "names", true),
        ("name*", "a name", false),
        ("*name", "a name", true),
        ("*name", "names", false),
        ("*name*", "a name of it", true),
        ("*one*two*", "one, two", true),
        ("*one*two*", "two, one", false),
        ("a*b*c", "a, b, c", true),
        ("a*b*c", "a, b, c.", false),
    ] {
        assert_eq!(matches(pattern, name), matched, "{pattern} {name}");
    }
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
