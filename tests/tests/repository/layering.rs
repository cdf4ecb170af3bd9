//! The floors of ARCHITECTURE.md hold: no file of the runtime uses a floor above its own, and no crate has a circle of files.

use genai_tests::layering::{Arrows, Sources, lines};
use genai_tests::workspace;

/// The order of the floors, lowest first: the table under the heading `## Floors` of ARCHITECTURE.md.
fn order() -> Vec<String> {
    let page = std::fs::read_to_string(workspace().join("ARCHITECTURE.md")).expect("the page");
    let (_, section) = page.split_once("\n## Floors\n").expect("the section");
    let order: Vec<String> = section
        .lines()
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| Some(line.split('`').nth(1)?.trim_end_matches('/').to_owned()))
        .collect();
    assert!(order.len() >= 8, "the table of floors: {order:?}");
    order
}

fn crate_sources(name: &str) -> std::path::PathBuf {
    workspace().join(name).join("src")
}

#[test]
fn no_floor_of_the_runtime_uses_one_above_it() {
    let arrows = Arrows::of_folder(&crate_sources("genai-runtime")).expect("sources");
    assert!(arrows.count() > 100, "{}", arrows.count());
    let upward = arrows.upward(&order()).expect("every folder is a floor");
    assert!(upward.is_empty(), "\n{}", lines(&upward));
}

#[test]
fn no_crate_has_a_circle_of_files() {
    for name in ["genai-macros", "genai-runtime"] {
        let arrows = Arrows::of_folder(&crate_sources(name)).expect("sources");
        let circles: Vec<String> = arrows.circles().iter().map(|c| lines(c)).collect();
        assert!(circles.is_empty(), "{name}:\n{}", circles.join("\n"));
    }
}

fn planted(files: &[(&str, &str)]) -> Arrows {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.file(path, text).expect("Rust");
    }
    Arrows::of(&sources)
}

#[test]
fn a_planted_arrow_is_found_through_a_re_export_a_child_and_a_macro() {
    let order = ["low", "high"].map(str::to_owned);
    for use_of_high in [
        "use crate::high::Thing;",
        "use crate::Thing;",
        "fn f() { super::super::high::thing() }",
        "macro_rules! m { () => { $crate::high::thing() } }",
        "fn f() { use crate::high::{other, thing}; }",
    ] {
        let arrows = planted(&[
            ("lib.rs", "mod high; mod low; pub use high::Thing;"),
            ("low/mod.rs", "mod deep;"),
            ("low/deep.rs", use_of_high),
            (
                "high/mod.rs",
                "pub(crate) mod inner; pub(crate) use inner::{Thing, thing};",
            ),
            ("high/inner.rs", "pub struct Thing; pub fn thing() {}"),
        ]);
        let upward = arrows.upward(&order).expect("known folders");
        assert!(!upward.is_empty(), "{use_of_high}");
        assert!(upward.iter().all(|a| a.from == "low/deep.rs"), "{upward:?}");
    }
}

#[test]
fn a_planted_circle_is_found_and_a_facade_is_none() {
    let circle = planted(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "pub struct B; fn f(_: super::a::A) {}"),
    ]);
    assert_eq!(circle.circles().len(), 1);
    let facade = planted(&[
        ("lib.rs", "mod a; pub use a::{A, B};"),
        (
            "a/mod.rs",
            "mod b; pub use b::B; pub struct A; #[cfg(test)] mod tests { use super::b::B; }",
        ),
        ("a/b.rs", "use super::A; pub struct B(A);"),
    ]);
    assert_eq!(facade.circles().len(), 0);
}

#[test]
fn a_folder_outside_the_order_is_refused() {
    let arrows = planted(&[
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "use crate::b::B;"),
        ("b/mod.rs", "pub struct B;"),
    ]);
    assert!(arrows.upward(&["a".to_owned()]).is_err());
}
