//! A source file goes in; it comes out with every change planted in it, each behind a question that an environment variable answers.

use std::fmt;
use std::ops::Range;

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{
    Arm, Attribute, BinOp, Block, Expr, ExprBinary, ExprMatch, ExprUnary, ImplItemFn, ItemConst,
    ItemFn, ItemImpl, ItemMod, ItemStatic, ItemTrait, Local, Pat, Signature, Stmt, TraitItemFn,
    Type, UnOp,
};

use crate::built::{attributes_of, is_built};
use crate::values::values;

/// One change.
#[derive(Clone, Debug)]
pub struct Change {
    pub number: usize,
    /// `FILE:LINE` in the sources.
    pub place: String,
    pub what: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.what)
    }
}

/// What the library gets beside its sources: whether a change is switched on. A run that asks which changes are reached gets a file with
/// their numbers; after its first question it allocates nothing, which tests count.
pub const SWITCH: &str = r#"
pub(crate) fn __mutant(number: u32) -> bool {
    static ON: std::sync::LazyLock<u32> =
        std::sync::LazyLock::new(|| std::env::var("GENAI_MUTANT").ok().and_then(|on| on.parse().ok()).unwrap_or(u32::MAX));
    static REACHED: std::sync::LazyLock<Option<std::fs::File>> = std::sync::LazyLock::new(|| {
        let path = std::env::var_os("GENAI_MUTANTS_REACHED")?;
        std::fs::OpenOptions::new().create(true).append(true).open(path).ok()
    });
    static SEEN: [std::sync::atomic::AtomicBool; 8192] = [const { std::sync::atomic::AtomicBool::new(false) }; 8192];
    if let (Some(file), Some(seen)) = (&*REACHED, SEEN.get(number as usize)) {
        if !seen.swap(true, std::sync::atomic::Ordering::Relaxed) {
            let mut line = [b'\n'; 11];
            let (mut at, mut rest) = (10, number);
            loop {
                at -= 1;
                line[at] = b'0' + (rest % 10) as u8;
                rest /= 10;
                if rest == 0 {
                    break;
                }
            }
            let mut file = file;
            let _ = std::io::Write::write_all(&mut file, &line[at..]);
        }
    }
    *ON == number
}
"#;

/// Text to put in place of a range.
struct Edit {
    range: Range<usize>,
    text: String,
    /// Of two at one place, which comes first.
    order: i64,
}

/// Plants changes into `text`, with numbers from `changes.len()` on. Those that `is_left_out` are not planted.
pub fn plant(
    place: &str,
    text: &str,
    changes: &mut Vec<Change>,
    is_left_out: &dyn Fn(&Change) -> bool,
) -> Result<String, String> {
    let file = syn::parse_file(text).map_err(|error| format!("{place}: {error}"))?;
    let mut planter = Planter {
        place,
        text,
        changes,
        is_left_out,
        edits: Vec::new(),
        depth: 0,
    };
    planter.visit_file(&file);
    let mut edits = planter.edits;
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end, edit.order));
    let (mut out, mut at) = (String::with_capacity(2 * text.len()), 0);
    for edit in edits {
        if edit.range.start < at {
            return Err(format!(
                "{place}: two changes overlap at byte {}",
                edit.range.start
            ));
        }
        out.push_str(&text[at..edit.range.start]);
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(&text[at..]);
    Ok(out)
}

struct Planter<'a> {
    place: &'a str,
    text: &'a str,
    changes: &'a mut Vec<Change>,
    is_left_out: &'a dyn Fn(&Change) -> bool,
    edits: Vec<Edit>,
    depth: i64,
}

impl Planter<'_> {
    /// The question whether a new change is on; `None` where it does not compile.
    fn change(&mut self, at: Span, what: impl Into<String>) -> Option<String> {
        let number = self.changes.len();
        let change = Change {
            number,
            place: format!("{}:{}", self.place, at.start().line),
            what: what.into(),
        };
        let is_left_out = (self.is_left_out)(&change);
        self.changes.push(change);
        (!is_left_out).then(|| format!("/*m{number}*/crate::__mutant({number})"))
    }

    fn replace(&mut self, range: Range<usize>, text: String) {
        self.edits.push(Edit {
            range,
            text,
            order: 0,
        });
    }

    /// At the beginning of what is visited: what is around it comes first.
    fn open(&mut self, at: usize, text: String) {
        self.edits.push(Edit {
            range: at..at,
            text,
            order: self.depth,
        });
    }

    /// At its end: what is inside comes first, and both before what begins there.
    fn close(&mut self, at: usize, text: String) {
        self.edits.push(Edit {
            range: at..at,
            text,
            order: -1_000_000 - self.depth,
        });
    }

    fn function(&mut self, attributes: &[Attribute], sig: &Signature, block: &Block) -> bool {
        if sig.constness.is_some() || !is_built(attributes) {
            return false;
        }
        if block.stmts.is_empty() {
            return true;
        }
        let mut planted = String::new();
        for value in values(&sig.output) {
            let shown = if value.is_empty() { "()" } else { &value };
            if let Some(is_on) =
                self.change(sig.ident.span(), format!("`{}` gives {shown}", sig.ident))
            {
                planted.push_str(&format!(" if {is_on} {{ return {value}; }}"));
            }
        }
        let at = block.brace_token.span.open().byte_range().end;
        self.open(at, planted);
        true
    }

    /// Another operator between two values, which a comparison looks at and arithmetic takes.
    fn operator(&mut self, binary: &ExprBinary, others: &[&str], is_comparison: bool) {
        let (left, right) = (
            binary.left.span().byte_range(),
            binary.right.span().byte_range(),
        );
        let (refer, follow) = match is_comparison {
            true => ("&", "*"),
            false => ("", ""),
        };
        let op = self.text[binary.op.span().byte_range()].to_owned();
        let plain = format!("{follow}l__ {op} {follow}r__");
        let mut choice = plain.clone();
        for other in others {
            if let Some(is_on) = self.change(binary.op.span(), format!("`{op}` is `{other}`")) {
                choice =
                    format!("if {is_on} {{ {follow}l__ {other} {follow}r__ }} else {{ {choice} }}");
            }
        }
        if choice != plain {
            self.open(left.start, format!("(match ({refer}("));
            self.replace(left.end..right.start, format!("), {refer}("));
            self.close(right.end, format!(")) {{ (l__, r__) => {choice} }})"));
        }
    }

    /// `&&` and `||`, which look at the right side only where the left one does not say.
    fn logical(&mut self, binary: &ExprBinary, other: &str) {
        let (left, right) = (
            binary.left.span().byte_range(),
            binary.right.span().byte_range(),
        );
        let op = self.text[binary.op.span().byte_range()].to_owned();
        let Some(is_on) = self.change(binary.op.span(), format!("`{op}` is `{other}`")) else {
            return;
        };
        let plain = self.text[right.clone()].to_owned();
        self.open(left.start, "(match (".to_owned());
        self.replace(
            left.end..right.start,
            format!(") {{ l__ => if {is_on} {{ l__ {other} ({plain}) }} else {{ l__ {op} ("),
        );
        self.close(right.end, ") } })".to_owned());
    }

    fn arms(&mut self, matched: &ExprMatch) {
        let has_rest = matched
            .arms
            .iter()
            .any(|arm| matches!(arm.pat, Pat::Wild(_)));
        for arm in &matched.arms {
            if matches!(arm.pat, Pat::Wild(_)) || !is_built(&arm.attrs) {
                continue;
            }
            let (pat, guard) = match &arm.pat {
                Pat::Guard(guarded) => (&*guarded.pat, Some(&*guarded.guard)),
                pat => (pat, None),
            };
            if guard.is_some_and(has_let) {
                continue;
            }
            let at = pat.span();
            let pattern = one_line(&self.text[at.byte_range()]);
            let mut conditions = Vec::new();
            if has_rest
                && let Some(is_on) = self.change(at, format!("the arm `{pattern}` is not there"))
            {
                conditions.push(format!("!{is_on}"));
            }
            let Some(guard) = guard else {
                if !conditions.is_empty() {
                    self.close(
                        at.byte_range().end,
                        format!(" if {}", conditions.join(" && ")),
                    );
                }
                continue;
            };
            let range = guard.span().byte_range();
            let mut question = "(".to_owned();
            if let Some(is_on) =
                self.change(guard.span(), format!("the condition of `{pattern}` holds"))
            {
                question = format!("({is_on} || ");
            }
            if let Some(is_on) = self.change(
                guard.span(),
                format!("the condition of `{pattern}` does not hold"),
            ) {
                conditions.push(format!("!{is_on}"));
            }
            conditions.push(question);
            self.open(range.start, conditions.join(" && ") + "(");
            self.close(range.end, "))".to_owned());
        }
    }
}

impl<'ast> Visit<'ast> for Planter<'_> {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if self.function(&item.attrs, &item.sig, &item.block) {
            visit::visit_block(self, &item.block);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if self.function(&item.attrs, &item.sig, &item.block) {
            visit::visit_block(self, &item.block);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(block) = &item.default
            && self.function(&item.attrs, &item.sig, block)
        {
            visit::visit_block(self, block);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_built(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if is_built(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        if is_built(&item.attrs) {
            visit::visit_item_trait(self, item);
        }
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if is_built(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_stmt(&mut self, stmt: &'ast Stmt) {
        let is_there = match stmt {
            Stmt::Expr(expr, _) => is_built(attributes_of(expr)),
            _ => true,
        };
        if is_there {
            visit::visit_stmt(self, stmt);
        }
    }

    // What is computed while the library compiles asks no variable.
    fn visit_item_const(&mut self, _: &'ast ItemConst) {}

    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}

    fn visit_item_static(&mut self, _: &'ast ItemStatic) {}

    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}

    fn visit_type(&mut self, _: &'ast Type) {}

    fn visit_pat(&mut self, _: &'ast Pat) {}

    fn visit_expr_binary(&mut self, binary: &'ast ExprBinary) {
        if has_let(&binary.left) || has_let(&binary.right) {
            visit::visit_expr_binary(self, binary);
            return;
        }
        match binary.op {
            BinOp::And(_) => self.logical(binary, "||"),
            BinOp::Or(_) => self.logical(binary, "&&"),
            BinOp::Eq(_) => self.operator(binary, &["!="], true),
            BinOp::Ne(_) => self.operator(binary, &["=="], true),
            BinOp::Lt(_) => self.operator(binary, &["<=", ">"], true),
            BinOp::Le(_) => self.operator(binary, &["<", ">"], true),
            BinOp::Gt(_) => self.operator(binary, &[">=", "<"], true),
            BinOp::Ge(_) => self.operator(binary, &[">", "<"], true),
            BinOp::Add(_) => self.operator(binary, &["-", "*"], false),
            BinOp::Sub(_) => self.operator(binary, &["+", "/"], false),
            BinOp::Mul(_) => self.operator(binary, &["+", "/"], false),
            BinOp::Div(_) => self.operator(binary, &["%", "*"], false),
            BinOp::Rem(_) => self.operator(binary, &["/", "+"], false),
            BinOp::BitAnd(_) => self.operator(binary, &["|"], false),
            BinOp::BitOr(_) => self.operator(binary, &["&"], false),
            _ => {}
        }
        self.depth += 1;
        visit::visit_expr_binary(self, binary);
        self.depth -= 1;
    }

    fn visit_expr_unary(&mut self, unary: &'ast ExprUnary) {
        let op = match unary.op {
            UnOp::Not(_) => "!",
            UnOp::Neg(_) if !matches!(*unary.expr, Expr::Lit(_)) => "-",
            _ => "",
        };
        if !op.is_empty()
            && let Some(is_on) = self.change(unary.op.span(), format!("no `{op}`"))
        {
            let (at, inner) = (unary.op.span().byte_range(), unary.expr.span().byte_range());
            self.open(at.start, "(match (".to_owned());
            self.replace(at.start..inner.start, String::new());
            self.close(
                inner.end,
                format!(") {{ v__ => if {is_on} {{ v__ }} else {{ {op}v__ }} }})"),
            );
        }
        self.depth += 1;
        visit::visit_expr_unary(self, unary);
        self.depth -= 1;
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        if is_built(&arm.attrs) {
            visit::visit_arm(self, arm);
        }
    }

    fn visit_expr_match(&mut self, matched: &'ast ExprMatch) {
        self.arms(matched);
        self.depth += 1;
        for arm in &matched.arms {
            if let Pat::Guard(guarded) = &arm.pat {
                self.visit_expr(&guarded.guard);
            }
        }
        visit::visit_expr_match(self, matched);
        self.depth -= 1;
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.depth += 1;
        visit::visit_expr(self, expr);
        self.depth -= 1;
    }
}

/// Whether a condition binds something.
fn has_let(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
