//! Texts that came before.

use serde_json::{Map, Value};

/// A set of texts. (It is a map of serde_json's, which is in the component anyway; the standard library's set would be 3 kB more.)
#[derive(Default)]
pub struct Distinct(Map<String, Value>);

impl Distinct {
    /// Whether a text comes for the first time.
    pub fn is_new(&mut self, text: String) -> bool {
        self.0.insert(text, Value::Null).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::Distinct;

    #[test]
    fn a_text_is_new_once() {
        let mut texts = Distinct::default();
        let came = ["a", "b", "a", "", ""].map(|text| texts.is_new(text.to_owned()));
        assert_eq!(came, [true, true, false, true, false]);
    }
}
