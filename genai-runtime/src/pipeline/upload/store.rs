//! Where uploads go: the trait behind every base, and what passes through it.
//!
//! In goes a named object with its bytes; out comes whether it was created, was there already, or why neither.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// The future of a [`Store`]'s method: it owns what it needs, because the worker keeps it beside the store.
pub type StoreFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A place that keeps uploads.
///
/// The worker calls it, on a thread of its own, with telemetry suppressed. Several objects may be under way at once; each
/// has a deadline, after which its future is dropped. A future that blocks instead of returning `Pending` holds up the worker,
/// but never the application: the queue fills, and further uploads are dropped and counted. A panic is caught and counts as a
/// failed upload.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use genai::upload::{Object, Put, Store, StoreError, StoreFuture, UploadHook};
///
/// #[derive(Default)]
/// struct Names(Mutex<Vec<String>>);
///
/// impl Store for Names {
///     fn put(self: Arc<Self>, object: Object) -> StoreFuture<Result<Put, StoreError>> {
///         Box::pin(async move {
///             let mut names = self.0.lock().map_err(|_| StoreError::new("poisoned"))?;
///             names.push(object.name().to_owned());
///             Ok(Put::Created)
///         })
///     }
/// }
///
/// # fn main() -> Result<(), genai::upload::Error> {
/// let hook = UploadHook::builder().base_path("names://").store(Arc::new(Names::default())).build()?;
/// # drop(hook); Ok(()) }
/// ```
pub trait Store: Send + Sync + 'static {
    /// Stores `object` if nothing has its name yet, whole or not at all.
    fn put(self: Arc<Self>, object: Object) -> StoreFuture<Result<Put, StoreError>>;

    /// Deletes the object called `name`. Only the probe is ever deleted; the default does nothing.
    fn delete(self: Arc<Self>, name: String) -> StoreFuture<Result<(), StoreError>> {
        drop(name);
        Box::pin(std::future::ready(Ok(())))
    }

    /// Whether the futures need a tokio runtime. The worker then brings one of its own (features `upload-s3`, `upload-gcs`
    /// and `upload-azure`; without them every upload to such a store fails). The default is `false`.
    fn needs_tokio(&self) -> bool {
        false
    }
}

/// An object to be stored. Cloning it copies no bytes.
///
/// ```
/// use genai::upload::Object;
///
/// fn line(object: &Object) -> String {
///     format!("{} ({}, {} bytes)", object.name(), object.content_type(), object.body().len())
/// }
/// ```
#[derive(Clone)]
pub struct Object {
    pub(super) name: Arc<str>,
    pub(super) body: Body,
    pub(super) content_type: &'static str,
}

impl Object {
    /// Its name below the base: a file name without a folder, made of ASCII letters, digits, `_`, `-` and `.`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its bytes.
    pub fn body(&self) -> &[u8] {
        self.body.as_ref()
    }

    /// Its media type: `application/json` or `application/jsonl`.
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object")
            .field("name", &self.name)
            .field("bytes", &self.body().len())
            .finish_non_exhaustive()
    }
}

/// Shared bytes; a type of our own, so that they can be passed on without a copy.
#[derive(Clone, Default)]
pub(super) struct Body(pub(super) Arc<Vec<u8>>);

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// How an object came to be stored. Both count as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Put {
    /// It was written.
    Created,
    /// An object of that name was there already, and was left alone.
    Existed,
}

/// Why an object was not stored.
///
/// ```
/// use genai::upload::StoreError;
///
/// let error = StoreError::new("access denied").permanent();
/// assert_eq!(error.to_string(), "access denied");
/// ```
#[derive(Clone, Debug)]
pub struct StoreError {
    message: Cow<'static, str>,
    permanent: bool,
}

impl StoreError {
    /// An error after which another try may succeed. The message ends up in a log line, so it must hold neither secrets nor
    /// content.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            permanent: false,
        }
    }

    /// The same error, but another try would be in vain.
    pub fn permanent(mut self) -> Self {
        self.permanent = true;
        self
    }

    pub(super) fn is_permanent(&self) -> bool {
        self.permanent
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}
