//! The type of a function goes in; values that any function of that type can give come out.

use syn::{GenericArgument, PathArguments, ReturnType, Type};

/// Values of a function's type that any function of that type can give.
pub fn values(output: &ReturnType) -> Vec<String> {
    let ReturnType::Type(_, ty) = output else {
        return vec![String::new()];
    };
    of_type(ty).into_iter().map(ToOwned::to_owned).collect()
}

fn of_type(ty: &Type) -> Vec<&'static str> {
    match ty {
        Type::Tuple(tuple) if tuple.elems.is_empty() => vec![""],
        Type::Reference(reference) if reference.mutability.is_none() => match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") => vec!["\"\"", "\"xyzzy\""],
            Type::Slice(_) => vec!["&[]"],
            _ => Vec::new(),
        },
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else {
                return Vec::new();
            };
            let inner = match &last.arguments {
                PathArguments::AngleBracketed(arguments) => {
                    arguments.args.iter().find_map(|argument| match argument {
                        GenericArgument::Type(ty) => Some(ty),
                        _ => None,
                    })
                }
                _ => None,
            };
            let is_unit = |ty: &Type| matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty());
            let is = |name: &str| {
                inner.is_some_and(|ty| matches!(ty, Type::Path(path) if path.path.is_ident(name)))
            };
            match last.ident.to_string().as_str() {
                "bool" => vec!["true", "false"],
                "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64"
                | "i128" | "isize" => vec!["0", "1"],
                "f32" | "f64" => vec!["0.0", "1.0"],
                "String" => vec!["String::new()", "\"xyzzy\".to_owned()"],
                "Vec" => vec!["Vec::new()"],
                "Option" if is("bool") => vec!["None", "Some(true)", "Some(false)"],
                "Option" if inner.is_some_and(is_unit) => vec!["None", "Some(())"],
                "Option"
                    if ["u8", "u16", "u32", "u64", "usize", "i64"]
                        .iter()
                        .any(|name| is(name)) =>
                {
                    vec!["None", "Some(0)", "Some(1)"]
                }
                "Option" => vec!["None"],
                "Result" if path.path.segments.len() > 1 && inner.is_none() => vec!["Ok(())"],
                "Result" if inner.is_some_and(is_unit) => vec!["Ok(())"],
                "Result" if inner.is_none() => Vec::new(),
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}
