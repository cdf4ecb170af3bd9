//! Metrics for a Prometheus that scrapes: the application's own meter provider, and a page on loopback that shows what it has recorded
//! each time it is asked.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Encoder as _, Registry, TextEncoder};

/// A provider, and where its metrics are shown until the program ends.
///
/// # Errors
/// If no port is free.
pub fn scraped() -> Result<(SdkMeterProvider, SocketAddr), Box<dyn Error>> {
    let registry = Registry::new();
    let exporter = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .build()?;
    let provider = SdkMeterProvider::builder().with_reader(exporter).build();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // Who hangs up early gets no answer, and that is all.
            let _ = answer(connection, &registry);
        }
    });
    Ok((provider, address))
}

/// Every request gets the metrics.
fn answer(mut connection: TcpStream, registry: &Registry) -> Result<(), Box<dyn Error>> {
    connection.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut lines = BufReader::new(connection.try_clone()?).lines();
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let mut page = Vec::new();
    TextEncoder::new().encode(&registry.gather(), &mut page)?;
    let head =
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/plain; version=0.0.4\r\n";
    write!(connection, "{head}content-length: {}\r\n\r\n", page.len())?;
    connection.write_all(&page)?;
    Ok(())
}
