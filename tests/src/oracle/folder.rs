//! A folder of scenarios with its policy, and our own list of deviations: files in, scenarios ready to run out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::lenient;

/// At most so many entries may stand on our own list.
const OWN: usize = 5;

/// The scenarios of a folder and what its policy says of them.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    policy: Map<String, Value>,
    own: Vec<Deviation>,
    names: BTreeSet<String>,
}

/// A field in which we differ from the expected file.
#[derive(Clone, Debug)]
pub(super) struct Deviation {
    scenario: String,
    pub(super) field: String,
    /// What we emit instead; words where it is not a value.
    pub(super) ours: Option<Value>,
}

/// A scenario with everything needed to run and judge it.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) file: PathBuf,
    pub(super) data: Value,
    pub(super) engine: String,
    pub(super) env_add: Map<String, Value>,
    pub(super) deviations: Vec<Deviation>,
    pub(super) expected: Value,
    skip: Option<String>,
}

impl Scenario {
    pub(super) fn skip(&self) -> Option<String> {
        self.skip.clone()
    }
}

impl Folder {
    /// Reads the folder's list of scenarios, its policy, and our own list.
    ///
    /// # Errors
    ///
    /// A file is missing or no JSON, or our own list is too long or lacks a reason.
    pub fn open(root: &Path) -> Result<Self, String> {
        let policy = match read(&root.join("policy.json"))? {
            Value::Object(policy) => policy,
            _ => return Err("policy.json is no map".to_owned()),
        };
        let entries = std::fs::read_dir(root.join("scenarios"))
            .map_err(|error| format!("{}: {error}", root.join("scenarios").display()))?;
        let names = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == "json"))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        Ok(Self {
            root: root.to_owned(),
            policy,
            own: own()?,
            names,
        })
    }

    /// The names of the scenarios, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) fn scenario(&self, name: &str) -> Result<Scenario, String> {
        let file = self.root.join("scenarios").join(format!("{name}.json"));
        let data = read(&file)?;
        let policy = self
            .policy
            .get(name)
            .ok_or("the policy does not know this scenario")?;
        let engine = policy["engine"].as_str().unwrap_or("upstream").to_owned();
        let skip = policy["skip"].as_str().map(str::to_owned);
        let expected = match &skip {
            Some(_) => Value::Null,
            None => self.expected(name, &data, &engine)?,
        };
        let of_policy = policy["deviations"].as_array().into_iter().flatten();
        let mut deviations: Vec<Deviation> = of_policy
            .map(|entry| deviation(name, entry))
            .collect::<Result<_, _>>()?;
        // Ours are read after the policy's and win.
        let own: Vec<&Deviation> = self.own.iter().filter(|d| d.scenario == name).collect();
        deviations.retain(|d| !own.iter().any(|o| o.field == d.field));
        deviations.extend(own.into_iter().cloned());
        Ok(Scenario {
            file,
            engine,
            env_add: policy["env_add"].as_object().cloned().unwrap_or_default(),
            deviations,
            expected,
            skip,
            data,
        })
    }

    /// What `engine` emitted for a scenario: the first engine's file carries no engine in its name.
    fn expected(&self, name: &str, data: &Value, engine: &str) -> Result<Value, String> {
        let folder = self.root.join("expected");
        let named = folder.join(format!("{name}.{engine}.json"));
        if data["engines"][0] == engine || !named.exists() {
            read(&folder.join(format!("{name}.json")))
        } else {
            read(&named)
        }
    }

    /// What the engine that the policy names emitted for another scenario, which a deviation refers to.
    pub(super) fn expected_of(&self, name: &str) -> Result<Value, String> {
        Ok(self.scenario(name)?.expected)
    }
}

fn deviation(scenario: &str, entry: &Value) -> Result<Deviation, String> {
    Ok(Deviation {
        scenario: scenario.to_owned(),
        field: entry["field"]
            .as_str()
            .ok_or("a deviation without a field")?
            .to_owned(),
        ours: entry.get("ours").cloned(),
    })
}

/// Our own list: where the policy is wrong.
fn own() -> Result<Vec<Deviation>, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/deviations.json");
    let list = read(&file)?;
    let entries = list.as_array().ok_or("deviations.json is no list")?;
    if entries.len() > OWN {
        return Err(format!(
            "deviations.json has {} entries; at most {OWN} may stand there",
            entries.len()
        ));
    }
    let reasoned = |entry: &Value| entry["reason"].as_str().is_some_and(|r| !r.is_empty());
    if !entries.iter().all(reasoned) {
        return Err("an entry of deviations.json lacks a reason".to_owned());
    }
    entries
        .iter()
        .map(|entry| {
            let scenario = entry["scenario"].as_str();
            deviation(
                scenario.ok_or("an entry of deviations.json lacks a scenario")?,
                entry,
            )
        })
        .collect()
}

fn read(file: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    lenient::parse(&text).map_err(|e| format!("{}: {e}", file.display()))
}
