//! Why an upload hook cannot be built.
//!
//! In come a base and what is wrong with it; out comes one line that names both, without secrets the base may hold.

use std::fmt;
use std::io;

/// The variable that names the base.
pub(super) const BASE_PATH: &str = "OTEL_INSTRUMENTATION_GENAI_UPLOAD_BASE_PATH";

/// A base that cannot be used. The text names the environment variable if the base came from there.
///
/// ```
/// use genai::upload::{ErrorKind, UploadHook};
///
/// let error = UploadHook::builder().base_path("ftp://example.com").build().unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::UnknownScheme { scheme } if scheme == "ftp"));
/// ```
pub struct Error {
    kind: ErrorKind,
    from_env: bool,
}

/// What is wrong with a base.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// None was given, neither to the builder nor in `OTEL_INSTRUMENTATION_GENAI_UPLOAD_BASE_PATH`.
    Missing,
    /// It is a URL of a scheme that is none of `file`, `s3`, `gs`, `az`, `abfs`, `abfss` and `memory`.
    UnknownScheme {
        /// The scheme.
        scheme: String,
    },
    /// The scheme needs a feature of this crate that is off.
    FeatureOff {
        /// The scheme.
        scheme: &'static str,
        /// The feature that brings it.
        feature: &'static str,
    },
    /// It is no path or URL that can be used.
    Invalid {
        /// Why.
        reason: &'static str,
    },
    /// The local folder cannot be made, or nothing can be written into it.
    Unwritable {
        /// What the system answered.
        source: io::Error,
    },
    /// The client of a remote store cannot be built, for example since credentials are malformed.
    Client {
        /// Which part of the configuration, in general words: the details may be secrets.
        reason: &'static str,
    },
}

impl Error {
    pub(super) fn new(kind: ErrorKind, from_env: bool) -> Self {
        Self { kind, from_env }
    }

    /// What is wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.from_env {
            BASE_PATH
        } else {
            "upload base path"
        })?;
        match &self.kind {
            ErrorKind::Missing => f.write_str(" is required for uploads but not set"),
            ErrorKind::UnknownScheme { scheme } => write!(
                f,
                ": unknown scheme `{}`; use a path or one of file, s3, gs, az, abfs, abfss, memory",
                scheme.escape_debug()
            ),
            ErrorKind::FeatureOff { scheme, feature } => {
                write!(
                    f,
                    ": scheme `{scheme}` needs the cargo feature `{feature}` of genai-runtime"
                )
            }
            ErrorKind::Invalid { reason } | ErrorKind::Client { reason } => write!(f, ": {reason}"),
            ErrorKind::Unwritable { source } => write!(f, ": cannot write to the folder: {source}"),
        }
    }
}

/// As the text, which is what a program shows that returns the error from `main`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ErrorKind::Unwritable { source } => Some(source),
            _ => None,
        }
    }
}
