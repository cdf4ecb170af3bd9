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

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl CompletionHook for Nothing {
        fn on_completion(&self, _: &mut Completion<'_>) {}
    }

    /// The names that tests register, and the built-in one.
    fn ours() -> Vec<String> {
        let mut names = choices();
        names.retain(|name| name == "upload" || name.starts_with("test of names "));
        names
    }

    #[cfg(feature = "internal-logs")]
    #[test]
    fn the_environment_chooses_a_hook_by_its_exact_name() {
        use crate::diag::heard::heard;

        register("test of names b", || Ok(Nothing));
        register("test of names a", || -> Result<Nothing, _> {
            Err("no room".into())
        });
        assert_eq!(ours(), ["test of names a", "test of names b", "upload"]);

        let chosen = |name: &str| {
            let (hook, lines) = heard(|| by_name(&Environment::with_hook(name)));
            (hook.is_some(), lines)
        };
        assert!(by_name(&Environment::default()).is_none());
        assert_eq!(chosen("test of names b"), (true, vec![]));
        assert_eq!(
            chosen("test of names a"),
            (
                false,
                vec![
                    r#"OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK "test of names a" could not be made and is off: no room"#
                        .to_owned()
                ]
            )
        );
        let (is_there, lines) = chosen("Upload");
        assert!(!is_there && lines.len() == 1);
        let start =
            r#"OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK="Upload" names no hook; choices: "#;
        let names = lines[0].strip_prefix(start).expect("the names");
        assert!(
            names.ends_with("test of names a, test of names b, upload"),
            "{names}"
        );
    }

    /// It is there in every build, and asks its own variables when it is made.
    #[test]
    fn the_built_in_hook_is_named_upload() {
        assert!(named("upload").is_some() && built_in("upload").is_some());
        assert!(named("uploads").is_none() && built_in("").is_none());
        if std::env::var_os("OTEL_INSTRUMENTATION_GENAI_UPLOAD_BASE_PATH").is_none() {
            let error = upload().err().expect("no base path").to_string();
            let start = if cfg!(feature = "upload") {
                "OTEL_INSTRUMENTATION_GENAI_UPLOAD_BASE_PATH is required"
            } else {
                "this build lacks the cargo feature `upload`"
            };
            assert!(error.starts_with(start), "{error}");
        }
    }

    #[test]
    fn what_panics_is_not_finished() {
        struct Bad;
        impl CompletionHook for Bad {
            fn on_completion(&self, _: &mut Completion<'_>) {}
            fn flush(&self, _: Duration) -> Result<(), Unfinished> {
                std::panic::panic_any("in a hook")
            }
            fn shutdown(&self, _: Duration) -> Result<(), Unfinished> {
                std::panic::panic_any("in a hook")
            }
        }
        let bad = wrapped(Arc::new(Bad));
        let left = Err(Unfinished::new("a completion hook that panicked"));
        assert_eq!(bad.flush(Duration::ZERO), left);
        assert_eq!(bad.shutdown(Duration::ZERO), left);
        let fine = wrapped(Arc::new(Nothing));
        assert_eq!(fine.flush(Duration::ZERO), Ok(()));
        assert_eq!(fine.shutdown(Duration::ZERO), Ok(()));
    }
}
