//! The binary. All code is in the library, so that tests can call it.

use std::process::ExitCode;

/// Takes and gives back memory in less time than the allocator of the system. An answer to a gateway does that some ten times.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::cli::main()
}
