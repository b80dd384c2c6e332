//! A value of the component into JSON.

use serde_json::{Map, Number, Value};
use wasmtime::component::Val;

use super::error::ValueError;

/// The JSON that stands for `value`. An option that is none is `null`.
///
/// # Errors
///
/// When it has no form in JSON: a resource, a stream, a number that is not finite.
pub fn to_json(value: &Val) -> Result<Value, ValueError> {
    write(value, "$")
}

fn write(value: &Val, path: &str) -> Result<Value, ValueError> {
    Ok(match value {
        Val::Bool(value) => Value::Bool(*value),
        Val::S8(value) => (*value).into(),
        Val::U8(value) => (*value).into(),
        Val::S16(value) => (*value).into(),
        Val::U16(value) => (*value).into(),
        Val::S32(value) => (*value).into(),
        Val::U32(value) => (*value).into(),
        Val::S64(value) => (*value).into(),
        Val::U64(value) => (*value).into(),
        Val::Float32(value) => float(f64::from(*value), path)?,
        Val::Float64(value) => float(*value, path)?,
        Val::Char(value) => Value::String(value.to_string()),
        Val::String(value) => Value::String(value.clone()),
        Val::List(items) | Val::Tuple(items) | Val::FixedLengthList(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| write(item, &format!("{path}[{index}]")))
            .collect::<Result<_, _>>()
            .map(Value::Array)?,
        Val::Record(fields) => fields
            .iter()
            .map(|(name, value)| Ok((name.clone(), write(value, &format!("{path}.{name}"))?)))
            .collect::<Result<Map<_, _>, _>>()
            .map(Value::Object)?,
        Val::Enum(name) | Val::Variant(name, None) => Value::String(name.clone()),
        Val::Variant(name, Some(payload)) => one(name, write(payload, &format!("{path}.{name}"))?),
        Val::Option(None) => Value::Null,
        Val::Option(Some(value)) => match write(value, path)? {
            Value::Null => return Err(unsupported(path)),
            value => value,
        },
        Val::Result(Ok(payload)) => one(
            "ok",
            payload
                .as_deref()
                .map_or(Ok(Value::Null), |payload| write(payload, path))?,
        ),
        Val::Result(Err(payload)) => one(
            "err",
            payload
                .as_deref()
                .map_or(Ok(Value::Null), |payload| write(payload, path))?,
        ),
        Val::Flags(names) => names.iter().cloned().map(Value::String).collect(),
        _ => return Err(unsupported(path)),
    })
}

fn unsupported(path: &str) -> ValueError {
    ValueError::new(
        path,
        "the component answered with a value that has no form in JSON here",
    )
}

fn float(value: f64, path: &str) -> Result<Value, ValueError> {
    Number::from_f64(value)
        .map(Value::Number)
        .ok_or_else(|| unsupported(path))
}

fn one(name: &str, payload: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), payload)]))
}
