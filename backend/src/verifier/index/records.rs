//! The records of keys, in blocks of memory that never move.

use std::hash::{BuildHasher as _, RandomState};

use crate::crypto::token::HashedToken;
use crate::error::{Error, Result};
use crate::verifier::record::Record;

/// Records in one block of memory. Blocks are added and never moved: a vector would be copied as it grows, and need three
/// times its memory during the copy.
const BLOCK_SIZE: usize = 1_024;

/// The position of a record.
pub(crate) type Slot = u32;

/// The records. Each keeps its position.
#[derive(Debug, Default)]
pub(super) struct Records {
    blocks: Vec<Vec<Option<Record>>>,
    free: Vec<Slot>,
}

impl Records {
    pub(super) fn get(&self, slot: Slot) -> Option<&Record> {
        let slot = slot as usize;
        self.blocks.get(slot / BLOCK_SIZE)?.get(slot % BLOCK_SIZE)?.as_ref()
    }

    pub(super) fn token_hash(&self, slot: Slot) -> u64 {
        self.get(slot).map_or(0, |record| token_hash(&record.token))
    }

    pub(super) fn id_hash(&self, slot: Slot, hasher: &RandomState) -> u64 {
        self.get(slot).map_or(0, |record| hasher.hash_one(record.id.as_str()))
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut Record> {
        let slot = slot as usize;
        self.blocks
            .get_mut(slot / BLOCK_SIZE)?
            .get_mut(slot % BLOCK_SIZE)?
            .as_mut()
    }

    /// All records, by their positions.
    pub(super) fn all(&self) -> impl Iterator<Item = &Record> {
        self.blocks.iter().flatten().flatten()
    }

    /// Adds a record, in a free place if there is one.
    pub(super) fn add(&mut self, record: Record) -> Result<Slot> {
        if let Some(slot) = self.free.pop() {
            let at = slot as usize;
            if let Some(place) = self
                .blocks
                .get_mut(at / BLOCK_SIZE)
                .and_then(|block| block.get_mut(at % BLOCK_SIZE))
            {
                *place = Some(record);
                return Ok(slot);
            }
        }
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK_SIZE) {
            self.blocks.push(Vec::with_capacity(BLOCK_SIZE));
        }
        let before = (self.blocks.len() - 1) * BLOCK_SIZE;
        let block = self
            .blocks
            .last_mut()
            .ok_or_else(|| Error::Internal("the index has no place".to_owned()))?;
        block.push(Some(record));
        Slot::try_from(before + block.len() - 1)
            .map_err(|_| Error::Internal("there are more keys than the index takes".to_owned()))
    }

    /// Takes a record out, whose place is then free.
    pub(super) fn take(&mut self, slot: Slot) -> Option<Record> {
        let at = slot as usize;
        let record = self.blocks.get_mut(at / BLOCK_SIZE)?.get_mut(at % BLOCK_SIZE)?.take()?;
        self.free.push(slot);
        Some(record)
    }
}

/// A part of the SHA-256, which is already random.
pub(super) fn token_hash(token: &HashedToken) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&token.0[..8]);
    u64::from_le_bytes(first)
}
