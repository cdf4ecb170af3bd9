//! A store in memory, for tests and for the base `memory:`.
//!
//! In go objects, and there they stay: nothing limits their number.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::store::{Body, Object, Put, Store, StoreError, StoreFuture};

/// Keeps uploads in memory until the process ends, without a limit: for tests.
///
/// The base `memory:` uses one that the whole process shares, [`Memory::global`].
///
/// ```
/// use std::sync::Arc;
/// use genai::upload::{Memory, UploadHook};
///
/// # fn main() -> Result<(), genai::upload::Error> {
/// let memory = Arc::new(Memory::default());
/// let hook = UploadHook::builder().base_path("memory://tests").store(memory.clone()).build()?;
/// // .. run operations, then:
/// # use genai::CompletionHook as _;
/// assert!(hook.flush(std::time::Duration::from_secs(1)).is_ok());
/// assert!(memory.names().is_empty());
/// # Ok(()) }
/// ```
#[derive(Default)]
pub struct Memory {
    objects: Mutex<BTreeMap<Arc<str>, Body>>,
}

impl Memory {
    /// The store behind the base `memory:`.
    pub fn global() -> Arc<Self> {
        static GLOBAL: OnceLock<Arc<Memory>> = OnceLock::new();
        GLOBAL.get_or_init(Arc::default).clone()
    }

    /// The names of the objects, sorted.
    pub fn names(&self) -> Vec<String> {
        self.objects().keys().map(|name| name.to_string()).collect()
    }

    /// The bytes of the object called `name`.
    pub fn get(&self, name: &str) -> Option<Vec<u8>> {
        self.objects().get(name).map(|body| body.as_ref().to_vec())
    }

    /// Forgets every object.
    pub fn clear(&self) {
        self.objects().clear();
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Body>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("objects", &self.objects().len())
            .finish()
    }
}

impl Store for Memory {
    fn put(self: Arc<Self>, object: Object) -> StoreFuture<Result<Put, StoreError>> {
        Box::pin(async move {
            let mut objects = self.objects();
            if objects.contains_key(&object.name) {
                return Ok(Put::Existed);
            }
            objects.insert(object.name, object.body);
            Ok(Put::Created)
        })
    }

    fn delete(self: Arc<Self>, name: String) -> StoreFuture<Result<(), StoreError>> {
        Box::pin(async move {
            self.objects().remove(name.as_str());
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn now<T>(mut future: StoreFuture<T>) -> T {
        let mut cx = Context::from_waker(Waker::noop());
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(done) => done,
            Poll::Pending => panic!("memory does not wait"),
        }
    }

    #[test]
    fn objects_stay_until_they_are_deleted_or_all_are_forgotten() {
        let memory = Arc::new(Memory::default());
        let put = |name: &str, body: &str| {
            let object = Object {
                name: name.into(),
                body: Body(Arc::new(body.as_bytes().to_vec())),
                content_type: "application/json",
            };
            now(memory.clone().put(object)).unwrap()
        };
        assert_eq!(put("b", "one"), Put::Created);
        assert_eq!(put("a", "two"), Put::Created);
        assert_eq!(put("b", "three"), Put::Existed);
        assert_eq!(memory.names(), ["a", "b"]);
        assert_eq!(memory.get("b").as_deref(), Some(&b"one"[..]));
        assert_eq!(memory.get("c"), None);
        assert_eq!(format!("{memory:?}"), "Memory { objects: 2 }");
        now(memory.clone().delete("b".to_owned())).unwrap();
        assert_eq!(memory.names(), ["a"]);
        memory.clear();
        assert!(memory.names().is_empty() && memory.get("a").is_none());
        assert!(Arc::ptr_eq(&Memory::global(), &Memory::global()));
    }
}
