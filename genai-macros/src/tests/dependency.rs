//! What a manifest calls the runtime.

use crate::dependency::{Found, in_manifest};

fn named(name: &str) -> Found {
    Found::Named(name.to_owned())
}

#[test]
fn the_name_is_found_however_it_is_written() {
    for (manifest, expected) in [
        ("[dependencies]\ngenai-runtime = \"0.1\"", named("genai")),
        (
            "[dependencies]\ngenai-runtime = { version = \"0.1\", features = [\"otlp\"] } # here",
            named("genai"),
        ),
        (
            "[dependencies]\n\"genai-runtime\" = \"0.1\"",
            named("genai"),
        ),
        (
            "[dependencies]\ngenai-runtime.version = \"0.1\"",
            named("genai"),
        ),
        (
            "[dependencies]\ngenai = \"0.7\"\ntel = { package = \"genai-runtime\", version = \"0.1\" }",
            named("tel"),
        ),
        (
            "[dependencies]\ngenai = \"0.7\"\ntel = { features = [\n  \"otlp\", # a comment\n  \"console\",\n], package = 'genai-runtime' }\nserde = \"1\"",
            named("tel"),
        ),
        (
            "[dependencies]\ntel.package = \"genai-runtime\"\ntel.version = \"0.1\"",
            named("tel"),
        ),
        (
            "[dependencies]\ntel.version = \"0.1\"\ntel.package = \"genai-runtime\"",
            named("tel"),
        ),
        (
            "[dependencies.llm-tel]\nversion = \"0.1\"\npackage = \"genai-runtime\"\n[features]\na = []",
            named("llm_tel"),
        ),
        (
            "[dev-dependencies]\ntel = { package = \"genai-runtime\", path = \"..\" }",
            named("tel"),
        ),
        (
            "[target.'cfg(unix)'.dependencies]\ntel = { package = \"genai-runtime\", path = \"..\" }",
            named("tel"),
        ),
        (
            "[target.'cfg(unix)'.dependencies.tel]\npackage = \"genai-runtime\"",
            named("tel"),
        ),
        (
            "[dependencies]\ntel = { package = \"genai-runtime\" }\n[dev-dependencies]\ngenai = { package = \"genai-runtime\" }",
            named("genai"),
        ),
        // Not a dependency of this package, or none that could be understood.
        (
            "[workspace.dependencies]\ntel = { package = \"genai-runtime\" }\n[dependencies]\nserde = \"1\"",
            Found::Unknown,
        ),
        (
            "dependencies = { tel = { package = \"genai-runtime\" } }",
            Found::Unknown,
        ),
        (
            "[package]\nname = \"genai-runtime\"\n[dependencies]\nserde = \"1\"",
            Found::Unknown,
        ),
        ("[package]\nname = \"a\"", Found::Unknown),
        ("", Found::Unknown),
        (
            "[dependencies]\nfacade = \"1\"\ngenai = \"0.7\"",
            Found::Missing,
        ),
    ] {
        assert_eq!(in_manifest(manifest, || None), expected, "{manifest}");
    }
}

#[test]
fn the_name_may_be_the_workspace_s() {
    let root = "[workspace]\nmembers = [\n  \"a\",\n]\n[workspace.dependencies]\ngenai = \"0.7\"\ntel = { package = \"genai-runtime\", version = \"0.1\" }\n[workspace.dependencies.other]\npackage = \"genai-runtime\"";
    for (manifest, expected) in [
        ("[dependencies]\ntel.workspace = true", named("tel")),
        (
            "[dependencies]\ngenai = { workspace = true }\ntel = { workspace = true, features = [\"otlp\"] }",
            named("tel"),
        ),
        ("[dependencies.other]\nworkspace = true", named("other")),
        ("[dependencies]\ngenai.workspace = true", Found::Unknown),
    ] {
        assert_eq!(
            in_manifest(manifest, || Some(root.to_owned())),
            expected,
            "{manifest}"
        );
    }
    let root = "[workspace]\n[workspace.dependencies]\ngenai-runtime = \"0.1\"";
    let manifest = "[dependencies]\ngenai-runtime = { workspace = true }";
    assert_eq!(
        in_manifest(manifest, || Some(root.to_owned())),
        named("genai")
    );
}

#[test]
fn half_a_manifest_is_no_reason_to_fail() {
    let whole = "[dependencies]\ntel = { features = [\n\"a\", ], package = \"genai-runtime\" }\n[dependencies.x]\npackage = \"y\"";
    for end in 0..whole.len() {
        let _ = in_manifest(&whole[..end], || Some(whole[end..].to_owned()));
    }
}
