//! A quick hash for the engine's own small keys.
//!
//! Logs are hostile: keys can be chosen to collide. A secret per table keeps that from being planned; nothing here is ever
//! walked in hash order, so the secret shows in no result.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// A map over small keys.
pub(crate) type Map<K, V> = HashMap<K, V, Secret>;

/// Starts each hash from a secret.
#[derive(Debug, Clone)]
pub(crate) struct Secret(u64);

impl Default for Secret {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0_u8))
    }
}

impl BuildHasher for Secret {
    type Hasher = Mix;

    fn build_hasher(&self) -> Mix {
        Mix(self.0)
    }
}

/// Multiplies each word into what came before, and folds the product.
#[derive(Debug)]
pub(crate) struct Mix(u64);

impl Mix {
    #[allow(clippy::cast_possible_truncation, reason = "both halves of the product are used")]
    fn add(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * 0x9e37_79b9_7f4a_7c15_u128;
        self.0 = (product as u64) ^ ((product >> 64) as u64).rotate_left(23);
    }
}

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, n: u8) {
        self.add(u64::from(n));
    }

    fn write_u32(&mut self, n: u32) {
        self.add(u64::from(n));
    }

    fn write_u64(&mut self, n: u64) {
        self.add(n);
    }

    fn write_usize(&mut self, n: usize) {
        self.add(n as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
