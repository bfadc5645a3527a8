//! Hosts as numbers: whether two names can be one host is asked for every leg.

use std::collections::BTreeMap;

use kilroy_model::{bare_name, host_key, may_be_one_host, netbios_key};

/// The names of the hosts of all legs.
#[derive(Debug, Default)]
pub(super) struct Machines {
    numbers: BTreeMap<String, usize>,
    /// For each name those that can be the same host's, itself among them.
    same: Vec<Vec<usize>>,
}

impl Machines {
    /// These hosts, and the number of each name in the order in which they come.
    pub(super) fn of<'n>(names: impl Iterator<Item = &'n str>) -> (Self, Vec<usize>) {
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        let each = names.map(|name| {
            let next = numbers.len();
            *numbers.entry(host_key(name)).or_insert(next)
        });
        let each = each.collect();
        let mut same: Vec<Vec<usize>> = (0..numbers.len()).map(|number| vec![number]).collect();
        for (name, number) in &numbers {
            for short in [bare_name(name), &netbios_key(name)] {
                let other = numbers.get(short).filter(|other| !same[*number].contains(other));
                if let Some(other) = other.copied().filter(|_| may_be_one_host(name, short)) {
                    same[*number].push(other);
                    same[other].push(*number);
                }
            }
        }
        (Self { numbers, same }, each)
    }

    /// How many names there are.
    pub(super) fn len(&self) -> usize {
        self.same.len()
    }

    /// The names that can be the same host's as this one.
    pub(super) fn same(&self, number: usize) -> &[usize] {
        self.same.get(number).map_or(&[], Vec::as_slice)
    }

    /// Of each number, whether it can be the host that was named.
    pub(super) fn named(&self, name: &str) -> Vec<bool> {
        let mut named = vec![false; self.len()];
        for (known, number) in &self.numbers {
            named[*number] = may_be_one_host(known, name);
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_say_what_names_say() {
        let names = [
            "pc01",
            "pc01.a.example",
            "PC01.b.example",
            "workstation-kr-",
            "workstation-kr-0001",
            "workstation-kr-0001.a.example",
            "workstation-kr-0002.a.example",
            "10.0.0.5",
            "10",
            "pc01.a.example",
        ];
        let (machines, numbers) = Machines::of(names.into_iter());
        assert_eq!(machines.len(), names.len() - 1);
        for (a, of_a) in names.iter().zip(&numbers) {
            let named = machines.named(a);
            for (b, of_b) in names.iter().zip(&numbers) {
                let want = may_be_one_host(a, b);
                assert_eq!((machines.same(*of_a).contains(of_b), named[*of_b]), (want, want), "{a} {b}");
            }
        }
    }
}
