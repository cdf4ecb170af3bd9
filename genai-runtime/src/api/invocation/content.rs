//! The content setters of builders and invocations: evaluated only where content is recorded.

use super::{Agent, Chat, Invocation, Retrieval, Tool, Workflow};
use crate::content::message::{ToDocuments, ToInput, ToOutput, ToSystem, ToTools};

macro_rules! content {
    ($($kind:ident: $($(#[doc = $doc:literal])* $name:ident($trait:ident.$of:ident)),*;)*) => {$(
        impl Invocation<$kind> {
            $(
                $(#[doc = $doc])*
                pub fn $name(&mut self, content: &(impl $trait + ?Sized)) -> &mut Self {
                    self.with(|op| if op.wants_content() { op.$of(&content) });
                    self
                }
            )*
        }
    )*};
}

content! {
    Chat:
        /// The messages sent to the model.
        input(ToInput.input_of),
        /// The system instructions that were given apart from the messages.
        system(ToSystem.system_of),
        /// The tools the model may call.
        tools(ToTools.tools_of);
    Agent:
        /// The messages given to the agent.
        input(ToInput.input_of),
        /// The messages the agent answered with.
        output(ToOutput.output_of),
        /// The system instructions of the agent.
        system(ToSystem.system_of),
        /// The tools the agent may call.
        tools(ToTools.tools_of);
    Workflow:
        /// The messages given to the workflow.
        input(ToInput.input_of),
        /// The messages the workflow answered with.
        output(ToOutput.output_of);
    Retrieval:
        /// The documents that were found.
        documents(ToDocuments.documents_of);
}

impl Invocation<Chat> {
    /// The messages the model answered with. Their finish reasons are recorded whatever the content mode.
    pub fn output(&mut self, content: &(impl ToOutput + ?Sized)) -> &mut Self {
        self.with(|op| op.output_of(&content));
        self
    }
}

impl Invocation<Retrieval> {
    /// The text that was searched for.
    pub fn query(&mut self, query: impl AsRef<str>) -> &mut Self {
        self.with(|op| op.query(query.as_ref()));
        self
    }
}

impl Invocation<Tool> {
    /// The arguments of the call: a string as it is, anything else as JSON.
    pub fn arguments(&mut self, arguments: &(impl serde::Serialize + ?Sized)) -> &mut Self {
        self.with(|op| {
            if op.wants_content() {
                op.arguments(arguments)
            }
        });
        self
    }

    /// The result of the call: a string as it is, anything else as JSON.
    pub fn result(&mut self, result: &(impl serde::Serialize + ?Sized)) -> &mut Self {
        self.with(|op| {
            if op.wants_content() {
                op.result(result)
            }
        });
        self
    }
}
