//! Breaks files, for tests of readers: the same damage on every run.

use std::ops::Range;

use crate::seed::Seed;

/// Overwrites a range with zeroes; what lies outside of the file is left out.
pub fn zero(bytes: &mut [u8], range: Range<usize>) {
    let end = range.end.min(bytes.len());
    if let Some(part) = bytes.get_mut(range.start..end) {
        part.fill(0);
    }
}

/// Turns over `count` bits at places that the seed chooses, some perhaps twice.
pub fn flip_bits(bytes: &mut [u8], count: usize, seed: u64) {
    let mut seed = Seed::new(seed);
    for _ in 0..count {
        let bit = seed.below(bytes.len().saturating_mul(8));
        if let Some(byte) = bytes.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
    }
}

/// Cuts the file off after `length` bytes.
pub fn cut(bytes: &mut Vec<u8>, length: usize) {
    bytes.truncate(length);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeroing_stays_in_the_file() {
        let mut bytes = vec![7; 4];
        zero(&mut bytes, 2..9);
        assert_eq!(bytes, [7, 7, 0, 0]);
        zero(&mut bytes, 8..9);
        assert_eq!(bytes, [7, 7, 0, 0]);
    }

    #[test]
    fn the_same_seed_breaks_the_same_bits() {
        let broken = |seed| {
            let mut bytes = vec![0; 64];
            flip_bits(&mut bytes, 5, seed);
            bytes
        };
        assert_eq!(broken(1), broken(1));
        assert_ne!(broken(1), broken(2));
        assert!((1..=5).contains(&broken(1).iter().map(|b| b.count_ones()).sum::<u32>()));
        flip_bits(&mut [], 5, 1);
    }
}
