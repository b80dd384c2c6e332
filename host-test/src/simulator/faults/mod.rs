//! What befalls requests: a plan that names the n-th request to a path, and what happens to it.
//!
//! A rule is written `GET /v1/events#2=429 reset=40`: the method (`*` for any), the path (`*` for one segment, `**` for any
//! number), after `#` which of the requests that match (`2`, `2-4`, `3-`, `2,5`; every one without), after `=` what
//! happens, and its parameters. In a file each rule is a table:
//!
//! ```toml
//! [[fault]]
//! on = "GET /v1/events"
//! which = "2"
//! is = "429"
//! reset = 40
//! ```

mod bad_item;
mod catalogue;
mod kinds;
mod spoil;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::regular_file;

pub use catalogue::{KINDS, KindHelp};
pub(super) use kinds::Kind;
pub(super) use spoil::{answer, spoil};

/// What befalls requests.
#[derive(Debug, Default)]
pub struct Plan {
    rules: Vec<Rule>,
}

/// One line of a plan.
#[derive(Debug)]
struct Rule {
    method: Option<String>,
    path: Vec<String>,
    which: Vec<(u64, u64)>,
    fault: Fault,
    seen: AtomicU64,
}

/// What happens to a request.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// The name it has in a plan.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether the cloud does what was asked, although the answer does not tell.
    pub(super) applied: bool,
}

/// Why a plan cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error("the fault plan {} cannot be read: {error}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is neither TOML nor JSON, or a rule in it lacks something.
    #[error("the fault plan {} is damaged: {problem}; each rule is a [[fault]] with `on`, `is` and perhaps `which`", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A rule cannot be understood.
    #[error("the fault `{rule}` cannot be understood: {problem}")]
    Rule {
        /// The rule.
        rule: String,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    fault: Vec<FileRule>,
}

#[derive(Deserialize)]
struct FileRule {
    on: String,
    which: Option<Value>,
    is: Value,
    #[serde(flatten)]
    parameters: Map<String, Value>,
}

impl Plan {
    /// A plan from a file in TOML or JSON.
    ///
    /// # Errors
    ///
    /// When it cannot be read or understood.
    pub fn read(file: &Path) -> Result<Self, PlanError> {
        let text = std::fs::read(file)
            .and_then(|bytes| regular_file::decode(bytes).map_err(std::io::Error::other))
            .map_err(|error| PlanError::Unreadable {
                file: file.to_owned(),
                error,
            })?;
        let damaged = |problem: String| PlanError::Damaged {
            file: file.to_owned(),
            problem,
        };
        let read: File = if text.trim_start().starts_with('{') {
            serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?
        } else {
            toml::from_str(&text).map_err(|error| damaged(error.message().to_owned()))?
        };
        if read.fault.is_empty() {
            return Err(damaged("it has no rule".to_owned()));
        }
        let mut plan = Self::default();
        for rule in read.fault {
            let which = rule
                .which
                .map(|which| format!("#{}", plain(&which)))
                .unwrap_or_default();
            let parameters = rule
                .parameters
                .iter()
                .map(|(name, value)| format!(" {name}={}", plain(value)));
            plan.add(&format!(
                "{}{which}={}{}",
                rule.on,
                plain(&rule.is),
                parameters.collect::<String>()
            ))?;
        }
        Ok(plan)
    }

    /// Adds a rule, as it is written in one line.
    ///
    /// # Errors
    ///
    /// When it cannot be understood.
    pub fn add(&mut self, rule: &str) -> Result<(), PlanError> {
        let parsed = Rule::parse(rule).map_err(|problem| PlanError::Rule {
            rule: rule.to_owned(),
            problem,
        })?;
        self.rules.push(parsed);
        Ok(())
    }

    /// The same plan with another rule.
    ///
    /// # Errors
    ///
    /// As for [`Plan::add`].
    pub fn with(mut self, rule: &str) -> Result<Self, PlanError> {
        self.add(rule)?;
        Ok(self)
    }

    /// Adds the rules of another plan, after those that are there.
    pub fn extend(&mut self, other: Self) {
        self.rules.extend(other.rules);
    }

    /// What befalls a request. Every rule that matches counts it, and the first that means it counts.
    pub(super) fn befalls(&self, method: &str, path: &str) -> Option<&Fault> {
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let mut found = None;
        for rule in &self.rules {
            let pattern: Vec<&str> = rule.path.iter().map(String::as_str).collect();
            if rule
                .method
                .as_deref()
                .is_some_and(|wanted| wanted != method)
                || !matches(&pattern, &segments)
            {
                continue;
            }
            let number = rule.seen.fetch_add(1, Ordering::Relaxed).saturating_add(1);
            let meant = rule.which.is_empty()
                || rule
                    .which
                    .iter()
                    .any(|(from, to)| (*from..=*to).contains(&number));
            if meant && found.is_none() {
                found = Some(&rule.fault);
            }
        }
        found
    }
}

impl Rule {
    fn parse(text: &str) -> Result<Self, String> {
        let (on, what) = text.split_once('=').ok_or_else(|| {
            "it has no `=`; write it as `GET /v1/events#2=429 reset=40`".to_owned()
        })?;
        let (target, which) = match on.split_once('#') {
            Some((target, which)) => (target, ranges(which.trim())?),
            None => (on, Vec::new()),
        };
        let (method, path) = target
            .trim()
            .split_once(' ')
            .ok_or_else(|| "it has no method before its path; `*` stands for any".to_owned())?;
        let path = path.trim().trim_start_matches('/').trim_end_matches('/');
        Ok(Self {
            method: (method != "*").then(|| method.to_ascii_uppercase()),
            path: path.split('/').map(str::to_owned).collect(),
            which,
            fault: kinds::parse(what)?,
            seen: AtomicU64::new(0),
        })
    }
}

/// `2`, `2-4`, `3-`, and several of them.
fn ranges(text: &str) -> Result<Vec<(u64, u64)>, String> {
    let wrong = || format!("`#{text}` names no requests; write #2, #2-4, #3- or #2,5");
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| wrong());
    let range = |part: &str| match part.split_once('-') {
        None => number(part).map(|number| (number, number)),
        Some((from, "")) => number(from).map(|from| (from, u64::MAX)),
        Some((from, to)) => Ok((number(from)?, number(to)?)),
    };
    text.split(',').map(range).collect()
}

/// Whether a path is of a pattern, segment by segment.
fn matches(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) if matches(rest, path) => true,
        (Some((&"**", _)), Some((_, after))) => matches(pattern, after),
        (Some((wanted, rest)), Some((found, after))) => {
            (*wanted == "*" || wanted == found) && matches(rest, after)
        }
        _ => false,
    }
}

/// A value as it is written in a line.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{KINDS, Plan};

    fn befalls(rule: &str, requests: &[(&str, &str)]) -> Vec<bool> {
        let plan = Plan::default().with(rule).unwrap();
        requests
            .iter()
            .map(|(method, path)| plan.befalls(method, path).is_some())
            .collect()
    }

    #[test]
    fn a_rule_means_the_requests_that_it_names() {
        let four = [("GET", "/v1/events"); 4];
        assert_eq!(
            befalls("GET /v1/events#2=reset", &four),
            [false, true, false, false]
        );
        assert_eq!(
            befalls("GET /v1/events#2-3=reset", &four),
            [false, true, true, false]
        );
        assert_eq!(
            befalls("GET /v1/events#3-=reset", &four),
            [false, false, true, true]
        );
        assert_eq!(
            befalls("get /v1/events#1,4=reset", &four),
            [true, false, false, true]
        );
        assert_eq!(befalls("* /v1/*=reset", &four), [true; 4]);
    }

    #[test]
    fn only_requests_that_match_are_counted() {
        let asked = [
            ("GET", "/v1/computers"),
            ("PUT", "/v1/computers/a/isolation"),
            ("GET", "/v1/computers/a/isolation"),
            ("PUT", "/v1/computers/b/isolation"),
        ];
        assert_eq!(
            befalls("PUT /v1/computers/*/isolation#2=reset", &asked),
            [false, false, false, true]
        );
        assert_eq!(
            befalls("* /v1/**/isolation=reset", &asked),
            [false, true, true, true]
        );
        assert_eq!(
            befalls("* /**#1=reset", &asked),
            [true, false, false, false]
        );
    }

    #[test]
    fn every_kind_is_parsed_by_its_name() {
        assert!(KINDS.len() >= 30, "{}", KINDS.len());
        for kind in KINDS {
            Plan::default()
                .with(&format!("GET /v1/version={}", kind.name))
                .unwrap();
        }
    }

    #[test]
    fn a_rule_that_cannot_be_understood_says_why() {
        for (rule, why) in [
            ("GET /v1/events", "has no `=`"),
            ("/v1/events=reset", "no method"),
            ("GET /v1/events#x=reset", "names no requests"),
            ("GET /v1/events=rest", "did you mean `reset`"),
            ("GET /v1/events=429 reset=soon", "`reset` takes a number"),
            ("GET /v1/events=429 rest=40", "does not take `rest`"),
        ] {
            let error = Plan::default().with(rule).unwrap_err().to_string();
            assert!(error.contains(why), "{rule}: {error}");
        }
    }
}
