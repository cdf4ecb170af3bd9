//! Strongly connected components: a graph goes in, its circles come out.

use std::collections::{BTreeMap, BTreeSet};

/// The components of two nodes or more.
pub(super) fn components<'a>(
    edges: &BTreeMap<&'a str, BTreeSet<&'a str>>,
) -> Vec<BTreeSet<&'a str>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> = edges
        .keys()
        .map(|node| (*node, reachable(edges, node)))
        .collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut components = Vec::new();
    for node in edges.keys() {
        if !seen.insert(node) {
            continue;
        }
        let group: BTreeSet<&str> = reach[node]
            .iter()
            .copied()
            .filter(|other| reach[other].contains(node))
            .collect();
        seen.extend(&group);
        if group.len() > 1 {
            components.push(group);
        }
    }
    components
}

fn reachable<'a>(
    edges: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    start: &'a str,
) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next = vec![start];
    while let Some(node) = next.pop() {
        for target in &edges[node] {
            if reached.insert(*target) {
                next.push(target);
            }
        }
    }
    reached
}
