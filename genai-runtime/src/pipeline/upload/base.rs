//! The base of uploads: a plain path or a URL.
//!
//! In comes what the user wrote; out come where that is and how references to objects in it begin. Local paths are spelled as
//! fsspec does in the Python reference: absolute, with the scheme, nothing decoded, no slash at the end.

use std::path::PathBuf;

use super::error::ErrorKind;

/// A base, understood but not yet opened.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Base {
    /// What references begin with; the object's name follows.
    pub(super) prefix: String,
    pub(super) place: Place,
}

/// Where a base is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    Folder(PathBuf),
    Memory,
    Cloud {
        cloud: Cloud,
        /// The URL without what follows the bucket or container.
        root: String,
        /// The path below the bucket or container.
        folder: String,
    },
}

/// Which cloud's store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cloud {
    S3,
    Gcs,
    Azure,
}

impl Base {
    /// Reads a path or URL.
    pub(super) fn parse(text: &str) -> Result<Self, ErrorKind> {
        let Some((scheme, rest)) = scheme(text) else {
            return local(text);
        };
        let cloud = match scheme {
            "file" => {
                // `file:///path` and `file:path`; a host would have to be a machine, and it is not this one.
                return match rest.strip_prefix("//") {
                    Some(path) if !path.starts_with('/') => {
                        Err(invalid("a file URL must have three slashes and no host"))
                    }
                    Some(path) => local(path),
                    None => local(rest),
                };
            }
            "memory" => return Ok(memory(rest)),
            "s3" => Cloud::S3,
            "gs" => Cloud::Gcs,
            "az" | "abfs" | "abfss" => Cloud::Azure,
            _ => {
                return Err(ErrorKind::UnknownScheme {
                    scheme: scheme.to_owned(),
                });
            }
        };
        let rest = rest
            .strip_prefix("//")
            .ok_or(invalid("a URL needs `//` after its scheme"))?;
        let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
        if rest.contains(['?', '#']) {
            return Err(invalid("a URL with a query or fragment"));
        }
        // A container may be named before the account; what is more than that would be a password.
        let (user, host) = bucket.split_once('@').unwrap_or(("", bucket));
        if user.contains(':') || (!user.is_empty() && !matches!(scheme, "abfs" | "abfss")) {
            return Err(invalid("a URL with a user name or password"));
        }
        if host.is_empty() || host.contains(['@', ':']) {
            return Err(invalid(
                "a URL without a bucket or container, or with a port",
            ));
        }
        let folder = folder.trim_matches('/');
        if !folder.is_empty()
            && folder
                .split('/')
                .any(|s| s.is_empty() || s == "." || s == "..")
        {
            return Err(invalid("a URL with an empty, `.` or `..` segment"));
        }
        if !folder
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/-_.=+,@!$&'()".contains(&b))
        {
            return Err(invalid("a URL whose path has characters that need escapes"));
        }
        let root = format!("{scheme}://{bucket}");
        let slash = if folder.is_empty() { "" } else { "/" };
        let prefix = format!("{root}/{folder}{slash}");
        Ok(Self {
            prefix,
            place: Place::Cloud {
                cloud,
                root,
                folder: folder.to_owned(),
            },
        })
    }

    /// A base whose store the application brings: any text, to which the names are joined.
    pub(super) fn prefix_of(text: &str) -> String {
        let trimmed = text.trim_end_matches('/');
        if trimmed.ends_with(':') {
            format!("{trimmed}//")
        } else {
            format!("{trimmed}/")
        }
    }
}

impl Cloud {
    /// A scheme of the cloud's, and the feature that brings it.
    #[cfg_attr(
        all(
            feature = "upload-s3",
            feature = "upload-gcs",
            feature = "upload-azure"
        ),
        allow(dead_code)
    )]
    pub(super) fn feature(self) -> (&'static str, &'static str) {
        match self {
            Self::S3 => ("s3", "upload-s3"),
            Self::Gcs => ("gs", "upload-gcs"),
            Self::Azure => ("az", "upload-azure"),
        }
    }
}

/// The scheme and what follows its colon; `None` for a plain path, such as one with a colon somewhere in it.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let proper = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    (proper && (rest.starts_with("//") || matches!(scheme, "file" | "memory")))
        .then_some((scheme, rest))
}

fn memory(rest: &str) -> Base {
    let path = rest.trim_start_matches('/').trim_end_matches('/');
    let prefix = if path.is_empty() {
        "memory://".to_owned()
    } else {
        format!("memory:///{path}/")
    };
    Base {
        prefix,
        place: Place::Memory,
    }
}

fn local(text: &str) -> Result<Base, ErrorKind> {
    if text.contains('\0') {
        return Err(invalid("a path with a NUL character"));
    }
    let mut start = text.chars();
    let drive =
        start.next().is_some_and(|c| c.is_ascii_alphabetic()) && start.as_str().starts_with([':']);
    if drive && cfg!(not(windows)) {
        return Err(invalid("a path with a drive letter"));
    }
    let path = if text == "~" || text.starts_with("~/") {
        let home = std::env::var("HOME").map_err(|_| invalid("`~` without HOME"))?;
        format!("{home}{}", text.get(1..).unwrap_or(""))
    } else if cfg!(windows) || text.starts_with('/') {
        text.to_owned()
    } else {
        let here = std::env::current_dir().map_err(|source| ErrorKind::Unwritable { source })?;
        let here = here.to_str().ok_or(invalid(
            "a relative path where the current folder is not UTF-8",
        ))?;
        let below = text.strip_prefix("./").unwrap_or(text);
        if matches!(below, "" | ".") {
            here.to_owned()
        } else {
            format!("{here}/{below}")
        }
    };
    let trimmed = path.trim_end_matches('/');
    let folder = PathBuf::from(if trimmed.is_empty() { "/" } else { trimmed });
    let prefix = if cfg!(windows) {
        let absolute =
            std::path::absolute(&folder).map_err(|source| ErrorKind::Unwritable { source })?;
        format!("file:///{}/", absolute.to_string_lossy().replace('\\', "/"))
    } else {
        format!("file://{trimmed}/")
    };
    Ok(Base {
        prefix,
        place: Place::Folder(folder),
    })
}

fn invalid(reason: &'static str) -> ErrorKind {
    ErrorKind::Invalid { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What fsspec 2026 makes of the same paths, an object's name `n` joined.
    #[test]
    fn local_references_are_those_of_the_reference() {
        let here = std::env::current_dir().unwrap();
        let here = here.to_str().unwrap();
        let home = std::env::var("HOME").unwrap_or_default();
        let table = [
            ("/a/b", "file:///a/b/n".to_owned()),
            ("/a/b/", "file:///a/b/n".to_owned()),
            ("/a/b//", "file:///a/b/n".to_owned()),
            ("/", "file:///n".to_owned()),
            ("a", format!("file://{here}/a/n")),
            ("./a", format!("file://{here}/a/n")),
            ("../a", format!("file://{here}/../a/n")),
            (".", format!("file://{here}/n")),
            ("..", format!("file://{here}/../n")),
            ("/a/../b", "file:///a/../b/n".to_owned()),
            ("/a/./b", "file:///a/./b/n".to_owned()),
            ("/a//b", "file:///a//b/n".to_owned()),
            ("/a b", "file:///a b/n".to_owned()),
            ("/a%20b", "file:///a%20b/n".to_owned()),
            ("/a?b#c", "file:///a?b#c/n".to_owned()),
            ("/a:b", "file:///a:b/n".to_owned()),
            ("file:///a/b", "file:///a/b/n".to_owned()),
            ("file:///a%20b", "file:///a%20b/n".to_owned()),
            ("file:/a/b", "file:///a/b/n".to_owned()),
            ("file:a", format!("file://{here}/a/n")),
            ("~", format!("file://{home}/n")),
            ("~/x", format!("file://{home}/x/n")),
            ("~x", format!("file://{here}/~x/n")),
            ("./", format!("file://{here}/n")),
            // What is before the colon is no scheme.
            ("ab:c", format!("file://{here}/ab:c/n")),
            ("ab:/c", format!("file://{here}/ab:/c/n")),
            ("1a://b", format!("file://{here}/1a://b/n")),
            ("a_b://c", format!("file://{here}/a_b://c/n")),
            ("://c", format!("file://{here}/://c/n")),
            ("memory://", "memory://n".to_owned()),
            ("memory://x/y/", "memory:///x/y/n".to_owned()),
            ("memory:///x", "memory:///x/n".to_owned()),
        ];
        for (text, reference) in table {
            let base = Base::parse(text).unwrap();
            assert_eq!(format!("{}n", base.prefix), reference, "{text}");
        }
    }

    #[test]
    fn clouds() {
        let table = [
            ("s3://b", Cloud::S3, "s3://b", "", "s3://b/n"),
            ("s3://b/", Cloud::S3, "s3://b", "", "s3://b/n"),
            ("gs://b/x/y/", Cloud::Gcs, "gs://b", "x/y", "gs://b/x/y/n"),
            ("az://c/x", Cloud::Azure, "az://c", "x", "az://c/x/n"),
            (
                "abfss://c@a.dfs.core.windows.net/x",
                Cloud::Azure,
                "abfss://c@a.dfs.core.windows.net",
                "x",
                "abfss://c@a.dfs.core.windows.net/x/n",
            ),
        ];
        for (text, which, origin, below, reference) in table {
            let base = Base::parse(text).unwrap();
            assert_eq!(format!("{}n", base.prefix), reference);
            assert_eq!(
                base.place,
                Place::Cloud {
                    cloud: which,
                    root: origin.to_owned(),
                    folder: below.to_owned()
                }
            );
        }
    }

    #[test]
    fn each_mistake_has_its_reason() {
        let host = "a URL without a bucket or container, or with a port";
        let user = "a URL with a user name or password";
        let segment = "a URL with an empty, `.` or `..` segment";
        let query = "a URL with a query or fragment";
        let escapes = "a URL whose path has characters that need escapes";
        for (text, expected) in [
            (
                "file://host/p",
                "a file URL must have three slashes and no host",
            ),
            ("s3://", host),
            ("s3:///p", host),
            ("s3://b:80/x", host),
            ("abfs://c@", host),
            ("abfs://c@a@b/x", host),
            ("s3://key@b/x", user),
            ("az://c@a/x", user),
            ("abfs://c:secret@a/x", user),
            ("abfss://c:secret@a/x", user),
            ("s3://:@b/x", user),
            ("s3://b/x?sig=1", query),
            ("s3://b/x#y", query),
            ("s3://b?x", query),
            ("s3://b/../x", segment),
            ("s3://b/x/./y", segment),
            ("s3://b/x//y", segment),
            ("s3://b/x y", escapes),
            ("gs://b/%2e", escapes),
            ("/a\0b", "a path with a NUL character"),
        ] {
            match Base::parse(text) {
                Err(ErrorKind::Invalid { reason }) => assert_eq!(reason, expected, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        if cfg!(not(windows)) {
            for text in ["C:\\x", "d:/x", "d:"] {
                let error = Base::parse(text).unwrap_err();
                assert!(
                    matches!(
                        error,
                        ErrorKind::Invalid {
                            reason: "a path with a drive letter"
                        }
                    ),
                    "{text}: {error:?}"
                );
            }
        }
        for (text, scheme) in [
            ("ftp://h", "ftp"),
            ("S3://b", "S3"),
            ("a+b-c.d1://e", "a+b-c.d1"),
        ] {
            let error = Base::parse(text).unwrap_err();
            assert!(
                matches!(&error, ErrorKind::UnknownScheme { scheme: found } if found == scheme),
                "{text}: {error:?}"
            );
        }
        // An account after its container, and all that a path may have.
        for text in ["abfs://c@a/x", "abfss://c@a", "s3://b/a-Z_0.9=+,@!$&'()/x"] {
            assert!(Base::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn names_are_joined_to_any_text_where_the_store_is_given() {
        for (text, prefix) in [
            ("names://", "names://"),
            ("names:", "names://"),
            ("names://a/b//", "names://a/b/"),
            ("a", "a/"),
        ] {
            assert_eq!(Base::prefix_of(text), prefix);
        }
    }

    #[test]
    fn refused() {
        let table = [
            "ftp://h/p",
            "http://h/p",
            "https://h/p",
            "S3://b",
            "FILE:///x",
            "a+b://c",
            "file://host/p",
            "file://localhost/p",
            "C:\\x",
            "d:/x",
            "s3:///p",
            "s3://",
            "gs://u:p@b/x",
            "s3://key@b/x",
            "abfs://c:secret@a/x",
            "s3://b/x?sig=1",
            "s3://b/x#y",
            "s3://b/../x",
            "s3://b/x//y",
            "s3://b:80/x",
            "s3://b/x y",
            "gs://b/%2e",
            "/a\0b",
        ];
        for text in table {
            let error = Base::parse(text).unwrap_err();
            let line = super::super::Error::new(error, true).to_string();
            assert!(
                line.contains("OTEL_INSTRUMENTATION_GENAI_UPLOAD_BASE_PATH"),
                "{line}"
            );
            assert!(!line.contains("sig=") && !line.contains("secret"), "{line}");
        }
    }
}
