//! Code that is not ours: its panic stays here, is said once per kind, and costs the field it would have filled.

use std::any::type_name;
use std::fmt::{self, Display, Write as _};

use crate::op::Op;
use crate::recorder::Recorder;
use crate::traits::{Request, Response};
use crate::warn::{Once, contained};

/// At most this much of an error's text is kept, in bytes.
const MAX_TEXT: usize = 1024;

/// The class of an error whose type says nothing, such as `Box<dyn Error>`.
pub(crate) const OTHER: &str = "_OTHER";

/// Types that hold an error of any type.
const OPAQUE: [&str; 2] = ["anyhow::Error", "eyre::Report"];

/// Pointers of the standard library, which say nothing themselves.
const POINTERS: [&str; 3] = ["alloc::boxed::Box<", "alloc::sync::Arc<", "alloc::rc::Rc<"];

/// Records what `request` tells.
pub(crate) fn record_request(op: &mut Op, request: &(impl Request + ?Sized)) {
    contained(Once::RequestPanicked, "an implementation of `genai::Request`", || {
        request.record(&mut Recorder::new(op));
    });
}

/// Records what `response` tells.
pub(crate) fn record_response(op: &mut Op, response: &(impl Response + ?Sized)) {
    contained(Once::ResponsePanicked, "an implementation of `genai::Response`", || {
        response.record(&mut Recorder::new(op));
    });
}

/// The path of a type without generic arguments, seen through references and the pointers of the standard library.
pub(crate) fn type_path<E: ?Sized>() -> &'static str {
    path_of(type_name::<E>())
}

fn path_of(full: &'static str) -> &'static str {
    let mut path = full;
    loop {
        path = path.trim_start_matches(['&', ' ']);
        path = path.strip_prefix("mut ").unwrap_or(path);
        match POINTERS.iter().find_map(|p| path.strip_prefix(p)) {
            Some(inner) => path = inner,
            None => break,
        }
    }
    let end = path.find(['<', '>', ',', ' ']).unwrap_or(path.len());
    let is_object = path.starts_with("dyn ");
    let path = path.get(..end).unwrap_or_default();
    if is_object || path.is_empty() || OPAQUE.contains(&path) { OTHER } else { path }
}

/// The text of an error, cut while it is written.
pub(crate) fn display(error: &(impl Display + ?Sized)) -> Option<String> {
    struct Cut(String);

    impl fmt::Write for Cut {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let room = MAX_TEXT.saturating_sub(self.0.len());
            self.0.push_str(head(text, room));
            if text.len() <= room { Ok(()) } else { Err(fmt::Error) }
        }
    }

    contained(Once::ErrorTextPanicked, "an implementation of `Display`", || {
        let mut text = Cut(String::new());
        // An error here means that the text is full.
        let _ = write!(text, "{error}");
        text.0
    })
}

/// As many whole characters as fit.
pub(crate) fn head(text: &str, room: usize) -> &str {
    let mut end = room.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The same for a text that is there already.
pub(crate) fn cut(text: &str) -> String {
    head(text, MAX_TEXT).to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_type_is_named_by_its_path() {
        struct Plain;
        struct Generic<T>(T);
        assert!(type_path::<Plain>().ends_with("::Plain"), "{}", type_path::<Plain>());
        assert!(type_path::<Generic<Vec<u8>>>().ends_with("::Generic"));
        assert!(type_path::<Box<Generic<Plain>>>().ends_with("::Generic"));
        assert!(type_path::<&Plain>().ends_with("::Plain"));
        assert_eq!(type_path::<Box<dyn std::error::Error + Send + Sync>>(), OTHER);
        assert_eq!(type_path::<Arc<dyn std::error::Error>>(), OTHER);
        assert_eq!(path_of("anyhow::Error"), OTHER);
        assert_eq!(type_path::<std::num::ParseIntError>(), "core::num::error::ParseIntError");
        drop((Plain, Generic(1).0));
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let long = "\u{e4}".repeat(600);
        let kept = display(&format_args!("x{long}")).unwrap();
        assert_eq!(kept.len(), 1023);
        assert!(kept.ends_with('\u{e4}'));
        assert_eq!(head("abc", 10), "abc");
    }

    #[test]
    fn a_panic_of_display_costs_the_text() {
        struct Bad;
        impl Display for Bad {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("no text")
            }
        }
        assert_eq!(display(&Bad), None);
    }
}
