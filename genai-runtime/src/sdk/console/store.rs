//! Spans that wait for their tree to be complete.
//!
//! In come starts and ends of spans and the events inside them; out go trees, each when nothing above it is left running.
//! What is kept is bounded: the oldest trace is given out incomplete when there are too many, and a trace that grows too
//! large is given out in pieces.

use std::collections::{BTreeMap, HashMap};

use opentelemetry::trace::{SpanId, TraceId};

use super::row::{Event, Row};

/// Most traces waiting at a time.
const MOST_TRACES: usize = 256;
/// Most finished spans of one trace waiting at a time.
const MOST_SPANS: usize = 1_000;
/// Most running spans of one trace that are followed.
const MOST_RUNNING: usize = 1_000;
/// Most events shown of one span.
const MOST_EVENTS: usize = 8;

/// Spans of one trace, ready to be printed.
#[derive(Debug)]
pub(super) struct Forest {
    pub(super) trace: TraceId,
    /// By id; a row whose parent is not here is the top of a tree.
    pub(super) rows: HashMap<SpanId, Row>,
    /// The parts of the trace that end after its top.
    pub(super) late: bool,
}

#[derive(Debug, Default)]
pub(super) struct Store {
    traces: HashMap<TraceId, Trace>,
    /// Traces by age.
    ages: BTreeMap<u64, TraceId>,
    next_age: u64,
}

#[derive(Debug, Default)]
struct Trace {
    age: u64,
    running: HashMap<SpanId, Running>,
    done: HashMap<SpanId, Row>,
    given_out: bool,
}

#[derive(Debug)]
struct Running {
    name: String,
    parent: SpanId,
    events: Vec<Event>,
}

impl Store {
    /// A span has started. Returns what had to make room.
    pub(super) fn start(
        &mut self,
        trace: TraceId,
        span: SpanId,
        parent: SpanId,
        name: String,
    ) -> Option<Forest> {
        let evicted = if self.traces.len() >= MOST_TRACES && !self.traces.contains_key(&trace) {
            self.ages
                .first_key_value()
                .map(|(_, oldest)| *oldest)
                .and_then(|oldest| self.evict(oldest))
        } else {
            None
        };
        let running = &mut self.trace(trace).running;
        if running.len() < MOST_RUNNING {
            running.insert(
                span,
                Running {
                    name,
                    parent,
                    events: Vec::new(),
                },
            );
        }
        evicted
    }

    /// A running span has an event; it comes back when that span is not known.
    pub(super) fn event(&mut self, trace: TraceId, span: SpanId, event: Event) -> Option<Event> {
        match self
            .traces
            .get_mut(&trace)
            .and_then(|trace| trace.running.get_mut(&span))
        {
            Some(running) => {
                if running.events.len() < MOST_EVENTS {
                    running.events.push(event);
                }
                None
            }
            None => Some(event),
        }
    }

    /// A span has ended. Returns the tree that is complete with it.
    pub(super) fn end(&mut self, id: TraceId, span: SpanId, mut row: Row) -> Option<Forest> {
        let trace = self.trace(id);
        if let Some(running) = trace.running.remove(&span) {
            row.events = running.events;
        }
        trace.done.insert(span, row);
        let rows = match trace.top(span) {
            Some(top) => trace.take(top),
            None if trace.done.len() >= MOST_SPANS => std::mem::take(&mut trace.done),
            None => return None,
        };
        let late = std::mem::replace(&mut trace.given_out, true);
        if trace.running.is_empty() && trace.done.is_empty() {
            self.forget(id);
        }
        Some(Forest {
            trace: id,
            rows,
            late,
        })
    }

    /// Gives out everything, complete or not.
    pub(super) fn drain(&mut self) -> Vec<Forest> {
        let oldest_first: Vec<TraceId> = self.ages.values().copied().collect();
        oldest_first
            .into_iter()
            .filter_map(|trace| self.evict(trace))
            .collect()
    }

    fn trace(&mut self, id: TraceId) -> &mut Trace {
        self.traces.entry(id).or_insert_with(|| {
            let age = self.next_age;
            self.next_age += 1;
            self.ages.insert(age, id);
            Trace {
                age,
                ..Trace::default()
            }
        })
    }

    fn forget(&mut self, id: TraceId) -> Option<Trace> {
        let trace = self.traces.remove(&id)?;
        self.ages.remove(&trace.age);
        Some(trace)
    }

    fn evict(&mut self, id: TraceId) -> Option<Forest> {
        let mut trace = self.forget(id)?;
        let mut rows = std::mem::take(&mut trace.done);
        rows.extend(
            trace
                .running
                .drain()
                .map(|(span, running)| (span, running.into_row())),
        );
        (!rows.is_empty()).then_some(Forest {
            trace: id,
            rows,
            late: trace.given_out,
        })
    }
}

impl Trace {
    /// The finished span above `span` that has nothing above it; none while a span above still runs.
    fn top(&self, span: SpanId) -> Option<SpanId> {
        let mut top = span;
        // No more steps than there are spans: ids are the program's, and could form a circle.
        for _ in 0..=self.done.len() {
            let parent = self.done.get(&top)?.parent;
            match parent {
                Some(parent) if self.running.contains_key(&parent) => return None,
                Some(parent) if parent != top && self.done.contains_key(&parent) => top = parent,
                _ => break,
            }
        }
        Some(top)
    }

    /// Takes the tree below `top` out, with the running spans below it as rows that have no duration.
    fn take(&mut self, top: SpanId) -> HashMap<SpanId, Row> {
        let mut children: HashMap<SpanId, Vec<SpanId>> = HashMap::new();
        for (id, row) in &self.done {
            children
                .entry(row.parent.unwrap_or(SpanId::INVALID))
                .or_default()
                .push(*id);
        }
        for (id, running) in &self.running {
            children.entry(running.parent).or_default().push(*id);
        }
        let mut rows = HashMap::new();
        let mut pending = vec![top];
        while let Some(id) = pending.pop() {
            if let Some(row) = self.done.remove(&id) {
                rows.insert(id, row);
            } else if let Some(running) = self.running.get(&id) {
                rows.insert(id, Row::running(running.name.clone(), running.parent));
            }
            pending.extend(children.remove(&id).unwrap_or_default());
        }
        rows
    }
}

impl Running {
    fn into_row(self) -> Row {
        Row {
            events: self.events,
            ..Row::running(self.name, self.parent)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: TraceId = TraceId::from_bytes([1; 16]);

    fn id(n: u64) -> SpanId {
        SpanId::from(n)
    }

    fn row(parent: u64) -> Row {
        Row {
            parent: Some(id(parent)).filter(|p| *p != SpanId::INVALID),
            duration: Some(Default::default()),
            ..Row::default()
        }
    }

    fn ids(forest: &Forest) -> Vec<u64> {
        let mut ids: Vec<u64> = forest
            .rows
            .keys()
            .map(|id| u64::from_be_bytes(id.to_bytes()))
            .collect();
        ids.sort_unstable();
        ids
    }

    fn start(store: &mut Store, span: u64, parent: u64) {
        assert!(
            store
                .start(TRACE, id(span), id(parent), span.to_string())
                .is_none()
        );
    }

    #[test]
    fn a_tree_comes_out_when_its_top_ends() {
        let mut store = Store::default();
        start(&mut store, 1, 0);
        start(&mut store, 2, 1);
        start(&mut store, 3, 2);
        assert!(store.end(TRACE, id(3), row(2)).is_none());
        assert!(store.end(TRACE, id(2), row(1)).is_none());
        let forest = store.end(TRACE, id(1), row(0)).unwrap();
        assert_eq!(ids(&forest), [1, 2, 3]);
        assert!(!forest.late);
        assert!(store.traces.is_empty() && store.ages.is_empty());
    }

    #[test]
    fn a_parent_in_another_process_is_a_top_like_none() {
        let mut store = Store::default();
        start(&mut store, 2, 77);
        assert_eq!(ids(&store.end(TRACE, id(2), row(77)).unwrap()), [2]);
    }

    #[test]
    fn a_span_whose_parent_ended_waits_for_the_grandparent() {
        let mut store = Store::default();
        for (span, parent) in [(1, 0), (2, 1), (3, 2)] {
            start(&mut store, span, parent);
        }
        assert!(store.end(TRACE, id(2), row(1)).is_none());
        assert!(store.end(TRACE, id(3), row(2)).is_none());
        assert_eq!(ids(&store.end(TRACE, id(1), row(0)).unwrap()), [1, 2, 3]);
    }

    #[test]
    fn what_ends_after_the_top_is_shown_running_and_comes_out_late() {
        let mut store = Store::default();
        for (span, parent) in [(1, 0), (2, 1), (3, 2)] {
            start(&mut store, span, parent);
        }
        let forest = store.end(TRACE, id(1), row(0)).unwrap();
        assert_eq!(ids(&forest), [1, 2, 3]);
        assert!(forest.rows[&id(2)].duration.is_none());
        assert!(store.end(TRACE, id(3), row(2)).is_none());
        let late = store.end(TRACE, id(2), row(1)).unwrap();
        assert!(late.late);
        assert_eq!(ids(&late), [2, 3]);
        assert!(store.traces.is_empty());
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut store = Store::default();
        let mut evicted = 0;
        for n in 1..=2_000_u64 {
            let trace = TraceId::from_bytes(u128::from(n).to_be_bytes());
            evicted += usize::from(store.start(trace, id(n), id(0), String::new()).is_some());
        }
        assert_eq!(store.traces.len(), MOST_TRACES);
        assert_eq!(evicted, 2_000 - MOST_TRACES);
        assert_eq!(store.drain().len(), MOST_TRACES);

        start(&mut store, 1, 0);
        let mut given_out = 0;
        for n in 2..=5_001 {
            start(&mut store, n, 1);
            given_out += store
                .end(TRACE, id(n), row(1))
                .map_or(0, |forest| forest.rows.len());
        }
        assert_eq!(given_out, 5_000);
        assert_eq!(ids(&store.end(TRACE, id(1), row(0)).unwrap()), [1]);
    }

    #[test]
    fn circles_and_doubled_ends_do_no_harm() {
        let mut store = Store::default();
        assert!(store.end(TRACE, id(1), row(1)).is_some());
        start(&mut store, 1, 2);
        start(&mut store, 2, 1);
        let _ = store.end(TRACE, id(1), row(2));
        let _ = store.end(TRACE, id(2), row(1));
        assert!(store.end(TRACE, id(2), row(1)).is_some() || !store.drain().is_empty());
    }

    #[test]
    fn events_go_to_their_running_span() {
        let mut store = Store::default();
        start(&mut store, 1, 0);
        let event = || Event {
            name: "gen_ai.x",
            said: String::new(),
            excerpts: Default::default(),
        };
        assert!(store.event(TRACE, id(1), event()).is_none());
        assert!(store.event(TRACE, id(9), event()).is_some());
        let forest = store.end(TRACE, id(1), row(0)).unwrap();
        assert_eq!(forest.rows[&id(1)].events.len(), 1);
    }
}
