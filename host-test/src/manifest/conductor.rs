//! Conductor's manifest held against the component: the settings form, the poll, the artifact; and what its troubleshooting says.

use serde::Deserialize;
use serde_json::{Value, json};

use super::complete::{KEY, check_mapping, complete_signal};
use super::description::Description;
use super::form::{self, Facts};
use super::located::{Finding, Node, child, hold_unique};
use super::mapping::Mapping;
use super::signal::Signal;

/// The field that states what a signal is about, and its values for signals that must stay apart.
const CATEGORY: &str = "category";
const KEPT_APART: [&str; 3] = ["threat", "vulnerability", "fault"];

/// A trouble that an administrator can meet, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Trouble {
    /// When it is this one.
    pub condition: Condition,
    /// What it is called: `Authentication failed (401)`.
    pub title: String,
    /// What to do, a sentence each, in this order.
    pub steps: Vec<String>,
}

/// By what a trouble is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Condition {
    /// The last answer had this HTTP status code.
    #[serde(rename = "statusCode")]
    StatusCode(u16),
    /// Polls succeed, and no event comes.
    #[serde(rename = "no-data")]
    NoData,
}

/// Everything in which the manifest and the component differ. Its shape is right already.
pub(super) fn hold(manifest: &Value, mapping: &Mapping, described: &Description) -> Vec<Finding> {
    let top = Node::top(manifest);
    let mut findings = Vec::new();
    let settings = Facts::of_settings(&described.settings);
    // Conductor's form has three settings; what else there is has its default.
    form::hold(
        &top.at("settings"),
        "the settings",
        &settings,
        Facts::is_required,
        &mut findings,
    );
    for part in ["user", "password"] {
        let here = top.at("authentication").at(part);
        let mut fields = top.at("settings").items();
        let field = fields.find(|field| field.at("field").text() == here.text());
        let is_secret = field.map(|field| field.at("secret").value == &Value::Bool(true));
        if is_secret != Some(part == "password") {
            findings.push(here.finding(format!(
                "the {part} of Basic authentication is a setting of this form that is {}secret",
                if part == "password" { "" } else { "not " }
            )));
        }
    }
    hold_poll(&top.at("poll"), described, &mut findings);
    hold_artifact(&top.at("artifact"), mapping, described, &mut findings);
    hold_troubleshooting(&top.at("troubleshooting"), &mut findings);
    findings
}

fn hold_poll(poll: &Node<'_>, described: &Description, findings: &mut Vec<Finding>) {
    let theirs = &described.intake.poll;
    let export = format!("{}.{}", theirs.interface, theirs.name);
    let here = poll.at("export");
    if here.text() != export {
        findings.push(here.finding(format!("the component polls by `{export}`")));
    }
    let kept = poll.at("cursor");
    let is_kept = |name: &str| name == kept.text();
    if !theirs.inputs.iter().any(|input| is_kept(&input.name)) {
        let none = format!("the poll has no field `{}`", kept.text());
        findings.push(kept.finding(none));
    }
    // The platform keeps the cursor itself: nobody fills it in.
    let shown = theirs.inputs.iter().filter(|input| !is_kept(&input.name));
    let facts: Vec<Facts> = shown.map(Facts::of_input).collect();
    form::hold(&poll.at("inputs"), "the poll", &facts, |_| true, findings);
}

/// Every path of the mapping finds something in a signal that has all its fields, and the artifact says which signal it is.
fn hold_artifact(
    artifact: &Node<'_>,
    mapping: &Mapping,
    described: &Description,
    findings: &mut Vec<Finding>,
) {
    let signal = complete_signal(described);
    check_mapping(artifact, mapping, &signal, findings);
    hold_unique(
        artifact.at("fields").items().map(|field| field.at("name")),
        findings,
    );
    let identity = artifact.at("identity").at("fields");
    let compared = artifact.at("deduplication").at("fields");
    for list in [&identity, &compared] {
        hold_unique(list.items(), findings);
        for name in list.items() {
            let mut fields = artifact.at("fields").items();
            if !fields.any(|field| field.at("name").text() == name.text()) {
                let none = format!("the artifact has no field `{}`", name.text());
                findings.push(name.finding(none));
            }
        }
    }
    if compared_alike(&identity, mapping, signal.clone()) {
        findings.push(identity.finding(format!(
            "two signals that differ only in their `{KEY}` agree in all of these fields; have one of the fields carry it"
        )));
    }
    for category in KEPT_APART {
        if compared_alike(&compared, mapping, with_category(&signal, category)) {
            findings.push(compared.finding(format!(
                "two signals of the category `{category}` that differ only in their `{KEY}` agree in all of these fields, so Conductor would \
                 make one artifact of them; have one of the fields carry it"
            )));
        }
    }
}

/// Whether two signals that differ in nothing but their key become artifacts that are alike in the fields that are compared.
fn compared_alike(compared: &Node<'_>, mapping: &Mapping, mut signal: Value) -> bool {
    let mut seen = Vec::new();
    for key in ["1", "2"] {
        if let Some(field) = signal.get_mut(KEY) {
            *field = json!(key);
        }
        let line = signal.to_string();
        let Ok(signal) = Signal::parse(&line) else {
            return false;
        };
        let artifacts = mapping.map(&signal);
        let values = |field: Node<'_>| -> Vec<Option<Value>> {
            let values = artifacts.iter().map(|one| one.get(field.text()).cloned());
            values.collect()
        };
        seen.push(compared.items().map(values).collect::<Vec<_>>());
    }
    matches!(seen.as_slice(), [one, other] if one == other)
}

/// The signal with this category.
fn with_category(signal: &Value, category: &str) -> Value {
    let mut signal = signal.clone();
    if let Some(field) = signal.get_mut(CATEGORY) {
        *field = json!(category);
    }
    signal
}

fn hold_troubleshooting(entries: &Node<'_>, findings: &mut Vec<Finding>) {
    let mut seen: Vec<&Value> = Vec::new();
    for entry in entries.items() {
        let condition = entry.at("condition");
        if seen.contains(&condition.value) {
            let twice = "another entry has this condition; the first one counts, so leave one";
            findings.push(condition.finding(twice));
        }
        seen.push(condition.value);
    }
}

/// The troubles of a manifest, in its order.
pub(super) fn troubleshooting(manifest: &Value) -> Result<Vec<Trouble>, Finding> {
    let entries = manifest.get("troubleshooting").unwrap_or(&Value::Null);
    let pointer = child("", "troubleshooting");
    Vec::deserialize(entries).map_err(|error| Finding {
        pointer,
        message: error.to_string(),
    })
}
