//! Recovery codes: each replaces the app's code once. A code has 120 random bits, so that a plain hash protects it
//! (OWASP ASVS 5, 6.5.2), in Crockford's base32, which people can copy by hand
//! (<https://www.crockford.com/base32.html>).

use model::id::UserId;
use model::security::RecoveryCodes;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::crypto::random::Random;
use crate::crypto::sha256;
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::entities::recovery_code;
use crate::store::mutation::{Mutation, insert};

/// The number of codes that are made at a time.
const COUNT: usize = 10;
/// Characters of a code: 24 × 5 bits.
const LENGTH: usize = 24;
/// Characters of a group, as codes are shown.
const GROUP: usize = 4;

/// Crockford's digits, without i, l, o and u, which people confuse with others.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Reads a recovery code as a person types it: in any case, with or without dashes and spaces. `None` where the text
/// does not have its form.
pub(super) fn read(typed: &str) -> Option<String> {
    let code: String = typed
        .chars()
        .filter(|character| !matches!(character, '-' | ' '))
        .map(|character| match character.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    let well_formed = code.len() == LENGTH && code.bytes().all(|byte| DIGITS.contains(&byte));
    well_formed.then_some(code)
}

/// Replaces a person's codes with new ones.
pub(super) async fn replace(mutation: &Mutation<'_>, random: &dyn Random, user_id: &UserId) -> Result<RecoveryCodes> {
    forget(mutation, user_id).await?;
    let codes: Vec<String> = (0..COUNT).map(|_| generate(random)).collect();
    let rows = codes.iter().map(|code| recovery_code::Model {
        code_hash: sha256(code).to_vec(),
        user_id: Stored(user_id.clone()),
    });
    insert::<recovery_code::Entity, recovery_code::ActiveModel>(&mutation.transaction, rows.collect()).await?;
    Ok(RecoveryCodes(codes.iter().map(|code| grouped(code)).collect()))
}

/// Deletes a person's codes.
pub(super) async fn forget(mutation: &Mutation<'_>, user_id: &UserId) -> Result<()> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(user_id.as_str()))
        .exec(&mutation.transaction)
        .await?;
    Ok(())
}

/// Uses up a person's code. Answers with the number of codes that are left, or `None` where this person has no such
/// code.
pub(super) async fn use_up(mutation: &Mutation<'_>, user_id: &UserId, code: &str) -> Result<Option<u64>> {
    let used = recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::CodeHash.eq(sha256(code).to_vec()))
        .filter(recovery_code::Column::UserId.eq(user_id.as_str()))
        .exec(&mutation.transaction)
        .await?;
    if used.rows_affected == 0 {
        return Ok(None);
    }
    let left = recovery_code::Entity::find()
        .filter(recovery_code::Column::UserId.eq(user_id.as_str()))
        .count(&mutation.transaction)
        .await?;
    Ok(Some(left))
}

fn generate(random: &dyn Random) -> String {
    let mut bytes = [0; LENGTH];
    random.fill(&mut bytes);
    bytes
        .iter()
        .map(|byte| char::from(DIGITS[usize::from(byte % 32)]))
        .collect()
}

fn grouped(code: &str) -> String {
    let mut text = String::new();
    for (at, character) in code.chars().enumerate() {
        if at > 0 && at % GROUP == 0 {
            text.push('-');
        }
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SeededRandom;

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        let code = generate(&SeededRandom::new(1));
        let shown = grouped(&code);
        assert_eq!((code.len(), shown.len()), (24, 29));
        for typed in [
            shown.clone(),
            code.clone(),
            shown.to_uppercase(),
            shown.replace('-', " "),
            format!(" {shown} "),
        ] {
            assert_eq!(read(&typed).as_ref(), Some(&code), "{typed}");
        }
    }

    #[test]
    fn letters_that_look_alike_are_one() {
        assert_eq!(
            read("O000-I111-l111-0000-0000-0000").unwrap(),
            "000011111111000000000000"
        );
    }

    #[test]
    fn what_is_no_code_is_none() {
        for wrong in [
            "",
            "123456",
            "u000-0000-0000-0000-0000-0000",
            &"0".repeat(25),
            &"ä".repeat(12),
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
