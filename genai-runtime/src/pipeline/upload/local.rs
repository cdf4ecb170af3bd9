//! A folder of the local file system, written with `std::fs` alone.
//!
//! In go objects; out come files that nobody but the owner can read (0600) and that appear under their name whole or not at
//! all, since each is written under a temporary name first and then linked to its own.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::names;
use super::store::{Object, Put, Store, StoreError, StoreFuture};

/// Files below one folder.
pub(super) struct Local {
    folder: PathBuf,
}

impl Local {
    /// A store in `folder`, which is made (0700, parents included) where it is missing, and proved by writing a file called
    /// `probe`, which is removed again.
    pub(super) fn open(folder: PathBuf, probe: &str) -> io::Result<Self> {
        create_folder(&folder)?;
        let this = Self { folder };
        this.write(probe, b"\n")?;
        // Who may write may not always delete; the uploads work all the same.
        let _ = fs::remove_file(this.folder.join(probe));
        Ok(this)
    }

    fn write(&self, name: &str, body: &[u8]) -> io::Result<Put> {
        let target = self.folder.join(name);
        if exists(&target)? {
            // Nothing to write, but the probe must still show that writing works.
            if !name.starts_with('.') {
                return Ok(Put::Existed);
            }
        }
        let temporary = Temporary::create(&self.folder, body)?;
        named(fs::hard_link(&temporary.0, &target), &temporary.0, &target)
    }
}

/// What becomes of a written file whose link to its name ended so.
fn named(link: io::Result<()>, temporary: &Path, target: &Path) -> io::Result<Put> {
    match link {
        Ok(()) => Ok(Put::Created),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            exists(target).map(|_| Put::Existed)
        }
        // File systems without hard links: a rename would replace, so look first. Two writers of one name write the same
        // bytes, so which of them wins does not matter.
        Err(error) if no_links(&error) => {
            if exists(target)? {
                return Ok(Put::Existed);
            }
            fs::rename(temporary, target).map(|()| Put::Created)
        }
        Err(error) => Err(error),
    }
}

impl Store for Local {
    fn put(self: Arc<Self>, object: Object) -> StoreFuture<Result<Put, StoreError>> {
        Box::pin(async move {
            self.write(object.name(), object.body()).map_err(|error| {
                let permanent = matches!(
                    error.kind(),
                    ErrorKind::PermissionDenied | ErrorKind::InvalidInput
                );
                let answer = StoreError::new(error.to_string());
                if permanent {
                    answer.permanent()
                } else {
                    answer
                }
            })
        })
    }
}

/// Whether there is a plain file at `path`; anything else there, a symbolic link too, is an error.
fn exists(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Ok(true),
        Ok(_) => Err(io::Error::new(
            ErrorKind::InvalidInput,
            "the name is taken by something that is no plain file",
        )),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn no_links(error: &io::Error) -> bool {
    // EPERM is what Linux answers for file systems that know no hard links, and where policy forbids them.
    matches!(
        error.kind(),
        ErrorKind::Unsupported | ErrorKind::PermissionDenied
    )
}

/// A file under a name of its own, removed when dropped.
struct Temporary(PathBuf);

impl Temporary {
    fn create(folder: &Path, body: &[u8]) -> io::Result<Self> {
        let name = names::random().ok_or_else(|| io::Error::other("no random numbers"))?;
        let this = Self(folder.join(format!(".{name}.tmp")));
        // `create_new` refuses to follow a link that somebody put there.
        let mut file = owner_only(OpenOptions::new().write(true).create_new(true)).open(&this.0)?;
        write_all(&mut file, body)?;
        Ok(this)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn write_all(file: &mut File, body: &[u8]) -> io::Result<()> {
    file.write_all(body)?;
    file.flush()
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::super::tests::Folder;
    use super::*;

    fn kind<T>(result: io::Result<T>) -> Result<T, ErrorKind> {
        result.map_err(|error| error.kind())
    }

    #[test]
    fn a_plain_file_exists_and_anything_else_of_its_name_is_an_error() {
        let folder = Folder::new();
        let at = |name: &str| folder.0.join(name);
        fs::write(at("file"), "x").unwrap();
        fs::create_dir(at("folder")).unwrap();
        assert_eq!(kind(exists(&at("file"))), Ok(true));
        assert_eq!(kind(exists(&at("missing"))), Ok(false));
        assert_eq!(kind(exists(&at("folder"))), Err(ErrorKind::InvalidInput));
        // Whether there is one cannot be said.
        let long = "x".repeat(300);
        for unknown in ["file/below", long.as_str()] {
            assert!(kind(exists(&at(unknown))).is_err(), "{unknown}");
        }
    }

    #[test]
    fn without_hard_links_a_file_is_renamed_unless_its_name_is_taken() {
        let folder = Folder::new();
        let (temporary, target) = (folder.0.join("temporary"), folder.0.join("target"));
        let ended = |link: Result<(), ErrorKind>| {
            fs::write(&temporary, "new").unwrap();
            let put = kind(named(link.map_err(io::Error::from), &temporary, &target));
            (put, fs::read_to_string(&target).ok())
        };
        let of = |text: &str| Some(text.to_owned());
        let other = Err(ErrorKind::StorageFull);
        assert_eq!(ended(Ok(())), (Ok(Put::Created), None), "it was linked");
        assert_eq!(ended(other), (Err(ErrorKind::StorageFull), None));
        for no_links in [ErrorKind::Unsupported, ErrorKind::PermissionDenied] {
            assert_eq!(ended(Err(no_links)), (Ok(Put::Created), of("new")));
            fs::write(&target, "old").unwrap();
            assert_eq!(ended(Err(no_links)), (Ok(Put::Existed), of("old")));
            let taken = Err(ErrorKind::AlreadyExists);
            assert_eq!(ended(taken), (Ok(Put::Existed), of("old")));
            assert_eq!(ended(other), (Err(ErrorKind::StorageFull), of("old")));
            fs::remove_file(&target).unwrap();
        }
        fs::create_dir(&target).unwrap();
        for taken in [ErrorKind::AlreadyExists, ErrorKind::Unsupported] {
            assert_eq!(ended(Err(taken)).0, Err(ErrorKind::InvalidInput));
        }
    }

    /// By the time of the last change of the folder.
    #[cfg(unix)]
    #[test]
    fn a_name_that_is_there_is_not_written_again_but_a_probe_is() {
        let folder = Folder::new();
        let local = Local {
            folder: folder.0.clone(),
        };
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        let times = fs::FileTimes::new().set_modified(long_ago);
        for (name, is_written) in [("a.json", false), (".probe.json", true)] {
            assert_eq!(kind(local.write(name, b"x")), Ok(Put::Created));
            File::open(&folder.0).unwrap().set_times(times).unwrap();
            assert_eq!(kind(local.write(name, b"x")), Ok(Put::Existed));
            let changed = fs::metadata(&folder.0).unwrap().modified().unwrap();
            assert_eq!(changed != long_ago, is_written, "{name}");
        }
        assert_eq!(
            folder.names(),
            [".probe.json", "a.json"],
            "and nothing else"
        );
        let nowhere = kind(local.write("no such folder/a.json", b"x"));
        assert_eq!(nowhere, Err(ErrorKind::NotFound));
    }
}
