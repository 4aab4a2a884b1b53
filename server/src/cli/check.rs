//! `latchkey check TOKEN…`

use std::process::ExitCode;

use clap::Args;
use model::token;

use super::print;

#[derive(Args, Debug)]
pub(super) struct Check {
    /// Tokens to check
    #[arg(required = true, value_name = "TOKEN")]
    tokens: Vec<String>,
}

impl Check {
    /// Prints one line per token, with the token masked. Exit status 1 if one of them is not well-formed.
    pub(super) fn run(&self) -> ExitCode {
        let mut code = ExitCode::SUCCESS;
        for (number, text) in (1..).zip(&self.tokens) {
            let line = match token::check(text) {
                Ok(kind) => format!(
                    "{}: well-formed, {}",
                    token::mask(kind, token::last_four(text)),
                    kind.as_str()
                ),
                Err(why) => {
                    code = ExitCode::FAILURE;
                    format!("token {number}: not a token: {why}")
                }
            };
            if print(&line).is_err() {
                return ExitCode::FAILURE;
            }
        }
        code
    }
}
