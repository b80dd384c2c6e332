//! Every command, and the poll, against whatever a cloud could answer: the one harness of the fuzz target and of the bounded run in `cargo test`.
//!
//! The bytes of an input are read as a script: which command, and then for each request whether it fails or with which status, headers
//! and body it is answered. When they are used up, every further request fails. Nothing here waits: sleeping moves the clock.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cisco_secure_endpoint::catalog::words::Command;
use cisco_secure_endpoint::commands::{
    Work, computer, event, file_list, group, isolation, policy, poll, run, test_connection,
};
use cisco_secure_endpoint::concurrency::Pending;
use cisco_secure_endpoint::contract::exports::conductor::secure_endpoint::commands::*;
use cisco_secure_endpoint::contract::exports::conductor::secure_endpoint::intake::PollRequest;
use cisco_secure_endpoint::contract::exports::conductor::secure_endpoint::types::CommandFailure;
use cisco_secure_endpoint::http::body::Body;
use cisco_secure_endpoint::http::{Http, HttpError, Limits, Request, Response, Wait};

/// No command needs more requests than this for the inputs below: with a page size of 2 and at most 10 events, more would be a walk without
/// end.
const MOST_REQUESTS: usize = 2_000;

const GUID: &str = "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11";
const OTHER_GUID: &str = "37c36b61-fc28-4b9b-9407-c40bca7e1f12";
const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const KEY: &str = "11111111-2222-4333-8444-555555555555";

/// A cloud that answers by a script.
struct Hostile<'a> {
    script: RefCell<&'a [u8]>,
    clock: Cell<Duration>,
    requests: Cell<usize>,
}

impl<'a> Hostile<'a> {
    fn new(script: &'a [u8]) -> Self {
        Self {
            script: RefCell::new(script),
            clock: Cell::default(),
            requests: Cell::default(),
        }
    }

    fn byte(&self) -> Option<u8> {
        let mut script = self.script.borrow_mut();
        let (first, rest) = script.split_first()?;
        *script = rest;
        Some(*first)
    }

    /// A piece whose length stands before it in two bytes.
    fn piece(&self) -> &'a [u8] {
        let length =
            usize::from(self.byte().unwrap_or(0)) << 8 | usize::from(self.byte().unwrap_or(0));
        let mut script = self.script.borrow_mut();
        let (piece, rest) = script.split_at(length.min(script.len()));
        *script = rest;
        piece
    }

    fn answer(&self, limits: Limits) -> Result<Response, HttpError> {
        let (Some(kind), Some(flags)) = (self.byte(), self.byte()) else {
            return Err(HttpError::Timeout(Wait::Whole));
        };
        let status = match kind % 24 {
            0 => return Err(HttpError::NotConnected("refused".to_owned())),
            1 => return Err(HttpError::Broken("reset".to_owned())),
            2 => return Err(HttpError::Timeout(Wait::FirstByte)),
            3 => 204,
            4 => 302,
            5 => 400,
            6 => 401,
            7 => 404,
            8 => 409,
            9 => 429,
            10 => 500,
            11 => 503,
            _ => 200,
        };
        let value = || String::from_utf8_lossy(self.piece()).into_owned();
        let mut headers = Vec::new();
        for (bit, name) in [
            "X-RateLimit-Remaining",
            "x-rate-limit-reset",
            "Retry-After",
            "X-Request-Id",
            "Content-Encoding",
        ]
        .iter()
        .enumerate()
        {
            if flags >> bit & 1 == 1 {
                headers.push((
                    (*name).to_owned(),
                    if *name == "Content-Encoding" {
                        "gzip".to_owned()
                    } else {
                        value()
                    },
                ));
            }
        }
        let encoding =
            cisco_secure_endpoint::http::header(&headers, "content-encoding").map(str::to_owned);
        let mut body = Body::new(encoding.as_deref(), limits.max_body_bytes);
        for piece in self.piece().chunks(512) {
            body.push(piece)?;
        }
        Ok(Response {
            status,
            headers,
            body: body.finish()?,
            body_error: None,
        })
    }
}

impl Http for Hostile<'_> {
    fn send<'a>(
        &'a self,
        request: Request,
        limits: Limits,
    ) -> Pending<'a, Result<Response, HttpError>> {
        Box::pin(async move {
            self.requests.set(self.requests.get() + 1);
            assert!(self.requests.get() <= MOST_REQUESTS, "a walk without end");
            assert_eq!(request.origin.to_string(), "https://api.amp.cisco.com");
            assert!(
                request.path_and_query.starts_with("/v1/"),
                "{}",
                request.path_and_query
            );
            self.answer(limits)
        })
    }

    fn sleep<'a>(&'a self, duration: Duration) -> Pending<'a, ()> {
        self.clock.set(self.clock.get() + duration);
        Box::pin(async {})
    }

    fn elapsed(&self) -> Duration {
        self.clock.get()
    }

    fn unix_seconds(&self) -> i64 {
        1_777_629_600
    }

    fn random(&self) -> u64 {
        u64::from(self.byte().unwrap_or(0))
    }
}

/// Runs the command that the first byte names, or polls, on the answers that the others are.
///
/// # Panics
///
/// If the plugin does not keep what it promises whatever comes back.
pub fn any_command_on_any_answers(script: &[u8]) {
    let Some((which, script)) = script.split_first() else {
        return;
    };
    let text = |text: &str| Some(text.to_owned());
    let guids = || vec![GUID.to_owned(), OTHER_GUID.to_owned()];
    match which % 128 % 15 {
        0 => check(script, Command::TestConnection, &(), |amp, ()| {
            Box::pin(test_connection::test_connection(amp))
        }),
        1 => check(
            script,
            Command::CreateGroup,
            &CreateGroupInput {
                name: "Finance".to_owned(),
                description: None,
            },
            |amp, input| Box::pin(group::create_group(amp, input)),
        ),
        2 => check(
            script,
            Command::DeleteFileFromFileListByHash,
            &DeleteFileFromFileListByHashInput {
                file_list_id: GUID.to_owned(),
                hash: HASH.to_owned(),
            },
            |amp, input| Box::pin(file_list::delete_file_from_file_list_by_hash(amp, input)),
        ),
        3 => check(
            script,
            Command::FetchEvent,
            &FetchEventInput {
                start_time: None,
                end_time: None,
                number_of_events_fetched: Some(10),
                search_condition: text("threat detected"),
                artifact: text("invoice"),
            },
            |amp, input| Box::pin(event::fetch_event(amp, input)),
        ),
        4 => check(
            script,
            Command::FetchEvent,
            &FetchEventInput {
                start_time: text("2026-05-01 08:00"),
                end_time: text("2026-05-01 10:00"),
                number_of_events_fetched: Some(3),
                search_condition: None,
                artifact: text(HASH),
            },
            |amp, input| Box::pin(event::fetch_event(amp, input)),
        ),
        5 => check(
            script,
            Command::GetBlockList,
            &GetBlockListInput {
                block_list_name: None,
                limit: Some(5),
                offset: Some(u32::MAX),
            },
            |amp, input| Box::pin(file_list::get_block_list(amp, input)),
        ),
        6 => check(
            script,
            Command::GetComputerActivity,
            &GetComputerActivityInput {
                query: "powershell".to_owned(),
                limit: None,
                offset: None,
            },
            |amp, input| Box::pin(computer::get_computer_activity(amp, input)),
        ),
        7 => check(
            script,
            Command::GetComputerByConnector,
            &GetComputerByConnectorInput {
                connector_guid: GUID.to_owned(),
            },
            |amp, input| Box::pin(computer::get_computer_by_connector(amp, input)),
        ),
        8 => check(
            script,
            Command::GetComputers,
            &GetComputersInput {
                hostname: text("FIN"),
                limit: Some(7),
                offset: None,
                all_pages: Some(which >= &128),
            },
            |amp, input| Box::pin(computer::get_computers(amp, input)),
        ),
        9 => check(
            script,
            Command::GetGroups,
            &GetGroupsInput {
                group_name: text("Audit"),
                limit: None,
            },
            |amp, input| Box::pin(group::get_groups(amp, input)),
        ),
        10 => check(
            script,
            Command::GetPolicy,
            &GetPolicyInput {
                policy_guids: guids(),
            },
            |amp, input| Box::pin(policy::get_policy(amp, input)),
        ),
        11 => check(
            script,
            Command::IsolateComputer,
            &IsolateComputerInput {
                connector_guids: guids(),
                comment: text("Case 4711"),
                unlock_code: None,
            },
            |amp, input| Box::pin(isolation::isolate_computer(amp, input)),
        ),
        12 => check(
            script,
            Command::SetFileListByHash,
            &SetFileListByHashInput {
                file_list_id: GUID.to_owned(),
                hash: HASH.to_owned(),
                description: None,
            },
            |amp, input| Box::pin(file_list::set_file_list_by_hash(amp, input)),
        ),
        14 => polls_on_any_answers(script),
        _ => check(
            script,
            Command::UnisolateComputer,
            &UnisolateComputerInput {
                connector_guids: guids(),
                comment: None,
            },
            |amp, input| Box::pin(isolation::unisolate_computer(amp, input)),
        ),
    }
}

/// Polls as a host does that stores what it is given: first with a cursor from the script, if it has one there.
fn polls_on_any_answers(script: &[u8]) {
    let world = Hostile::new(script);
    let cursor = world.piece();
    let mut cursor = (!cursor.is_empty()).then(|| String::from_utf8_lossy(cursor).into_owned());
    let mut stored = BTreeSet::new();
    for _ in 0..4 {
        let request = PollRequest {
            cursor: cursor.clone(),
            max_signals: Some(3),
            first_window_hours: None,
            late_window_minutes: None,
            event_types: None,
            group_guids: None,
            connector_guids: None,
            min_severity: None,
            include_without_severity: None,
        };
        world.clock.set(Duration::ZERO);
        match at_once(poll(&world, &settings(), &request)) {
            Ok(batch) => {
                assert!(batch.signals.len() <= 3);
                for signal in batch.signals {
                    assert!(serde_json::from_str::<serde_json::Value>(&signal.raw).is_ok());
                    // What is given twice would be stored twice. (An event whose time changes is another one to us.)
                    let (key, time) = (signal.unique_event_key, signal.timestamp);
                    assert!(
                        stored.insert((key.clone(), time)),
                        "{key} of {time} came twice"
                    );
                }
                cursor = Some(batch.cursor);
            }
            Err(failure) => {
                check_failure(&failure);
                // A cursor that is none of ours is refused each time; a host would begin anew.
                if stored.is_empty() {
                    cursor = None;
                }
            }
        }
        check_time(&world);
    }
}

/// Runs a command and holds its outcome against what the contract promises.
fn check<I>(script: &[u8], command: Command, input: &I, work: Work<I>) {
    let world = Hostile::new(script);
    let told = at_once(run(&world, command, &settings(), input, work));
    check_time(&world);
    let outcome = match told {
        Ok(outcome) => outcome,
        Err(failure) => return check_failure(&failure),
    };
    for text in [&outcome.raw_data, &outcome.context_data] {
        assert!(
            serde_json::from_str::<serde_json::Value>(text).is_ok(),
            "no JSON: {text}"
        );
    }
    assert!(
        outcome
            .result
            .rows
            .iter()
            .all(|row| row.len() == outcome.result.columns.len())
    );
    check_messages(outcome.failures.iter().map(|failure| &failure.message));
}

fn check_failure(failure: &CommandFailure) {
    assert!(!failure.failures.is_empty(), "a failure without a reason");
    check_messages(failure.failures.iter().map(|failure| &failure.message));
}

fn check_messages<'a>(messages: impl Iterator<Item = &'a String>) {
    for message in messages {
        assert!(!message.is_empty() && !message.contains(KEY), "{message}");
    }
}

fn check_time(world: &Hostile<'_>) {
    assert!(
        world.clock.get() <= Duration::from_secs(121),
        "{:?} is longer than the call may take",
        world.clock.get()
    );
}

/// What a call comes to in a world where nothing waits.
fn at_once<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(told) => told,
        Poll::Pending => panic!("waits for nothing"),
    }
}

fn settings() -> Settings {
    Settings {
        server_url: "api.amp.cisco.com".to_owned(),
        client_id: "0123456789abcdef0123".to_owned(),
        api_key: KEY.to_owned(),
        api_version: None,
        connect_timeout_ms: None,
        first_byte_timeout_ms: None,
        call_timeout_ms: None,
        max_attempts: None,
        max_in_flight: None,
        page_size: Some(2),
        max_body_bytes: Some(64 * 1024),
    }
}
