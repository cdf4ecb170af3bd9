//! Framing: every cut of the bytes gives the same events; what is too long is skipped and counted.

use crate::extract::wire::framer::{Framer, RawEvent, base64};

type Events = Vec<(String, Vec<u8>, bool)>;

fn events(pieces: &[&[u8]], max: usize) -> (Events, u64) {
    let mut found = Vec::new();
    let mut keep = |event: RawEvent<'_>| {
        found.push((event.name.to_owned(), event.data.to_vec(), event.exception))
    };
    let mut framer = Framer::new(max);
    for piece in pieces {
        framer.feed(piece, &mut keep);
    }
    framer.end(&mut keep);
    (found, framer.skipped())
}

/// Cuts at every place into two, and into single bytes.
fn same_however_cut(bytes: &[u8], max: usize) -> (Events, u64) {
    let whole = events(&[bytes], max);
    for at in 0..=bytes.len() {
        let (a, b) = bytes.split_at(at);
        assert_eq!(events(&[a, &[], b], max), whole, "cut at {at}");
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(events(&single, max), whole);
    whole
}

fn data(events: &Events) -> Vec<&str> {
    events
        .iter()
        .map(|(_, data, _)| std::str::from_utf8(data).unwrap_or("?"))
        .collect()
}

#[test]
fn server_sent_events() {
    let text = "\u{FEFF}: comment\r\nevent: a\r\ndata: {\"x\":\"é€𝄞\"}\r\n\r\ndata:1\rdata: 2\r\rid: 7\nretry: 1\ndata\n\ndata: last";
    let (found, skipped) = same_however_cut(text.as_bytes(), 1000);
    assert_eq!(data(&found), ["{\"x\":\"é€𝄞\"}", "1\n2", "", "last"]);
    assert_eq!(found[0].0, "a");
    assert_eq!(found[1].0, "", "a name is its event's only");
    assert_eq!(skipped, 0);
}

#[test]
fn json_lines_and_arrays_and_single_bodies() {
    let lines = b"{\"a\":\"}\\\"{\"}\n\r\n{\"b\":[{},[]]}\n";
    let (found, _) = same_however_cut(lines, 1000);
    assert_eq!(data(&found), ["{\"a\":\"}\\\"{\"}", "{\"b\":[{},[]]}"]);
    let array = b"[{\"a\": {\"b\": 1}}\n,\r\n{\"c\": \"]\"}\n]";
    let (found, _) = same_however_cut(array, 1000);
    assert_eq!(data(&found), ["{\"a\": {\"b\": 1}}", "{\"c\": \"]\"}"]);
    let (found, _) = same_however_cut(b"  {\n \"a\": [1,\n 2]\n}\n", 1000);
    assert_eq!(data(&found), ["{\n \"a\": [1,\n 2]\n}"]);
}

/// A frame with two headers and zeroed checksums.
fn frame(kind: &str, name: &str, payload: &[u8]) -> Vec<u8> {
    let mut headers = Vec::new();
    // A header that is no text is passed by.
    headers.extend_from_slice(b"\x01n\x04\0\0\0\x07");
    headers.push(kind.len() as u8);
    headers.extend_from_slice(kind.as_bytes());
    headers.push(7);
    headers.extend_from_slice(&(name.len() as u16).to_be_bytes());
    headers.extend_from_slice(name.as_bytes());
    let mut frame = Vec::new();
    frame.extend_from_slice(&(16 + headers.len() as u32 + payload.len() as u32).to_be_bytes());
    frame.extend_from_slice(&(headers.len() as u32).to_be_bytes());
    frame.extend_from_slice(&[0; 4]);
    frame.extend(headers);
    frame.extend_from_slice(payload);
    frame.extend_from_slice(&[0; 4]);
    frame
}

#[test]
fn frames_of_aws() {
    let mut bytes = frame(":event-type", "messageStart", b"{\"role\":\"assistant\"}");
    bytes.extend(frame(":event-type", "long", &[b'x'; 500]));
    bytes.extend(frame(":exception-type", "throttlingException", b"{}"));
    let (found, skipped) = same_however_cut(&bytes, 200);
    let names: Vec<_> = found
        .iter()
        .map(|(name, _, exception)| (name.as_str(), *exception))
        .collect();
    assert_eq!(
        names,
        [("messageStart", false), ("throttlingException", true)]
    );
    assert_eq!(found[0].1, b"{\"role\":\"assistant\"}");
    assert_eq!(skipped, 1);
    // Lengths that make no sense end it; headers that do are not followed out of the frame.
    assert_eq!(
        events(&[&[0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]], 200),
        (vec![], 1)
    );
    let mut lying = frame(":event-type", "e", b"{}");
    lying[7] = 200;
    assert_eq!(events(&[&lying], 200).0, vec![]);
}

#[test]
fn what_is_too_long_is_skipped_and_counted() {
    let long = "y".repeat(300);
    let sse = format!(
        "data: {long}\n\ndata: a\n\ndata: {}\ndata: {}\n\ndata: b\n\n",
        &long[..150],
        &long[..150]
    );
    let (found, skipped) = same_however_cut(sse.as_bytes(), 200);
    assert_eq!((data(&found), skipped), (vec!["a", "b"], 2));
    let lines = format!("{{\"k\":\"{long}\"}}\n{{\"k\":1}}\n{{\"k\":\"{long}");
    let (found, skipped) = same_however_cut(lines.as_bytes(), 200);
    assert_eq!((data(&found), skipped), (vec!["{\"k\":1}"], 2));
}

#[test]
fn a_hundred_megabytes_in_one_event_are_not_kept() {
    let mut framer = Framer::new(1 << 20);
    let mut count = 0;
    framer.feed(b"data: ", &mut |_| count += 1);
    let piece = vec![b'z'; 1 << 20];
    for _ in 0..100 {
        framer.feed(&piece, &mut |_| count += 1);
        assert!(framer.held() <= (1 << 20) + 64);
    }
    framer.feed(b"\n\ndata: 1\n\n", &mut |_| count += 1);
    assert_eq!((count, framer.skipped()), (1, 1));
}

#[test]
fn base64_is_decoded() {
    for (text, bytes) in [
        ("", ""),
        ("Zg==", "f"),
        ("Zm8=", "fo"),
        ("Zm9v", "foo"),
        ("Zm9vYmFy", "foobar"),
    ] {
        let mut out = Vec::new();
        base64(text, &mut out);
        assert_eq!(out, bytes.as_bytes());
    }
}
