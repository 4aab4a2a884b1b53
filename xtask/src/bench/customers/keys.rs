//! Makes keys that belong to customers.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::bench::server::Data;
use crate::bench::verifier::tokens::Made;

pub(super) const KEYS_OF_A_CUSTOMER: u32 = 100;

/// Keys with a customer and metadata each, made by the command line. Customers and metadata are of one length, and so are the answers.
pub(super) fn make(program: &Path, size: u32) -> Result<Made> {
    let data = Data::new(program)?;
    let customers = size / KEYS_OF_A_CUSTOMER;
    import_customers(&data, customers)?;
    let file = data.file("tokens");
    let output = text_of(&file)?;
    let count = KEYS_OF_A_CUSTOMER.to_string();
    let mut tokens: Vec<String> = Vec::new();
    let mut took = Duration::ZERO;
    for customer in 0..customers {
        let customer = external_id(customer);
        let metadata = json!({"seat": "engineering", "tier": "gold"}).to_string();
        let mut arguments = vec!["key", "create", "--environment", "default", "--name", "Load test"];
        arguments.extend(["--customer", &customer, "--metadata", &metadata]);
        arguments.extend(["--count", &count, "--output", output]);
        let started = Instant::now();
        data.run(&arguments)?;
        took += started.elapsed();
        let made = fs::read_to_string(&file).context("the new tokens cannot be read")?;
        fs::remove_file(&file).context("the new tokens cannot be removed")?;
        tokens.extend(made.lines().map(str::to_owned));
    }
    ensure!(tokens.len() == size as usize, "{} keys were made", tokens.len());
    Ok(Made { data, tokens, took })
}

/// Keys of another system, a hundred of each customer, imported by the command line. The time is that of the whole command.
pub(super) fn import(program: &Path, size: u32) -> Result<Made> {
    let data = Data::new(program)?;
    import_customers(&data, size / KEYS_OF_A_CUSTOMER)?;
    let tokens: Vec<String> = (0..size).map(token).collect();
    let file = data.file("keys.jsonl");
    let mut text = String::new();
    for (number, token) in (0_u32..).zip(&tokens) {
        let line = json!({
            "sha256": sha256(token),
            "lastFour": token.get(token.len() - 4..),
            "name": "Load test",
            "environment": "default",
            "customer": format!("external:{}", external_id(number / KEYS_OF_A_CUSTOMER)),
        });
        writeln!(text, "{line}")?;
    }
    fs::write(&file, text).context("the keys cannot be written")?;
    let started = Instant::now();
    data.run(&["key", "import", text_of(&file)?])?;
    Ok(Made {
        data,
        tokens,
        took: started.elapsed(),
    })
}

fn import_customers(data: &Data, count: u32) -> Result<()> {
    let file = data.file("customers.jsonl");
    let mut text = String::new();
    for number in 0..count {
        let line = json!({
            "externalId": external_id(number),
            "name": format!("Customer {number:06}"),
            "metadata": {"plan": "team", "region": "eu-west"},
        });
        writeln!(text, "{line}")?;
    }
    fs::write(&file, text).context("the customers cannot be written")?;
    data.run(&["customer", "import", text_of(&file)?])?;
    Ok(())
}

fn external_id(number: u32) -> String {
    format!("customer-{number:06}")
}

/// A token as another system might have issued it: the same ones in each run.
fn token(number: u32) -> String {
    format!("acme_{}", &sha256(&format!("token {number}"))[..40])
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn text_of(file: &Path) -> Result<&str> {
    file.to_str().context("the temporary folder's name is not text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_that_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            sha256("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn tokens_are_of_one_length_and_differ() {
        let (one, other) = (token(1), token(999_999));
        assert_eq!((one.len(), other.len()), (45, 45));
        assert_ne!(one, other);
    }
}
