//! The picture of a finished trace.
//!
//! In come the spans of a trace; out goes a heading and one line per span, in columns, with the details that need room of
//! their own below it.

use std::collections::HashMap;

use opentelemetry::trace::{SpanId, TraceId};

use super::row::{Event, Excerpts, Row};
use super::store::Forest;
use super::terminal::{Line, Style, Terminal, count, duration, seconds, tokens, wrap};

/// Columns of the duration, of the tokens, and between columns.
const DURATION: usize = 9;
const TOKENS: usize = 13;
const GAP: &str = "  ";
/// Deepest level that is still indented; deeper spans stand below each other.
const DEEPEST: usize = 12;

/// Draws all the trees of a forest.
pub(super) fn draw(terminal: &Terminal, forest: Forest) -> String {
    let mut drawing = Drawing {
        terminal,
        rows: forest.rows,
        children: HashMap::new(),
        conversation: None,
        out: String::new(),
    };
    let mut tops = drawing.relate();
    drawing.in_order(&mut tops);
    drawing.heading(&forest.trace.to_string(), &tops, forest.late);
    for top in tops {
        drawing.subtree(top);
    }
    drawing.out
}

/// Draws an event whose span is not known to be running, but its trace may be.
pub(super) fn draw_event(terminal: &Terminal, event: &Event, trace: Option<TraceId>) -> String {
    let mut out = String::new();
    let mut line = terminal.line();
    line.push("event ", Style::Faint)
        .push(event.name, Style::Strong);
    said(&mut line, event);
    if let Some(trace) = trace.filter(|_| !event.said.is_empty()) {
        let trace = trace.to_string();
        line.push(" · trace ", Style::Faint)
            .push(trace.get(..8).unwrap_or_default(), Style::Faint);
    }
    line.end(&mut out);
    excerpts(terminal, "  ", &event.excerpts, &mut out);
    out
}

struct Drawing<'a> {
    terminal: &'a Terminal,
    rows: HashMap<SpanId, Row>,
    children: HashMap<SpanId, Vec<SpanId>>,
    /// The heading's, not repeated on the lines.
    conversation: Option<String>,
    out: String,
}

impl Drawing<'_> {
    /// Finds the children of every span; returns the spans without a parent here.
    fn relate(&mut self) -> Vec<SpanId> {
        let mut tops = Vec::new();
        for (id, row) in &self.rows {
            match row.parent {
                Some(parent) if parent != *id && self.rows.contains_key(&parent) => {
                    self.children.entry(parent).or_default().push(*id);
                }
                _ => tops.push(*id),
            }
        }
        tops
    }

    /// By start; what still runs comes last.
    fn in_order(&self, ids: &mut [SpanId]) {
        ids.sort_by_key(|id| {
            let start = self.rows.get(id).and_then(|row| row.start);
            (start.is_none(), start, id.to_bytes())
        });
    }

    fn heading(&mut self, trace: &str, tops: &[SpanId], late: bool) {
        let row = tops.first().and_then(|top| self.rows.get(top));
        let mut rows: Vec<&Row> = self.rows.values().collect();
        rows.sort_by_key(|row| row.start);
        let conversation = row
            .into_iter()
            .chain(rows.iter().copied())
            .find_map(|row| row.conversation.clone());
        let properties = row
            .into_iter()
            .chain(rows)
            .map(|row| &row.properties)
            .find(|properties| !properties.is_empty());

        let mut line = self.terminal.line();
        line.push("trace ", Style::Faint)
            .push(trace.get(..8).unwrap_or(trace), Style::Faint);
        if late {
            line.push(" (continued)", Style::Faint);
        }
        if let Some(conversation) = &conversation {
            line.push(" · conversation ", Style::Faint)
                .push(conversation, Style::Plain);
        }
        for (name, value) in properties.into_iter().flatten() {
            line.push(" · ", Style::Faint)
                .push(name, Style::Faint)
                .push("=", Style::Faint)
                .push(value, Style::Plain);
        }
        self.out.push('\n');
        line.end(&mut self.out);
        self.conversation = conversation;
    }

    /// Draws a span and what is below it; a loop, since the program decides how deep its spans nest.
    fn subtree(&mut self, top: SpanId) {
        struct Next {
            id: SpanId,
            depth: usize,
            /// What stands before the span's own branch.
            before: String,
            last: bool,
        }
        let mut pending = vec![Next {
            id: top,
            depth: 0,
            before: String::new(),
            last: true,
        }];
        while let Some(Next {
            id,
            depth,
            before,
            last,
        }) = pending.pop()
        {
            let (branch, below) = match (depth, last) {
                (0, _) => ("", ""),
                (_, true) => ("└─ ", "   "),
                (_, false) => ("├─ ", "│  "),
            };
            let mut children = self.children.remove(&id).unwrap_or_default();
            self.in_order(&mut children);
            let after = if depth < DEEPEST {
                format!("{before}{below}")
            } else {
                before.clone()
            };
            let details = if children.is_empty() {
                format!("{after}   ")
            } else {
                format!("{after}│  ")
            };
            if let Some(row) = self.rows.remove(&id) {
                self.row(&row, &format!("{before}{branch}"), &details);
            }
            let count = children.len();
            for (i, child) in children.into_iter().enumerate().rev() {
                pending.push(Next {
                    id: child,
                    depth: depth + 1,
                    before: after.clone(),
                    last: i + 1 == count,
                });
            }
        }
    }

    fn row(&mut self, row: &Row, branch: &str, below: &str) {
        let name_columns = (self.terminal.width * 42 / 100).clamp(24, 56);
        let mut line = self.terminal.line();
        line.push(GAP, Style::Plain).push(branch, Style::Faint);
        let is_operation = row.operation.is_some() || row.method.is_some();
        let name = match (row.failed, is_operation) {
            (true, _) => Style::Error,
            (false, true) => Style::Strong,
            (false, false) => Style::Plain,
        };
        line.left(
            &row.name,
            name_columns.saturating_sub(branch.chars().count()).max(8),
            name,
        );
        match row.duration {
            Some(elapsed) => line.right(&duration(elapsed), DURATION, Style::Plain),
            None => line.right("running", DURATION, Style::Faint),
        };
        line.right(
            &tokens(row.input_tokens, row.output_tokens),
            TOKENS,
            Style::Number,
        );
        line.push(GAP, Style::Plain);
        self.notes(row, &mut line);
        line.end(&mut self.out);
        self.details(row, &format!("{GAP}{below}"));
    }

    fn notes(&self, row: &Row, line: &mut Line) {
        let mut notes: Vec<(String, Style)> = Vec::new();
        if row.failed {
            notes.push((
                format!("✗ {}", row.error_type.as_deref().unwrap_or("error")),
                Style::Error,
            ));
        }
        // An answer that simply ended is not worth a word.
        let reasons: Vec<&str> = row
            .finish_reasons
            .iter()
            .map(String::as_str)
            .filter(|r| !["stop", "end_turn", "STOP"].contains(r))
            .collect();
        if !reasons.is_empty() {
            notes.push((reasons.join(","), Style::Plain));
        }
        if let Some(first) = row.first_chunk {
            notes.push((format!("first chunk {}", seconds(first)), Style::Plain));
        }
        if let Some(cached) = row.cached_tokens.filter(|cached| *cached > 0) {
            notes.push((format!("{} cached", count(cached)), Style::Number));
        }
        if let Some(reasoning) = row.reasoning_tokens.filter(|tokens| *tokens > 0) {
            notes.push((format!("{} reasoning", count(reasoning)), Style::Number));
        }
        if row.conversation.is_some() && row.conversation != self.conversation {
            notes.push((
                format!(
                    "conversation {}",
                    row.conversation.as_deref().unwrap_or_default()
                ),
                Style::Plain,
            ));
        }
        if let Some(method) = &row.method {
            // The name of a tool's span does not say that it went through MCP.
            if !row.name.starts_with(method.as_str()) {
                notes.push((method.clone(), Style::Plain));
            }
            let server = row.server.as_deref().map(|server| format!("mcp {server}"));
            notes.push((server.unwrap_or_else(|| "mcp".to_owned()), Style::Faint));
        }
        if let Some(provider) = &row.provider {
            notes.push((provider.clone(), Style::Faint));
        }
        if row.response_model.is_some() && row.response_model != row.request_model {
            notes.push((row.response_model.clone().unwrap_or_default(), Style::Faint));
        }
        for (i, (note, style)) in notes.iter().enumerate() {
            // A note that would be cut to a stump is left out.
            if line.room() < 8 {
                break;
            }
            if i > 0 {
                line.push(" · ", Style::Faint);
            }
            line.push(note, *style);
        }
    }

    fn details(&mut self, row: &Row, indent: &str) {
        if let Some(description) = row.description.as_deref().filter(|_| row.failed) {
            let columns = self
                .terminal
                .width
                .saturating_sub(indent.chars().count())
                .max(20);
            for text in wrap(description, columns, 3) {
                self.terminal
                    .line()
                    .push(indent, Style::Faint)
                    .push(&text, Style::Error)
                    .end(&mut self.out);
            }
        }
        excerpts(self.terminal, indent, &row.excerpts, &mut self.out);
        for event in &row.events {
            let mut line = self.terminal.line();
            line.push(indent, Style::Faint)
                .push("event ", Style::Faint)
                .push(event.name, Style::Faint);
            said(&mut line, event);
            line.end(&mut self.out);
            // Under a mode that puts content on both, once is enough.
            if event.excerpts != row.excerpts {
                excerpts(self.terminal, indent, &event.excerpts, &mut self.out);
            }
        }
    }
}

fn said(line: &mut Line, event: &Event) {
    if !event.said.is_empty() {
        line.push("  ", Style::Faint)
            .push(&event.said, Style::Content);
    }
}

fn excerpts(terminal: &Terminal, indent: &str, excerpts: &Excerpts, out: &mut String) {
    for (label, text) in [("in   ", &excerpts.input), ("out  ", &excerpts.output)] {
        if let Some(text) = text {
            terminal
                .line()
                .push(indent, Style::Faint)
                .push(label, Style::Faint)
                .push(text, Style::Content)
                .end(out);
        }
    }
}
