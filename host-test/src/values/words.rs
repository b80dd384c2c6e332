//! Types of the component in words, for help texts and for machines that read them.

use wasmtime::component::Type;

/// Whether a field of this type may be left out.
#[must_use]
pub fn is_optional(of: &Type) -> bool {
    matches!(of, Type::Option(_))
}

/// The type inside an option; any other type as it is.
#[must_use]
pub fn without_option(of: &Type) -> Type {
    match of {
        Type::Option(option) => option.ty(),
        other => other.clone(),
    }
}

/// The names that an enum, or a list or option of one, can take; empty for every other type.
#[must_use]
pub fn cases(of: &Type) -> Vec<String> {
    match of {
        Type::Enum(names) => names.names().map(str::to_owned).collect(),
        Type::Option(option) => cases(&option.ty()),
        Type::List(list) => cases(&list.ty()),
        _ => Vec::new(),
    }
}

/// The case of an enum that is meant: people and platforms write `Windows` for `windows`.
pub(super) fn case_of<'a>(known: &'a [String], text: &str) -> Option<&'a str> {
    let mut known = known.iter();
    known
        .find(|case| case.eq_ignore_ascii_case(text))
        .map(String::as_str)
}

/// The type as the contract writes it: `list<string>`, `option<u32>`; a record, enum or variant by its kind, since
/// built components do not carry the names of types.
#[must_use]
pub fn in_words(of: &Type) -> String {
    match of {
        Type::Bool => "bool".to_owned(),
        Type::S8 => "s8".to_owned(),
        Type::U8 => "u8".to_owned(),
        Type::S16 => "s16".to_owned(),
        Type::U16 => "u16".to_owned(),
        Type::S32 => "s32".to_owned(),
        Type::U32 => "u32".to_owned(),
        Type::S64 => "s64".to_owned(),
        Type::U64 => "u64".to_owned(),
        Type::Float32 => "f32".to_owned(),
        Type::Float64 => "f64".to_owned(),
        Type::Char => "char".to_owned(),
        Type::String => "string".to_owned(),
        Type::List(list) => format!("list<{}>", in_words(&list.ty())),
        Type::Option(option) => format!("option<{}>", in_words(&option.ty())),
        Type::Tuple(tuple) => {
            format!(
                "tuple<{}>",
                tuple
                    .types()
                    .map(|of| in_words(&of))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        Type::Record(_) => "record".to_owned(),
        Type::Variant(_) => "variant".to_owned(),
        Type::Enum(_) => "enum".to_owned(),
        Type::Result(_) => "result".to_owned(),
        Type::Flags(_) => "flags".to_owned(),
        _ => "resource".to_owned(),
    }
}
