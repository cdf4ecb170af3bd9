//! Bedrock.
