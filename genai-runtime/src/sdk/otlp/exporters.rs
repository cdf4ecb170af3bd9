//! The exporters of the three signals.
//!
//! In comes where and how a signal goes; out goes its exporter over that transport, watched.

use opentelemetry_otlp::{
    LogExporter, MetricExporter, Protocol as Wire, SpanExporter, WithExportConfig as _,
    WithHttpConfig as _,
};

#[cfg(feature = "otlp-grpc")]
use opentelemetry_otlp::{WithTonicConfig as _, tonic_types::transport::ClientTlsConfig};

use super::Error;
use super::client::Client;
use super::config::{Export, Protocol};
use super::watch::{Link, Watched};

macro_rules! exporter {
    ($name:ident, $exporter:ident, $signal:literal) => {
        pub(super) fn $name(export: Export, link: Link) -> Result<Watched<$exporter>, Error> {
            let Export {
                endpoint,
                protocol,
                timeout,
            } = export;
            match protocol {
                Protocol::HttpProtobuf => $exporter::builder()
                    .with_http()
                    .with_http_client(Client::new(timeout, link.note()))
                    .with_protocol(Wire::HttpBinary)
                    .with_endpoint(endpoint)
                    .with_timeout(timeout)
                    .build(),
                #[cfg(feature = "otlp-grpc")]
                Protocol::Grpc => {
                    let mut builder = $exporter::builder().with_tonic();
                    if endpoint.starts_with("https:") {
                        builder =
                            builder.with_tls_config(ClientTlsConfig::new().with_enabled_roots());
                    }
                    builder
                        .with_protocol(Wire::Grpc)
                        .with_endpoint(endpoint)
                        .with_timeout(timeout)
                        .build()
                }
            }
            .map(|exporter| Watched::new(exporter, link))
            .map_err(|error| Error::build($signal, error))
        }
    };
}

exporter!(spans, SpanExporter, "traces");
exporter!(metrics, MetricExporter, "metrics");
exporter!(logs, LogExporter, "logs");
