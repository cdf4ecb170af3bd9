//! The hook: finished operations go in, files go into the queue, and references to them onto spans and events.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::metrics::MeterProvider;
use opentelemetry::{KeyValue, StringValue};
use serde::Serialize;

use super::format::Format;
use super::known::{Hashed, Kind};
use super::names::{self, system_hash, tools_hash};
use super::queue::{Place, Queue};
use super::render::{Rendered, render};
use super::report::{Reason, Report, Stats};
use super::store::{Body, Object};
use super::weight::{Weigh, weigh};
use super::worker::{Settings, start};
use crate::diag::locks::Made;
use crate::pipeline::hook::{Completion, CompletionHook, Unfinished};

/// Everything a hook is made of.
pub(super) struct Parts {
    pub(super) prefix: String,
    pub(super) format: Format,
    pub(super) files: usize,
    pub(super) bytes: usize,
    pub(super) calm: Duration,
    pub(super) provider: Option<Arc<dyn MeterProvider + Send + Sync>>,
    pub(super) settings: Settings,
}

/// How many times a process and its descendants may fork and still upload.
const FORKS: usize = 8;

/// Uploads content, and sets references to it on span and event.
///
/// ```
/// # fn main() -> Result<(), genai::upload::Error> {
/// use genai::{Telemetry, upload::UploadHook};
///
/// let hook = UploadHook::builder().base_path("memory:").build()?;
/// Telemetry::builder().completion_hook(hook).install();
/// # Ok(()) }
/// ```
///
/// # Metrics
///
/// | counter | unit | attribute |
/// |---|---|---|
/// | `genai.upload.stored` | `{file}` | |
/// | `genai.upload.dropped` | `{file}` | `reason`: `queue_files`, `queue_bytes`, `shutdown`, `system`, `unwritable` |
/// | `genai.upload.failed` | `{file}` | `reason`: `deadline`, `error`, `panic`, `shutdown` |
///
/// Each has a counter of bytes beside it, `genai.upload.stored.size` and so on. A file is *dropped* if the queue refused it;
/// it then has no reference. A file is *failed* if it was accepted but not stored. One warning says when loss starts,
/// one line when it has ended.
///
/// # End of the process
///
/// What is pending when the process ends is lost, so call `shutdown` before; the thread does not hold the process up. After a
/// `fork` the child has a queue and a worker of its own, and what was pending stays with the parent.
pub struct UploadHook {
    pub(super) prefix: String,
    pub(super) format: Format,
    pub(super) files: usize,
    bytes: usize,
    calm: Duration,
    provider: Option<Arc<dyn MeterProvider + Send + Sync>>,
    settings: Arc<Settings>,
    /// One queue per process, found by its id: locks that a fork copied while they were held are never touched again.
    queues: [Made<(u32, Arc<Queue>)>; FORKS],
}

impl UploadHook {
    /// What became of the files so far.
    ///
    /// ```
    /// # fn main() -> Result<(), genai::upload::Error> {
    /// let hook = genai::upload::UploadHook::builder().base_path("memory:").build()?;
    /// assert_eq!(hook.stats().stored.files, 0);
    /// # Ok(()) }
    /// ```
    pub fn stats(&self) -> Stats {
        self.queue()
            .map(|queue| queue.report.stats())
            .unwrap_or_default()
    }

    pub(super) fn new(parts: Parts) -> Self {
        let Parts {
            prefix,
            format,
            files,
            bytes,
            calm,
            provider,
            settings,
        } = parts;
        let settings = Arc::new(settings);
        let this = Self {
            prefix,
            format,
            files,
            bytes,
            calm,
            provider,
            settings,
            queues: [const { Made::new() }; FORKS],
        };
        // Made now, so that no fork can come while it is being made.
        let _ = this.queue();
        this
    }

    /// The queue of this process; `None` after too many forks.
    pub(super) fn queue(&self) -> Option<&Arc<Queue>> {
        let pid = pid();
        self.queues.iter().find_map(|slot| {
            let (owner, queue) = slot.get_or_make(|| (pid, Arc::new(self.new_queue())))?;
            (*owner == pid).then_some(queue)
        })
    }

    fn new_queue(&self) -> Queue {
        Queue::new(
            self.files,
            self.bytes,
            Report::new(self.provider.clone(), self.calm),
        )
    }

    /// Hands over one file; returns the reference if the queue took it.
    fn submit<T: Serialize + Weigh>(
        &self,
        queue: &Arc<Queue>,
        items: &[T],
        name: impl fmt::Display,
        hashed: Option<Hashed>,
    ) -> Option<String> {
        let refuse = |reason| {
            queue.report.dropped(weigh(items), reason);
            None
        };
        let room = match queue.room(hashed.as_ref()) {
            Place::Room(room) => room,
            Place::Taken => return Some(format!("{}{name}", self.prefix)),
            Place::Refused(reason) => return refuse(reason),
        };
        if !start(queue, &self.settings) {
            return refuse(Reason::System);
        }
        let (body, reserved) = match render(items, self.format, weigh(items), &queue.budget) {
            Rendered::Body(body, reserved) => (body, reserved),
            Rendered::TooLarge => return refuse(Reason::QueueBytes),
            Rendered::Unwritable => return refuse(Reason::Unwritable),
        };
        let name = name.to_string();
        let reference = format!("{}{name}", self.prefix);
        let object = Object {
            name: name.into(),
            body: Body(Arc::new(body)),
            content_type: self.format.content_type(),
        };
        if room.put(object, reserved, hashed) {
            Some(reference)
        } else {
            refuse(Reason::Shutdown)
        }
    }
}

impl CompletionHook for UploadHook {
    fn on_completion(&self, completion: &mut Completion<'_>) {
        let (inputs, outputs) = (completion.inputs, completion.outputs);
        let (system, tools) = (completion.system_instructions, completion.tool_definitions);
        if inputs.is_empty() && outputs.is_empty() && system.is_empty() && tools.is_empty() {
            return;
        }
        let Some(queue) = self.queue() else { return };
        let Some(uuid) = names::random() else {
            let sizes = [
                (inputs.is_empty(), weigh(inputs)),
                (outputs.is_empty(), weigh(outputs)),
                (system.is_empty(), weigh(system)),
                (tools.is_empty(), weigh(tools)),
            ];
            sizes
                .into_iter()
                .filter(|(empty, _)| !empty)
                .for_each(|(_, size)| queue.report.dropped(size, Reason::System));
            return;
        };
        let extension = self.format.extension();
        if !inputs.is_empty() {
            let reference = self.submit(
                queue,
                inputs,
                format_args!("{uuid}_inputs.{extension}"),
                None,
            );
            stamp(completion, "gen_ai.input.messages_ref", reference);
        }
        if !outputs.is_empty() {
            let reference = self.submit(
                queue,
                outputs,
                format_args!("{uuid}_outputs.{extension}"),
                None,
            );
            stamp(completion, "gen_ai.output.messages_ref", reference);
        }
        if !system.is_empty() {
            let reference = match system_hash(system) {
                Some(hash) => {
                    let name = format_args!("{hash:x}_system_instruction.{extension}").to_string();
                    self.submit(queue, system, name, Some((Kind::System, hash)))
                }
                None => self.submit(
                    queue,
                    system,
                    format_args!("{uuid}_system_instruction.{extension}"),
                    None,
                ),
            };
            stamp(completion, "gen_ai.system_instructions_ref", reference);
        }
        if !tools.is_empty() {
            let reference = match tools_hash(tools) {
                Some(hash) => {
                    let name = format_args!("{hash:x}_tool.definitions.{extension}").to_string();
                    self.submit(queue, tools, name, Some((Kind::Tools, hash)))
                }
                None => self.submit(
                    queue,
                    tools,
                    format_args!("{uuid}_tool.definitions.{extension}"),
                    None,
                ),
            };
            stamp(completion, "gen_ai.tool.definitions_ref", reference);
        }
        queue.wake();
    }

    fn flush(&self, timeout: Duration) -> Result<(), Unfinished> {
        self.queue().map_or(Ok(()), |queue| queue.flush(timeout))
    }

    fn shutdown(&self, timeout: Duration) -> Result<(), Unfinished> {
        self.queue().map_or(Ok(()), |queue| queue.shutdown(timeout))
    }
}

impl Drop for UploadHook {
    /// Lets the worker end once everything pending is settled; does not wait for it.
    fn drop(&mut self) {
        if let Some(queue) = self.queue() {
            queue.close();
        }
    }
}

impl fmt::Debug for UploadHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadHook")
            .field("format", &self.format)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

/// Sets a reference on span and event.
fn stamp(completion: &mut Completion<'_>, key: &'static str, reference: Option<String>) {
    let Some(reference) = reference.map(StringValue::from) else {
        return;
    };
    if let Some(event) = completion.event() {
        event.set_attribute(key, reference.clone());
    }
    completion.set_span_attribute(KeyValue::new(key, reference));
}

#[cfg(not(test))]
fn pid() -> u32 {
    std::process::id()
}

/// In tests the process id can be changed, since a real fork cannot be had without unsafe code.
#[cfg(test)]
fn pid() -> u32 {
    super::tests::PID
        .with(std::cell::Cell::get)
        .unwrap_or_else(std::process::id)
}
