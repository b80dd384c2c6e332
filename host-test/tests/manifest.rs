//! The platforms' manifests held against the built component, against the recordings and against the platforms' own pages;
//! and what is made of recorded events by their mappings.
//!
//! `UPDATE_GOLDENS=1` writes `docs/commands.md`, the tables of `docs/signals.md` and the goldens of the mappings anew. The manifests are never written.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "manifest/artifacts.rs"]
mod artifacts;
#[path = "manifest/changes.rs"]
mod changes;
#[path = "manifest/documents.rs"]
mod documents;
#[path = "readme/examples.rs"]
mod examples;
mod harness;
#[path = "manifest/mapping.rs"]
mod mapping;
#[path = "manifest/mistakes.rs"]
mod mistakes;
#[path = "manifest/mistakes_in_forms.rs"]
mod mistakes_in_forms;
#[path = "manifest/pages.rs"]
mod pages;
#[path = "manifest/polled.rs"]
mod polled;
#[path = "manifest/program.rs"]
mod program;
#[path = "manifest/samples.rs"]
mod samples;
#[path = "manifest/signals/page.rs"]
mod signals_page;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use host_test::manifest::{Condition, Description, Located, Platform};

/// What the component says about itself.
fn described() -> &'static Description {
    static DESCRIBED: OnceLock<Description> = OnceLock::new();
    DESCRIBED.get_or_init(|| {
        harness::stopped_clock(Description::read(harness::plugin()))
            .unwrap_or_else(|error| panic!("{error}"))
    })
}

/// The top of the repository.
fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Whether goldens are to be written.
fn update() -> bool {
    std::env::var_os("UPDATE_GOLDENS").is_some_and(|update| update == "1")
}

/// A manifest of the repository.
struct Manifest {
    name: String,
    text: String,
    located: Located,
}

impl Manifest {
    fn of(platform: Platform) -> Self {
        let name = format!("manifests/{}.json", platform.name());
        let text = std::fs::read_to_string(top().join(&name)).unwrap();
        let located = Located::read(&text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        Self {
            name,
            text,
            located,
        }
    }

    /// Where to mend what is at a pointer: `manifests/d3.json:12:7: ...`.
    fn mend(&self, pointer: &str, message: impl Into<String>) -> String {
        let problem = self.located.problem(pointer, message.into());
        let (line, column) = (problem.line, problem.column);
        format!("{}:{line}:{column}: {}", self.name, problem.message)
    }
}

/// Fails with everything that there is to mend.
#[track_caller]
fn nothing_to_mend(complaints: &[String]) {
    assert!(
        complaints.is_empty(),
        "there is something to mend:\n{}",
        complaints.join("\n")
    );
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/manifest")
        .join(name)
}

#[test]
fn every_manifest_obeys_its_schema_and_agrees_with_the_component() {
    for platform in Platform::ALL {
        let manifest = Manifest::of(platform);
        let problems = host_test::manifest::check(&manifest.text, described());
        let complaints = problems
            .iter()
            .map(|problem| manifest.mend(&problem.pointer, &problem.message));
        nothing_to_mend(&complaints.collect::<Vec<_>>());
        assert_eq!(
            manifest.text,
            platform.manifest(),
            "the program carries another {}",
            manifest.name
        );
    }
}

#[test]
fn every_schema_is_one_and_describes_what_it_is_for() {
    for (name, text) in host_test::manifest::schema::FILES {
        let schema: serde_json::Value = serde_json::from_str(text).unwrap();
        let dialect = "https://json-schema.org/draft/2020-12/schema";
        assert_eq!(schema["$schema"], dialect, "{name}");
        assert!(schema["description"].is_string(), "{name}");
        if let Err(error) = jsonschema::meta::validate(&schema) {
            panic!("manifests/schema/{name} is no JSON Schema: {error}");
        }
        assert!(top().join("manifests/schema").join(name).is_file());
    }
    for platform in Platform::ALL {
        let manifest = Manifest::of(platform);
        let schema = manifest.located.value()["$schema"].as_str().unwrap();
        assert!(
            top().join("manifests").join(schema).is_file(),
            "{}",
            manifest.mend("/$schema", "this schema is not there")
        );
    }
}

#[test]
fn every_trouble_of_conductor_has_its_help() {
    let troubles = host_test::manifest::troubleshooting().unwrap();
    let conditions: Vec<Condition> = troubles.iter().map(|trouble| trouble.condition).collect();
    let expected = [
        Condition::StatusCode(401),
        Condition::StatusCode(403),
        Condition::StatusCode(429),
        Condition::NoData,
    ];
    assert_eq!(conditions, expected);
    for trouble in troubles {
        assert!(!trouble.title.is_empty() && !trouble.steps.is_empty());
        assert!(
            trouble.steps.iter().all(|step| step.ends_with('.')),
            "{}",
            trouble.title
        );
    }
}
