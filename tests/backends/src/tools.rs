//! The tools: a server of MCP in this process, and the client that the agent asks. Cities go in, sentences come out.

use std::error::Error;

use genai::mcp::{ObservedClient, Transport, observe, observe_client};
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{ServerCapabilities, ServerConfig};
use rmcp::{RoleClient, ServerHandler, ServiceExt as _, tool, tool_handler, tool_router};

/// The client of the tools.
pub type Tools = ObservedClient<()>;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Place {
    city: String,
}

struct Weather;

#[tool_router]
impl Weather {
    #[tool(description = "The weather in a city.")]
    async fn get_weather(&self, Parameters(place): Parameters<Place>) -> String {
        look_up(&place.city).await;
        format!("Rainy, 57°F in {}.", place.city)
    }
}

/// What a tool does on the way is below its span.
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

/// Starts the server, and a client of it.
///
/// # Errors
/// If they do not understand each other.
pub async fn tools() -> Result<Tools, Box<dyn Error>> {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let server = observe(Weather).transport(Transport::Stdio);
    tokio::spawn(async move {
        if let Ok(serving) = server.serve(far).await {
            let _ = serving.waiting().await;
        }
    });
    let client: rmcp::service::RunningService<RoleClient, ()> = ().serve(near).await?;
    Ok(observe_client(client).transport(Transport::Stdio))
}
