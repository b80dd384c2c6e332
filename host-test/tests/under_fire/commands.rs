//! The table of commands: an input for each, and the request that it stands or falls by.

#![allow(dead_code, reason = "each test file uses a part of it")]

use host_test::simulator::Landmarks;
use serde_json::{Value, json};

/// What a command does, as far as repeating it goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    Reads,
    /// Changes what can be read back.
    Changes,
    /// Creates what cannot be told from another that was there before.
    Creates,
}

/// What of an answer's `data` a command cannot do without.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: the status of the answer, or its envelope, says it all.
    Nothing,
    /// The object or list that it is; what a write's does not show is read back.
    Data,
    /// The status of an isolation; if it is not told, it is read back.
    Status,
}

/// A line of the table.
pub struct Subject {
    pub command: &'static str,
    pub input: fn(&Landmarks) -> Value,
    /// As in a fault plan.
    pub request: &'static str,
    pub nature: Nature,
    /// How many items it works on; each has a result of its own.
    pub items: usize,
    /// What of an answer's `data` it cannot do without.
    pub needs: Needs,
}

impl Subject {
    /// Whether its request is answered with a list, rather than with one object.
    pub fn reads_list(&self) -> bool {
        self.request.starts_with("GET ")
            && self.needs == Needs::Data
            && !self.request.ends_with("/*")
    }
}

const fn reads(
    command: &'static str,
    request: &'static str,
    input: fn(&Landmarks) -> Value,
) -> Subject {
    Subject {
        command,
        input,
        request,
        nature: Nature::Reads,
        items: 1,
        needs: Needs::Data,
    }
}

const fn changes(
    command: &'static str,
    request: &'static str,
    items: usize,
    needs: Needs,
    input: fn(&Landmarks) -> Value,
) -> Subject {
    Subject {
        command,
        input,
        request,
        nature: Nature::Changes,
        items,
        needs,
    }
}

/// The name that `create-group` is given.
pub const NEW_GROUP: &str = "Field Office";

pub static SUBJECTS: &[Subject] = &[
    Subject {
        needs: Needs::Nothing,
        ..reads("test-connection", "GET /v1/version", |_| json!({}))
    },
    Subject {
        nature: Nature::Creates,
        ..reads(
            "create-group",
            "POST /v1/groups",
            |_| json!({"name": NEW_GROUP, "description": "case 4711"}),
        )
    },
    changes(
        "delete-file-from-file-list-by-hash",
        "DELETE /v1/file_lists/*/files/*",
        1,
        Needs::Data,
        |here| json!({"file-list-id": here.block_list_guids[0], "hash": here.blocked_hash}),
    ),
    reads(
        "fetch-event",
        "GET /v1/events",
        |_| json!({"number-of-events-fetched": 10}),
    ),
    reads(
        "get-block-list",
        "GET /v1/file_lists/application_blocking",
        |_| json!({}),
    ),
    reads(
        "get-computer-activity",
        "GET /v1/computers/activity",
        |_| json!({"query": "invoice.exe"}),
    ),
    reads(
        "get-computer-by-connector",
        "GET /v1/computers/*",
        |here| json!({"connector-guid": here.connector_guids[0]}),
    ),
    reads(
        "get-computers",
        "GET /v1/computers",
        |_| json!({"all-pages": true}),
    ),
    reads("get-groups", "GET /v1/groups", |_| json!({})),
    Subject {
        items: 2,
        ..reads(
            "get-policy",
            "GET /v1/policies/*",
            |here| json!({"policy-guids": here.policy_guids[..2]}),
        )
    },
    changes(
        "isolate-computer",
        "PUT /v1/computers/*/isolation",
        2,
        Needs::Status,
        |here| json!({"connector-guids": here.free[..2], "comment": "case 4711"}),
    ),
    reads("list-policies", "GET /v1/policies", |_| json!({})),
    changes(
        "set-file-list-by-hash",
        "POST /v1/file_lists/*/files/*",
        1,
        Needs::Data,
        |here| json!({"file-list-id": here.block_list_guids[0], "hash": here.free_hash, "description": "case 4711"}),
    ),
    changes(
        "unisolate-computer",
        "DELETE /v1/computers/*/isolation",
        2,
        Needs::Status,
        |here| json!({"connector-guids": here.isolated[..2]}),
    ),
];
