//! Types of events (reference, section 6.4): enough of AMP's hundred to look for, and some that events are made of.

use serde_json::{Value, json};

/// A type of events.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) severity: Option<&'static str>,
    pub(super) shape: Shape,
}

/// What an event of a type has besides its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing but a host name.
    Machine,
    /// A computer.
    Plain,
    /// A file with all its names.
    Detection,
    /// A file by its hash alone: what became of a detection.
    Aftermath,
    /// A network connection.
    Connection,
    /// What a program did.
    Behaviour,
    /// A finding of threat hunters: no id and no groups.
    Incident,
}

impl Kind {
    // Places in the list below.
    pub(super) const DETECTED: usize = 0;
    pub(super) const QUARANTINED: usize = 1;
    pub(super) const QUARANTINE_FAILED: usize = 2;
    pub(super) const DFC: usize = 3;
    pub(super) const CLOUD_IOC: usize = 4;
    pub(super) const EXECUTION_BLOCKED: usize = 5;
    pub(super) const POLICY_UPDATE: usize = 6;
    pub(super) const INSTALL_STARTED: usize = 7;
    pub(super) const UNINSTALL: usize = 11;
    pub(super) const HUNTING_INCIDENT: usize = 19;

    const fn new(
        id: u64,
        name: &'static str,
        severity: Option<&'static str>,
        shape: Shape,
    ) -> Self {
        Self {
            id,
            name,
            severity,
            shape,
        }
    }
}

/// The types. Events are made of those that have a constant above.
pub(super) static KINDS: [Kind; 22] = [
    Kind::new(
        1_090_519_054,
        "Threat Detected",
        Some("Medium"),
        Shape::Detection,
    ),
    Kind::new(
        553_648_143,
        "Threat Quarantined",
        Some("Low"),
        Shape::Aftermath,
    ),
    Kind::new(
        2_164_260_880,
        "Quarantine Failure",
        Some("Medium"),
        Shape::Aftermath,
    ),
    Kind::new(
        1_090_519_084,
        "DFC Threat Detected",
        Some("High"),
        Shape::Connection,
    ),
    Kind::new(
        1_107_296_274,
        "Cloud IOC",
        Some("Critical"),
        Shape::Behaviour,
    ),
    Kind::new(
        553_648_168,
        "Execution Blocked",
        Some("Medium"),
        Shape::Detection,
    ),
    Kind::new(553_648_130, "Policy Update", None, Shape::Plain),
    Kind::new(553_648_158, "Install Started", None, Shape::Machine),
    Kind::new(50_331_649, "Initial Agent Registration", None, Shape::Plain),
    Kind::new(
        553_648_147,
        "Retrospective Detection",
        Some("Medium"),
        Shape::Aftermath,
    ),
    Kind::new(
        553_648_155,
        "Retrospective Quarantine",
        Some("Low"),
        Shape::Aftermath,
    ),
    Kind::new(553_648_166, "Uninstall", None, Shape::Plain),
    Kind::new(
        553_648_202,
        "Endpoint Isolation Start Success",
        None,
        Shape::Plain,
    ),
    Kind::new(
        553_648_204,
        "Endpoint Isolation Stop Success",
        None,
        Shape::Plain,
    ),
    Kind::new(
        553_648_220,
        "Endpoint Isolation Stop Success",
        None,
        Shape::Plain,
    ),
    Kind::new(554_696_714, "Scan Started", None, Shape::Plain),
    Kind::new(
        554_696_715,
        "Scan Completed, No Detections",
        None,
        Shape::Plain,
    ),
    Kind::new(
        1_091_567_628,
        "Scan Completed With Detections",
        Some("High"),
        Shape::Plain,
    ),
    Kind::new(
        1_107_296_272,
        "Executed malware",
        Some("Critical"),
        Shape::Behaviour,
    ),
    Kind::new(
        1_107_296_344,
        "SecureX Threat Hunting Incident",
        Some("High"),
        Shape::Incident,
    ),
    Kind::new(
        2_164_260_893,
        "Retrospective Quarantine Attempt Failed",
        Some("Medium"),
        Shape::Aftermath,
    ),
    Kind::new(
        2_181_038_130,
        "Quarantine Request Failed to be Delivered",
        Some("Medium"),
        Shape::Aftermath,
    ),
];

/// The types as AMP lists them.
pub(super) fn list() -> Vec<Value> {
    KINDS
        .iter()
        .map(|kind| json!({"id": kind.id, "name": kind.name, "description": ""}))
        .collect()
}
