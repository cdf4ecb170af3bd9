//! The settings of an upload hook, from code and from the environment.
//!
//! In come what the program set and, for what it did not, three variables; out comes a hook whose base has been looked at, or
//! an [`Error`]. A bad format or queue size is no error: one warning, and the default.

use std::ffi::OsString;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::metrics::MeterProvider;
use opentelemetry::otel_warn;

use super::base::{Base, Cloud, Place};
use super::error::{BASE_PATH, Error, ErrorKind};
use super::format::Format;
use super::hook::{Parts, UploadHook};
use super::local::Local;
use super::memory::Memory;
use super::store::{Body, Object, Store};
use super::worker::Settings;
use crate::diag::warn::said;
use crate::pipeline::hook::CompletionHook;

const FORMAT: &str = "OTEL_INSTRUMENTATION_GENAI_UPLOAD_FORMAT";
const MAX_QUEUE_SIZE: &str = "OTEL_INSTRUMENTATION_GENAI_UPLOAD_MAX_QUEUE_SIZE";

/// How many files the queue holds by default.
const FILES: usize = 20;
/// How many bytes the queue holds by default.
const BYTES: usize = 64 << 20;
/// How long no file may have been lost before the end of a loss is logged.
const CALM: Duration = Duration::from_secs(5);

/// Makes an [`UploadHook`]. What is not set comes from the environment, then from the defaults.
///
/// ```
/// use std::time::Duration;
/// use genai::upload::{Format, UploadHook};
///
/// # fn main() -> Result<(), genai::upload::Error> {
/// # let folder = std::env::temp_dir().join("genai-upload-doc");
/// let hook = UploadHook::builder()
///     .base_path(folder.to_string_lossy())
///     .format(Format::Jsonl)
///     .queue_size(100)
///     .queue_bytes(16 << 20)
///     .file_deadline(Duration::from_secs(10))
///     .build()?;
/// # drop(hook);
/// # let _ = std::fs::remove_dir_all(folder); Ok(()) }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Builder {
    base: Option<String>,
    format: Option<Format>,
    files: Option<usize>,
    bytes: usize,
    deadline: Duration,
    tries: u32,
    pub(super) pause: Duration,
    pub(super) calm: Duration,
    store: Option<Arc<dyn Store>>,
    provider: Option<Arc<dyn MeterProvider + Send + Sync>>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            base: None,
            format: None,
            files: None,
            bytes: BYTES,
            deadline: Duration::from_secs(60),
            tries: 5,
            pause: Duration::from_millis(250),
            calm: CALM,
            store: None,
            provider: None,
        }
    }
}

impl UploadHook {
    /// Makes a hook step by step.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The hook that the environment describes: `OTEL_INSTRUMENTATION_GENAI_UPLOAD_BASE_PATH`, `.._FORMAT` and
    /// `.._MAX_QUEUE_SIZE`.
    ///
    /// # Errors
    ///
    /// If there is no base path, or if it cannot be used. A bad format or queue size is only warned of.
    pub fn from_env() -> Result<Arc<dyn CompletionHook>, Error> {
        Ok(Arc::new(Self::builder().build()?))
    }
}

impl Builder {
    /// Where uploads go: a path, or a URL of the scheme `file`, `s3`, `gs`, `az`, `abfs`, `abfss` or `memory`. The clouds take
    /// their credentials from the environment, as the crate `object_store` reads it. With a [`store`](Self::store) it may be
    /// any text, and references begin with it. The default is `OTEL_INSTRUMENTATION_GENAI_UPLOAD_BASE_PATH`.
    pub fn base_path(mut self, base: impl Into<String>) -> Self {
        self.base = Some(base.into());
        self
    }

    /// How files are written. The default is `OTEL_INSTRUMENTATION_GENAI_UPLOAD_FORMAT` (`json` or `jsonl`, in any case), then
    /// [`Format::Json`].
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// How many files may wait or be under way, at least 1; an operation has up to four. The default is
    /// `OTEL_INSTRUMENTATION_GENAI_UPLOAD_MAX_QUEUE_SIZE`, then 20. Zero is the default.
    pub fn queue_size(mut self, files: usize) -> Self {
        self.files = Some(if files == 0 { FILES } else { files });
        self
    }

    /// How many bytes the files that wait or are under way may have together; a larger file is never accepted. The default
    /// is 64 MiB.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// How long the worker tries to store one file. The default is 60 s.
    pub fn file_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How often the worker tries to store one file within its deadline, at least once. The default is 5.
    pub fn file_tries(mut self, tries: u32) -> Self {
        self.tries = tries.max(1);
        self
    }

    /// Where the hook's own counters go. The default is the global meter provider.
    pub fn meter_provider(mut self, provider: impl MeterProvider + Send + Sync + 'static) -> Self {
        self.provider = Some(Arc::new(provider));
        self
    }

    /// A store of the application's own, in place of the one the base path names.
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Builds the hook. A missing local folder is made, and a file written to it and removed again; remote bases are not
    /// asked, the worker does that before its first upload.
    ///
    /// # Errors
    ///
    /// If there is no base path, or if it cannot be used.
    pub fn build(self) -> Result<UploadHook, Error> {
        self.build_with(|name| std::env::var_os(name))
    }

    pub(super) fn build_with(
        self,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<UploadHook, Error> {
        let format = self.format.unwrap_or_else(|| format_from(env(FORMAT)));
        let files = self
            .files
            .unwrap_or_else(|| files_from(env(MAX_QUEUE_SIZE)));
        let from_env = self.base.is_none();
        let error = |kind| Error::new(kind, from_env);
        let base = match self.base {
            Some(base) => base,
            None => env(BASE_PATH)
                .unwrap_or_default()
                .into_string()
                .map_err(|_| {
                    error(ErrorKind::Invalid {
                        reason: "not UTF-8",
                    })
                })?,
        };
        if base.trim().is_empty() {
            return Err(error(ErrorKind::Missing));
        }
        let probe_name = format!(
            ".one_off_test_to_see_if_upload_works.{}",
            format.extension()
        );
        let mut probe = None;
        let (prefix, store) = match self.store {
            Some(store) => (Base::prefix_of(&base), store),
            None => {
                let Base { prefix, place } = Base::parse(&base).map_err(error)?;
                let store: Arc<dyn Store> = match place {
                    Place::Folder(folder) => {
                        let local = Local::open(folder, &probe_name);
                        Arc::new(local.map_err(|source| error(ErrorKind::Unwritable { source }))?)
                    }
                    Place::Memory => Memory::global(),
                    Place::Cloud {
                        cloud,
                        root,
                        folder,
                    } => {
                        probe = Some(Object {
                            name: probe_name.into(),
                            body: Body(Arc::new(b"\n".to_vec())),
                            content_type: format.content_type(),
                        });
                        open_cloud(cloud, &root, &folder).map_err(error)?
                    }
                };
                (prefix, store)
            }
        };
        let settings = Settings {
            store,
            probe,
            deadline: self.deadline,
            tries: self.tries,
            pause: self.pause,
            at_once: files.min(64),
        };
        let (bytes, calm, provider) = (self.bytes, self.calm, self.provider);
        Ok(UploadHook::new(Parts {
            prefix,
            format,
            files,
            bytes,
            calm,
            provider,
            settings,
        }))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The base is left out: before it is checked it may hold a password.
        f.debug_struct("Builder")
            .field("format", &self.format)
            .field("queue_size", &self.files)
            .field("queue_bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(any(
    feature = "upload-s3",
    feature = "upload-gcs",
    feature = "upload-azure"
))]
fn open_cloud(cloud: Cloud, root: &str, folder: &str) -> Result<Arc<dyn Store>, ErrorKind> {
    super::cloud::open(cloud, root, folder)
}

#[cfg(not(any(
    feature = "upload-s3",
    feature = "upload-gcs",
    feature = "upload-azure"
)))]
fn open_cloud(cloud: Cloud, _: &str, _: &str) -> Result<Arc<dyn Store>, ErrorKind> {
    let (scheme, feature) = cloud.feature();
    Err(ErrorKind::FeatureOff { scheme, feature })
}

/// The format a variable names; unlike elsewhere an empty value is a wrong one, as in the reference.
fn format_from(value: Option<OsString>) -> Format {
    let Some(value) = value else {
        return Format::default();
    };
    match value.to_string_lossy().to_lowercase().as_str() {
        "json" => Format::Json,
        "jsonl" => Format::Jsonl,
        other => {
            let value: String = other
                .chars()
                .take(64)
                .flat_map(char::escape_debug)
                .collect();
            said(|| {
                otel_warn!(
                    name: "genai.upload.bad_format",
                    message = "unknown upload format",
                    variable = FORMAT,
                    value = value.as_str(),
                    choices = "json, jsonl",
                    used = "json"
                );
            });
            Format::Json
        }
    }
}

fn files_from(value: Option<OsString>) -> usize {
    let Some(value) = value else { return FILES };
    let value = value.to_string_lossy();
    match value.trim().parse::<NonZeroUsize>() {
        Ok(files) => files.get(),
        Err(_) => {
            let value: String = value
                .chars()
                .take(64)
                .flat_map(char::escape_debug)
                .collect();
            said(|| {
                otel_warn!(
                    name: "genai.upload.bad_queue_size",
                    message = "invalid upload queue size",
                    variable = MAX_QUEUE_SIZE,
                    value = value.as_str(),
                    choices = "a positive integer",
                    used = FILES as u64
                );
            });
            FILES
        }
    }
}
