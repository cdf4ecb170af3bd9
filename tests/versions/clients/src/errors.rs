//! Errors of reqwest in three versions, provoked on loopback, as they are and inside of others: what class they get without a feature.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use genai::testing::Harness;

/// Answers every connection with `answer`, or with nothing at all.
pub fn server(answer: &'static str) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for connection in listener.incoming().flatten() {
            let mut connection = connection;
            if answer.is_empty() {
                silent.push(connection);
                continue;
            }
            read_request(&mut connection);
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    Ok(address)
}

/// Reads a request to its end: what is left unread would break the connection.
fn read_request(connection: &mut impl std::io::Read) {
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let read = connection.read(&mut piece).unwrap_or_default();
        request.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let is_whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length
                .and_then(|length| length.parse().ok())
                .unwrap_or_default();
            body.len() >= length
        });
        if read == 0 || is_whole {
            return;
        }
    }
}

/// The `error.type` of the only span.
fn class(call: impl FnOnce()) -> String {
    let harness = Harness::install();
    call();
    let spans = harness.spans();
    spans[0].str("error.type").unwrap_or_default().to_owned()
}

/// An error of the application's around reqwest's.
#[derive(Debug)]
struct Around<E>(E);

impl<E> std::fmt::Display for Around<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the call failed")
    }
}

impl<E: std::error::Error + 'static> std::error::Error for Around<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

macro_rules! version {
    ($krate:ident) => {{
        type Failed = $krate::Error;

        #[genai::chat(provider = "p", response = none)]
        async fn plain(url: &str) -> Result<String, Failed> {
            let client = $krate::Client::builder()
                .timeout(Duration::from_secs(2))
                .build()?;
            client
                .get(url)
                .send()
                .await?
                .error_for_status()?
                .text()
                .await
        }
        #[genai::chat(provider = "p", response = none)]
        async fn in_anyhow(url: &str) -> anyhow::Result<String> {
            Ok(plain(url).await.map_err(Around)?)
        }
        #[genai::chat(provider = "p", response = none)]
        async fn in_a_type(url: &str) -> Result<String, Around<Failed>> {
            plain(url).await.map_err(Around)
        }

        let missing = format!(
            "http://{}/",
            server("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")?
        );
        let unavailable = format!(
            "http://{}/",
            server("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")?
        );
        let silent = format!("http://{}/", server("")?);
        // Nobody listens there any more.
        let refused = format!(
            "http://{}/",
            TcpListener::bind("127.0.0.1:0")?.local_addr()?
        );
        let cut = format!(
            "http://{}/",
            server("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab")?
        );
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        for (url, expected) in [
            (&missing, "404"),
            (&unavailable, "503"),
            (&silent, "timeout"),
            (&refused, "connection_error"),
            (
                &cut,
                if stringify!($krate) == "reqwest_0_11" {
                    "body_error"
                } else {
                    "decode_error"
                },
            ),
        ] {
            let found = [
                class(|| drop(runtime.block_on(plain(url)))),
                class(|| drop(runtime.block_on(in_anyhow(url)))),
                class(|| drop(runtime.block_on(in_a_type(url)))),
            ];
            if found.iter().any(|found| found != expected) {
                let krate = stringify!($krate);
                return Err(format!("{krate}: {found:?} instead of {expected}").into());
            }
        }
    }};
}

/// Every version, or what is wrong.
pub fn check() -> Result<(), Box<dyn std::error::Error>> {
    version!(reqwest_0_11);
    version!(reqwest_0_12);
    version!(reqwest_0_13);
    Ok(())
}
