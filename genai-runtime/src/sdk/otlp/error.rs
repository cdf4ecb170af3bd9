//! Why an export could not be set up.

use std::fmt;

/// Why [`init`](super::init) failed. Every variant names the environment variable to look at.
///
/// It holds no header values, and no user, password or query of an endpoint.
#[derive(Clone, PartialEq, Eq)]
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
        /// `traces`, `metrics` or `logs`.
        signal: &'static str,
        /// What the exporter says.
        reason: String,
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
            Error::Build { signal, reason } => write!(f, "no exporter for {signal}: {reason}"),
        }
    }
}

/// As the text, which is what a program shows that returns the error from `main`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
