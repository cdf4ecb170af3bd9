//! The public face of the runtime is the one that is checked in: a change of it shows in the diff of `docs/public-api`.
//!
//! rustdoc's description of the crate goes in, one line per public item is compared. That description is unstable, so
//! `RUSTC_BOOTSTRAP` is set for rustdoc alone; nothing else of the build is changed by that.

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use genai_tests::workspace;
use public_api::Builder;

/// Writes the texts in place of comparing them.
const UPDATE: &str = "GENAI_UPDATE_PUBLIC_API";

/// The features without those of clients.
const SDK: &str = "console,otlp,testing,upload";

/// A rustdoc that may be asked for unstable output.
fn rustdoc() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("unstable-rustdoc");
    std::fs::write(&path, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n").expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("executable");
    path
}

/// One line per public item.
fn face(features: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .current_dir(workspace())
        // By the profile of `cargo test`, which has built the macros.
        .args([
            "rustdoc",
            "--quiet",
            "--profile",
            "test",
            "--package",
            "genai-runtime",
            "--lib",
        ])
        .args(features)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .env("RUSTDOC", rustdoc())
        .output()
        .expect("cargo");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("doc");
    Builder::from_rustdoc_json(target.join("genai.json"))
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .expect("the description")
        .to_string()
}

fn compare(file: &str, features: &[&str]) {
    let face = face(features);
    let path = workspace().join("docs/public-api").join(file);
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, face).expect("written");
        return;
    }
    let known = std::fs::read_to_string(&path).expect("checked in");
    let lines_of = |text: &str, other: &str| {
        let other: HashSet<&str> = other.lines().collect();
        let lines: Vec<&str> = text.lines().filter(|line| !other.contains(line)).collect();
        lines.join("\n")
    };
    assert!(
        known == face,
        "docs/public-api/{file} is not the public face of today. If the change is meant: {UPDATE}=1 cargo test -p genai-tests \
         --test repository -- --include-ignored public_api\ngone:\n{}\nnew:\n{}",
        lines_of(&known, &face),
        lines_of(&face, &known)
    );
}

#[test]
fn the_public_face_is_as_checked_in() {
    compare("default.txt", &[]);
}

#[test]
#[ignore = "documents the SDK's exporters, too; .ci/run runs it"]
fn the_public_face_with_the_sdk_is_as_checked_in() {
    compare("sdk.txt", &["--features", SDK]);
}

#[test]
#[ignore = "builds every client; .ci/run runs it"]
fn the_public_face_with_every_feature_is_as_checked_in() {
    compare("all-features.txt", &["--all-features"]);
}
