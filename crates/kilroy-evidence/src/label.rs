//! What an input is called in everything that is shown: its last component, or more of them where two inputs share it.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf, Prefix};

/// One label per input, in the order of the inputs: `/cases/a/Logs` becomes `Logs`; beside `/cases/b/Logs` it becomes
/// `a/Logs`. So a path that is shown names one file, and where the evidence lay on this machine stays out of it.
pub(crate) fn labels(inputs: &[(PathBuf, PathBuf)]) -> Vec<String> {
    let parts: Vec<Vec<String>> = inputs.iter().map(|(given, real)| components(given, real)).collect();
    let mut length = vec![1; inputs.len()];
    loop {
        let labels: Vec<String> =
            parts.iter().zip(&length).map(|(p, n)| p[p.len().saturating_sub(*n)..].join("/")).collect();
        let mut same: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (i, label) in labels.iter().enumerate() {
            same.entry(label).or_default().push(i);
        }
        // One and the same input given twice may keep one name.
        let clash = |group: &&Vec<usize>| group.iter().any(|i| inputs[*i].1 != inputs[group[0]].1);
        let longer: Vec<usize> =
            same.values().filter(clash).flatten().copied().filter(|i| length[*i] < parts[*i].len()).collect();
        if longer.is_empty() {
            return labels;
        }
        for i in longer {
            length[i] += 1;
        }
    }
}

/// The components of an input as it was given, or as it really is where it was given as `.` or with `..`.
fn components(given: &Path, real: &Path) -> Vec<String> {
    let named = given.file_name().is_some() && !given.components().any(|c| c == Component::ParentDir);
    let absolute = if named { std::path::absolute(given).ok() } else { None };
    absolute
        .as_deref()
        .unwrap_or(real)
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            Component::Prefix(prefix) => match prefix.kind() {
                Prefix::Disk(letter) | Prefix::VerbatimDisk(letter) => {
                    Some(format!("{}:", char::from(letter)))
                }
                _ => None,
            },
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(inputs: &[&str]) -> Vec<String> {
        labels(&inputs.iter().map(|i| (PathBuf::from(i), PathBuf::from(i))).collect::<Vec<_>>())
    }

    #[test]
    fn the_last_component_is_enough_until_two_share_it() {
        assert_eq!(of(&["/cases/a/Logs"]), ["Logs"]);
        assert_eq!(of(&["/cases/a/Logs", "/cases/b/Logs", "/cases/c"]), ["a/Logs", "b/Logs", "c"]);
        assert_eq!(of(&["/a/x/Logs", "/b/x/Logs"]), ["a/x/Logs", "b/x/Logs"]);
        assert_eq!(of(&["/Logs", "/b/Logs"]), ["Logs", "b/Logs"]);
        assert_eq!(of(&["/b/Logs", "/b/Logs"]), ["Logs", "Logs"]);
    }

    #[test]
    fn a_folder_without_a_name_is_called_by_its_real_one() {
        let real = |given: &str| labels(&[(PathBuf::from(given), PathBuf::from("/cases/a"))]);
        assert_eq!(real("."), ["a"]);
        assert_eq!(real("x/.."), ["a"]);
        assert_eq!(labels(&[(PathBuf::from("/"), PathBuf::from("/"))]), [""]);
    }
}
