//! JSON to component values and back, led by the component's own types, so that a new command needs no line here.
//!
//! Records are objects with the field names of the contract, an option is absent or `null`, an enum is the name of its
//! case, a variant is the name of its case or `{"case": payload}`, lists and tuples are arrays, numbers are exact.
//! Knows types and JSON, nothing of a particular command.

mod error;
mod from_json;
mod from_text;
mod to_json;
mod words;

pub use error::ValueError;
pub(crate) use error::{looks_like_a_name, unknown};
pub use from_json::from_json;
pub use from_text::from_text;
pub use to_json::to_json;
pub use words::{cases, in_words, is_optional, without_option};

#[cfg(test)]
mod tests;
