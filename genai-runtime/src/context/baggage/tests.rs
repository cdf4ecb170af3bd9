use std::sync::{Mutex, MutexGuard};

use opentelemetry::baggage::KeyValueMetadata;

use super::super::entry::with_entry;
use super::*;

/// The process has one configuration.
fn installed(baggage: &Baggage) -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    let guard = ONE.lock().unwrap_or_else(|e| e.into_inner());
    install(baggage);
    guard
}

const KEYS: [&str; 3] = ["gen_ai.conversation.id", "user.id", "tenant"];
const TENANT: &str = "gen_ai.association.properties.tenant";

fn sent(cx: &Context) -> Vec<(String, String)> {
    let mut all: Vec<_> = cx
        .baggage()
        .iter()
        .map(|(key, (value, _))| (key.to_string(), value.to_string()))
        .collect();
    all.sort();
    all
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut all: Vec<_> = pairs
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect();
    all.sort();
    all
}

#[test]
fn what_is_named_is_sent_and_nothing_else() {
    let _one = installed(&Baggage::new().send(KEYS));
    let context = GenAiContext::new()
        .conversation_id("c-1")
        .property("user.id", "alice")
        .property("tenant", "acme")
        .property("secret", "s");
    let outer = with_entry(&Context::new(), context.clone());
    let all = [
        ("gen_ai.conversation.id", "c-1"),
        ("user.id", "alice"),
        (TENANT, "acme"),
    ];
    assert_eq!(sent(&outer), pairs(&all));
    // Of an inner context what it has, and what it has not goes.
    let inner = with_entry(&outer, GenAiContext::new().property("user.id", "bob"));
    assert_eq!(sent(&inner), pairs(&[("user.id", "bob")]));
    // The same again leaves the baggage as it is.
    let same = with_entry(&outer, context);
    assert!(std::ptr::eq(same.baggage(), outer.baggage()));
}

#[test]
fn the_programs_own_baggage_stays() {
    let _one = installed(&Baggage::new().send(KEYS));
    let own = Context::new().with_baggage([
        KeyValueMetadata::new("theirs", "1", "ttl=3"),
        KeyValueMetadata::new("user.id", "own", ""),
    ]);
    let cx = with_entry(&own, GenAiContext::new().conversation_id("c"));
    let expected = [
        ("gen_ai.conversation.id", "c"),
        ("theirs", "1"),
        ("user.id", "own"),
    ];
    assert_eq!(sent(&cx), pairs(&expected));
    let metadata = &cx
        .baggage()
        .get_with_metadata("theirs")
        .expect("it is there")
        .1;
    assert_eq!(metadata.as_str(), "ttl=3");
    let cx = with_entry(&cx, GenAiContext::new().property("user.id", "ours"));
    assert_eq!(sent(&cx), pairs(&[("theirs", "1"), ("user.id", "ours")]));
}

#[test]
fn what_would_not_arrive_is_not_sent() {
    let _one = installed(&Baggage::new().send(KEYS));
    let fits = "ü".repeat(LONGEST / 2);
    for (value, is_sent) in [
        (fits.as_str(), true),
        ("100 % of 7", true),
        (&"x".repeat(LONGEST + 1), false),
        (" x", false),
        ("a\nb", false),
        ("%41", false),
        ("", false),
    ] {
        let cx = with_entry(
            &Context::new(),
            GenAiContext::new().property("tenant", value),
        );
        assert_eq!(cx.baggage().get(TENANT).is_some(), is_sent, "{value}");
    }
    let number = GenAiContext::new().property("tenant", 7);
    assert!(with_entry(&Context::new(), number).baggage().is_empty());
}

#[test]
fn members_are_counted_before_opentelemetry_drops_them() {
    let _one = installed(&Baggage::new().send(KEYS));
    let context = GenAiContext::new()
        .conversation_id("c")
        .property("user.id", "u");
    let full = |count: usize, length: usize| {
        let value = "x".repeat(length);
        let all = (0..count).map(|n| KeyValueMetadata::new(format!("k{n:02}"), value.clone(), ""));
        with_entry(&Context::new().with_baggage(all), context.clone())
    };
    // Two, one and no place left.
    for (others, ours) in [(62, 2), (63, 1), (64, 0)] {
        let cx = full(others, 1);
        assert_eq!(cx.baggage().len(), others + ours);
    }
    assert_eq!(full(40, 180).baggage().len(), 42);
    assert_eq!(full(40, 200).baggage().len(), 40);
}

#[test]
fn what_is_accepted_comes_after_what_the_service_has() {
    let _one = installed(&Baggage::new().accept(KEYS));
    let read = |context: GenAiContext, header: &str| {
        accepted(context, || std::iter::once(header.as_bytes()))
    };
    let header = format!(
        " gen_ai.conversation.id = c%201 ;p=1, user.id=ali%C3%A7e,{TENANT}=acme,other=1,user.id=second"
    );
    let all = read(GenAiContext::new(), &header);
    assert_eq!(all.conversation(), Some("c 1"));
    assert_eq!(
        all.value("user.id").map(|v| v.as_str()).as_deref(),
        Some("aliçe")
    );
    assert_eq!(
        all.value("tenant").map(|v| v.as_str()).as_deref(),
        Some("acme")
    );
    assert_eq!(all.properties().count(), 2);
    let own = GenAiContext::new()
        .conversation_id("own")
        .property("tenant", 1);
    let all = read(own, &header);
    assert_eq!(all.conversation(), Some("own"));
    assert_eq!(all.value("tenant"), Some(&opentelemetry::Value::I64(1)));
}

#[test]
fn nothing_is_accepted_that_is_not_named_or_is_hostile() {
    let _one = installed(&Baggage::new().accept(["user.id"]));
    let long = format!("user.id={}", "x".repeat(LONGEST + 1));
    let huge = format!("user.id=a,x={}", "y".repeat(10_000_000));
    let many = "user.id=a,".repeat(5_000);
    for header in [
        &b"gen_ai.conversation.id=forged"[..],
        b"gen_ai.association.properties.tenant=forged,gen_ai.association.properties.user.id=forged",
        b"user.id=",
        b"user.id",
        b"=a",
        b"user.id=%FF%FE",
        b"user.id=\xff\xfe",
        b"user.id=a%0Ab",
        b"",
        b",,,;;;===",
        long.as_bytes(),
        huge.as_bytes(),
        many.as_bytes(),
    ] {
        let context = accepted(GenAiContext::new(), || std::iter::once(header));
        assert!(
            context.is_empty(),
            "{:.60}",
            String::from_utf8_lossy(header)
        );
    }
    let _two = {
        drop(_one);
        installed(&Baggage::new())
    };
    let header = &b"gen_ai.conversation.id=c,user.id=u"[..];
    assert!(accepted(GenAiContext::new(), || std::iter::once(header)).is_empty());
    assert!(!is_sent() && !is_accepted());
}

#[test]
fn names_that_are_none_are_left_out() {
    let baggage = Baggage::new().send(["", "a b", "a,b", "é", "ok", "ok", TENANT, "tenant"]);
    assert_eq!(
        format!("{baggage:?}"),
        format!("Baggage {{ send: [\"{PREFIX}ok\", \"{TENANT}\"], accept: [] }}")
    );
}

/// Names, values as they are encoded, what is behind them and the signs between count, to the last byte.
#[test]
fn bytes_are_counted_to_the_last() {
    let _one = installed(&Baggage::new().send(KEYS));
    let context = GenAiContext::new()
        .conversation_id("c")
        .property("user.id", "ü");
    let ours = ("gen_ai.conversation.id=c,".len(), "user.id=%C3%BC,".len());
    let full = |bytes: usize| {
        let first = "k1=,;ttl=3".len() + 4_000;
        let second = "k2=,;".len() + 2_000;
        let third = bytes - first - second - "k3=,;".len();
        let all = [
            KeyValueMetadata::new("k1", "x".repeat(4_000), "ttl=3"),
            KeyValueMetadata::new("k2", "x".repeat(2_000), ""),
            KeyValueMetadata::new("k3", "x".repeat(third), ""),
        ];
        let cx = with_entry(&Context::new().with_baggage(all), context.clone());
        assert_eq!(
            cx.baggage().get("k3").map(|text| text.as_str().len()),
            Some(third)
        );
        cx.baggage().len() - 3
    };
    let both = BYTES - ours.0 - ours.1;
    assert_eq!(full(both), 2);
    assert_eq!(full(both + 1), 1);
    // The shorter one finds its place where the longer one has none.
    assert_eq!(full(BYTES - ours.1), 1);
    assert_eq!(full(BYTES - ours.1 + 1), 0);
}

#[test]
fn a_request_may_send_as_much_as_a_baggage_holds() {
    let _one = installed(&Baggage::new().accept(KEYS));
    let of = |headers: &[String]| {
        let context = accepted(GenAiContext::new(), || headers.iter().map(String::as_bytes));
        context.id().is_some()
    };
    let own = "gen_ai.conversation.id=c-1".to_owned();
    let rest = |bytes: usize| format!("x={}", "y".repeat(bytes - 2));
    assert!(of(&[own.clone(), rest(BYTES - own.len())]));
    assert!(!of(&[own.clone(), rest(BYTES - own.len() + 1)]));
    let many = |count: usize| vec!["x=y"; count].join(",");
    assert!(of(&[many(MEMBERS - 1), own.clone()]));
    assert!(!of(&[many(MEMBERS), own]));
}

#[test]
fn what_is_percent_encoded_is_decoded_once() {
    for (text, expected) in [
        ("", Some("")),
        ("a+b", Some("a+b")),
        ("a%20b", Some("a b")),
        ("%C3%BC%c3%bc", Some("üü")),
        ("%2541", Some("%41")),
        // What is no encoding is as it is written.
        ("%", Some("%")),
        ("%4", Some("%4")),
        ("%4g%g4%%41", Some("%4g%g4%A")),
        ("100% of 7", Some("100% of 7")),
        ("%FF", None),
    ] {
        assert_eq!(decoded(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn members_are_written_as_they_are_read() {
    let _one = installed(&Baggage::new().send(KEYS).accept(KEYS));
    let context = GenAiContext::new()
        .conversation_id("a-._~b c,d;e=f\"g%ü")
        .property("tenant", "acme");
    let cx = with_entry(&Context::new(), context.clone());
    let header = members(&cx).expect("members");
    assert_eq!(
        header,
        format!("gen_ai.conversation.id=a-._~b%20c%2Cd%3Be%3Df%22g%25%C3%BC,{TENANT}=acme")
    );
    let read = accepted(GenAiContext::new(), || std::iter::once(header.as_bytes()));
    assert_eq!(read, context);
    assert_eq!(members(&Context::new()), None);
    // What the program has there on its own is not for this header.
    let own = Context::new().with_baggage([KeyValueMetadata::new("theirs", "1", "")]);
    assert_eq!(members(&own), None);
}

#[test]
fn of_members_of_one_name_the_first_that_has_a_value_counts() {
    let _one = installed(&Baggage::new().accept(KEYS));
    for (header, user) in [
        ("user.id=,user.id=second", Some("second")),
        ("user.id=first,user.id=second", Some("first")),
        ("user.id=first,user.id=", Some("first")),
        ("user.id,user.id=%0A,other=1", None),
    ] {
        let read = accepted(GenAiContext::new(), || std::iter::once(header.as_bytes()));
        let found = read
            .value("user.id")
            .map(|value| value.as_str().into_owned());
        assert_eq!(found.as_deref(), user, "{header}");
    }
    let longest = "x".repeat(LONGEST);
    let header = format!("user.id={longest}");
    let read = accepted(GenAiContext::new(), || std::iter::once(header.as_bytes()));
    assert!(read.value("user.id").is_some());
}

#[test]
fn keys_are_at_most_as_many_as_members() {
    let keys = |count: usize| (0..count).map(|n| format!("k{n}"));
    let shown = |baggage: &Baggage| format!("{baggage:?}").matches(PREFIX).count();
    assert_eq!(shown(&Baggage::new().send(keys(MEMBERS))), MEMBERS);
    assert_eq!(shown(&Baggage::new().send(keys(MEMBERS + 1))), MEMBERS);
    let both = Baggage::new().send(keys(2)).accept(keys(3));
    assert_eq!(shown(&both), 5);
}

#[test]
fn what_is_sent_and_what_is_accepted_are_two_things() {
    for (baggage, sends, accepts) in [
        (Baggage::new(), false, false),
        (Baggage::new().send(KEYS), true, false),
        (Baggage::new().accept(KEYS), false, true),
        (Baggage::new().send(KEYS).accept(KEYS), true, true),
    ] {
        let _one = installed(&baggage);
        assert_eq!((is_sent(), is_accepted()), (sends, accepts));
    }
}

/// A place whose conversation is sent has another baggage than what it was merged with; that is merged once all the same.
#[test]
fn a_place_that_sends_its_conversation_is_merged_once() {
    use super::super::entry::entry_id;
    use super::super::place::Place;

    let _one = installed(&Baggage::new().send(KEYS));
    let current = Context::new().with_baggage([KeyValueMetadata::new("theirs", "1", "")]);
    let _guard = current.attach();
    let mut place = Place::new(GenAiContext::new().conversation_id("c"));
    let (first, second) = (place.merged(), place.merged());
    let both = pairs(&[("gen_ai.conversation.id", "c"), ("theirs", "1")]);
    assert_eq!((sent(&first), sent(&second)), (both.clone(), both));
    assert_eq!(entry_id(&first), entry_id(&second));
}
