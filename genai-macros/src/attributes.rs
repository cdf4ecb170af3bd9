//! Which attributes of a function are ours: a path enters, the name of the operation, `context` or `evaluation` leaves.

use syn::Path;

use crate::registry::Operation;

/// The name of an attribute that its path says is ours: the crate is in it.
pub(crate) fn ours(path: &Path, krate: &Path) -> Option<String> {
    let last = path.segments.last()?.ident.to_string();
    if path.segments.len() < 2
        || (!matches!(last.as_str(), "context" | "evaluation") && Operation::find(&last).is_none())
    {
        return None;
    }
    let words = |path: &Path| -> Vec<String> {
        let segments = path.segments.iter();
        segments.map(|s| s.ident.to_string()).collect()
    };
    let mut before = words(path);
    before.pop();
    (before == ["genai"] || before == words(krate)).then_some(last)
}
