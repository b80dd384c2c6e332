//! JSON into a value of the component.

use serde_json::{Map, Value};
use wasmtime::component::{Type, Val, types};

use super::error::{ValueError, unknown};
use super::words::{case_of, is_optional};

/// The value of `of` that `json` stands for.
///
/// # Errors
///
/// When it fits not: the error names the place, what was expected and what came.
pub fn from_json(of: &Type, json: &Value) -> Result<Val, ValueError> {
    read(of, json, "$")
}

fn read(of: &Type, json: &Value, path: &str) -> Result<Val, ValueError> {
    Ok(match of {
        Type::Bool => Val::Bool(
            json.as_bool()
                .ok_or_else(|| ValueError::expected(path, "true or false", json))?,
        ),
        Type::S8 => Val::S8(integer(json, path)?),
        Type::U8 => Val::U8(integer(json, path)?),
        Type::S16 => Val::S16(integer(json, path)?),
        Type::U16 => Val::U16(integer(json, path)?),
        Type::S32 => Val::S32(integer(json, path)?),
        Type::U32 => Val::U32(integer(json, path)?),
        Type::S64 => Val::S64(integer(json, path)?),
        Type::U64 => Val::U64(integer(json, path)?),
        Type::Float32 => {
            // A float32 of the component is the nearest one to the decimal number.
            #[allow(
                clippy::cast_possible_truncation,
                reason = "rounding is what a float32 is"
            )]
            Val::Float32(
                json.as_f64()
                    .ok_or_else(|| ValueError::expected(path, "a number", json))?
                    as f32,
            )
        }
        Type::Float64 => Val::Float64(
            json.as_f64()
                .ok_or_else(|| ValueError::expected(path, "a number", json))?,
        ),
        Type::Char => {
            let mut characters = string(json, path)?.chars();
            match (characters.next(), characters.next()) {
                (Some(character), None) => Val::Char(character),
                _ => return Err(ValueError::expected(path, "a single character", json)),
            }
        }
        Type::String => Val::String(string(json, path)?.to_owned()),
        Type::List(list) => {
            let of = list.ty();
            Val::List(
                array(json, path)?
                    .map(|(item, path)| read(&of, item, &path))
                    .collect::<Result<_, _>>()?,
            )
        }
        Type::Tuple(tuple) => {
            let types: Vec<Type> = tuple.types().collect();
            let items: Vec<_> = array(json, path)?.collect();
            if items.len() != types.len() {
                return Err(ValueError::new(
                    path,
                    format!("expected {} items, got {}", types.len(), items.len()),
                ));
            }
            let pairs = types.iter().zip(&items);
            Val::Tuple(
                pairs
                    .map(|(of, (item, path))| read(of, item, path))
                    .collect::<Result<_, _>>()?,
            )
        }
        Type::Record(record) => Val::Record(fields(record, json, path)?),
        Type::Enum(names) => {
            let name = string(json, path)?;
            let known: Vec<String> = names.names().map(str::to_owned).collect();
            match case_of(&known, name) {
                Some(case) => Val::Enum(case.to_owned()),
                None => return Err(unknown(path, "value", name, &known)),
            }
        }
        Type::Flags(names) => {
            let known: Vec<String> = names.names().map(str::to_owned).collect();
            let mut set = Vec::new();
            for (item, path) in array(json, path)? {
                let name = string(item, &path)?;
                if !known.iter().any(|candidate| candidate == name) {
                    return Err(unknown(&path, "flag", name, &known));
                }
                set.push(name.to_owned());
            }
            Val::Flags(set)
        }
        Type::Variant(variant) => case(variant, json, path)?,
        Type::Option(option) => {
            let of = option.ty();
            if matches!(of, Type::Option(_)) {
                return Err(unsupported(path, "an option of an option"));
            }
            match json {
                Value::Null => Val::Option(None),
                json => Val::Option(Some(Box::new(read(&of, json, path)?))),
            }
        }
        Type::Result(result) => {
            let (name, payload) = single(json, path)?;
            match name {
                "ok" => Val::Result(Ok(payload_of(result.ok().as_ref(), payload, path, name)?)),
                "err" => Val::Result(Err(payload_of(result.err().as_ref(), payload, path, name)?)),
                other => {
                    return Err(unknown(
                        path,
                        "result",
                        other,
                        &["ok".to_owned(), "err".to_owned()],
                    ));
                }
            }
        }
        _ => return Err(unsupported(path, "a resource, a stream or a map")),
    })
}

fn unsupported(path: &str, what: &str) -> ValueError {
    ValueError::new(
        path,
        format!("the component asks for {what}, which has no form in JSON here"),
    )
}

fn string<'a>(json: &'a Value, path: &str) -> Result<&'a str, ValueError> {
    json.as_str()
        .ok_or_else(|| ValueError::expected(path, "a string", json))
}

/// The items of an array, each with its path.
fn array<'a>(
    json: &'a Value,
    path: &str,
) -> Result<impl Iterator<Item = (&'a Value, String)>, ValueError> {
    let items = json
        .as_array()
        .ok_or_else(|| ValueError::expected(path, "an array", json))?;
    let path = path.to_owned();
    Ok(items
        .iter()
        .enumerate()
        .map(move |(index, item)| (item, format!("{path}[{index}]"))))
}

/// A whole number in the range of its type.
fn integer<T: TryFrom<i128> + Bounds>(json: &Value, path: &str) -> Result<T, ValueError> {
    let range = || format!("a whole number from {} to {}", T::LOWEST, T::HIGHEST);
    let number = json
        .as_u64()
        .map(i128::from)
        .or_else(|| json.as_i64().map(i128::from));
    let number = number.ok_or_else(|| ValueError::expected(path, &range(), json))?;
    T::try_from(number).map_err(|_| ValueError::expected(path, &range(), json))
}

/// The ends of an integer type's range.
trait Bounds {
    const LOWEST: i128;
    const HIGHEST: i128;
}

macro_rules! bounds {
    ($($of:ty),*) => {
        $(impl Bounds for $of {
            const LOWEST: i128 = <$of>::MIN as i128;
            const HIGHEST: i128 = <$of>::MAX as i128;
        })*
    };
}
bounds!(i8, u8, i16, u16, i32, u32, i64, u64);

fn fields(
    record: &types::Record,
    json: &Value,
    path: &str,
) -> Result<Vec<(String, Val)>, ValueError> {
    let object = json
        .as_object()
        .ok_or_else(|| ValueError::expected(path, "an object", json))?;
    let known: Vec<String> = record.fields().map(|field| field.name.to_owned()).collect();
    if let Some(name) = object.keys().find(|name| !known.contains(name)) {
        return Err(unknown(path, "field", name, &known));
    }
    record
        .fields()
        .map(|field| {
            let path = format!("{path}.{}", field.name);
            let value = match object.get(field.name) {
                Some(value) => read(&field.ty, value, &path)?,
                None if is_optional(&field.ty) => Val::Option(None),
                None => return Err(ValueError::new(&path, "this field is required and missing")),
            };
            Ok((field.name.to_owned(), value))
        })
        .collect()
}

fn case(variant: &types::Variant, json: &Value, path: &str) -> Result<Val, ValueError> {
    let (name, payload) = single(json, path)?;
    let known: Vec<String> = variant.cases().map(|case| case.name.to_owned()).collect();
    let case = variant.cases().find(|case| case.name == name);
    let case = case.ok_or_else(|| unknown(path, "case", name, &known))?;
    Ok(Val::Variant(
        name.to_owned(),
        payload_of(case.ty.as_ref(), payload, path, name)?,
    ))
}

/// A case by its name alone, or an object with the name of the case and its payload.
fn single<'a>(json: &'a Value, path: &str) -> Result<(&'a str, Option<&'a Value>), ValueError> {
    let only = |object: &'a Map<String, Value>| match object.iter().next() {
        Some((name, payload)) if object.len() == 1 => Some((name.as_str(), Some(payload))),
        _ => None,
    };
    match json {
        Value::String(name) => Some((name.as_str(), None)),
        Value::Object(object) => only(object),
        _ => None,
    }
    .ok_or_else(|| {
        ValueError::expected(
            path,
            "the name of a case, or an object with one case and its payload",
            json,
        )
    })
}

fn payload_of(
    of: Option<&Type>,
    payload: Option<&Value>,
    path: &str,
    name: &str,
) -> Result<Option<Box<Val>>, ValueError> {
    let path = format!("{path}.{name}");
    match (of, payload) {
        (None, None | Some(Value::Null)) => Ok(None),
        (None, Some(_)) => Err(ValueError::new(&path, "this case takes no payload")),
        (Some(of), Some(payload)) => Ok(Some(Box::new(read(of, payload, &path)?))),
        (Some(of), None) if is_optional(of) => Ok(Some(Box::new(Val::Option(None)))),
        (Some(_), None) => Err(ValueError::new(&path, "this case needs a payload")),
    }
}
