//! What the errors say: what is wrong, and one thing that makes it right.

use crate::registry::{self, Attribute, Operation, Type};

pub(crate) const TOO_DEEP: &str =
    "the entries are nested too deeply; compute the value in a function and call it here";

pub(crate) const ITEM_TOO_DEEP: &str =
    "this is nested too deeply to be read; name the inner types by a `type` of their own";

pub(crate) fn type_words(ty: Type) -> &'static str {
    match ty {
        Type::Str => "a string",
        Type::Int => "an integer",
        Type::Double => "a number",
        Type::Bool => "`true` or `false`",
        Type::Strs => "a string or a list of strings",
        Type::Content => "messages, or another content value",
    }
}

/// `a`, `b` or `c`, in backticks.
pub(crate) fn choices(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [rest @ .., last] => format!("`{}` or `{last}`", rest.join("`, `")),
    }
}

/// The value of `word` is one of few, and what was meant by the one that is not among them.
pub(crate) fn one_of(word: &str, names: &[&str], meant: Option<&str>) -> String {
    let choices = choices(names);
    match meant {
        Some(meant) => format!("did you mean `{meant}`? `{word}` is {choices}"),
        None => format!("`{word}` is {choices}"),
    }
}

/// What to know for those who write as for `tracing::instrument`.
fn habit(key: &str) -> Option<&'static str> {
    match key {
        "skip" | "skip_all" => {
            Some("arguments are not recorded unless an entry names them; remove it")
        }
        "err" => {
            Some("an error is always recorded, and `error(|e| type = ..)` classifies it; remove it")
        }
        "ret" => Some("what to record of the result is named: `response(|r| key = ..)`"),
        _ => None,
    }
}

pub(crate) fn unknown_key(key: &str, meant: Option<&str>, operation: &str) -> String {
    if let Some(habit) = habit(key) {
        return format!("unknown key `{key}`; {habit}");
    }
    let own = if operation == "context" {
        "`properties(..)`"
    } else {
        "`attributes(..)`"
    };
    match meant {
        Some(meant) => {
            format!("unknown key `{key}`; did you mean `{meant}`? Data of your own goes into {own}")
        }
        None => format!("unknown key `{key}` for `{operation}`; data of your own goes into {own}"),
    }
}

pub(crate) fn unknown_response_key(key: &str, meant: Option<&str>, operation: &str) -> String {
    match meant {
        Some(meant) => format!("unknown key `{key}` in `response(..)`; did you mean `{meant}`?"),
        None => format!(
            "unknown key `{key}` in `response(..)` of `{operation}`; data of your own can be added in the body: `genai::current().attribute(\"{key}\", ..)`"
        ),
    }
}

pub(crate) fn other_operation(key: &str, owners: &[&str], operation: &str) -> String {
    let owners = match owners {
        [one] => format!("`{one}`"),
        many => choices(many).replace(" or ", " and "),
    };
    format!("`{key}` belongs to {owners}, not to `{operation}`; remove it here")
}

pub(crate) fn no_operation(key: &str, operation: &str) -> String {
    format!("`{key}` is a key of the conventions, but `{operation}` does not have it; remove it")
}

pub(crate) fn known_after(key: &str) -> String {
    format!("`{key}` is known only after the call; move it into `response(|r| {key} = ..)`")
}

pub(crate) fn known_before(key: &str) -> String {
    format!("`{key}` is known before the call; move it out of `response(..)`, among the entries")
}

pub(crate) fn of_the_other(key: &str, this: &str, other: &str) -> String {
    format!("`{key}` is no key of a `genai::{this}`; it belongs to a `genai::{other}`")
}

pub(crate) fn unknown_field(key: &str, meant: Option<&str>, operation: &str) -> String {
    match meant {
        Some(meant) => format!("unknown key `{key}`; did you mean `{meant}`?"),
        None => format!(
            "unknown key `{key}` for `{operation}`; fields without `#[genai(..)]` are not recorded"
        ),
    }
}

pub(crate) fn field_of_another(key: &str, owners: &[&str], operation: &str) -> String {
    let owner = owners.first().unwrap_or(&operation);
    format!(
        "`{key}` belongs to {}, not to `{operation}`; write `#[genai(operation = {owner})]` on the type, or remove it",
        choices(owners).replace(" or ", " and ")
    )
}

pub(crate) fn needs_remote(key: &str) -> String {
    format!("`{key}` needs an agent that runs elsewhere; add `remote`, or remove it")
}

pub(crate) fn set_by_us(key: &str, instead: &str) -> String {
    format!("`{key}` is set by the library; {instead}")
}

pub(crate) fn deprecated(key: &str, by: Option<(&str, Option<&str>)>) -> String {
    match by {
        Some((full, Some(short))) if short != full => {
            format!("`{key}` is deprecated, replaced by `{full}`; `{short} = ..` sets it")
        }
        Some((full, _)) => format!("`{key}` is deprecated, replaced by `{full}`; write that"),
        None => format!(
            "`{key}` is deprecated and has no replacement; content goes into `input = ..` and `response(|r| output = ..)`"
        ),
    }
}

pub(crate) fn duplicate(key: &str, full: &str) -> String {
    if key == full {
        format!("`{key}` is already set here; remove one")
    } else {
        format!("`{key}` (`{full}`) is already set here; remove one")
    }
}

pub(crate) fn given_twice(word: &str) -> String {
    format!("`{word}` is already given; remove one")
}

pub(crate) fn wrong_type(attribute: &Attribute, found: &str) -> String {
    format!(
        "`{}` expects {}; found {found}",
        attribute.key,
        type_words(attribute.ty)
    )
}

pub(crate) fn too_large(key: &str, size: &str) -> String {
    format!("the number does not fit `{key}`, {size}; write a smaller one")
}

pub(crate) fn unknown_value(value: &str, key: &str, meant: Option<&str>, argument: &str) -> String {
    match meant {
        Some(meant) => format!(
            "`{value}` is no well-known value of `{key}`; did you mean `{meant}`? A custom one is a string: `\"{value}\"`"
        ),
        None => {
            format!(
                "`{value}` is no well-known value of `{key}`, and no argument is named `{argument}`; a custom one is a string: `\"{value}\"`"
            )
        }
    }
}

pub(crate) fn no_provider(operation: &Operation) -> String {
    let name = operation.name;
    format!(
        "`{name}` needs to know the provider; add `provider = openai` (or another well-known name, or a string), or `request = arg` of a type that knows it"
    )
}

pub(crate) fn convention_key(key: &str, list: &str, short: Option<&str>) -> String {
    match short {
        Some(short) => format!(
            "`{key}` is a key of the conventions; write it outside of `{list}(..)`: `{short} = ..`"
        ),
        None => format!(
            "`{key}` is a key of the conventions and cannot be set in `{list}(..)`; choose a name of your own, such as `app.{}`",
            last(key)
        ),
    }
}

fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

pub(crate) fn misspelled_convention(key: &str, meant: &str) -> String {
    format!(
        "unknown key `{key}`; did you mean `{meant}`? Data of your own has a name outside of `gen_ai`"
    )
}

pub(crate) fn association(key: &str) -> String {
    let own = key.strip_prefix(registry::PROPERTIES).unwrap_or(key);
    format!("`{key}` is an association property; write `properties({own} = ..)`")
}

/// A word that is nearly a format; `call` is what a function of that name would be followed by.
pub(crate) fn format_slip(word: &str, meant: &str, call: &str) -> String {
    format!(
        "unknown format `{word}`; did you mean `{meant}`? A function of your own is written with its path: `self::{word}{call}`"
    )
}

pub(crate) fn format_takes_one(word: &str) -> String {
    format!(
        "`{word}(..)` reads one value that serialises to the provider's request: `request = {word}(req)`"
    )
}

pub(crate) fn format_is_no_provider() -> &'static str {
    "a format says how the request is written, not who answers it; add `provider = openai` (or another well-known name, or a string)"
}

pub(crate) fn moved(name: &str, ty: &str) -> String {
    format!(
        "`{name}` ({ty}) is moved into the function; record it before the call, among the entries, or take a reference or a clone as argument"
    )
}

pub(crate) fn control_flow(what: &str) -> String {
    format!(
        "{what} would change the function whenever telemetry is on; compute the value in the function, or leave it out of the entry"
    )
}

pub(crate) fn only_for(word: &str, operations: &[&str], operation: &str) -> String {
    format!(
        "`{word}` is for {}, not for `{operation}`; remove it",
        choices(operations).replace(" or ", " and ")
    )
}

/// A pattern of `response(..)` or `error(..)` that may not match; `name` is the variant it names, if it is one everybody knows.
pub(crate) fn refutable(name: &str) -> String {
    let fix = match name {
        "Some" | "None" => {
            "an `Option` needs none, since an entry that is `None` is left out: `|r| id = r.as_ref()`"
        }
        "Ok" | "Err" => {
            "`response(..)` is given the value of a success and `error(..)` the error, so a name is enough: `|r|`"
        }
        _ => "name the value, and look at it in the entry: `|r|`",
    };
    format!("this pattern does not match every value; {fix}")
}

/// An operation above which another attribute of ours was expanded, unrecognised.
pub(crate) fn under_another_name() -> &'static str {
    "the function already has an attribute of this library, which stands above this one under another name; \
    write a `#[genai::context]` below this attribute, and a second operation on a function of its own"
}

pub(crate) fn syntax(word: &str, example: &str) -> String {
    format!("`{word}` is written `{example}`")
}
