//! The server of tools: the child process.

use std::error::Error;

use genai::mcp::{Transport, observe};
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{ServerCapabilities, ServerConfig};
use rmcp::{ServerHandler, ServiceExt as _, tool, tool_handler, tool_router};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Place {
    city: String,
}

struct Weather;

#[tool_router]
impl Weather {
    /// Its span is the server's: one tool, one span.
    #[tool(description = "The weather in a city.")]
    #[genai::tool]
    async fn get_weather(&self, Parameters(place): Parameters<Place>) -> String {
        look_up(&place.city).await;
        format!("Rainy, 57°F in {}.", place.city)
    }
}

/// What a tool does on the way is below its span, in the trace of the one who asked.
#[genai::retrieval(data_source_id = "stations", query = city)]
async fn look_up(city: &str) {
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
}

#[tool_handler]
impl ServerHandler for Weather {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}

pub(crate) async fn serve() -> Result<(), Box<dyn Error>> {
    let server = observe(Weather).transport(Transport::Stdio);
    let serving = server.serve(rmcp::transport::stdio()).await?;
    serving.waiting().await?;
    Ok(())
}
