//! Replays recorded provider traffic and compares what is recorded with what is expected.
//!
//! `recordings [DIR]` (default `../shared/recordings`) prints one line per recording and a summary; it fails if any recording
//! differs that is not listed as a deviation. `recordings --seeds FOLDER` writes what they hold as inputs for the fuzzer
//! `wire` instead.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use genai_tests::recordings::compare::{Scope, compare};
use genai_tests::recordings::http::{Pieces, Replay};
use genai_tests::recordings::replay::{Form, framed, replay};
use genai_tests::recordings::{Observed, Recording, deviation, load_all};
use genai_tests::shared;
use lexopt::prelude::*;

/// Values, and bytes cut in three ways: after every byte, and at places made up from two seeds.
const FORMS: [Form; 4] = [Form::Values, Form::Bytes(0), Form::Bytes(1), Form::Bytes(2)];

/// In what a recording differs: what is wrong, and the reasons of what is on purpose.
#[derive(Default)]
struct Found {
    wrong: Vec<String>,
    reasons: BTreeSet<&'static str>,
}

impl Found {
    fn add(&mut self, recording: &Recording, observed: &Observed, scope: Scope, way: &str) {
        for line in compare(recording, observed, scope) {
            match deviation(recording, &line) {
                Some(reason) => drop(self.reasons.insert(reason)),
                None => self
                    .wrong
                    .push(format!("{way}, content {}: {line}", scope.content)),
            }
        }
    }
}

/// What differs where a recording is replayed over HTTP through annotated functions, by id.
fn over_http(recordings: &[Recording]) -> std::io::Result<BTreeMap<&str, Found>> {
    let mut all: BTreeMap<&str, Found> = BTreeMap::new();
    for content in [true, false] {
        let replay = Replay::new(content)?;
        let scope = Scope {
            headers: false,
            content,
        };
        for recording in recordings {
            for pieces in [Pieces::Events, Pieces::Cut(0), Pieces::Cut(3)] {
                let Some(observed) = replay.run(recording, pieces) else {
                    continue;
                };
                let found = all.entry(&recording.id).or_default();
                found.add(recording, &observed, scope, &format!("HTTP, {pieces:?}"));
            }
        }
    }
    Ok(all)
}

/// Writes each request, body and stream to a file of its own, after the byte that tells the fuzzer how to cut.
fn write_seeds(recordings: &[Recording], folder: &Path) -> std::io::Result<usize> {
    std::fs::create_dir_all(folder)?;
    let mut written = 0;
    for (at, recording) in recordings.iter().enumerate() {
        let response = &recording.response;
        let body = response.body.as_ref().map(|body| body.to_string());
        let stream = response.sse.as_ref().map(|texts| framed(recording, texts));
        let bodies = [
            Some(recording.request.to_string().into_bytes()),
            body.map(String::into_bytes),
            stream,
        ];
        for (kind, body) in bodies.iter().enumerate() {
            if let Some(body) = body {
                let how = u8::try_from(at % 256).unwrap_or_default();
                let file = folder.join(format!("{at}-{kind}"));
                std::fs::write(file, [&[how], body.as_slice()].concat())?;
                written += 1;
            }
        }
    }
    Ok(written)
}

/// Where the seeds go, if anywhere, and where the recordings are.
fn arguments() -> Result<(Option<PathBuf>, Option<PathBuf>), lexopt::Error> {
    let (mut seeds, mut folder) = (None, None);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seeds") => seeds = Some(parser.value()?.into()),
            Value(path) if folder.is_none() => folder = Some(path.into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok((seeds, folder))
}

fn main() -> ExitCode {
    let (seeds, folder) = match arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let Some(folder) = folder.or_else(|| shared("recordings")) else {
        return ExitCode::SUCCESS;
    };
    let recordings = match load_all(&folder) {
        Ok(recordings) if recordings.is_empty() => {
            eprintln!("{}: no recordings", folder.display());
            return ExitCode::FAILURE;
        }
        Ok(recordings) => recordings,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            return ExitCode::FAILURE;
        }
    };
    if let Some(seeds) = seeds {
        return match write_seeds(&recordings, &seeds) {
            Ok(written) => {
                println!("{written} files written");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let mut over_http = match over_http(&recordings) {
        Ok(differences) => differences,
        Err(error) => {
            eprintln!("no server on loopback: {error}");
            return ExitCode::FAILURE;
        }
    };
    for recording in &recordings {
        let mut found = over_http.remove(recording.id.as_str()).unwrap_or_default();
        for form in FORMS {
            for content in [true, false] {
                let observed = replay(recording, form, content);
                let scope = Scope {
                    headers: false,
                    content,
                };
                found.add(recording, &observed, scope, &format!("{form:?}"));
            }
        }
        if !found.wrong.is_empty() {
            failed += 1;
            println!("FAIL  {}\n  {}", recording.id, found.wrong.join("\n  "));
        } else if found.reasons.is_empty() {
            passed += 1;
            println!("ok    {}", recording.id);
        } else {
            skipped += 1;
            let reasons: Vec<_> = found.reasons.into_iter().collect();
            println!("skip  {}: {}", recording.id, reasons.join("; "));
        }
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
