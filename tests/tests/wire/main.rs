//! Requests, responses and chunks as providers send them: recorded traffic, changed recordings, and the schemas of what is recorded.

mod map_order;
mod mutations;
mod recognition;
mod recordings;
mod replay_openai;
mod schemas;
