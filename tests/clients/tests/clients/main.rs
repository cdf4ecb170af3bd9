//! The types of the clients' crates: recorded traffic through each client, and what its requests, answers and errors are recorded as.

mod async_openai;
mod bedrock;
mod bedrock_requests;
mod claudius;
mod errors;
mod genai_client;
mod ollama_rs;
mod reqwest;
mod rig;
mod spans;
