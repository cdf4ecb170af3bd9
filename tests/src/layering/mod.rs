//! Which file of a crate uses which: the sources of a crate go in, arrows between files come out, and what is wrong with them.
//!
//! A path (`crate::a::b`, `super::b`, `child::b`) is followed through re-exports to the file that defines the name. Declaring or
//! re-exporting a module is no use of it, and code under `#[cfg(test)]` does not count.

mod graph;
mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub use scan::Sources;

/// One file uses another, by the path written there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    /// The file with the path in it, relative to the crate's `src`.
    pub from: String,
    /// The file that defines what the path names.
    pub to: String,
    /// The path as it is written.
    pub path: String,
}

/// The arrows between the files of a crate.
#[derive(Clone, Debug, Default)]
pub struct Arrows(BTreeSet<Arrow>);

impl Arrows {
    /// The arrows of a crate whose sources lie in `folder`.
    ///
    /// # Errors
    /// If the folder or a file cannot be read, or a file is no Rust.
    pub fn of_folder(folder: &Path) -> Result<Self, String> {
        Ok(Self::of(&Sources::read(folder)?))
    }

    /// The arrows of these sources.
    #[must_use]
    pub fn of(sources: &Sources) -> Self {
        Self(scan::arrows(sources))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The arrows that `order` does not allow: a floor, the first folder of a file's path, may use itself and those before it.
    /// Files beside the folders belong to no floor and may use all.
    ///
    /// # Errors
    /// If a folder is not in the order.
    pub fn upward(&self, order: &[String]) -> Result<Vec<Arrow>, String> {
        let height = |file: &str| match file.split_once('/') {
            None => Ok(None),
            Some((folder, _)) => order
                .iter()
                .position(|known| known == folder)
                .map(Some)
                .ok_or_else(|| format!("the folder `{folder}` is not in the order {order:?}")),
        };
        let mut upward = Vec::new();
        for arrow in &self.0 {
            if let (Some(from), to) = (height(&arrow.from)?, height(&arrow.to)?)
                && to.is_none_or(|to| to > from)
            {
                upward.push(arrow.clone());
            }
        }
        Ok(upward)
    }

    /// Groups of files of which each can be reached from each, with the arrows that hold each group together.
    #[must_use]
    pub fn circles(&self) -> Vec<Vec<Arrow>> {
        let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for arrow in &self.0 {
            edges.entry(&arrow.from).or_default().insert(&arrow.to);
            edges.entry(&arrow.to).or_default();
        }
        graph::components(&edges)
            .into_iter()
            .map(|group| {
                self.0
                    .iter()
                    .filter(|a| group.contains(a.from.as_str()) && group.contains(a.to.as_str()))
                    .cloned()
                    .collect()
            })
            .collect()
    }
}

/// One line per arrow, for the message of a test.
#[must_use]
pub fn lines(arrows: &[Arrow]) -> String {
    arrows
        .iter()
        .map(|a| format!("  {} uses {} ({})\n", a.from, a.to, a.path))
        .collect()
}
