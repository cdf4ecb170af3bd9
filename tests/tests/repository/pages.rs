//! Links in the pages lead to files that are there.

use std::path::Path;

use genai_tests::workspace;

use super::{metadata, read};

/// The repository's address; links with it in front work on crates.io too.
const REPOSITORY: &str = "https://github.com/genai-rs/genai/blob/main/";

/// The targets of `[text](target)` and `[name]: target`, outside of code.
fn links(page: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut is_code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        let inline = line.split("](").skip(1);
        found.extend(inline.filter_map(|rest| rest.split(')').next()));
        if let Some((name, target)) = line.split_once("]: ") {
            found.extend(name.starts_with('[').then_some(target.trim()));
        }
    }
    found
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let letters = heading.trim_start_matches('#').trim().to_lowercase();
    letters
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn has_anchor(page: &str, wanted: &str) -> bool {
    page.lines()
        .any(|line| line.starts_with('#') && anchor(line) == wanted)
}

#[test]
fn links_in_pages_lead_somewhere() {
    let output = std::process::Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "*.md",
        ])
        .current_dir(workspace())
        .output();
    // A copy without its history has the pages all the same; these are the ones a reader starts with.
    let listed = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
    let listed = listed.unwrap_or_default();
    let mut pages: Vec<&str> = listed.lines().collect();
    if pages.is_empty() {
        pages = vec!["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"];
    }
    let mut seen = 0;
    for page in pages
        .iter()
        .filter(|p| !p.starts_with("genai-macros/src/docs/"))
    {
        let text = read(page);
        for link in links(&text) {
            let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
            let path = path.split_once('?').map_or(path, |(path, _)| path);
            let target = match path.strip_prefix(REPOSITORY) {
                Some(path) => workspace().join(path),
                None if path.contains("://") => continue,
                None if path.is_empty() => workspace().join(page),
                None => {
                    let folder = Path::new(page).parent().unwrap_or(Path::new(""));
                    workspace().join(folder).join(path)
                }
            };
            seen += 1;
            assert!(target.exists(), "{page}: {link}");
            if !fragment.is_empty() && target.extension().is_some_and(|e| e == "md") {
                let text = std::fs::read_to_string(&target).expect("a page");
                assert!(has_anchor(&text, fragment), "{page}: {link}");
            }
        }
    }
    assert!(seen > 5, "links were found: {seen}");
}

#[test]
fn the_workflow_runs_what_contributors_run() {
    let workflow = read(".github/workflows/ci.yml");
    for step in [
        ".ci/run",
        "features.sh",
        "docs.sh",
        "expansion.sh",
        "cargo-deny",
    ] {
        assert!(workflow.contains(step), "{step}");
    }
    let metadata = metadata(false);
    let packages = metadata["packages"].as_array().expect("packages");
    let runtime = packages.iter().find(|p| p["name"] == "genai-runtime");
    let minimum = runtime
        .and_then(|p| p["rust_version"].as_str())
        .expect("a minimum");
    assert!(
        workflow.contains(&format!("cargo +{minimum} check")),
        "{minimum}"
    );
    let script = read(".ci/run");
    assert!(script.contains("cargo test --workspace") && script.contains("package.sh"));
}

#[test]
fn the_code_of_every_page_is_compiled() {
    let compiled = read("tests/src/pages.rs") + &read("tests/clients/src/lib.rs");
    let pages = std::fs::read_dir(workspace().join("docs")).expect("pages");
    let mut seen = 0;
    for page in pages {
        let name = page.expect("a page").file_name();
        let name = name.to_str().expect("a plain name");
        if !name.ends_with(".md") {
            continue;
        }
        seen += 1;
        assert!(compiled.contains(&format!("/docs/{name}\"")), "{name}");
    }
    assert!(seen > 5, "{seen}");
}

#[test]
fn what_contributing_names_is_there() {
    let page = read("CONTRIBUTING.md");
    let folders = ["docs/", "examples/", "genai-", "tests/", ".ci/"];
    let mut seen = 0;
    for word in page.split(|c: char| c.is_whitespace() || "`(),;:".contains(c)) {
        let is_path = word.contains('/') && folders.iter().any(|f| word.starts_with(f));
        if is_path {
            seen += 1;
            assert!(workspace().join(word).exists(), "{word}");
        }
    }
    for named in page.split("-p genai-tests --test ").skip(1) {
        let name = named.split(|c: char| !c.is_alphanumeric()).next();
        let folder = workspace()
            .join("tests/tests")
            .join(name.unwrap_or_default());
        seen += 1;
        assert!(
            folder.join("main.rs").exists() || folder.with_extension("rs").exists(),
            "{}",
            folder.display()
        );
    }
    assert!(seen > 10, "{seen}");
}
