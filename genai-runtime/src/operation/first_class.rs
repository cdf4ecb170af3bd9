//! The first-class attributes: those that name a span, label a metric, or are merged from nested operations.
//!
//! In goes a value under its key; out come attributes of the span, at its start, at its end, or late, and what another operation
//! inherits. Every other attribute is kept as the span will have it, in a list of the operation's.

use opentelemetry::{Array, KeyValue, StringValue, Value};

use super::labels::Labels;
use super::name::Name;
use crate::semconv::bits::Bits;
use crate::semconv::kind::Kind;
use crate::semconv::registry::{Id, keys};
use crate::semconv::value::push;

const OPERATION: Id = keys::GEN_AI_OPERATION_NAME.id();
const PROVIDER: Id = keys::GEN_AI_PROVIDER_NAME.id();
const MODEL: Id = keys::GEN_AI_REQUEST_MODEL.id();
const SERVER_ADDRESS: Id = keys::SERVER_ADDRESS.id();
const SERVER_PORT: Id = keys::SERVER_PORT.id();
const CONVERSATION: Id = keys::GEN_AI_CONVERSATION_ID.id();
const RESPONSE_MODEL: Id = keys::GEN_AI_RESPONSE_MODEL.id();
const RESPONSE_ID: Id = keys::GEN_AI_RESPONSE_ID.id();
const FINISH_REASONS: Id = keys::GEN_AI_RESPONSE_FINISH_REASONS.id();
pub(super) const INPUT_TOKENS: Id = keys::GEN_AI_USAGE_INPUT_TOKENS.id();
pub(super) const OUTPUT_TOKENS: Id = keys::GEN_AI_USAGE_OUTPUT_TOKENS.id();

/// The first-class attributes of one operation.
#[derive(Default)]
pub(super) struct FirstClass {
    /// Operation, provider, models and server.
    pub(super) labels: Labels,
    /// The name of the agent, tool or workflow, or the data source.
    subject: Name,
    pub(super) conversation: Option<StringValue>,
    response_id: Option<StringValue>,
    finish_reasons: Option<Vec<StringValue>>,
    pub(super) input_tokens: Option<i64>,
    pub(super) output_tokens: Option<i64>,
}

impl FirstClass {
    /// Those that a span gets when it ends, however early they are known.
    pub(super) const OF_RESPONSE: Bits = Bits::of(RESPONSE_MODEL)
        .with(Bits::of(RESPONSE_ID))
        .with(Bits::of(FINISH_REASONS))
        .with(Bits::of(INPUT_TOKENS))
        .with(Bits::of(OUTPUT_TOKENS));

    /// Those that a span gets when it starts, if they are known by then.
    pub(super) const OF_REQUEST: Bits = Bits::of(PROVIDER)
        .with(Bits::of(MODEL))
        .with(Bits::of(keys::GEN_AI_AGENT_NAME.id()))
        .with(Bits::of(keys::GEN_AI_TOOL_NAME.id()))
        .with(Bits::of(keys::GEN_AI_WORKFLOW_NAME.id()))
        .with(Bits::of(keys::GEN_AI_DATA_SOURCE_ID.id()))
        .with(Bits::of(SERVER_ADDRESS))
        .with(Bits::of(SERVER_PORT))
        .with(Bits::of(CONVERSATION));

    /// Forgets all of them, in place: most have nothing to drop.
    pub(super) fn clear(&mut self) {
        self.labels.clear();
        self.subject.clear();
        self.conversation = None;
        self.response_id = None;
        self.finish_reasons = None;
        self.input_tokens = None;
        self.output_tokens = None;
    }

    /// The id of the response.
    pub(super) fn response_id(&self) -> Option<&StringValue> {
        self.response_id.as_ref()
    }

    /// The value of `id`, if it is first-class and known.
    pub(super) fn get(&self, kind: Kind, id: Id) -> Option<Value> {
        let text = |t: &Name| t.value().map(Value::String);
        match id {
            OPERATION => text(&self.labels.operation),
            PROVIDER => text(&self.labels.provider),
            MODEL => text(&self.labels.model),
            _ if Some(id) == kind.subject() => text(&self.subject),
            SERVER_ADDRESS => text(&self.labels.server_address),
            SERVER_PORT => self.labels.server_port.map(Value::I64),
            CONVERSATION => self.conversation.clone().map(Value::String),
            RESPONSE_MODEL => text(&self.labels.response_model),
            RESPONSE_ID => self.response_id.clone().map(Value::String),
            FINISH_REASONS => {
                let reasons = self.finish_reasons.as_ref();
                reasons.map(|list| Value::Array(Array::String(list.clone())))
            }
            INPUT_TOKENS => self.input_tokens.map(Value::I64),
            OUTPUT_TOKENS => self.output_tokens.map(Value::I64),
            _ => None,
        }
    }

    /// Keeps the id of the response, constructed in place.
    #[inline]
    pub(super) fn set_response_id(&mut self, id: &str) {
        // Handles have it, too.
        self.response_id = Some(crate::context::shared(id));
    }

    /// Keeps a text; gives it back if `id` is not first-class.
    #[inline]
    pub(super) fn put_text(
        &mut self,
        kind: Kind,
        id: Id,
        text: StringValue,
    ) -> Option<StringValue> {
        match id {
            RESPONSE_ID => self.response_id = Some(text),
            CONVERSATION => self.conversation = Some(text),
            _ => match self.name_mut(kind, id) {
                Some(name) => *name = Name::Other(text),
                None => return Some(text),
            },
        }
        None
    }

    /// Keeps a static text; whether `id` is first-class.
    #[inline]
    pub(super) fn put_static(&mut self, kind: Kind, id: Id, text: &'static str) -> bool {
        match id {
            RESPONSE_ID => self.response_id = Some(text.into()),
            CONVERSATION => self.conversation = Some(text.into()),
            _ => match self.name_mut(kind, id) {
                Some(name) => *name = Name::Static(text),
                None => return false,
            },
        }
        true
    }

    /// Keeps an integer; whether `id` is first-class.
    #[inline]
    pub(super) fn put_int(&mut self, id: Id, number: i64) -> bool {
        match id {
            SERVER_PORT => self.labels.server_port = Some(number),
            INPUT_TOKENS => self.input_tokens = Some(number),
            OUTPUT_TOKENS => self.output_tokens = Some(number),
            _ => return false,
        }
        true
    }

    /// Keeps why the choices ended.
    #[inline]
    pub(super) fn set_finish_reasons(&mut self, reasons: Vec<StringValue>) {
        self.finish_reasons = Some(reasons);
    }

    /// Keeps a list; gives it back if `id` is not first-class.
    #[inline]
    pub(super) fn put_list(&mut self, id: Id, list: Vec<StringValue>) -> Option<Vec<StringValue>> {
        if id == FINISH_REASONS {
            self.finish_reasons = Some(list);
            None
        } else {
            Some(list)
        }
    }

    /// The field of a name.
    #[inline]
    pub(super) fn name_mut(&mut self, kind: Kind, id: Id) -> Option<&mut Name> {
        let labels = &mut self.labels;
        Some(match id {
            OPERATION => &mut labels.operation,
            PROVIDER => &mut labels.provider,
            MODEL => &mut labels.model,
            RESPONSE_MODEL => &mut labels.response_model,
            SERVER_ADDRESS => &mut labels.server_address,
            _ if Some(id) == kind.subject() => &mut self.subject,
            _ => return None,
        })
    }

    /// Whether the values of `id` are few: worth interning.
    #[inline]
    pub(super) fn is_name(kind: Kind, id: Id) -> bool {
        matches!(id, MODEL | RESPONSE_MODEL | PROVIDER | SERVER_ADDRESS)
            || Some(id) == kind.subject()
    }

    /// What stands after the operation in the span's name.
    pub(super) fn name_subject(&self, kind: Kind) -> &Name {
        match kind {
            Kind::Chat | Kind::Embeddings => &self.labels.model,
            _ => &self.subject,
        }
    }

    /// The server is not known after all.
    pub(super) fn forget_server(&mut self) {
        self.labels.server_address = Name::None;
        self.labels.server_port = None;
    }

    /// The reasons are those of the messages, unless others are known.
    pub(super) fn finish_reasons_of_messages(
        &mut self,
        reasons: impl FnOnce() -> Vec<StringValue>,
    ) {
        if self.finish_reasons.is_none() {
            self.finish_reasons = Some(reasons()).filter(|reasons| !reasons.is_empty());
        }
    }

    /// Whether finish reasons are known; an empty list is none.
    pub(super) fn has_finish_reasons(&self) -> bool {
        self.finish_reasons
            .as_ref()
            .is_some_and(|list| !list.is_empty())
    }

    /// Adds what a span starts with. The operation's name is no attribute on an operation of the user's own.
    pub(super) fn push_request(&self, kind: Kind, attributes: &mut Vec<KeyValue>) {
        let labels = &self.labels;
        if kind != Kind::Custom {
            labels.operation.push_to(OPERATION, attributes);
        }
        labels.provider.push_to(PROVIDER, attributes);
        labels.model.push_to(MODEL, attributes);
        if let (Some(id), false) = (kind.subject(), matches!(self.subject, Name::None)) {
            self.subject.push_to(id, attributes);
        }
        labels.server_address.push_to(SERVER_ADDRESS, attributes);
        if let Some(port) = labels.server_port {
            push(attributes, SERVER_PORT, port);
        }
    }

    /// Adds what a span ends with, and keeps only what metrics want.
    pub(super) fn drain_response(&mut self, attributes: &mut Vec<KeyValue>) {
        self.labels
            .response_model
            .push_to(RESPONSE_MODEL, attributes);
        if let Some(id) = self.response_id.take() {
            push(attributes, RESPONSE_ID, id);
        }
        if self.has_finish_reasons() {
            let reasons = self.finish_reasons.take().unwrap_or_default();
            push(
                attributes,
                FINISH_REASONS,
                Value::Array(Array::String(reasons)),
            );
        }
        if let Some(tokens) = self.input_tokens {
            push(attributes, INPUT_TOKENS, tokens);
        }
        if let Some(tokens) = self.output_tokens {
            push(attributes, OUTPUT_TOKENS, tokens);
        }
    }

    /// Adds what belongs to the request and became known only after the start.
    #[cold]
    pub(super) fn push_late_request(
        &self,
        kind: Kind,
        is_late: impl Fn(Id) -> bool,
        attributes: &mut Vec<KeyValue>,
    ) {
        let labels = &self.labels;
        let texts = [
            (Some(PROVIDER), &labels.provider),
            (Some(MODEL), &labels.model),
            (kind.subject(), &self.subject),
            (Some(SERVER_ADDRESS), &labels.server_address),
        ];
        for (id, text) in texts {
            if let Some(id) = id.filter(|id| is_late(*id)) {
                text.push_to(id, attributes);
            }
        }
        if let Some(text) = self.conversation.as_ref().filter(|_| is_late(CONVERSATION)) {
            push(attributes, CONVERSATION, text.clone());
        }
        if let Some(port) = labels.server_port.filter(|_| is_late(SERVER_PORT)) {
            push(attributes, SERVER_PORT, port);
        }
    }

    /// Takes over what another nested operation knows: of each attribute the last value, of token counts the sum.
    pub(super) fn merge(&mut self, other: Self) {
        fn last<T>(mine: &mut Option<T>, theirs: Option<T>) {
            if theirs.is_some() {
                *mine = theirs;
            }
        }
        fn last_name(mine: &mut Name, theirs: Name) {
            if theirs.as_str().is_some() {
                *mine = theirs;
            }
        }
        fn sum(mine: &mut Option<i64>, theirs: Option<i64>) {
            *mine = match (*mine, theirs) {
                (Some(a), Some(b)) => Some(a.saturating_add(b)),
                (a, b) => a.or(b),
            };
        }
        let (mine, theirs) = (&mut self.labels, other.labels);
        last_name(&mut mine.provider, theirs.provider);
        last_name(&mut mine.model, theirs.model);
        last_name(&mut mine.response_model, theirs.response_model);
        last_name(&mut mine.server_address, theirs.server_address);
        last(&mut mine.server_port, theirs.server_port);
        last(&mut self.response_id, other.response_id);
        let reasons = other.finish_reasons.filter(|list| !list.is_empty());
        last(&mut self.finish_reasons, reasons);
        sum(&mut self.input_tokens, other.input_tokens);
        sum(&mut self.output_tokens, other.output_tokens);
    }

    /// What another operation can inherit: not the operation's name, its subject, or the conversation.
    pub(super) fn into_inherited(self) -> impl Iterator<Item = (Id, Value)> {
        let text = |name: Name| name.value().map(Value::String);
        let reasons = self.finish_reasons.filter(|list| !list.is_empty());
        let values = [
            (MODEL, text(self.labels.model)),
            (PROVIDER, text(self.labels.provider)),
            (SERVER_ADDRESS, text(self.labels.server_address)),
            (RESPONSE_MODEL, text(self.labels.response_model)),
            (RESPONSE_ID, self.response_id.map(Value::String)),
            (SERVER_PORT, self.labels.server_port.map(Value::I64)),
            (INPUT_TOKENS, self.input_tokens.map(Value::I64)),
            (OUTPUT_TOKENS, self.output_tokens.map(Value::I64)),
            (
                FINISH_REASONS,
                reasons.map(|list| Value::Array(Array::String(list))),
            ),
        ];
        values
            .into_iter()
            .filter_map(|(id, value)| Some((id, value?)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_seam::{list, texts};
    use super::*;

    const AGENT: Id = keys::GEN_AI_AGENT_NAME.id();
    const TOOL: Id = keys::GEN_AI_TOOL_NAME.id();
    /// Those that are texts, on an agent.
    const TEXTS: [Id; 8] = [
        OPERATION,
        PROVIDER,
        MODEL,
        AGENT,
        SERVER_ADDRESS,
        CONVERSATION,
        RESPONSE_MODEL,
        RESPONSE_ID,
    ];
    const NUMBERS: [Id; 3] = [SERVER_PORT, INPUT_TOKENS, OUTPUT_TOKENS];

    /// What is known: of every attribute there is.
    fn known(of: &FirstClass, kind: Kind) -> Vec<(Id, Value)> {
        let ids = 0..128;
        ids.filter_map(|id| Some((id, of.get(kind, id)?))).collect()
    }

    /// An agent of which everything is known.
    fn whole() -> FirstClass {
        let mut all = FirstClass::default();
        for id in TEXTS {
            assert!(all.put_static(Kind::Agent, id, "text"));
        }
        for (id, number) in NUMBERS.into_iter().zip(1..) {
            assert!(all.put_int(id, number));
        }
        assert_eq!(all.put_list(FINISH_REASONS, list(&["stop"])), None);
        all
    }

    #[test]
    fn a_value_is_found_under_its_key_alone() {
        for id in TEXTS {
            let mut of = FirstClass::default();
            assert_eq!(of.put_text(Kind::Agent, id, "a".into()), None);
            assert_eq!(known(&of, Kind::Agent), [(id, "a".into())]);
            assert!(of.put_static(Kind::Agent, id, "b"));
            assert_eq!(known(&of, Kind::Agent), [(id, "b".into())]);
            of.clear();
            assert!(known(&of, Kind::Agent).is_empty());
        }
        for id in NUMBERS {
            let mut of = FirstClass::default();
            assert!(of.put_int(id, 7));
            assert_eq!(known(&of, Kind::Agent), [(id, Value::I64(7))]);
            of.clear();
            assert!(known(&of, Kind::Agent).is_empty());
        }
        let mut of = FirstClass::default();
        assert_eq!(of.put_list(FINISH_REASONS, list(&["stop"])), None);
        assert_eq!(
            known(&of, Kind::Agent),
            [(FINISH_REASONS, texts(&["stop"]))]
        );
        of.clear();
        assert!(known(&of, Kind::Agent).is_empty());
        of.set_response_id("r");
        assert_eq!(known(&of, Kind::Agent), [(RESPONSE_ID, "r".into())]);
        assert_eq!(of.response_id().map(StringValue::as_str), Some("r"));
    }

    #[test]
    fn what_is_not_first_class_is_given_back() {
        let mut of = FirstClass::default();
        assert_eq!(of.put_text(Kind::Agent, TOOL, "a".into()), Some("a".into()));
        assert!(!of.put_static(Kind::Agent, TOOL, "a"));
        assert!(!of.put_int(keys::GEN_AI_REQUEST_SEED.id(), 7));
        let stops = keys::GEN_AI_REQUEST_STOP_SEQUENCES.id();
        assert_eq!(of.put_list(stops, list(&["a"])), Some(list(&["a"])));
        // The subject of one kind is none of another; an operation of the user's own has none.
        for kind in [Kind::Chat, Kind::Custom, Kind::Tool] {
            assert!(!of.put_static(kind, AGENT, "a"));
            assert!(known(&of, kind).is_empty());
        }
        assert!(of.put_static(Kind::Tool, TOOL, "a"));
        assert_eq!(known(&of, Kind::Tool), [(TOOL, "a".into())]);
    }

    #[test]
    fn names_are_models_providers_servers_and_the_subject() {
        for id in 0..128 {
            let expected = [MODEL, RESPONSE_MODEL, PROVIDER, SERVER_ADDRESS, AGENT].contains(&id);
            assert_eq!(FirstClass::is_name(Kind::Agent, id), expected, "{id}");
        }
        assert!(FirstClass::is_name(Kind::Tool, TOOL) && !FirstClass::is_name(Kind::Tool, AGENT));
        assert!(!FirstClass::is_name(Kind::Custom, AGENT));
    }

    #[test]
    fn a_span_is_named_after_the_model_or_the_subject() {
        let mut of = FirstClass::default();
        of.labels.model = Name::Static("m");
        of.subject = Name::Static("s");
        for (kind, expected) in [
            (Kind::Chat, "m"),
            (Kind::Embeddings, "m"),
            (Kind::Agent, "s"),
            (Kind::Retrieval, "s"),
            (Kind::Custom, "s"),
        ] {
            assert_eq!(of.name_subject(kind).as_str(), Some(expected));
        }
    }

    fn pushed(push: impl FnOnce(&mut Vec<KeyValue>)) -> Vec<String> {
        let mut all = Vec::new();
        push(&mut all);
        all.iter()
            .map(|a| format!("{}={}", a.key, a.value))
            .collect()
    }

    #[test]
    fn a_request_is_pushed_at_the_start_and_a_response_at_the_end() {
        let mut all = whole();
        let request = [
            "gen_ai.operation.name=text",
            "gen_ai.provider.name=text",
            "gen_ai.request.model=text",
            "gen_ai.agent.name=text",
            "server.address=text",
            "server.port=1",
        ];
        assert_eq!(pushed(|list| all.push_request(Kind::Agent, list)), request);
        // Its name is no attribute of an operation of the user's own, which has no subject either.
        let own: Vec<_> = [1, 2, 4, 5].map(|at| request[at]).to_vec();
        assert_eq!(pushed(|list| all.push_request(Kind::Custom, list)), own);
        let nothing = FirstClass::default();
        assert!(pushed(|list| nothing.push_request(Kind::Agent, list)).is_empty());
        assert!(pushed(|list| FirstClass::default().drain_response(list)).is_empty());

        assert_eq!(
            pushed(|list| all.drain_response(list)),
            [
                "gen_ai.response.model=text",
                "gen_ai.response.id=text",
                "gen_ai.response.finish_reasons=[\"stop\"]",
                "gen_ai.usage.input_tokens=2",
                "gen_ai.usage.output_tokens=3",
            ]
        );
        // What metrics want is still there.
        assert_eq!((all.input_tokens, all.output_tokens), (Some(2), Some(3)));
        assert_eq!(all.labels.response_model.as_str(), Some("text"));
        assert_eq!(all.response_id(), None);
        let mut none = FirstClass::default();
        none.set_finish_reasons(Vec::new());
        assert!(pushed(|list| none.drain_response(list)).is_empty());
    }

    #[test]
    fn what_is_late_of_a_request_is_pushed_by_its_key() {
        let all = whole();
        let late = [
            (PROVIDER, "gen_ai.provider.name=text"),
            (MODEL, "gen_ai.request.model=text"),
            (AGENT, "gen_ai.agent.name=text"),
            (SERVER_ADDRESS, "server.address=text"),
            (CONVERSATION, "gen_ai.conversation.id=text"),
            (SERVER_PORT, "server.port=1"),
        ];
        let of = |is_late: &dyn Fn(Id) -> bool| {
            pushed(|list| all.push_late_request(Kind::Agent, is_late, list))
        };
        for (late, expected) in late {
            assert_eq!(of(&|id| id == late), [expected]);
        }
        assert_eq!(of(&|_| true), late.map(|(_, expected)| expected));
        assert!(of(&|_| false).is_empty());
        let nothing = FirstClass::default();
        assert!(pushed(|list| nothing.push_late_request(Kind::Agent, |_| true, list)).is_empty());
    }

    #[test]
    fn of_two_operations_the_last_value_counts_and_tokens_are_added() {
        let mut mine = whole();
        mine.merge(FirstClass::default());
        assert_eq!(known(&mine, Kind::Agent), known(&whole(), Kind::Agent));
        let mut theirs = FirstClass::default();
        for id in TEXTS {
            assert!(theirs.put_static(Kind::Agent, id, "theirs"));
        }
        theirs.put_int(SERVER_PORT, 9);
        theirs.put_int(INPUT_TOKENS, 10);
        theirs.set_finish_reasons(list(&["length"]));
        mine.merge(theirs);
        for (id, expected) in [
            (PROVIDER, "theirs".into()),
            (MODEL, "theirs".into()),
            (RESPONSE_MODEL, "theirs".into()),
            (SERVER_ADDRESS, "theirs".into()),
            (RESPONSE_ID, "theirs".into()),
            (SERVER_PORT, Value::I64(9)),
            (INPUT_TOKENS, Value::I64(12)),
            (OUTPUT_TOKENS, Value::I64(3)),
            (FINISH_REASONS, texts(&["length"])),
            // These are an operation's own.
            (OPERATION, "text".into()),
            (AGENT, "text".into()),
            (CONVERSATION, "text".into()),
        ] {
            assert_eq!(mine.get(Kind::Agent, id), Some(expected), "{id}");
        }
        // An empty list is none, and a sum has an end.
        let mut theirs = FirstClass::default();
        theirs.set_finish_reasons(Vec::new());
        theirs.put_int(OUTPUT_TOKENS, i64::MAX);
        mine.merge(theirs);
        assert_eq!(
            mine.get(Kind::Agent, FINISH_REASONS),
            Some(texts(&["length"]))
        );
        assert_eq!(mine.output_tokens, Some(i64::MAX));
        let mut empty = FirstClass::default();
        empty.merge(whole());
        assert_eq!(
            (empty.input_tokens, empty.output_tokens),
            (Some(2), Some(3))
        );
    }

    #[test]
    fn what_is_an_operations_own_is_not_inherited() {
        let mut inherited: Vec<_> = whole().into_inherited().collect();
        inherited.sort_by_key(|(id, _)| *id);
        let mut expected = known(&whole(), Kind::Agent);
        expected.retain(|(id, _)| ![OPERATION, AGENT, CONVERSATION].contains(id));
        assert_eq!(inherited, expected);
        let mut empty = FirstClass::default();
        empty.set_finish_reasons(Vec::new());
        assert_eq!(empty.into_inherited().count(), 0);
    }

    #[test]
    fn reasons_of_messages_count_where_no_others_are_known() {
        let mut of = FirstClass::default();
        assert!(!of.has_finish_reasons());
        of.finish_reasons_of_messages(Vec::new);
        assert!(known(&of, Kind::Chat).is_empty());
        of.finish_reasons_of_messages(|| list(&["stop"]));
        assert!(of.has_finish_reasons());
        of.finish_reasons_of_messages(|| list(&["length"]));
        assert_eq!(known(&of, Kind::Chat), [(FINISH_REASONS, texts(&["stop"]))]);
        of.set_finish_reasons(Vec::new());
        assert!(!of.has_finish_reasons());
    }

    #[test]
    fn a_server_that_is_forgotten_leaves_the_rest() {
        let mut all = whole();
        all.forget_server();
        let mut expected = known(&whole(), Kind::Agent);
        expected.retain(|(id, _)| ![SERVER_ADDRESS, SERVER_PORT].contains(id));
        assert_eq!(known(&all, Kind::Agent), expected);
    }
}
