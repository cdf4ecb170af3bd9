//! Framing: every cut of the bytes gives the same events; what is too long comes in pieces, what makes no sense is counted.

use crate::extract::wire::framer::{Base64, Cut, Framer, base64};

type Events = Vec<(String, Vec<u8>, bool)>;

/// What of the bytes' events is there with this bound, large ones put together, and how many were skipped and how many large.
fn events(pieces: &[&[u8]], max: usize) -> (Events, (u64, u64)) {
    let mut found: Events = Vec::new();
    let (mut large, mut is_open) = (0, false);
    let mut keep = |cut: Cut<'_>| match cut {
        Cut::Whole(event) | Cut::Begin(event) if is_open => panic!("{event:?} within another"),
        Cut::Whole(event) => {
            assert!(event.data.len() <= max);
            found.push((event.name.to_owned(), event.data.to_vec(), event.exception));
        }
        Cut::Begin(event) => {
            (large, is_open) = (large + 1, true);
            found.push((event.name.to_owned(), event.data.to_vec(), event.exception));
        }
        Cut::More(data) => {
            assert!(is_open);
            found.last_mut().unwrap().1.extend_from_slice(data);
        }
        Cut::End(name) => {
            assert!(std::mem::take(&mut is_open));
            let event = found.last_mut().unwrap();
            if event.0.is_empty() {
                name.clone_into(&mut event.0);
            }
            assert!(event.1.len() > max);
        }
    };
    let mut framer = Framer::new(max);
    for piece in pieces {
        framer.feed(piece, &mut keep);
    }
    framer.end(&mut keep);
    assert!(!is_open);
    (found, (framer.skipped(), large))
}

/// Cuts at every place into two, and into single bytes.
fn same_however_cut(bytes: &[u8], max: usize) -> (Events, (u64, u64)) {
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
    assert_eq!(skipped, (0, 0));
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
        [
            ("messageStart", false),
            ("long", false),
            ("throttlingException", true)
        ]
    );
    assert_eq!(found[0].1, b"{\"role\":\"assistant\"}");
    assert_eq!(found[1].1, [b'x'; 500]);
    assert_eq!(skipped, (0, 1));
    // Lengths that make no sense end it; headers that do are not followed out of the frame, nor held above the bound.
    assert_eq!(
        events(&[&[0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]], 200),
        (vec![], (1, 0))
    );
    let mut lying = frame(":event-type", "e", b"{}");
    lying[7] = 200;
    lying.extend(frame(":event-type", "next", b"{}"));
    let (found, skipped) = same_however_cut(&lying, 200);
    assert_eq!((data(&found), skipped), (vec!["{}"], (1, 0)));
    let mut long = frame(":event-type", &"n".repeat(250), &[b'x'; 500]);
    long.extend(frame(":event-type", "next", b"{}"));
    let (found, skipped) = same_however_cut(&long, 200);
    assert_eq!((data(&found), skipped), (vec!["{}"], (1, 0)));
    // A large frame that was cut off ends with the stream.
    let cut = frame(":event-type", "long", &[b'x'; 500]);
    let (found, skipped) = events(&[&cut[..400]], 200);
    assert_eq!((found.len(), skipped), (1, (0, 1)));
}

#[test]
fn what_is_too_long_comes_in_pieces() {
    let long = "y".repeat(300);
    let half = &long[..150];
    let sse = format!(
        "data: {long}\nevent: late\n\ndata: a\n\ndata: {half}\r\ndata: {half}\r\n\r\n: {long}\nid: {long}\nevent: n\ndata: b\n\ndata: {long}\ndata: c"
    );
    let (found, skipped) = same_however_cut(sse.as_bytes(), 200);
    let lines = format!("{half}\n{half}");
    let last = format!("{long}\nc");
    assert_eq!(data(&found), [&long, "a", &lines, "b", &last]);
    assert_eq!((found[0].0.as_str(), found[3].0.as_str()), ("late", "n"));
    assert_eq!(skipped, (0, 3), "a comment or an id of any length is none");
    let values = format!("{{\"k\":\"{long}\"}}\n{{\"k\":1}}\n{{\"k\":\"{long}");
    let (found, skipped) = same_however_cut(values.as_bytes(), 200);
    let whole = format!("{{\"k\":\"{long}\"}}");
    assert_eq!(
        data(&found),
        [&whole, "{\"k\":1}", &whole[..whole.len() - 2]]
    );
    assert_eq!(skipped, (0, 2));
}

#[test]
fn a_hundred_megabytes_in_one_event_are_not_kept() {
    let mut framer = Framer::new(1 << 20);
    let (mut whole, mut bytes) = (0, 0);
    let piece = vec![b'z'; 1 << 20];
    let mut feed = |framer: &mut Framer, piece: &[u8]| {
        framer.feed(piece, &mut |cut| match cut {
            Cut::Whole(_) => whole += 1,
            Cut::Begin(event) => bytes += event.data.len(),
            Cut::More(data) => bytes += data.len(),
            Cut::End(_) => {}
        });
    };
    feed(&mut framer, b"data: ");
    for _ in 0..100 {
        feed(&mut framer, &piece);
        assert!(framer.held() <= (1 << 20) + 64);
    }
    feed(&mut framer, b"\n\ndata: 1\n\n");
    assert_eq!((whole, bytes, framer.skipped()), (1, 100 << 20, 0));
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
    let (mut pieces, mut out) = (Base64::default(), Vec::new());
    for piece in ["Zm", "9v", "", "Y", "mFy", "Zg==", "Zm9v"] {
        pieces.feed(piece, &mut out);
    }
    assert_eq!(out, b"foobarf", "padding is the end");
}

/// Found by the campaign `hostile`: a large event whose format was clear from its beginning left it open for the next one, which
/// then began anew.
#[test]
fn what_a_large_event_said_stays_when_another_follows() {
    use crate::extract::wire::ByteAccumulator;
    use crate::extract::wire::probe::Probe;

    let padding = "x".repeat(300);
    let first = format!(
        "{{\"type\":\"message_start\",\"message\":{{\"id\":\"i\",\"model\":\"m\",\"pad\":\"{padding}\"}}}}"
    );
    let second = format!(
        "{{\"pad\":\"{padding}\",\"type\":\"message_delta\",\"usage\":{{\"output_tokens\":4}}}}"
    );
    let mut stream = ByteAccumulator::with_limit(false, 200);
    for event in [&first, &second] {
        for piece in format!("data: {event}\n\n").as_bytes().chunks(30) {
            stream.feed(piece);
        }
    }
    assert_eq!((stream.large_events(), stream.skipped_events()), (2, 0));
    let mut op = Probe::new("", false, false);
    stream.end().finish(&mut op.recorder());
    let keys: Vec<_> = op.facts().into_iter().map(|(key, _)| key).collect();
    for key in [
        "gen_ai.response.id",
        "gen_ai.response.model",
        "gen_ai.usage.output_tokens",
    ] {
        assert!(keys.contains(&key), "{keys:?}");
    }
}

/// Found by the fuzzer `wire`: names of two formats in one large event. The one that comes first counts, wherever the bytes are cut
/// and however much is held.
#[test]
fn the_format_of_a_large_event_does_not_depend_on_the_cuts() {
    use crate::extract::wire::ByteAccumulator;
    use crate::extract::wire::probe::Probe;

    let padding = "x".repeat(300);
    let usage = "\"usage\":{\"input_tokens\":3,\"output_tokens\":4,\"prompt_tokens\":5,\"completion_tokens\":6}";
    let decisive = [
        "\"object\":\"response\"",
        "\"type\":\"message\"",
        "\"choices\":[]",
        "\"candidates\":[]",
        "\"type\":\"message-end\"",
        "\"event_type\":\"interaction.complete\"",
        // Not decisive, but a rule of their own.
        "\"output\":[],\"status\":\"completed\"",
        "\"done\":true",
    ];
    for (first, second) in decisive
        .iter()
        .flat_map(|first| decisive.iter().map(move |second| (first, second)))
    {
        // Damaged as it was found: a text without its beginning closes what is open, and what follows is at the top.
        for middle in [
            format!("\"pad\":\"{padding}\""),
            format!("\"pad\":{{\"a\":fa\u{FFFD}lse,\"b\":1}} {padding}\"}}],\"c\":1"),
        ] {
            let body =
                format!("{{\"id\":\"i\",{first},{middle},{second},\"model\":\"m\",{usage}}}");
            let read = |cut: usize| {
                let mut stream = ByteAccumulator::with_limit(true, 64);
                for piece in body.as_bytes().chunks(cut) {
                    stream.feed(piece);
                }
                assert!(stream.large_events() > 0);
                let mut op = Probe::new("", false, true);
                stream.end().finish(&mut op.recorder());
                format!("{:?}", op.facts())
            };
            let whole = read(body.len());
            for cut in [1, 2, 7, 11, 40, 100, 350] {
                assert_eq!(read(cut), whole, "cut at every {cut}: {body}");
            }
        }
    }
}
