//! Reads sources as tokens: modules, re-exports and paths. Nothing is compiled, so a path inside a macro counts too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Arrow;

/// The files of a crate: their paths relative to `src`, with `/`, and their texts as tokens.
#[derive(Clone, Debug, Default)]
pub struct Sources(BTreeMap<String, TokenStream>);

impl Sources {
    /// Reads a folder with everything below it.
    ///
    /// # Errors
    /// If something cannot be read, or is no Rust.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let mut sources = Self::default();
        sources.folder(folder, "")?;
        Ok(sources)
    }

    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), String> {
        let entries =
            std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|e| e.to_string())?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                self.folder(&path, &format!("{prefix}{name}/"))?;
            } else if name.ends_with(".rs") {
                let text = std::fs::read_to_string(&path)
                    .map_err(|e| format!("{}: {e}", path.display()))?;
                self.file(&format!("{prefix}{name}"), &text)?;
            }
        }
        Ok(())
    }

    /// Adds or replaces a file.
    ///
    /// # Errors
    /// If the text is no Rust.
    pub fn file(&mut self, path: &str, text: &str) -> Result<(), String> {
        let tokens = text.parse().map_err(|e| format!("{path}: {e}"))?;
        self.0.insert(path.to_owned(), tokens);
        Ok(())
    }
}

/// A module: where it is, what it declares, what it passes on, which paths it writes.
#[derive(Default)]
struct Module {
    file: String,
    children: BTreeSet<String>,
    /// Names that are re-exported, with the path they stand for.
    passed_on: BTreeMap<String, Vec<String>>,
    /// Paths whose every name is re-exported.
    globs: Vec<Vec<String>>,
    uses: BTreeSet<Vec<String>>,
}

type Modules = BTreeMap<Vec<String>, Module>;

pub(super) fn arrows(sources: &Sources) -> BTreeSet<Arrow> {
    let mut modules = Modules::new();
    add_file(sources, &mut modules, "lib.rs", Vec::new());
    let mut arrows = BTreeSet::new();
    for (place, module) in &modules {
        for written in &module.uses {
            let Some(target) = absolute(place, module, written) else {
                continue;
            };
            let to = resolve(&modules, &target, 0);
            if to != module.file {
                arrows.insert(Arrow {
                    from: module.file.clone(),
                    to,
                    path: written.join("::"),
                });
            }
        }
    }
    arrows
}

fn add_file(sources: &Sources, modules: &mut Modules, file: &str, place: Vec<String>) {
    if let Some(tokens) = sources.0.get(file) {
        add_module(sources, modules, file, place, tokens.clone());
    }
}

/// The file of the module `name` declared in the module at `place`.
fn file_of(sources: &Sources, place: &[String], name: &str) -> String {
    let mut folder = place.join("/");
    if !folder.is_empty() {
        folder.push('/');
    }
    let beside = format!("{folder}{name}.rs");
    if sources.0.contains_key(&beside) {
        beside
    } else {
        format!("{folder}{name}/mod.rs")
    }
}

fn add_module(
    sources: &Sources,
    modules: &mut Modules,
    file: &str,
    place: Vec<String>,
    tokens: TokenStream,
) {
    let mut module = Module {
        file: file.to_owned(),
        ..Module::default()
    };
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = tokens.as_slice();
    while !rest.is_empty() {
        let item = Item::take(&mut rest);
        if item.is_test {
            continue;
        }
        match item.tokens {
            [TokenTree::Ident(word), TokenTree::Ident(name), body] if word == "mod" => {
                let mut inner = place.clone();
                inner.push(name.to_string());
                module.children.insert(name.to_string());
                match body {
                    TokenTree::Group(body) => {
                        add_module(sources, modules, file, inner, body.stream())
                    }
                    _ => {
                        let file = file_of(sources, &place, &name.to_string());
                        add_file(sources, modules, &file, inner);
                    }
                }
            }
            [TokenTree::Ident(word), tree @ ..] if word == "use" => {
                let mut paths = Vec::new();
                tree_paths(tree, &mut Vec::new(), &mut paths);
                for (path, name) in paths {
                    match (item.is_public, name) {
                        (false, _) => {
                            module.uses.insert(path);
                        }
                        (true, Some(name)) => {
                            module.passed_on.insert(name, path);
                        }
                        (true, None) => module.globs.push(path),
                    }
                }
            }
            tokens => expression_paths(tokens, &mut module.uses),
        }
    }
    modules.insert(place, module);
}

/// One item without its attributes and its visibility.
struct Item<'a> {
    is_test: bool,
    is_public: bool,
    tokens: &'a [TokenTree],
}

impl<'a> Item<'a> {
    fn take(rest: &mut &'a [TokenTree]) -> Self {
        let mut is_test = false;
        loop {
            match *rest {
                [
                    TokenTree::Punct(hash),
                    TokenTree::Group(attribute),
                    after @ ..,
                ] if hash.as_char() == '#' => {
                    is_test |= attribute.stream().to_string().replace(' ', "") == "cfg(test)";
                    *rest = after;
                }
                [
                    TokenTree::Punct(hash),
                    TokenTree::Punct(bang),
                    TokenTree::Group(_),
                    after @ ..,
                ] if hash.as_char() == '#' && bang.as_char() == '!' => {
                    *rest = after;
                }
                _ => break,
            }
        }
        let mut is_public = false;
        if let [TokenTree::Ident(word), after @ ..] = *rest
            && word == "pub"
        {
            is_public = true;
            *rest = after;
            if let [TokenTree::Group(group), after @ ..] = *rest
                && group.delimiter() == Delimiter::Parenthesis
            {
                *rest = after;
            }
        }
        let is_use = matches!(rest.first(), Some(TokenTree::Ident(word)) if word == "use");
        let ends = |token: &TokenTree| match token {
            TokenTree::Punct(p) => p.as_char() == ';',
            TokenTree::Group(g) => !is_use && g.delimiter() == Delimiter::Brace,
            _ => false,
        };
        let length = rest.iter().position(ends).map_or(rest.len(), |end| end + 1);
        let (tokens, after) = rest.split_at(length);
        *rest = after;
        Self {
            is_test,
            is_public,
            tokens,
        }
    }
}

/// The paths of a `use` tree, each with the name it gets; without one where it ends in `*`.
fn tree_paths(
    tokens: &[TokenTree],
    prefix: &mut Vec<String>,
    paths: &mut Vec<(Vec<String>, Option<String>)>,
) {
    for branch in tokens.split(|t| is_punct(t, ',') || is_punct(t, ';')) {
        let depth = prefix.len();
        let mut name = None;
        let mut is_glob = false;
        let mut is_group = false;
        let mut is_alias = false;
        for token in branch {
            match token {
                TokenTree::Ident(word) if word == "as" => is_alias = true,
                TokenTree::Ident(word) if is_alias => name = Some(word.to_string()),
                TokenTree::Ident(word) if word == "self" && prefix.len() > depth.max(1) => {}
                TokenTree::Ident(word) if word == "self" && depth > 0 => {}
                TokenTree::Ident(word) => prefix.push(word.to_string()),
                TokenTree::Group(group) => {
                    is_group = true;
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    tree_paths(&inner, prefix, paths);
                }
                token => is_glob |= is_punct(token, '*'),
            }
        }
        if !is_group && !branch.is_empty() {
            let name = name.or_else(|| prefix.last().cloned());
            paths.push((prefix.clone(), name.filter(|_| !is_glob)));
        }
        prefix.truncate(depth);
    }
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == character)
}

/// Every path of two names or more in an item; those that start with nothing known are dropped when they are resolved.
fn expression_paths(tokens: &[TokenTree], uses: &mut BTreeSet<Vec<String>>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            TokenTree::Group(group) => {
                let after_pub =
                    at >= 2 && matches!(&tokens[at - 2], TokenTree::Ident(w) if w == "pub");
                if !after_pub {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    expression_paths(&inner, uses);
                }
            }
            TokenTree::Ident(first) => {
                let mut path = vec![first.to_string()];
                while let [colon, other, next, ..] = &tokens[at..]
                    && is_punct(colon, ':')
                    && is_punct(other, ':')
                {
                    match next {
                        TokenTree::Ident(word) => path.push(word.to_string()),
                        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                            let mut paths = Vec::new();
                            tree_paths(&inner, &mut path.clone(), &mut paths);
                            uses.extend(paths.into_iter().map(|(path, _)| path));
                            at += 3;
                            break;
                        }
                        _ => break,
                    }
                    at += 3;
                }
                if path.len() > 1 {
                    uses.insert(path);
                }
            }
            _ => {}
        }
    }
}

/// The path from the crate's root, if it leads into the crate.
fn absolute(place: &[String], module: &Module, written: &[String]) -> Option<Vec<String>> {
    let (first, rest) = written.split_first()?;
    let mut path = match first.as_str() {
        "crate" => Vec::new(),
        "self" => place.to_vec(),
        "super" => place.split_last()?.1.to_vec(),
        child if module.children.contains(child) => {
            let mut path = place.to_vec();
            path.push(child.to_owned());
            path
        }
        _ => return None,
    };
    for name in rest {
        if name == "super" {
            path.pop();
        } else {
            path.push(name.clone());
        }
    }
    Some(path)
}

/// The file that defines what an absolute path names.
fn resolve(modules: &Modules, path: &[String], depth: usize) -> String {
    let mut place = Vec::new();
    for (index, name) in path.iter().enumerate() {
        let Some(module) = modules.get(&place) else {
            break;
        };
        if module.children.contains(name) && modules.contains_key(&join(&place, name)) {
            place.push(name.clone());
            continue;
        }
        // Re-exports can lead in a circle only where they do not compile.
        if depth < 16 {
            let passed_on = module.passed_on.get(name);
            if let Some(mut target) = passed_on.and_then(|t| absolute(&place, module, t)) {
                target.extend_from_slice(&path[index + 1..]);
                return resolve(modules, &target, depth + 1);
            }
            for glob in &module.globs {
                if let Some(target) = absolute(&place, module, glob) {
                    let is_there = modules.get(&target).is_some_and(|m| {
                        m.children.contains(name) || m.passed_on.contains_key(name)
                    });
                    if is_there {
                        return resolve(modules, &join(&target, name), depth + 1);
                    }
                }
            }
        }
        break;
    }
    modules
        .get(&place)
        .map(|m| m.file.clone())
        .unwrap_or_default()
}

fn join(place: &[String], name: &str) -> Vec<String> {
    let mut path = place.to_vec();
    path.push(name.to_owned());
    path
}
