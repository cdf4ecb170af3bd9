//! How hooks are found and kept from doing harm: by name for the environment, wrapped against panics.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Completion, CompletionHook, Unfinished};
use crate::diag::call_out::{CallOut, contained};
use crate::diag::warn::{Once, once};
use crate::pipeline::config::Environment;

type Made = Result<Arc<dyn CompletionHook>, Box<dyn std::error::Error>>;

/// Makes a hook, or says why it can't.
type Factory =
    Arc<dyn Fn() -> Result<Arc<dyn CompletionHook>, Box<dyn std::error::Error>> + Send + Sync>;

static NAMED: Mutex<Option<HashMap<String, Factory>>> = Mutex::new(None);

/// Names a hook, so that `OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK` can choose it. Call it before the first operation.
///
/// ```
/// struct Count;
/// impl genai::CompletionHook for Count {
///     fn on_completion(&self, _: &mut genai::hook::Completion<'_>) {}
/// }
/// genai::hook::register("count", || Ok(Count));
/// ```
pub fn register<H, F>(name: impl Into<String>, make: F)
where
    H: CompletionHook + 'static,
    F: Fn() -> Result<H, Box<dyn std::error::Error>> + Send + Sync + 'static,
{
    let factory: Factory =
        Arc::new(move || make().map(|hook| Arc::new(hook) as Arc<dyn CompletionHook>));
    NAMED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert_default()
        .insert(name.into(), factory);
}

/// The hook the environment names; an unknown name or a hook that cannot be made gives one warning and no hook.
pub(crate) fn by_name(env: &Environment) -> Option<Arc<dyn CompletionHook>> {
    let name = env.hook()?;
    let made = named(name).map(|factory| {
        contained(CallOut::HookMade, || {
            // Its text is the factory's, too.
            factory().map_err(|error| error.to_string())
        })
    });
    match made {
        Some(Some(Ok(hook))) => Some(wrapped(hook)),
        Some(Some(Err(text))) => {
            once(Once::Hook, || {
                // Where the hook names the variable at fault, the one that chose it is right.
                let chosen = if text.contains("OTEL_") {
                    "the completion hook"
                } else {
                    Environment::HOOK
                };
                format!("{chosen} {name:?} could not be made and is off: {text}")
            });
            None
        }
        Some(None) => None,
        None => {
            once(Once::Hook, || {
                format!(
                    "{}={name:?} names no hook; choices: {}",
                    Environment::HOOK,
                    choices().join(", ")
                )
            });
            None
        }
    }
}

fn named(name: &str) -> Option<Factory> {
    let registered = NAMED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .as_ref()
        .and_then(|n| n.get(name).cloned());
    registered.or_else(|| built_in(name))
}

fn built_in(name: &str) -> Option<Factory> {
    (name == "upload").then(|| Arc::new(upload) as Factory)
}

#[cfg(feature = "upload")]
fn upload() -> Made {
    Ok(crate::pipeline::upload::UploadHook::from_env()?)
}

#[cfg(not(feature = "upload"))]
fn upload() -> Made {
    Err("this build lacks the cargo feature `upload`".into())
}

fn choices() -> Vec<String> {
    let mut names: Vec<String> = NAMED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
        .flat_map(|n| n.keys().cloned())
        .collect();
    names.push("upload".to_owned());
    names.sort_unstable();
    names.dedup();
    names
}

/// Keeps a hook's panics from the caller.
pub(crate) fn wrapped(hook: Arc<dyn CompletionHook>) -> Arc<dyn CompletionHook> {
    Arc::new(Wrapped(hook))
}

struct Wrapped(Arc<dyn CompletionHook>);

impl CompletionHook for Wrapped {
    fn on_completion(&self, completion: &mut Completion<'_>) {
        contained(CallOut::Hook, || self.0.on_completion(completion));
    }

    fn flush(&self, timeout: Duration) -> Result<(), Unfinished> {
        contained(CallOut::HookFlush, || self.0.flush(timeout))
            .unwrap_or_else(|| Err(Unfinished::new("a completion hook that panicked")))
    }

    fn shutdown(&self, timeout: Duration) -> Result<(), Unfinished> {
        contained(CallOut::HookShutdown, || self.0.shutdown(timeout))
            .unwrap_or_else(|| Err(Unfinished::new("a completion hook that panicked")))
    }
}
