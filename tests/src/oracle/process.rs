//! A process per scenario: its environment goes in, what it emitted comes out as JSON on standard output.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use super::folder::Scenario;
use crate::support::process::without_variables;

/// With this argument the executable runs one scenario, not all.
pub(super) const CHILD: &str = "--scenario";

const BASE: &str = "OTEL_INSTRUMENTATION_GENAI_UPLOAD_BASE_PATH";

/// Runs a scenario of a folder; the inner error is a scenario that did not get through.
pub(super) fn execute(
    scenario: &Scenario,
    executable: &Path,
) -> Result<Result<Value, String>, String> {
    let env = scenario.data["env"].as_object().into_iter().flatten();
    let env: Vec<(&String, &Value)> = env.chain(&scenario.env_add).collect();
    process(&scenario.file, &scenario.engine, &env, executable)
}

/// Runs a scenario that no file holds, in a process of `executable`, and gives what it emitted.
///
/// # Errors
///
/// The process cannot be started, or the scenario did not get through.
pub fn emitted(scenario: &Value, executable: &Path) -> Result<Value, String> {
    let folder = fresh()?;
    let file = folder.path.join("scenario.json");
    std::fs::write(&file, scenario.to_string()).map_err(|error| error.to_string())?;
    let env: Vec<(&String, &Value)> = scenario["env"].as_object().into_iter().flatten().collect();
    process(&file, "upstream", &env, executable)?
}

fn process(
    file: &Path,
    engine: &str,
    env: &[(&String, &Value)],
    executable: &Path,
) -> Result<Result<Value, String>, String> {
    let uses_folder = env
        .iter()
        .any(|(_, value)| value.as_str().is_some_and(|v| v.contains("$TMP")));
    let folder = if uses_folder { Some(fresh()?) } else { None };
    let mut command = without_variables(executable);
    for (name, value) in env {
        let value = value.as_str().unwrap_or_default();
        let value = match &folder {
            Some(folder) => value.replace("$TMP", &folder.path.display().to_string()),
            None => value.to_owned(),
        };
        if *name == BASE {
            command.env("GENAI_ORACLE_BASE", &value);
        }
        command.env(name, value);
    }
    command
        .arg(CHILD)
        .arg(file)
        .arg(engine)
        .stdin(Stdio::null());
    if let Some(folder) = &folder {
        command.arg(&folder.path);
    }
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", executable.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().unwrap_or_default();
    Ok(if output.status.success() {
        serde_json::from_str(line).map_err(|error| format!("the scenario said {line:?}: {error}"))
    } else {
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(format!(
            "the scenario's process failed: {} {}",
            output.status,
            errors.lines().take(6).collect::<Vec<_>>().join(" | ")
        ))
    })
}

/// A folder that goes when this does.
struct Fresh {
    path: PathBuf,
}

fn fresh() -> Result<Fresh, String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("genai-oracle-{}-{count}", std::process::id()));
    std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Fresh { path })
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
