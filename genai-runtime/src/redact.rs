//! PLACEHOLDER until the message branch is merged.
pub enum Redact<'a> { ErrorText(&'a mut String) }
pub(crate) struct Redactor(Box<dyn Fn(&mut Redact<'_>) + Send + Sync>);
impl Redactor {
    pub(crate) fn new<F: Fn(&mut Redact<'_>) + Send + Sync + 'static>(f: F) -> Self { Self(Box::new(f)) }
}
