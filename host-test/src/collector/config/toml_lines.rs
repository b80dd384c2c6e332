//! TOML, with the line of each entry, so that what is wrong with one can be found.

use serde_json::{Map, Number, Value};
use toml::de::{DeTable, DeValue};

use super::error::Problem;

/// A table of the file.
#[derive(Debug)]
pub(super) struct Table {
    /// The line where it begins.
    pub(super) line: usize,
    pub(super) entries: Vec<Entry>,
}

/// An entry of a table.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) value: Value,
}

impl Table {
    /// Takes an entry out.
    pub(super) fn take(&mut self, name: &str) -> Option<Entry> {
        let place = self.entries.iter().position(|entry| entry.name == name)?;
        Some(self.entries.remove(place))
    }
}

/// The file: its own entries, and the tables of the array `name`.
///
/// # Errors
///
/// Everything that is no TOML, and a `name` that is no array of tables.
pub(super) fn read(text: &str, name: &str) -> Result<(Table, Vec<Table>), Vec<Problem>> {
    let line = |offset: usize| {
        let before = text.get(..offset).unwrap_or(text);
        before.matches('\n').count().saturating_add(1)
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let problems = errors.iter().map(|error| Problem {
            line: error.span().map(|span| line(span.start)),
            // These words never hold what stands in the file.
            what: format!("this is no TOML: {}", error.message()),
        });
        return Err(problems.collect());
    }
    let table = |begins: usize, table: &DeTable<'_>| Table {
        line: line(begins),
        entries: table
            .iter()
            .map(|(key, value)| Entry {
                name: key.get_ref().to_string(),
                line: line(key.span().start),
                value: json(value.get_ref()),
            })
            .collect(),
    };
    let mut own = table(0, document.get_ref());
    own.entries.retain(|entry| entry.name != name);
    let Some((key, value)) = document
        .get_ref()
        .iter()
        .find(|(key, _)| key.get_ref() == name)
    else {
        return Ok((own, Vec::new()));
    };
    let tables: Option<Vec<Table>> = match value.get_ref() {
        DeValue::Array(items) => items
            .iter()
            .map(|item| match item.get_ref() {
                DeValue::Table(inner) => Some(table(item.span().start, inner)),
                _ => None,
            })
            .collect(),
        _ => None,
    };
    match tables {
        Some(tables) => Ok((own, tables)),
        None => Err(vec![Problem {
            line: Some(line(key.span().start)),
            what: format!("each {name} begins with a line [[{name}]], in double brackets"),
        }]),
    }
}

/// The value as JSON. A date is a text.
fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(number) => {
            let (digits, radix) = (number.as_str(), number.radix());
            let number = u64::from_str_radix(digits, radix)
                .map(Number::from)
                .or_else(|_| i64::from_str_radix(digits, radix).map(Number::from));
            // A number that is too large for both is none of any field here.
            number.map_or(Value::Null, Value::Number)
        }
        DeValue::Float(number) => {
            let number = number.as_str().parse().ok().and_then(Number::from_f64);
            number.map_or(Value::Null, Value::Number)
        }
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())))
            .collect::<Map<_, _>>()
            .into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test fails by panicking"
    )]

    use serde_json::json;

    use super::read;

    #[test]
    fn every_entry_knows_its_line() {
        let text =
            "a = 1_000\n\n# none\n[[x]]\nb = 'two'\n  [[x]]\nc = [0xff, -1,\n 1.5]\nd = true\n";
        let (own, tables) = read(text, "x").unwrap();
        let entries = |table: &super::Table| -> Vec<_> {
            let mut entries: Vec<_> = table
                .entries
                .iter()
                .map(|entry| (entry.line, entry.value.clone()))
                .collect();
            entries.sort_by_key(|entry| entry.0);
            entries
        };
        assert_eq!(entries(&own), [(1, json!(1000))]);
        assert_eq!(
            (tables[0].line, entries(&tables[0])),
            (4, vec![(5, json!("two"))])
        );
        assert_eq!(
            (tables[1].line, entries(&tables[1])),
            (6, vec![(7, json!([255, -1, 1.5])), (9, json!(true))])
        );
    }

    #[test]
    fn every_line_that_is_no_toml_is_told_without_what_stands_there() {
        let problems = read("a = SESAME\nb = 1\nc = \"SESAME\n", "x").unwrap_err();
        let lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [Some(1), Some(3)]);
        let told: String = problems.iter().map(ToString::to_string).collect();
        assert!(!told.contains("SESAME"), "{told}");
    }

    #[test]
    fn a_table_that_should_be_one_of_several_is_told() {
        for text in ["\n[x]\na = 1\n", "\nx = 1\n", "\nx = [1]\n"] {
            let problems = read(text, "x").unwrap_err();
            assert_eq!(
                problems[0].to_string(),
                "line 2: each x begins with a line [[x]], in double brackets"
            );
        }
    }
}
