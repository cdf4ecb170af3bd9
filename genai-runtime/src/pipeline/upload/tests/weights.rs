//! How much content there is, by each of its fields: what is refused counts by it, and the room that an upload takes.

use serde_json::json;

use super::super::weight::{Weigh, weigh};
use super::*;

#[test]
fn every_field_counts() {
    let data = json!({"key": ["abc", 1, null, true, {"k": "de"}]});
    let of_data = 3 + 3 + 1 + 1 + 1 + 1 + 2;
    for (part, expected) in [
        (Part::text("12345"), 5),
        (Part::reasoning("12345"), 5),
        (Part::tool_call("id", "name", data.clone()), 2 + 4 + of_data),
        (Part::tool_response("id", data.clone()), 2 + of_data),
        (
            Part::server_tool_call("id", "name", data.clone()),
            2 + 4 + of_data,
        ),
        (Part::server_tool_response("id", data.clone()), 2 + of_data),
        (Part::blob("image/png", vec![0_u8; 10]), 9 + 16),
        (
            Part::blob(
                "image/png",
                crate::content::message::Bytes::Base64("AAAAAAA=".into()),
            ),
            9 + 8,
        ),
        (Part::file("image", "file-7").mime_type("image/png"), 9 + 6),
        (
            Part::uri("image", "https://a/b").mime_type("image/png"),
            9 + 11,
        ),
        (
            Part::other("kind", data.as_object().unwrap().clone()),
            4 + of_data,
        ),
    ] {
        assert_eq!(part.weight(), expected, "{part:?}");
        assert!(!part.has_index());
        let mut input = InputMessage::new("user").name("ann").part(part.clone());
        assert_eq!(input.weight(), 4 + 3 + expected);
        input.parts.push(Part::text("678"));
        assert_eq!(weigh(&[input.clone(), input]), 2 * (4 + 3 + expected + 3));
        let mut output = OutputMessage::new("assistant").part(part);
        output.name = Some("bob".to_owned());
        assert_eq!(output.weight(), 9 + 3 + expected);
        assert!(!output.has_index());
    }
    let indexed = json!({"index": 3});
    assert!(Part::other("kind", indexed.as_object().unwrap().clone()).has_index());
    assert!(!Part::tool_call("id", "name", indexed).has_index());

    let function = ToolDefinition::Function {
        name: "name".into(),
        description: Some("describes".into()),
        parameters: Some(data),
    };
    assert_eq!(function.weight(), 4 + 9 + of_data);
    let other = ToolDefinition::Other {
        kind: "search".into(),
        name: "web".into(),
    };
    assert_eq!(weigh(&[other]), 6 + 3);
}

#[test]
fn a_folder_that_takes_nothing_is_the_cause() {
    use std::error::Error as _;
    let denied = std::io::Error::other("denied");
    let error = Error::new(ErrorKind::Unwritable { source: denied }, false);
    assert_eq!(error.source().expect("a cause").to_string(), "denied");
    assert_eq!(
        error.to_string(),
        "upload base path: cannot write to the folder: denied"
    );
    let error = Error::new(ErrorKind::Missing, true);
    assert!(error.source().is_none());
    assert!(
        error
            .to_string()
            .starts_with("OTEL_INSTRUMENTATION_GENAI_UPLOAD_BASE_PATH is required")
    );
}

/// A store sees of an object what it is: its name, its bytes and the media type of its format.
#[test]
fn a_store_sees_the_media_type() {
    type Seen = Mutex<Vec<(String, &'static str)>>;
    struct Types(Seen);
    impl Store for Types {
        fn put(self: Arc<Self>, object: Object) -> StoreFuture<Result<Put, StoreError>> {
            let seen = (object.name().to_owned(), object.content_type());
            self.0.lock().unwrap().push(seen);
            Box::pin(std::future::ready(Ok(Put::Created)))
        }
    }
    for (format, media_type, ending) in [
        (Format::Json, "application/json", ".json"),
        (Format::Jsonl, "application/jsonl", ".jsonl"),
    ] {
        let types = Arc::new(Types(Mutex::default()));
        let hook = builder(types.clone()).format(format).build().unwrap();
        complete(&hook, &Content::oracle());
        assert!(hook.flush(LONG).is_ok());
        let seen = types.0.lock().unwrap();
        assert!(seen.len() >= 4);
        for (name, is) in seen.iter().filter(|(name, _)| !name.contains("probe")) {
            assert!(
                name.ends_with(ending) && *is == media_type,
                "{name} is {is}"
            );
        }
    }
}

#[test]
fn objects_and_errors_show_no_content() {
    let object = Object {
        name: "a.json".into(),
        body: Body(Arc::new(b"secret".to_vec())),
        content_type: "application/json",
    };
    assert_eq!(
        format!("{object:?}"),
        r#"Object { name: "a.json", bytes: 6, .. }"#
    );
    let error = StoreError::new("denied");
    assert_eq!(error.to_string(), "denied");
    assert!(!error.is_permanent() && error.permanent().is_permanent());
}

#[test]
fn an_error_names_what_is_wrong_and_where_it_came_from() {
    let lines = |kind: ErrorKind| Error::new(kind, false).to_string();
    for (kind, line) in [
        (
            ErrorKind::Missing,
            "upload base path is required for uploads but not set",
        ),
        (
            ErrorKind::UnknownScheme {
                scheme: "f\n".into(),
            },
            "upload base path: unknown scheme `f\\n`; use a path or one of file, s3, gs, az, abfs, abfss, memory",
        ),
        (
            ErrorKind::FeatureOff {
                scheme: "s3",
                feature: "upload-s3",
            },
            "upload base path: scheme `s3` needs the cargo feature `upload-s3` of genai-runtime",
        ),
        (
            ErrorKind::Invalid { reason: "why" },
            "upload base path: why",
        ),
        (ErrorKind::Client { reason: "why" }, "upload base path: why"),
    ] {
        assert_eq!(lines(kind), line);
    }
    let error = Error::new(ErrorKind::Missing, true);
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn a_store_needs_no_runtime_and_deletes_nothing_unless_it_says_so() {
    struct Plain;
    impl Store for Plain {
        fn put(self: Arc<Self>, _: Object) -> StoreFuture<Result<Put, StoreError>> {
            Box::pin(std::future::ready(Ok(Put::Created)))
        }
    }
    assert!(!Plain.needs_tokio());
    let mut deleted = Arc::new(Plain).delete("a".to_owned());
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(matches!(
        deleted.as_mut().poll(&mut cx),
        std::task::Poll::Ready(Ok(()))
    ));
}
