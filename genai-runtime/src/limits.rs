//! PLACEHOLDER until the message branch is merged.
#[derive(Clone, Debug, Default)]
pub struct Limits {}
impl Limits {
    pub(crate) const DEFAULT_PROPERTIES: usize = 64;
    pub(crate) fn name_bytes(&self) -> usize { 512 }
}
