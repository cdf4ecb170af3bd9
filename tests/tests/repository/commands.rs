//! Commands that pages and sources name (`cargo run -p .. --bin ..`, `sh tests/scripts/..`) are such that cargo and a shell accept.

use genai_tests::workspace;
use serde_json::Value;

use super::{metadata, read};

/// What is written from `start` on: to the end of the line, of the code or of the sentence around it.
fn commands<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    let ends = |c: char| matches!(c, '\n' | '`' | '#' | '|' | '"' | '\\' | '\'' | ')' | ',');
    text.match_indices(start)
        .filter_map(|(at, _)| text.get(at..)?.split(ends).next())
        .map(str::trim)
        .collect()
}

fn has(list: &Value, wanted: &str) -> bool {
    list.as_array()
        .is_some_and(|all| all.iter().any(|one| one == wanted))
}

/// Why cargo refuses the command, if it does.
fn refused(metadata: &Value, command: &str) -> Result<(), String> {
    let words: Vec<&str> = command
        .split_whitespace()
        .take_while(|word| *word != "--")
        .collect();
    let after = |flag: &str| {
        let at = words.iter().position(|word| *word == flag)?;
        words.get(at + 1).copied()
    };
    let name = after("-p").ok_or("no package")?;
    let packages = metadata["packages"].as_array().ok_or("no packages")?;
    let package = packages.iter().find(|p| p["name"] == name);
    let package = package.ok_or_else(|| format!("no package {name}"))?;
    let features: Vec<&str> = after("--features").map_or(Vec::new(), |f| f.split(',').collect());
    for feature in &features {
        if package["features"][*feature].is_null() {
            return Err(format!("{name} has no feature {feature}"));
        }
    }
    let targets = package["targets"].as_array().ok_or("no targets")?;
    let of_kind = |kind: &str| -> Vec<&Value> {
        let of = targets.iter().filter(|t| has(&t["kind"], kind));
        of.collect()
    };
    for kind in ["bin", "test", "bench"] {
        let Some(wanted) = after(&format!("--{kind}")) else {
            continue;
        };
        let all = of_kind(kind);
        let target = all.iter().find(|t| t["name"] == wanted);
        let target = target.ok_or_else(|| format!("{name} has no {kind} {wanted}"))?;
        let needed = target["required-features"].as_array();
        for feature in needed.into_iter().flatten().filter_map(Value::as_str) {
            if !features.contains(&feature) {
                return Err(format!("{wanted} needs the feature {feature}"));
            }
        }
    }
    let runs_any = words.get(1) == Some(&"run") && after("--bin").is_none();
    if runs_any && of_kind("bin").len() != 1 && package["default_run"].is_null() {
        return Err(format!("{name} has several programs and no `default-run`"));
    }
    Ok(())
}

#[test]
fn commands_of_pages_and_sources_are_accepted() {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(workspace())
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let listed = listed.unwrap_or_default();
    let mut files: Vec<&str> = listed
        .lines()
        .filter(|f| [".md", ".rs", ".toml"].iter().any(|e| f.ends_with(e)))
        .filter(|f| !f.ends_with("repository/commands.rs") && !f.starts_with("tests/versions/"))
        .collect();
    if files.is_empty() {
        files = vec!["README.md", "CONTRIBUTING.md", "docs/services.md"];
    }
    let metadata = metadata(false);
    let mut seen = 0;
    for file in files {
        // A comment may go on in the next line.
        let text = read(file).replace("\n//! ", " ").replace("\n/// ", " ");
        for verb in ["run", "test", "bench"] {
            let mut all = commands(&text, &format!("cargo {verb} "));
            all.retain(|command| command.contains("-p genai-"));
            for command in all {
                seen += 1;
                if let Err(why) = refused(&metadata, command) {
                    panic!("{file}: `{command}`: {why}");
                }
            }
        }
        for shell in ["sh tests/", "python3 tests/"] {
            for command in commands(&text, shell) {
                seen += 1;
                let path = command.split_whitespace().nth(1).unwrap_or_default();
                assert!(workspace().join(path).exists(), "{file}: `{command}`");
            }
        }
    }
    assert!(seen > 40, "commands were found: {seen}");
}

#[test]
fn a_command_that_cargo_refuses_is_found() {
    let metadata = metadata(false);
    for (command, word) in [
        ("cargo run -p genai-nothing", "no package"),
        ("cargo run -p genai-examples --bin nothing", "no bin"),
        ("cargo run -p genai-examples", "default-run"),
        ("cargo test -p genai-tests --test nothing", "no test"),
        (
            "cargo bench -p genai-tests --bench nothing -- --bin x",
            "no bench",
        ),
        (
            "cargo run -p genai-client-examples --bin rig_agent",
            "needs the feature",
        ),
        (
            "cargo run -p genai-client-examples --features nothing --bin rig_agent",
            "no feature",
        ),
    ] {
        let why = refused(&metadata, command).expect_err(command);
        assert!(why.contains(word), "{command}: {why}");
    }
}
