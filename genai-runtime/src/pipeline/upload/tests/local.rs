//! Files on disk: who may read them, when they appear, and what they never overwrite.

use super::*;
use std::fs;
use std::thread;

use crate::pipeline::upload::local::Local;

fn object(name: &str, body: impl Into<Vec<u8>>) -> Object {
    Object {
        name: name.into(),
        body: Body(Arc::new(body.into())),
        content_type: "application/json",
    }
}

/// Runs a local store's future, which never waits.
fn now<T>(mut future: StoreFuture<T>) -> T {
    match future
        .as_mut()
        .poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
    {
        std::task::Poll::Ready(done) => done,
        std::task::Poll::Pending => panic!("a local store does not wait"),
    }
}

fn open(folder: &Folder) -> Arc<Local> {
    Arc::new(Local::open(folder.0.clone(), ".probe.json").unwrap())
}

#[cfg(unix)]
#[test]
fn a_missing_folder_is_made_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let base = folder.0.join("new/below");
    let hook = UploadHook::builder()
        .base_path(base.to_str().unwrap())
        .build()
        .unwrap();
    assert_eq!(
        fs::read_dir(&base).unwrap().count(),
        0,
        "the probe is removed"
    );
    let references = complete(&hook, &Content::oracle());
    assert!(hook.flush(LONG).is_ok());
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(&base), mode(&folder.0.join("new"))), (0o700, 0o700));
    assert_eq!(references.len(), 4);
    for reference in references.values() {
        assert_eq!(
            mode(reference.strip_prefix("file://").unwrap().as_ref()),
            0o600
        );
    }
    assert_eq!(
        fs::read_dir(&base).unwrap().count(),
        4,
        "nothing but the files"
    );
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let folder = Folder::new();
    let outside = Folder::new();
    let target = outside.0.join("target");
    fs::write(&target, "mine").unwrap();
    for (name, to) in [("link", &target), ("dangling", &outside.0.join("nothing"))] {
        std::os::unix::fs::symlink(to, folder.0.join(name)).unwrap();
        let answer = now(open(&folder).put(object(name, "theirs")));
        assert!(answer.is_err_and(|error| error.is_permanent()), "{name}");
    }
    fs::create_dir(folder.0.join("folder")).unwrap();
    assert!(now(open(&folder).put(object("folder", "theirs"))).is_err());
    assert_eq!(outside.names(), ["target"]);
    assert_eq!(fs::read_to_string(target).unwrap(), "mine");
    assert_eq!(
        folder.names(),
        ["dangling", "folder", "link"],
        "no temporary file is left"
    );
}

#[test]
fn what_is_there_is_left_alone() {
    let folder = Folder::new();
    let store = open(&folder);
    assert_eq!(
        now(store.clone().put(object("a", "first"))).unwrap(),
        Put::Created
    );
    assert_eq!(now(store.put(object("a", "second"))).unwrap(), Put::Existed);
    assert_eq!(fs::read_to_string(folder.0.join("a")).unwrap(), "first");
}

/// Of many writers one creates, and a reader sees the whole file or none.
#[test]
fn writers_of_one_name_and_a_reader() {
    let folder = Folder::new();
    let body = vec![b'w'; 1 << 20];
    for round in 0..10 {
        let name = format!("hash{round}");
        let created = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let put = now(open(&folder).put(object(&name, body.clone()))).unwrap();
                    created.fetch_add(usize::from(put == Put::Created), Ordering::SeqCst);
                });
            }
            scope.spawn(|| {
                loop {
                    if let Ok(read) = fs::read(folder.0.join(&name)) {
                        assert_eq!(read.len(), body.len(), "half a file");
                        return;
                    }
                }
            });
        });
        assert_eq!(created.load(Ordering::SeqCst), 1);
    }
    assert_eq!(folder.names().len(), 10);
}

#[test]
fn a_folder_that_vanishes_counts_as_failure() {
    let folder = Folder::new();
    let mut builder = UploadHook::builder().base_path(folder.0.to_str().unwrap());
    builder.pause = Duration::from_millis(1);
    let hook = builder.build().unwrap();
    fs::remove_dir_all(&folder.0).unwrap();
    assert_eq!(complete(&hook, &Content::input("lost")).len(), 1);
    assert!(hook.flush(LONG).is_ok());
    assert_eq!(files(hook.stats()), (0, 0, 1));
}

#[test]
fn a_stale_probe_does_no_harm() {
    let folder = Folder::new();
    fs::write(folder.0.join(".probe.json"), "\n").unwrap();
    open(&folder);
    assert!(folder.names().is_empty());
}
