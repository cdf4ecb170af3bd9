//! Remote stores: Amazon S3, Google Cloud Storage and Azure Blob Storage, through `object_store`.
//!
//! In go objects; out come conditional requests, so that an object that is there is never overwritten. Retries are the worker's
//! and errors are reported by their kind alone: their texts may hold signed URLs.

use std::fmt;
use std::sync::Arc;

use object_store::path::Path;
use object_store::{
    Attribute, Attributes, Error as Answer, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions,
    PutPayload,
};

use super::base::Cloud;
use super::error::ErrorKind;
use super::store::{Object, Put, Store, StoreError, StoreFuture};

/// Any store of the crate `object_store`, for clients that the environment cannot describe.
///
/// ```no_run
/// use std::sync::Arc;
/// use genai::upload::{CloudStore, UploadHook};
///
/// # fn client() -> Arc<dyn object_store::ObjectStore> { Arc::new(object_store::memory::InMemory::new()) }
/// # fn main() -> Result<(), genai::upload::Error> {
/// let store = CloudStore::new(client(), "telemetry/content");
/// let hook = UploadHook::builder().base_path("s3://bucket/telemetry/content").store(Arc::new(store)).build()?;
/// # drop(hook); Ok(()) }
/// ```
pub struct CloudStore {
    client: Arc<dyn ObjectStore>,
    folder: Path,
}

impl CloudStore {
    /// Objects go below `folder`, which may be empty. The client should make no retries of its own, since the hook does.
    pub fn new(client: Arc<dyn ObjectStore>, folder: &str) -> Self {
        Self {
            client,
            folder: Path::from(folder),
        }
    }
}

impl fmt::Debug for CloudStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client's own `Debug` may show keys.
        f.debug_struct("CloudStore")
            .field("folder", &self.folder.as_ref())
            .finish_non_exhaustive()
    }
}

impl Store for CloudStore {
    fn put(self: Arc<Self>, object: Object) -> StoreFuture<Result<Put, StoreError>> {
        Box::pin(async move {
            let path = self.folder.clone().join(object.name());
            let mut attributes = Attributes::new();
            attributes.insert(Attribute::ContentType, object.content_type().into());
            let options = PutOptions {
                mode: PutMode::Create,
                attributes,
                ..PutOptions::default()
            };
            let payload = PutPayload::from_bytes(bytes::Bytes::from_owner(object.body.clone()));
            match self.client.put_opts(&path, payload, options).await {
                Ok(_) => Ok(Put::Created),
                Err(Answer::AlreadyExists { .. }) => Ok(Put::Existed),
                Err(answer) => Err(explain(&answer)),
            }
        })
    }

    fn delete(self: Arc<Self>, name: String) -> StoreFuture<Result<(), StoreError>> {
        Box::pin(async move {
            let path = self.folder.clone().join(name);
            self.client
                .delete(&path)
                .await
                .map_err(|answer| explain(&answer))
        })
    }

    fn needs_tokio(&self) -> bool {
        true
    }
}

/// An error by its kind. Credentials may be renewed and buckets made while the program runs, so most are worth another try.
fn explain(answer: &Answer) -> StoreError {
    match answer {
        Answer::NotFound { .. } => StoreError::new("not found: the bucket or container"),
        Answer::PermissionDenied { .. } => StoreError::new("permission denied"),
        Answer::Unauthenticated { .. } => StoreError::new("not authenticated"),
        Answer::InvalidPath { .. } => StoreError::new("invalid path").permanent(),
        Answer::NotSupported { .. } | Answer::NotImplemented { .. } => {
            StoreError::new("not supported by the store").permanent()
        }
        Answer::Precondition { .. } => StoreError::new("a conflicting request"),
        _ => StoreError::new("request failed"),
    }
}

/// Builds the client of a cloud from the environment, without any request.
pub(super) fn open(cloud: Cloud, root: &str, folder: &str) -> Result<Arc<dyn Store>, ErrorKind> {
    let client = client(cloud, root)?;
    Ok(Arc::new(CloudStore::new(client, folder)))
}

fn client(cloud: Cloud, root: &str) -> Result<Arc<dyn ObjectStore>, ErrorKind> {
    match cloud {
        #[cfg(feature = "upload-s3")]
        Cloud::S3 => built(
            object_store::aws::AmazonS3Builder::from_env()
                .with_url(root)
                .with_retry(no_retries())
                // Not every server of the protocol knows bulk deletion, and the probe is one object.
                .with_disable_bulk_delete(true)
                .build(),
        ),
        #[cfg(feature = "upload-gcs")]
        Cloud::Gcs => built(
            object_store::gcp::GoogleCloudStorageBuilder::from_env()
                .with_url(root)
                .with_retry(no_retries())
                .build(),
        ),
        #[cfg(feature = "upload-azure")]
        Cloud::Azure => built(
            object_store::azure::MicrosoftAzureBuilder::from_env()
                .with_url(root)
                .with_retry(no_retries())
                .build(),
        ),
        #[allow(unreachable_patterns)]
        other => {
            let _ = root;
            let (scheme, feature) = other.feature();
            Err(ErrorKind::FeatureOff { scheme, feature })
        }
    }
}

fn built<C: ObjectStore>(
    client: object_store::Result<C>,
) -> Result<Arc<dyn ObjectStore>, ErrorKind> {
    match client {
        Ok(client) => Ok(Arc::new(client)),
        Err(_) => Err(ErrorKind::Client {
            reason: "the client cannot be configured from the environment",
        }),
    }
}

fn no_retries() -> object_store::RetryConfig {
    object_store::RetryConfig {
        max_retries: 0,
        ..Default::default()
    }
}
