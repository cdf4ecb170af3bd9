//! The entries of `#[genai::mcp]`: `transport`, `name`, `crate`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Expr, Lit, LitStr, Path};

use crate::args::{self, Form, Raw};
use crate::diag::{At, Diag, nearest, text};

/// What a connection can run over, and the name of the variant.
const TRANSPORTS: [(&str, &str); 4] = [
    ("stdio", "Stdio"),
    ("http", "Http"),
    ("http3", "Http3"),
    ("websocket", "WebSocket"),
];

const WORDS: [&str; 3] = ["transport", "name", "crate"];

/// What the entries say.
#[derive(Default)]
pub(super) struct Entries {
    /// The word, and where it stands.
    transport: Option<Ident>,
    /// The tool's name, and where it is said.
    pub(super) name: Option<LitStr>,
    pub(super) krate: Option<Path>,
    /// All other attributes were expanded; written by this attribute itself.
    pub(super) is_last: bool,
}

impl Entries {
    pub(super) fn read(attr: TokenStream, diag: &mut Diag) -> Self {
        let mut entries = Self::default();
        let mut seen: Vec<String> = Vec::new();
        for raw in args::entries(attr, Span::call_site(), diag) {
            if seen.contains(&raw.key.text) {
                diag.error(raw.key.at, format!("`{}` is given twice", raw.key));
                continue;
            }
            seen.push(raw.key.text.clone());
            entries.take(raw, diag);
        }
        entries
    }

    fn take(&mut self, raw: Raw, diag: &mut Diag) {
        let Raw { key, form } = raw;
        match (key.text.as_str(), form) {
            (_, Form::Wrong) => {}
            ("last", Form::Flag) => self.is_last = true,
            ("transport", Form::Value(value)) => self.transport = transport(&value, diag),
            ("name", Form::Value(value)) => match literal(&value) {
                Some(name) if !name.value().is_empty() => self.name = Some(name),
                _ => diag.error(
                    At::all(&value),
                    "`name` is the tool's name as a string, as in `#[tool(name = ..)]`",
                ),
            },
            ("crate", Form::Value(value)) => match *value {
                Expr::Path(path) => self.krate = Some(path.path),
                other => diag.error(
                    At::all(&other),
                    "`crate` expects a path, such as `crate = ::my_telemetry::genai`",
                ),
            },
            (word, _) if WORDS.contains(&word) => {
                diag.error(key.at, format!("`{word}` needs a value: `{word} = ..`"));
            }
            (word, _) => diag.error(key.at, unknown(word)),
        }
    }

    /// Names of the transport's variant.
    pub(super) fn variant(&self) -> Option<Ident> {
        let word = self.transport.as_ref()?;
        let variant = TRANSPORTS.iter().find(|(known, _)| word == known)?.1;
        Some(Ident::new(variant, Span::call_site()))
    }

    /// The entries as they are written.
    pub(super) fn again(&self) -> TokenStream {
        let transport = self
            .transport
            .as_ref()
            .map(|word| quote!(transport = #word,));
        let name = self.name.as_ref().map(|name| quote!(name = #name,));
        let krate = self.krate.as_ref().map(|path| quote!(crate = #path,));
        quote!(#transport #name #krate)
    }
}

fn transport(value: &Expr, diag: &mut Diag) -> Option<Ident> {
    let word = match value {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    };
    let names = TRANSPORTS.map(|(word, _)| word);
    match word {
        Some(word) if names.iter().any(|known| word == known) => Some(word.clone()),
        Some(word) => {
            let word = word.to_string();
            let meant = nearest(&word, names);
            diag.error(At::all(value), text::one_of("transport", &names, meant));
            None
        }
        None => {
            diag.error(At::all(value), text::one_of("transport", &names, None));
            None
        }
    }
}

fn literal(value: &Expr) -> Option<LitStr> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn unknown(word: &str) -> String {
    let choices = text::choices(&WORDS);
    match nearest(word, WORDS) {
        Some(meant) => format!("unknown key `{word}`; did you mean `{meant}`?"),
        None => format!("unknown key `{word}` for `mcp`, which has {choices}"),
    }
}
