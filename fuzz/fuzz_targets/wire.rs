//! Bytes of a provider's answer, cut anywhere: no panic, bounded memory. `cargo +nightly fuzz run wire`
#![no_main]

use genai::ByteAccumulator;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (cut, body) = data.split_first().map_or((1, data), |(n, rest)| (usize::from(*n).max(1), rest));
    let mut known = ByteAccumulator::with_limit(true, 1 << 16);
    for piece in body.chunks(cut) {
        known.feed(piece);
    }
    let _ = known.skipped_events();
    let _ = known.end();
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) {
        let _ = genai::Wire::error_type(500, &value);
        let mut chat = genai::Telemetry::from_env().chat("openai").request(&value).start();
        chat.response(&value);
        chat.finish();
    }
});
