//! Names that are given out once.

use std::collections::{BTreeMap, BTreeSet};

/// The names of one scope that are taken.
#[derive(Debug, Clone, Default)]
pub struct NameAllocator {
    names: BTreeSet<String>,
    /// The lowest number that may be free behind a name; what is taken stays taken.
    next: BTreeMap<String, usize>,
}

impl NameAllocator {
    /// A scope in which these names are taken already.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self { names: names.into_iter().map(str::to_owned).collect(), next: BTreeMap::new() }
    }

    /// Takes the first wish that is free, else the first one with the lowest free number behind it.
    ///
    /// Numbers are set off by `separator`, or, behind a digit, by an underscore.
    pub fn allocate<'w>(
        &mut self,
        candidates: impl IntoIterator<Item = &'w str>,
        separator: &str,
    ) -> String {
        let mut first: Option<&str> = None;
        for candidate in candidates {
            if self.names.insert(candidate.to_owned()) {
                return candidate.to_owned();
            }
            first.get_or_insert(candidate);
        }
        let first = first.unwrap_or("n");
        let separator = if first.ends_with(|c: char| c.is_ascii_digit()) { "_" } else { separator };
        let stem = format!("{first}{separator}");
        let number = self.next.entry(stem.clone()).or_insert(2);
        loop {
            let name = format!("{stem}{number}");
            *number += 1;
            if self.names.insert(name.clone()) {
                return name;
            }
        }
    }

    /// Whether a name is taken.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Takes a name, free or not.
    pub fn insert(&mut self, name: &str) {
        self.names.insert(name.to_owned());
    }
}
