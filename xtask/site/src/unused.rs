//! Empties functions of the compiled WASM that no page calls, and those that write only what nobody reads. So the parts contain
//! neither them nor what only they use.
//!
//! The compiler keeps every function that it finds a pointer to. It cannot know that no page follows that pointer, or that no page
//! shows the text of an error.

use anyhow::{Result, ensure};

use crate::linked::{Body, Linked};

/// Functions that no page calls. If one was called, the page would stop with an error, as many tests in the browser would notice.
///
/// The compiler makes one function of several with the same instructions. So a function stands here or in [`SILENT`] only if no
/// other kind of function can have its instructions, and small functions stay as they are. `hydrate_from_template` of `AnyAttribute` is not here: it is often the same as
/// `hydrate_from_server`.
///
/// The names are mangled. `*` stands for hashes, and for what is of no interest.
const UNUSED: [&str; 15] = [
    // `leptos::mount::hydrate_lazy` hydrates views in this way. The package `frontend` calls `hydrate_body`.
    "*8into_any13hydrate_async17h*",
    // `attr:` at a component sets attributes of all its elements. The application does not write that.
    "*any_attribute..IntoAnyAttribute$GT$13into_any_attr5clone17h*",
    "*tachys..reactive_graph..RenderEffectState$LT$T$GT$$u20$as$u20$tachys..view..Mountable$GT$8elements17h*",
    "*tachys..view..Mountable$u20$for$u20$reactive_graph..effect..render_effect..RenderEffect$LT$M$GT$$GT$8elements17h*",
    "*tachys..view..iterators..StaticVecState$LT$T$GT$$u20$as$u20$tachys..view..Mountable$GT$8elements17h*",
    "*tachys..view..iterators..VecState$LT$T$GT$$u20$as$u20$tachys..view..Mountable$GT$8elements17h*",
    // Only the server lists the routes of the application.
    "*21into_any_nested_route15generate_routes17h*",
    // What the server found wrong within an `ErrorBoundary`. The application has none.
    "*HydrateSharedContext$u20$as$u20$hydration_context..SharedContext$GT$6errors17h*",
    "*HydrateSharedContext$u20$as$u20$hydration_context..SharedContext$GT$11take_errors17h*",
    "*17hydration_context7hydrate17serialized_errors17h*",
    // The streams of server functions. `server_fn` brings them along (`wasm-streams`), and the console uses none.
    "intounderlying*",
    "__wbg_intounderlying*",
    // WASM that waits for promises (JSPI). The application has only `async` functions.
    "__wbg_jspi_task_poll",
    // A thread that waits for a channel. The application has one thread, which never waits.
    "*3std4sync4mpmc7contextNtB2_7Context3new",
    // The message of the panic after a text was cut within a character. The page stops as well without a message.
    "*4core3str19slice_error_fail_rt",
];

/// Functions that write a text which nobody reads. They write nothing.
///
/// The console shows its own sentence for an answer that it cannot read, and not the text of `serde_json`. The message of a panic
/// loses the values that it would quote, and its sentence stays.
const SILENT: [&str; 10] = [
    "*serde_json..error..JsonUnexpected$u20$as$u20$core..fmt..Display$GT$3fmt17h*",
    "*serde_json..error..ErrorCode$u20$as$u20$core..fmt..Display$GT$3fmt17h*",
    "*serde_core..de..OneOf$u20$as$u20$core..fmt..Display$GT$3fmt17h*",
    "*3std2io5errorNtB5_5ErrorNtNt*_4core3fmt7Display3fmt",
    // `Debug` of texts, characters, and of what panics quote.
    "*_4core3fmteNtB5_5Debug3fmt",
    "*_4core3fmtcNtB5_5Debug3fmt",
    "*_5alloc3ffi5c_strNtB5_8NulErrorNtNt*_4core3fmt5Debug3fmt",
    "*_4core3ops5rangeINtB4_5RangejENtNtB8_3fmt5Debug3fmtB8_",
    "*async_once_cell..QuickInitGuard$u20$as$u20$core..fmt..Debug$GT$3fmt17h*",
    // `{:#?}`
    "*_4core3fmt8buildersNtB5_10PadAdapterNtB7_5Write9write_str",
];

/// Tables that are read only for values which nobody uses. They become zeros.
const UNREAD: [&str; 1] = [
    // `serde_json` reads a number with a decimal point or an exponent with this table. The console reads integers, and refuses such a
    // number, whatever its value.
    "*10serde_json2de5POW1017h*",
];

/// Empties the functions and tables. `wasm` is what the linker wrote, with names and relocations. `optimised` says whether the
/// compiler has optimised it: otherwise some names may be missing.
pub(crate) fn empty(wasm: &[u8], optimised: bool) -> Result<Vec<u8>> {
    let mut linked = Linked::read(wasm)?;
    let must_exist = |count: usize, name: &str| {
        ensure!(
            count > 0 || !optimised,
            "the compiled WASM has no item named {name}: Leptos or the compiler names it in another way now"
        );
        Ok(())
    };
    for name in UNUSED {
        must_exist(linked.replace(name, Body::Unreachable)?, name)?;
    }
    for name in SILENT {
        must_exist(linked.replace(name, Body::Success)?, name)?;
    }
    for name in UNREAD {
        must_exist(linked.clear(name), name)?;
    }
    linked.write()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_item_has_is_an_error_in_optimised_wasm() {
        let nothing = b"\0asm\x01\0\0\0";
        assert!(empty(nothing, true).is_err());
        assert_eq!(empty(nothing, false).unwrap(), nothing);
    }
}
