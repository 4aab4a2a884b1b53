//! argon2id with the parameters of the OWASP Password Storage Cheat Sheet.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::error::{Error, Result};
use crate::settings::HashingCost;

/// The memory that is reserved for one hash, in blocks of 1 KiB. It is more than a hash needs, because glibc returns an
/// allocation of more than 32 MiB to the system at once (`man mallopt`, `M_MMAP_THRESHOLD`) but keeps a smaller one for
/// the thread that had it. Pages that are not touched take no memory.
const RESERVED: usize = 33 * 1024;

/// A new hash in PHC string format.
pub(super) fn hash(password: &[u8], salt: &[u8], cost: HashingCost) -> Result<String> {
    let params = params(cost)?;
    let hash = compute(&argon2id(params.clone()), password, salt)?;
    Ok(in_phc_format(&params, salt, hash)?.to_string())
}

fn argon2id(params: Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn in_phc_format(params: &Params, salt: &[u8], hash: Output) -> Result<PasswordHash> {
    Ok(PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(failed)?,
        salt: Some(Salt::new(salt).map_err(failed)?),
        hash: Some(hash),
    })
}

/// A hash in PHC string format that no password is known to have: the output is random. Checking a password against it takes as
/// long as against any other, and it is made without computing a hash.
pub(super) fn unknown(output: &[u8; 32], salt: &[u8], cost: HashingCost) -> Result<String> {
    Ok(in_phc_format(&params(cost)?, salt, Output::new(output).map_err(failed)?)?.to_string())
}

fn params(cost: HashingCost) -> Result<Params> {
    let (memory, passes) = match cost {
        HashingCost::Owasp => (19 * 1024, 2),
        HashingCost::Least => (Params::MIN_M_COST, Params::MIN_T_COST),
    };
    Params::new(memory, passes, 1, None).map_err(failed)
}

/// Whether a stored hash is the hash of this password, computed with the parameters in the stored hash.
pub(super) fn is_hash_of(stored: &str, password: &[u8]) -> Result<bool> {
    let stored = PasswordHash::new(stored).map_err(failed)?;
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
        return Err(failed("a password's hash has no salt or no output"));
    };
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).map_err(failed)?;
    let version = stored.version.map(Version::try_from).transpose().map_err(failed)?;
    let params = Params::try_from(&stored).map_err(failed)?;
    let argon2 = Argon2::new(algorithm, version.unwrap_or_default(), params);
    // `Output` compares in constant time.
    Ok(compute(&argon2, password, salt)? == *expected)
}

fn compute(argon2: &Argon2<'_>, password: &[u8], salt: &[u8]) -> Result<Output> {
    let blocks = argon2.params().block_count();
    let mut memory = Vec::new();
    memory.try_reserve_exact(blocks.max(RESERVED)).map_err(failed)?;
    memory.resize(blocks, Block::new());
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let length = argon2.params().output_len().unwrap_or(output.len());
    let output = output
        .get_mut(..length)
        .ok_or_else(|| failed("a password's hash is longer than ours are"))?;
    argon2
        .hash_password_into_with_memory(password, salt, output, &mut memory[..])
        .map_err(failed)?;
    Output::new(output).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher, PasswordVerifier};

    use super::*;

    const SALT: &[u8] = b"sixteen bytes of";

    #[test]
    fn hashes_are_those_of_the_library() {
        let ours = hash(b"correct horse battery", SALT, HashingCost::Owasp).unwrap();
        assert!(ours.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{ours}");
        let params = Params::new(19 * 1024, 2, 1, None).unwrap();
        let library = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let theirs: PasswordHash = library.hash_password_with_salt(b"correct horse battery", SALT).unwrap();
        assert_eq!(ours, theirs.to_string());
        library.verify_password(b"correct horse battery", &theirs).unwrap();
        assert!(is_hash_of(&ours, b"correct horse battery").unwrap());
        assert!(!is_hash_of(&ours, b"correct horse batterz").unwrap());
    }

    #[test]
    fn a_hash_with_other_parameters_is_checked_by_them() {
        let params = Params::new(64, 1, 1, None).unwrap();
        let library = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let stored: PasswordHash = library.hash_password_with_salt(b"an old one", SALT).unwrap();
        assert!(is_hash_of(&stored.to_string(), b"an old one").unwrap());
        assert!(is_hash_of("$argon2id$v=19$m=64,t=1,p=1", b"an old one").is_err());
    }

    #[test]
    fn an_unknown_hash_costs_as_much_as_others_and_fits_no_password() {
        let unknown = unknown(&[7; 32], SALT, HashingCost::Owasp).unwrap();
        let known = hash(b"correct horse battery", SALT, HashingCost::Owasp).unwrap();
        assert_eq!(unknown.len(), known.len());
        assert!(unknown.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{unknown}");
        assert!(!is_hash_of(&unknown, b"correct horse battery").unwrap());
    }
}
