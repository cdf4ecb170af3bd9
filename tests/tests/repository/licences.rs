//! `deny.toml` and the tree agree: what `cargo deny check licenses bans sources` looks at, without another tool.

use std::collections::BTreeSet;

use spdx::{Expression, Licensee};

use super::{metadata, read};

fn strings<'a>(value: &'a toml::Value, field: &str) -> Vec<&'a str> {
    let list = value[field].as_array().expect("a list");
    list.iter()
        .map(|v| {
            v.as_str()
                .or_else(|| v["crate"].as_str())
                .expect("a name of its own, or a crate")
        })
        .collect()
}

#[test]
fn every_package_is_under_a_licence_that_is_allowed() {
    let deny: toml::Value = toml::from_str(&read("deny.toml")).expect("TOML");
    let allowed: Vec<Licensee> = strings(&deny["licenses"], "allow")
        .iter()
        .map(|name| Licensee::parse(name).expect("a licence"))
        .collect();
    let banned = strings(&deny["bans"], "deny");

    let metadata = metadata(true);
    let mut used = BTreeSet::new();
    let mut seen = 0;
    for package in metadata["packages"].as_array().expect("packages") {
        let Some(source) = package["source"].as_str() else {
            continue;
        };
        let name = package["name"].as_str().expect("a name");
        seen += 1;
        assert_eq!(
            source, "registry+https://github.com/rust-lang/crates.io-index",
            "{name}"
        );
        assert!(!banned.contains(&name), "{name} is banned");
        // Without an expression there is a file; `cargo deny` reads it.
        let Some(licence) = package["license"].as_str() else {
            assert!(package["license_file"].is_string(), "{name}: no licence");
            continue;
        };
        let expression = Expression::parse_mode(licence, spdx::ParseMode::LAX)
            .unwrap_or_else(|e| panic!("{name}: {licence}: {e}"));
        let is_allowed = expression.evaluate(|wanted| {
            let by: Vec<_> = allowed.iter().filter(|a| a.satisfies(wanted)).collect();
            used.extend(by.iter().map(|a| a.to_string()));
            !by.is_empty()
        });
        assert!(is_allowed, "{name} is under {licence}");
    }
    assert!(seen > 100, "the tree was read");
    let allowed: BTreeSet<String> = allowed.iter().map(ToString::to_string).collect();
    assert_eq!(used, allowed, "what is allowed is needed");
}

#[test]
fn only_exact_or_caret_requirements() {
    let metadata = metadata(false);
    for package in metadata["packages"].as_array().expect("packages") {
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let is_local = dependency["path"].is_string();
            assert!(
                is_local || dependency["req"] != "*",
                "{}: {}",
                package["name"],
                dependency["name"]
            );
        }
    }
}
