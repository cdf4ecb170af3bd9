//! Values against the registry's types: literals are checked and become data, expressions stay code.

use syn::{BinOp, Expr, Lit, Type as Ty, UnOp};

use super::bare;
use crate::diag::{At, Diag, text};
use crate::ir::Value;
use crate::registry::{Attribute, Type};

/// A value for `attribute`; a mistake is reported.
pub(crate) fn value(attribute: &Attribute, expr: Expr, diag: &mut Diag) -> Option<Value> {
    control_flow(&expr, diag)?;
    let inner = bare(&expr);
    if let Some(literal) = Literal::of(inner) {
        return literal_value(attribute, &literal, &expr, diag);
    }
    if let (Type::Strs, Some(elements)) = (attribute.ty, elements(inner)) {
        for element in elements {
            let wrong = Literal::of(bare(element)).filter(|l| !matches!(l.lit, Lit::Str(_)));
            if let Some(wrong) = wrong {
                diag.error(At::all(element), text::wrong_type(attribute, wrong.words()));
                return None;
            }
        }
        return Some(Value::Expr(expr));
    }
    let wrong = shape(inner).filter(|found| !fits(*found, attribute.ty));
    if let Some(found) = wrong {
        diag.error(At::first(&expr), text::wrong_type(attribute, found.words()));
        return None;
    }
    Some(Value::Expr(expr))
}

fn literal_value(
    attribute: &Attribute,
    literal: &Literal<'_>,
    expr: &Expr,
    diag: &mut Diag,
) -> Option<Value> {
    let span = At::first(expr).start;
    let value = match (attribute.ty, literal.lit) {
        (Type::Str, Lit::Str(s)) => Some(Value::Str(s.value(), s.span())),
        (Type::Int, Lit::Int(_)) => match literal.int() {
            Some(n) => Some(Value::Int(n, span)),
            None => {
                diag.error(
                    At::all(expr),
                    text::too_large(attribute.key, "a 64-bit integer"),
                );
                return None;
            }
        },
        (Type::Double, Lit::Int(_) | Lit::Float(_)) => match literal.double() {
            Some(n) if n.is_finite() => Some(Value::Double(n, span)),
            _ => {
                diag.error(
                    At::all(expr),
                    text::too_large(attribute.key, "a 64-bit floating-point number"),
                );
                return None;
            }
        },
        (Type::Bool, Lit::Bool(b)) if !literal.negative => Some(Value::Bool(b.value, b.span)),
        (Type::Strs | Type::Content, Lit::Str(_)) => Some(Value::Expr(expr.clone())),
        // Arguments and results of tools are any JSON.
        (Type::Content, Lit::Int(_) | Lit::Float(_) | Lit::Bool(_))
            if attribute.key.starts_with("gen_ai.tool.call.") =>
        {
            Some(Value::Expr(expr.clone()))
        }
        _ => None,
    };
    if value.is_none() {
        diag.error(At::all(expr), text::wrong_type(attribute, literal.words()));
    }
    value
}

/// A literal, perhaps with a minus.
struct Literal<'a> {
    lit: &'a Lit,
    negative: bool,
}

impl<'a> Literal<'a> {
    fn of(expr: &'a Expr) -> Option<Self> {
        match expr {
            Expr::Lit(l) => Some(Self {
                lit: &l.lit,
                negative: false,
            }),
            Expr::Unary(u) if matches!(u.op, UnOp::Neg(_)) => match bare(&u.expr) {
                Expr::Lit(l) => Some(Self {
                    lit: &l.lit,
                    negative: true,
                }),
                _ => None,
            },
            Expr::Reference(r) if r.mutability.is_none() => match bare(&r.expr) {
                Expr::Lit(l) => Some(Self {
                    lit: &l.lit,
                    negative: false,
                }),
                _ => None,
            },
            _ => None,
        }
    }

    fn int(&self) -> Option<i64> {
        let Lit::Int(int) = self.lit else { return None };
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}", int.base10_digits()).parse().ok()
    }

    fn double(&self) -> Option<f64> {
        let digits = match self.lit {
            Lit::Int(int) => int.base10_digits(),
            Lit::Float(float) => float.base10_digits(),
            _ => return None,
        };
        let value: f64 = digits.parse().ok()?;
        Some(if self.negative { -value } else { value })
    }

    fn words(&self) -> &'static str {
        match self.lit {
            Lit::Str(_) => "a string",
            Lit::ByteStr(_) => "a byte string",
            Lit::CStr(_) => "a C string",
            Lit::Byte(_) => "a byte",
            Lit::Char(_) => "a character",
            Lit::Int(_) => "an integer",
            Lit::Float(_) => "a floating-point number",
            Lit::Bool(_) => "a boolean",
            _ => "another literal",
        }
    }
}

/// The elements of `[..]`, `&[..]`.
fn elements(expr: &Expr) -> Option<Vec<&Expr>> {
    match expr {
        Expr::Array(a) => Some(a.elems.iter().collect()),
        Expr::Reference(r) => match bare(&r.expr) {
            Expr::Array(a) => Some(a.elems.iter().collect()),
            _ => None,
        },
        _ => None,
    }
}

/// What the syntax alone says of an expression's type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Integer,
    Float,
    Boolean,
    List,
    Tuple,
    Unit,
    Range,
    Closure,
    Future,
    Assignment,
}

impl Shape {
    fn words(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Integer => "an integer",
            Self::Float => "a floating-point number",
            Self::Boolean => "a boolean",
            Self::List => "a list",
            Self::Tuple => "a tuple",
            Self::Unit => "`()`",
            Self::Range => "a range",
            Self::Closure => "a closure",
            Self::Future => "a future",
            Self::Assignment => "an assignment",
        }
    }
}

fn fits(shape: Shape, ty: Type) -> bool {
    match shape {
        Shape::Text => matches!(ty, Type::Str | Type::Strs | Type::Content),
        Shape::Integer => matches!(ty, Type::Int | Type::Double | Type::Content),
        Shape::Float => matches!(ty, Type::Double | Type::Content),
        Shape::Boolean => matches!(ty, Type::Bool | Type::Content),
        Shape::List => matches!(ty, Type::Strs | Type::Content),
        Shape::Tuple | Shape::Unit => matches!(ty, Type::Content),
        Shape::Range | Shape::Closure | Shape::Future | Shape::Assignment => false,
    }
}

fn shape(expr: &Expr) -> Option<Shape> {
    Some(match expr {
        Expr::Array(_) | Expr::Repeat(_) => Shape::List,
        Expr::Tuple(t) if t.elems.is_empty() => Shape::Unit,
        Expr::Tuple(_) => Shape::Tuple,
        Expr::Range(_) => Shape::Range,
        Expr::Closure(_) => Shape::Closure,
        Expr::Async(_) => Shape::Future,
        Expr::Assign(_) => Shape::Assignment,
        Expr::Reference(r) => return shape(bare(&r.expr)),
        Expr::Binary(b) => match b.op {
            BinOp::Eq(_)
            | BinOp::Ne(_)
            | BinOp::Lt(_)
            | BinOp::Le(_)
            | BinOp::Gt(_)
            | BinOp::Ge(_)
            | BinOp::And(_)
            | BinOp::Or(_) => Shape::Boolean,
            _ => return None,
        },
        Expr::Cast(c) => match &*c.ty {
            Ty::Path(p) => match p.path.get_ident()?.to_string().as_str() {
                "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64"
                | "i128" | "isize" => Shape::Integer,
                "f32" | "f64" => Shape::Float,
                "bool" => Shape::Boolean,
                _ => return None,
            },
            _ => return None,
        },
        Expr::Macro(m) => match m.mac.path.segments.last()?.ident.to_string().as_str() {
            "format" | "concat" | "stringify" | "file" | "module_path" => Shape::Text,
            "line" | "column" => Shape::Integer,
            "vec" => Shape::List,
            "matches" => Shape::Boolean,
            _ => return None,
        },
        _ => return None,
    })
}

/// Whether the syntax alone says that an expression is a boolean.
pub(crate) fn is_boolean(expr: &Expr) -> bool {
    let inner = bare(expr);
    let is_literal = Literal::of(inner).is_some_and(|l| matches!(l.lit, Lit::Bool(_)));
    is_literal || shape(inner) == Some(Shape::Boolean)
}

/// Refuses what would leave the function, or wait, only while telemetry is on. Closures and blocks inside are their own affair.
pub(crate) fn control_flow(expr: &Expr, diag: &mut Diag) -> Option<()> {
    let mut todo = vec![expr];
    while let Some(expr) = todo.pop() {
        let (at, words) = match expr {
            Expr::Try(e) => (At::from(e.question_token.span), "`?`"),
            Expr::Await(e) => (At::from(e.await_token.span), "`.await`"),
            Expr::Return(e) => (At::from(e.return_token.span), "`return`"),
            Expr::Break(e) => (At::from(e.break_token.span), "`break`"),
            Expr::Continue(e) => (At::from(e.continue_token.span), "`continue`"),
            Expr::Yield(e) => (At::from(e.yield_token.span), "`yield`"),
            other => {
                push_parts(other, &mut todo);
                continue;
            }
        };
        diag.error(at, text::control_flow(words));
        return None;
    }
    Some(())
}

fn push_parts<'a>(expr: &'a Expr, todo: &mut Vec<&'a Expr>) {
    match expr {
        Expr::Group(e) => todo.push(&e.expr),
        Expr::Paren(e) => todo.push(&e.expr),
        Expr::Unary(e) => todo.push(&e.expr),
        Expr::Reference(e) => todo.push(&e.expr),
        Expr::Cast(e) => todo.push(&e.expr),
        Expr::Field(e) => todo.push(&e.base),
        Expr::Index(e) => todo.extend([&*e.expr, &*e.index]),
        Expr::Binary(e) => todo.extend([&*e.left, &*e.right]),
        Expr::Array(e) => todo.extend(&e.elems),
        Expr::Tuple(e) => todo.extend(&e.elems),
        Expr::Call(e) => {
            todo.push(&e.func);
            todo.extend(&e.args);
        }
        Expr::MethodCall(e) => {
            todo.push(&e.receiver);
            todo.extend(&e.args);
        }
        _ => {}
    }
}
