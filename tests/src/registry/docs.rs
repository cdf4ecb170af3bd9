//! The tables of keys in the macros' documentation.

use super::{Operation, Registry};

/// The keys of one operation.
pub(super) fn keys(registry: &Registry, operation: &Operation) -> String {
    let mut out =
        String::from("| key | short name | where | type | requirement |\n|---|---|---|---|---|\n");
    let sides = [
        ("Before", "entry"),
        ("ContentBefore", "entry, content"),
        ("After", "`response(..)`"),
        ("ContentAfter", "`response(..)`, content"),
    ];
    for (side, words) in sides {
        for u in operation.uses.iter().filter(|u| u.side == side) {
            let attribute = &registry.attributes[u.id];
            let short = if u.short == attribute.key {
                String::new()
            } else {
                format!("`{}`", u.short)
            };
            let ty = match attribute.ty {
                "Str" => "string",
                "Int" => "integer",
                "Double" => "double",
                "Bool" => "boolean",
                "Strs" => "strings",
                _ => "structured",
            };
            let requirement = match u.requirement {
                "Required" => "required",
                "Conditional" => "conditionally required",
                "Recommended" => "recommended",
                _ => "opt-in",
            };
            let remote = if u.only_remote { ", with `remote`" } else { "" };
            out.push_str(&format!(
                "| `{}` | {short} | {words}{remote} | {ty} | {requirement} |\n",
                attribute.key
            ));
        }
    }
    out
}
