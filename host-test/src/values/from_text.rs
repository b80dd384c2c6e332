//! What somebody typed on a command line into JSON, by the type of the field that it is for.

use serde_json::Value;
use wasmtime::component::Type;

use super::words::{case_of, cases, in_words, without_option};

/// The JSON that `text` stands for in a field of the type `of`: text as it is, numbers and booleans read, anything
/// else (records, lists of lists) as JSON.
///
/// # Errors
///
/// When it cannot be one: in words, without the place, which a command line names itself.
pub fn from_text(of: &Type, text: &str) -> Result<Value, String> {
    let of = without_option(of);
    let whole = |lowest: i128, highest: i128| {
        text.parse::<i128>()
            .ok()
            .filter(|number| (lowest..=highest).contains(number))
            .and_then(|number| serde_json::from_str(&number.to_string()).ok())
            .ok_or_else(|| format!("expected a whole number from {lowest} to {highest}"))
    };
    match &of {
        Type::String | Type::Char => Ok(Value::String(text.to_owned())),
        Type::Bool => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err("expected true or false".to_owned()),
        },
        Type::U8 => whole(0, u8::MAX.into()),
        Type::U16 => whole(0, u16::MAX.into()),
        Type::U32 => whole(0, u32::MAX.into()),
        Type::U64 => whole(0, u64::MAX.into()),
        Type::S8 => whole(i8::MIN.into(), i8::MAX.into()),
        Type::S16 => whole(i16::MIN.into(), i16::MAX.into()),
        Type::S32 => whole(i32::MIN.into(), i32::MAX.into()),
        Type::S64 => whole(i64::MIN.into(), i64::MAX.into()),
        Type::Enum(_) => {
            let known = cases(&of);
            case_of(&known, text)
                .map(|case| Value::String(case.to_owned()))
                .ok_or_else(|| format!("expected one of {}", known.join(", ")))
        }
        other => serde_json::from_str(text)
            .map_err(|error| format!("expected JSON for a {}: {error}", in_words(other))),
    }
}
