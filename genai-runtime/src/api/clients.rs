//! What clients need beside the traits: types of ours in place of a client's.

#[cfg(feature = "aws-bedrock-1")]
pub use crate::extract::clients::bedrock;
#[cfg(feature = "rig-0_44")]
pub use crate::extract::clients::rig;
