//! What the standard environment variables say about the export.
//!
//! In come variables; out goes an endpoint, a protocol and a timeout per signal, or the variable that is wrong.

use std::time::Duration;

use opentelemetry::otel_warn;
use ureq::http::Uri;

use super::Error;
use crate::content::url::without_secrets;
use crate::diag::warn::said;

/// How long one export may take where nothing is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Looks a variable up.
pub(super) type Lookup<'a> = &'a dyn Fn(&'static str) -> Option<String>;

/// One of the three kinds of telemetry, with its variables.
#[derive(Debug)]
pub(super) struct Signal {
    path: &'static str,
    exporter: &'static str,
    endpoint: &'static str,
    protocol: &'static str,
    timeout: &'static str,
    headers: &'static str,
}

pub(super) const TRACES: Signal = Signal {
    path: "/v1/traces",
    exporter: "OTEL_TRACES_EXPORTER",
    endpoint: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    protocol: "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    timeout: "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    headers: "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
};

pub(super) const METRICS: Signal = Signal {
    path: "/v1/metrics",
    exporter: "OTEL_METRICS_EXPORTER",
    endpoint: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    protocol: "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    timeout: "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
    headers: "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
};

pub(super) const LOGS: Signal = Signal {
    path: "/v1/logs",
    exporter: "OTEL_LOGS_EXPORTER",
    endpoint: "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    protocol: "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
    timeout: "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT",
    headers: "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const ALL_TIMEOUTS: &str = "OTEL_EXPORTER_OTLP_TIMEOUT";
const DISABLED: &str = "OTEL_SDK_DISABLED";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    HttpProtobuf,
    #[cfg(feature = "otlp-grpc")]
    Grpc,
}

/// Where and how one signal goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Export {
    pub(super) endpoint: String,
    pub(super) protocol: Protocol,
    pub(super) timeout: Duration,
}

/// Whether the whole SDK is switched off.
pub(super) fn disabled(lookup: Lookup<'_>) -> bool {
    match set(lookup, DISABLED) {
        Some(value) if value.eq_ignore_ascii_case("true") => true,
        Some(value) => {
            if !value.eq_ignore_ascii_case("false") {
                ignored(DISABLED, &value);
            }
            false
        }
        None => false,
    }
}

/// How `signal` is exported; `None` when it is not to be.
pub(super) fn export(signal: &Signal, lookup: Lookup<'_>) -> Result<Option<Export>, Error> {
    match set(lookup, signal.exporter).as_deref() {
        None | Some("otlp") => {}
        Some("none") => return Ok(None),
        Some(other) => {
            return Err(Error::Exporter {
                variable: signal.exporter,
                value: other.to_owned(),
            });
        }
    }
    for variable in [signal.headers, HEADERS] {
        let headers = set(lookup, variable).unwrap_or_default();
        let valid = |header: &str| {
            header
                .split_once('=')
                .is_some_and(|(name, _)| !name.trim().is_empty())
        };
        if !headers
            .split(',')
            .filter(|header| !header.trim().is_empty())
            .all(valid)
        {
            return Err(Error::Headers { variable });
        }
    }
    let protocol = protocol(signal, lookup)?;
    let endpoint = endpoint(signal, protocol, lookup)?;
    Ok(Some(Export {
        endpoint,
        protocol,
        timeout: timeout(signal, lookup),
    }))
}

fn protocol(signal: &Signal, lookup: Lookup<'_>) -> Result<Protocol, Error> {
    let Some((variable, value)) = first(lookup, [signal.protocol, PROTOCOL]) else {
        return Ok(Protocol::HttpProtobuf);
    };
    match value.as_str() {
        "http/protobuf" => Ok(Protocol::HttpProtobuf),
        #[cfg(feature = "otlp-grpc")]
        "grpc" => Ok(Protocol::Grpc),
        _ => Err(Error::Protocol { variable, value }),
    }
}

fn endpoint(signal: &Signal, protocol: Protocol, lookup: Lookup<'_>) -> Result<String, Error> {
    let own = set(lookup, signal.endpoint).map(|value| (signal.endpoint, value));
    // Only the endpoint for all signals gets the signal's path, and only over HTTP.
    let (common, path, default) = match protocol {
        Protocol::HttpProtobuf => (own.is_none(), signal.path, "http://localhost:4318"),
        #[cfg(feature = "otlp-grpc")]
        Protocol::Grpc => (false, "", "http://localhost:4317"),
    };
    let given = own.or_else(|| set(lookup, ENDPOINT).map(|value| (ENDPOINT, value)));
    let (variable, value) = given.unwrap_or_else(|| (ENDPOINT, default.to_owned()));
    if let Err(reason) = check(&value, protocol) {
        return Err(Error::Endpoint {
            variable,
            value: without_secrets(&value).into_owned(),
            reason,
        });
    }
    Ok(if common {
        format!("{}{path}", value.trim_end_matches('/'))
    } else {
        value
    })
}

fn check(value: &str, protocol: Protocol) -> Result<(), String> {
    if matches!(value, "http://" | "https://") {
        return Err("it has no host".to_owned());
    }
    let uri: Uri = value.parse().map_err(|error| format!("{error}"))?;
    match uri.scheme_str() {
        Some("http" | "https") => {}
        Some(other) => return Err(format!("the scheme `{other}` is neither http nor https")),
        // Over gRPC, `host:port` is an endpoint too.
        #[cfg(feature = "otlp-grpc")]
        None if protocol == Protocol::Grpc => {}
        None => return Err("it does not begin with http:// or https://".to_owned()),
    }
    let _ = protocol;
    let Some(authority) = uri
        .authority()
        .filter(|authority| !authority.host().is_empty())
    else {
        return Err("it has no host".to_owned());
    };
    // The parser takes any digits for a port, and nothing after a colon.
    let after_host = authority
        .as_str()
        .rsplit_once('@')
        .map_or(authority.as_str(), |(_, host)| host);
    let port = after_host
        .strip_prefix(authority.host())
        .unwrap_or_default();
    if !port.is_empty() && authority.port_u16().is_none() {
        return Err("its port is no number up to 65535".to_owned());
    }
    Ok(())
}

fn timeout(signal: &Signal, lookup: Lookup<'_>) -> Duration {
    let Some((variable, value)) = first(lookup, [signal.timeout, ALL_TIMEOUTS]) else {
        return TIMEOUT;
    };
    match value.trim().parse() {
        Ok(millis) if millis > 0 => Duration::from_millis(millis),
        _ => {
            ignored(variable, &value);
            TIMEOUT
        }
    }
}

fn set(lookup: Lookup<'_>, variable: &'static str) -> Option<String> {
    lookup(variable)
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

fn first(lookup: Lookup<'_>, variables: [&'static str; 2]) -> Option<(&'static str, String)> {
    variables
        .into_iter()
        .find_map(|variable| Some((variable, set(lookup, variable)?)))
}

fn ignored(variable: &'static str, value: &str) {
    said(|| {
        otel_warn!(name: "genai.otlp.ignored", variable = variable, value = value, message = "The value is ignored.");
    });
    let _ = (variable, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&'static str, &str)], signal: &Signal) -> Result<Option<Export>, Error> {
        export(signal, &|name| {
            variables
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    fn endpoint_of(variables: &[(&'static str, &str)], signal: &Signal) -> String {
        with(variables, signal).unwrap().unwrap().endpoint
    }

    #[test]
    fn defaults() {
        let export = with(&[(ENDPOINT, "")], &TRACES).unwrap().unwrap();
        assert_eq!(export.endpoint, "http://localhost:4318/v1/traces");
        assert_eq!(
            (export.protocol, export.timeout),
            (Protocol::HttpProtobuf, TIMEOUT)
        );
    }

    #[test]
    fn the_common_endpoint_gets_the_path_and_the_signals_own_does_not() {
        let common = (ENDPOINT, "https://collector.example/base/");
        assert_eq!(
            endpoint_of(&[common], &LOGS),
            "https://collector.example/base/v1/logs"
        );
        let own = (METRICS.endpoint, "http://127.0.0.1:9090/otlp");
        assert_eq!(
            endpoint_of(&[common, own], &METRICS),
            "http://127.0.0.1:9090/otlp"
        );
        assert_eq!(
            endpoint_of(&[(ENDPOINT, "http://[::1]:4318")], &TRACES),
            "http://[::1]:4318/v1/traces"
        );
    }

    #[test]
    fn a_malformed_endpoint_is_reported_with_its_variable_and_without_its_password() {
        for (value, word) in [
            ("localhost:4318", "http://"),
            ("localhost", "http://"),
            ("ftp://host", "`ftp`"),
            ("http://", "host"),
            ("http://host:99999", "port"),
            ("http://host:x", "port"),
            ("http://ho st", "URI"),
            ("/v1/traces", "http://"),
        ] {
            let error = with(&[(ENDPOINT, value)], &TRACES).unwrap_err();
            let text = error.to_string();
            assert!(
                matches!(
                    error,
                    Error::Endpoint {
                        variable: ENDPOINT,
                        ..
                    }
                ),
                "{text}"
            );
            assert!(
                text.contains(&format!("`{value}`")) && text.contains(ENDPOINT),
                "{text}"
            );
            assert!(
                text.to_lowercase().contains(&word.to_lowercase()),
                "{text} should name {word}"
            );
        }
        let error = with(&[(LOGS.endpoint, "ftp://user:secret@host")], &LOGS).unwrap_err();
        assert!(error.to_string().contains("`ftp://host`"), "{error}");
        assert!(!format!("{error:?}").contains("secret"));
        // `main` shows it so.
        assert_eq!(format!("{error:?}"), error.to_string());
        let error = with(
            &[(LOGS.endpoint, "//secret:secret@host/?key=secret")],
            &LOGS,
        )
        .unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }

    #[test]
    fn protocols() {
        let error = with(&[(PROTOCOL, "thrift")], &TRACES).unwrap_err();
        assert!(
            matches!(&error, Error::Protocol { variable: PROTOCOL, value } if value == "thrift"),
            "{error:?}"
        );
        let own = with(
            &[(PROTOCOL, "thrift"), (TRACES.protocol, "http/protobuf")],
            &TRACES,
        );
        assert_eq!(own.unwrap().unwrap().protocol, Protocol::HttpProtobuf);
        let grpc = with(&[(PROTOCOL, "grpc")], &TRACES);
        #[cfg(feature = "otlp-grpc")]
        assert_eq!(grpc.unwrap().unwrap().endpoint, "http://localhost:4317");
        #[cfg(not(feature = "otlp-grpc"))]
        assert!(
            grpc.unwrap_err()
                .to_string()
                .contains("needs the feature `otlp-grpc`")
        );
    }

    #[test]
    fn exporters_headers_and_timeouts() {
        assert_eq!(
            with(&[("OTEL_LOGS_EXPORTER", "none")], &LOGS).unwrap(),
            None
        );
        let error = with(&[("OTEL_LOGS_EXPORTER", "zipkin")], &LOGS).unwrap_err();
        assert!(error.to_string().contains("OTEL_LOGS_EXPORTER is `zipkin`"));
        let error = with(&[(HEADERS, "authorization secret")], &LOGS).unwrap_err();
        assert!(
            matches!(error, Error::Headers { variable: HEADERS }),
            "{error:?}"
        );
        assert!(!error.to_string().contains("secret"));
        assert!(with(&[(HEADERS, "a=b,c=d=e,")], &LOGS).is_ok());
        let export = with(&[(ALL_TIMEOUTS, "250"), (TRACES.timeout, "soon")], &LOGS)
            .unwrap()
            .unwrap();
        assert_eq!(export.timeout, Duration::from_millis(250));
        let export = with(&[(ALL_TIMEOUTS, "250"), (TRACES.timeout, "soon")], &TRACES)
            .unwrap()
            .unwrap();
        assert_eq!(export.timeout, TIMEOUT);
    }

    #[test]
    fn switched_off() {
        for (value, off) in [
            ("true", true),
            ("TRUE", true),
            ("false", false),
            ("yes", false),
            ("", false),
        ] {
            assert_eq!(disabled(&|_| Some(value.to_owned())), off, "{value}");
        }
    }
}
