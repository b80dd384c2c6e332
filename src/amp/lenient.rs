//! The former names of [`super::decode`].

pub use super::decode::decode as view;
