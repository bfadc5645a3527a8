//! The hosts of one evidence file.

use std::collections::HashMap;

use arrow_array::{Array, StringArray};
use kilroy_model::host_key;

use super::block::Wrong;

/// The hosts of a file, by key: spellings that differ in case are one. A missing name counts as an empty one.
///
/// Numbers are given in the order in which hosts are first seen. Rows of different hosts stand in different files, so
/// that the order of the numbers shows nowhere.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    by_spelling: HashMap<String, u32>,
    by_key: HashMap<String, u32>,
    keys: Vec<String>,
}

impl Hosts {
    /// Gives numbers to hosts that are new.
    pub(super) fn learn(&mut self, spellings: &StringArray) {
        let mut last = None;
        for row in 0..spellings.len() {
            let spelling = spelling(spellings, row);
            if last != Some(spelling) && !self.by_spelling.contains_key(spelling) {
                self.add(spelling);
            }
            last = Some(spelling);
        }
    }

    fn add(&mut self, spelling: &str) {
        let next = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        let number = *self.by_key.entry(host_key(spelling)).or_insert_with_key(|key| {
            self.keys.push(key.clone());
            next
        });
        self.by_spelling.insert(spelling.to_owned(), number);
    }

    /// The number of each row's host.
    pub(super) fn numbers(&self, spellings: &StringArray) -> Result<Vec<u32>, Wrong> {
        let mut last: Option<(&str, u32)> = None;
        (0..spellings.len())
            .map(|row| {
                let spelling = spelling(spellings, row);
                let number = match last {
                    Some((known, number)) if known == spelling => number,
                    _ => {
                        *self.by_spelling.get(spelling).ok_or_else(|| format!("a new host: {spelling:?}"))?
                    }
                };
                last = Some((spelling, number));
                Ok(number)
            })
            .collect()
    }

    /// The key of a host that has this number.
    pub(super) fn key(&self, number: u32) -> &str {
        &self.keys[number as usize]
    }
}

fn spelling(spellings: &StringArray, row: usize) -> &str {
    if spellings.is_null(row) { "" } else { spellings.value(row) }
}
