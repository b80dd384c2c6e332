//! What a command answers with, built piece by piece: raw data, context data, key fields, the table, remarks.
//!
//! Knows nothing of AMP's wire; the commands put in what they found.

use crate::contract::exports::conductor::secure_endpoint::types::{
    Failure, KeyField, Outcome, Quota, ReturnData, Table,
};
use crate::distinct::Distinct;

/// An outcome under construction.
pub struct Findings {
    raw: Vec<String>,
    context: String,
    keys: Vec<KeyField>,
    /// Every name and value that the key fields hold.
    known: Distinct,
    table: Table,
    remarks: Vec<String>,
    failures: Vec<Failure>,
}

impl Findings {
    /// Findings with the headings of their table.
    pub fn with_columns(columns: &[&str]) -> Self {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Self {
            raw: Vec::new(),
            context: String::new(),
            keys: Vec::new(),
            known: Distinct::default(),
            table: Table {
                columns,
                rows: Vec::new(),
            },
            remarks: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Adds an answer as it came.
    pub fn raw(&mut self, text: String) {
        self.raw.push(text);
    }

    /// The context data is this JSON value.
    pub fn context(&mut self, value: &str) {
        value.clone_into(&mut self.context);
    }

    /// The context data is a list of JSON texts.
    pub fn context_list<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) {
        self.context = json_list(values);
    }

    /// Adds a value to a key field. A missing or empty one is passed over, and so is one that is there already.
    pub fn key(&mut self, name: &'static str, value: Option<&str>) {
        let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else {
            return;
        };
        if !self.known.is_new(format!("{name}\n{value}")) {
            return;
        }
        match self.keys.iter_mut().find(|key| key.name == name) {
            Some(key) => key.values.push(value.to_owned()),
            None => self.keys.push(KeyField {
                name: name.to_owned(),
                values: vec![value.to_owned()],
            }),
        }
    }

    /// Adds a row to the table; what is missing is an empty cell.
    pub fn row<const N: usize>(&mut self, cells: [Option<&str>; N]) {
        self.table.rows.push(
            cells
                .into_iter()
                .map(|cell| cell.unwrap_or_default().trim().to_owned())
                .collect(),
        );
    }

    /// Adds a remark.
    pub fn remark(&mut self, text: impl Into<String>) {
        self.remarks.push(text.into());
    }

    /// Adds a remark on each of these items, which were skipped because each alone exceeds the limit of a response.
    pub fn remark_oversized(&mut self, items: &[String]) {
        for item in items {
            self.remark(format!(
                "AMP's {item} alone is larger than max-body-bytes and was skipped; raise max-body-bytes in the connection to read it."
            ));
        }
    }

    /// What failed while the rest came.
    pub fn failures(&mut self, failures: Vec<Failure>) {
        self.failures = failures;
    }

    /// The outcome: partially successful if anything failed.
    pub fn finish(mut self, quota: Option<Quota>) -> Outcome {
        let raw_data = match self.raw.len() {
            1 => self.raw.pop().unwrap_or_default(),
            _ => json_list(self.raw.iter().map(String::as_str)),
        };
        let return_data = if self.failures.is_empty() {
            ReturnData::Successful
        } else {
            ReturnData::PartiallySuccessful
        };
        Outcome {
            return_data,
            raw_data,
            context_data: if self.context.is_empty() {
                "null".to_owned()
            } else {
                self.context
            },
            key_fields: self.keys,
            result: self.table,
            failures: self.failures,
            remarks: self.remarks,
            quota,
        }
    }
}

/// JSON texts as a JSON list.
fn json_list<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let mut list = String::from("[");
    for (place, value) in values.into_iter().enumerate() {
        if place > 0 {
            list.push(',');
        }
        list.push_str(value);
    }
    list.push(']');
    list
}

/// A number and its noun: `1 computer`, `2 computers`.
pub fn counted(number: usize, singular: &str, plural: &str) -> String {
    format!("{number} {}", if number == 1 { singular } else { plural })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_answer_is_raw_data_as_it_came_and_several_are_a_list() {
        let mut findings = Findings::with_columns(&[]);
        findings.raw(r#"{"id": 7634860738703523857}"#.to_owned());
        assert_eq!(
            findings.finish(None).raw_data,
            r#"{"id": 7634860738703523857}"#
        );

        let mut findings = Findings::with_columns(&[]);
        findings.raw("{ }".to_owned());
        findings.raw("[1.10]".to_owned());
        assert_eq!(findings.finish(None).raw_data, "[{ },[1.10]]");
    }

    #[test]
    fn a_key_field_has_each_value_once_and_no_empty_ones() {
        let mut findings = Findings::with_columns(&[]);
        for value in [Some("b"), None, Some(" b "), Some(""), Some("a")] {
            findings.key("hostnames", value);
        }
        let outcome = findings.finish(None);
        assert_eq!(outcome.key_fields.len(), 1);
        assert_eq!(outcome.key_fields[0].values, ["b", "a"]);
    }
}
