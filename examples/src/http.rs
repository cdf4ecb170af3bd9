//! A client of whichever provider the environment points at, else of the embedded one.

use std::error::Error;

use crate::provider::{Endpoint, endpoint};

/// An HTTP client that knows the provider.
#[derive(Debug)]
pub struct Client {
    /// The URL below which the API is, such as `https://api.openai.com/v1`.
    pub base_url: String,
    http: reqwest::Client,
    endpoint: Endpoint,
}

/// Says which cryptography TLS uses, which is the program's choice: once, before the first HTTP client.
pub fn tls() {
    // A second call finds the first one's.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Client {
    /// Looks at `OPENAI_BASE_URL` and `OPENAI_API_KEY`; starts the embedded provider where they are not set.
    ///
    /// # Errors
    /// If neither a socket nor a TLS set-up is to be had.
    pub fn new() -> Result<Self, Box<dyn Error>> {
        tls();
        let endpoint = endpoint()?;
        Ok(Self {
            base_url: endpoint.base_url.clone(),
            http: reqwest::Client::new(),
            endpoint,
        })
    }

    /// A request below the base URL, with the key.
    pub fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.http
            .post(format!("{}{path}", self.base_url))
            .bearer_auth(&self.endpoint.api_key)
    }
}
