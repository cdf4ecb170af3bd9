//! Why an export could not be set up.

use std::fmt;
use std::sync::Arc;

/// Why [`init`](super::init) failed. Every variant names the environment variable to look at.
///
/// It holds no header values, and no user, password or query of an endpoint.
///
/// ```
/// use genai::otlp::Error;
///
/// fn why(error: &Error) -> &'static str {
///     match error {
///         Error::Endpoint { variable, .. } => variable,
///         _ => "see the text of the error",
///     }
/// }
/// # let _ = why;
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Error {
    /// An endpoint that is no URL with the scheme `http` or `https` and a host.
    #[non_exhaustive]
    Endpoint {
        /// The environment variable.
        variable: &'static str,
        /// Its value; user, password and query left out.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A protocol that OTLP does not have, or that is not compiled in.
    #[non_exhaustive]
    Protocol {
        /// The environment variable.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// Headers that are not a list of `name=value`, separated by commas.
    #[non_exhaustive]
    Headers {
        /// The environment variable; its value is likely to be secret.
        variable: &'static str,
    },
    /// An exporter other than `otlp` and `none`.
    #[non_exhaustive]
    Exporter {
        /// The environment variable.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// The exporter of one signal could not be built.
    #[non_exhaustive]
    Build {
        /// `traces`, `metrics` or `logs`; `gRPC` where its runtime could not be started.
        signal: &'static str,
        /// What the exporter, or the operating system, says; also [`source`](std::error::Error::source).
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Endpoint {
                variable,
                value,
                reason,
            } => {
                write!(
                    f,
                    "{variable} is `{value}`, which is no endpoint ({reason}); for example `http://localhost:4318`"
                )
            }
            Error::Protocol { variable, value } if value == "grpc" => {
                write!(
                    f,
                    "{variable} is `grpc`, which needs the feature `otlp-grpc`; without it: `http/protobuf`"
                )
            }
            Error::Protocol { variable, value } => {
                write!(
                    f,
                    "{variable} is `{value}`, but must be `http/protobuf` or, with the feature `otlp-grpc`, `grpc`"
                )
            }
            Error::Headers { variable } => {
                write!(f, "{variable} must be a list like `name=value,name=value`")
            }
            Error::Exporter { variable, value } => {
                write!(f, "{variable} is `{value}`, but must be `otlp` or `none`")
            }
            Error::Build { signal, .. } => {
                write!(f, "the exporter for {signal} could not be built")
            }
        }
    }
}

/// As the text and that of its source, which is what a program shows that returns the error from `main`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Build { source, .. } => write!(f, "{self}: {source}"),
            _ => fmt::Display::fmt(self, f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Build { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}

impl Error {
    /// What went wrong while the exporter of `signal` was built.
    pub(super) fn build(
        signal: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Error::Build {
            signal,
            source: Arc::new(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::Error;

    #[test]
    fn what_the_exporter_says_is_the_source() {
        let error = Error::build("traces", std::io::Error::other("no threads left"));
        assert_eq!(
            error.to_string(),
            "the exporter for traces could not be built"
        );
        let source = error.source().map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("no threads left"));
        assert_eq!(
            format!("{error:?}"),
            "the exporter for traces could not be built: no threads left"
        );

        let own = Error::Headers {
            variable: "OTEL_EXPORTER_OTLP_HEADERS",
        };
        assert!(own.source().is_none());
    }
}
