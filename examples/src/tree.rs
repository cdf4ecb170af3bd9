//! Spans as a tree: what is printed of each goes in, and a line for each, below that of its parent, comes out.

use std::fmt::Write as _;

/// A span, as far as a tree shows it.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// The id of its parent; a root has that of none of the others.
    pub parent: String,
    /// When it began; children stand in this order.
    pub start: u128,
    /// What stands above the tree if it is a root.
    pub heading: String,
    /// Its own line.
    pub text: String,
    /// What stands below that line.
    pub notes: Vec<String>,
}

/// The tree of every root.
pub fn tree(nodes: &[Node]) -> String {
    let mut out = String::new();
    let is_root = |node: &&Node| !nodes.iter().any(|other| other.id == node.parent);
    let mut roots: Vec<&Node> = nodes.iter().filter(is_root).collect();
    roots.sort_by_key(|node| node.start);
    for root in roots {
        let _ = writeln!(out, "{}", root.heading);
        draw(&mut out, nodes, root, "  ", "");
    }
    out
}

fn draw(out: &mut String, nodes: &[Node], of: &Node, indent: &str, branch: &str) {
    let _ = writeln!(out, "{indent}{branch}{}", of.text);
    let below = match branch {
        "" => indent.to_owned(),
        "└─ " => format!("{indent}   "),
        _ => format!("{indent}│  "),
    };
    for note in &of.notes {
        let _ = writeln!(out, "{below}   {note}");
    }
    let mut children: Vec<&Node> = nodes.iter().filter(|node| node.parent == of.id).collect();
    children.sort_by_key(|node| node.start);
    let last = children.len().saturating_sub(1);
    for (at, child) in children.into_iter().enumerate() {
        let branch = if at == last { "└─ " } else { "├─ " };
        draw(out, nodes, child, &below, branch);
    }
}
