//! The context operations of a scenario: scopes, the plain functions, threads and tasks.

use futures::FutureExt as _;
use genai::GenAiContext;
use serde_json::{Map, Value, json};

use super::ops::{Ran, World, map};
use super::typed;

/// The context an operation describes; what is absent was not passed.
pub(super) fn of(op: &Value) -> GenAiContext {
    let context = GenAiContext::new().conversation_id(op["conversation_id"].as_str());
    map(op, "properties").fold(context, |context, (key, value)| {
        context.property(key, value)
    })
}

/// The current context, as it is observed.
pub(super) fn observation(op: &Value) -> Value {
    let context = genai::context();
    let properties: Map<String, Value> = context
        .properties()
        .map(|(key, value)| (key.to_owned(), typed::plain(value)))
        .collect();
    json!({
        "label": op["label"],
        "conversation_id": context.conversation(),
        "properties": properties,
        "is_empty": context.is_empty(),
    })
}

/// A context around what is inside.
pub(super) fn managed(world: &World, op: &Value) -> Ran {
    let ran = {
        let _scope = of(op).attach();
        world.children(op)?
    };
    let ended = match op["end"].as_str() {
        Some("fail") => ran.and_then(|()| Err(world.raised(op))),
        _ => ran,
    };
    if let Err(raised) = &ended {
        world.reached_caller(raised);
    }
    Ok(if op["rethrow"] == true { ended } else { Ok(()) })
}

/// A new thread, which starts without a context.
pub(super) fn thread(world: &World, op: &Value) -> Ran {
    std::thread::scope(|scope| {
        let ran = scope.spawn(|| world.children(op)).join();
        ran.unwrap_or_else(|_| Err("the thread panicked".to_owned()))
    })
}

/// A task per branch, each in a scope of its own, which take turns operation by operation.
pub(super) fn tasks(world: &World, op: &Value) -> Ran {
    let branches = op["branches"].as_array().into_iter().flatten();
    let mut tasks: Vec<_> = branches
        .map(|branch| Box::pin(GenAiContext::current().scope(task(world, branch))))
        .collect();
    while !tasks.is_empty() {
        let mut waiting = Vec::new();
        for mut task in tasks {
            match task.as_mut().now_or_never() {
                None => waiting.push(task),
                Some(done) => done?,
            }
        }
        tasks = waiting;
    }
    Ok(Ok(()))
}

async fn task(world: &World, branch: &Value) -> Result<(), String> {
    for op in branch.as_array().into_iter().flatten() {
        // An error ends with the operation it left, as it does outside tasks.
        let _ = world.run(op)?;
        // Lets the other tasks run once.
        futures::pending!();
    }
    Ok(())
}
