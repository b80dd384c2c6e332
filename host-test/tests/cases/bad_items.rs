//! One bad item of each kind in one list, through every output: all items but the unreadable ones arrive, in order, and each
//! bad one is named.

#[path = "bad_items/list.rs"]
pub mod list;

use std::path::{Path, PathBuf};

use host_test::har;
use host_test::lenient_json;
use host_test::manifest::Platform;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::harness::program::{self, CLIENT, KEY, Run};
use super::harness::server::Server;
use list::{
    MAX_BODY, computer, connector_guid, event_id, event_server, items, kept, kinds, number, server,
};

/// A directory with a connection to a server, and the recordings made there.
struct Folder {
    folder: tempfile::TempDir,
    server: Server,
}

impl Folder {
    fn new(server: Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connection = format!(
            "server-url = \"{}\"\nclient-id = \"{CLIENT}\"\napi-key = \"{KEY}\"\nmax-body-bytes = {MAX_BODY}\n",
            server.url
        );
        std::fs::write(folder.path().join("connection.toml"), connection).unwrap();
        Self { folder, server }
    }

    fn path(&self, file: &str) -> String {
        self.folder.path().join(file).display().to_string()
    }

    /// Runs the program with the connection, and records it.
    fn recorded(&self, har: &str, arguments: &[&str]) -> Run {
        let (connection, har) = (self.path("connection.toml"), self.path(har));
        let more = ["--connection", &connection, "--record", &har];
        program::run(&[arguments, &more].concat())
    }

    /// Runs the program on a recording.
    fn replayed(&self, har: &str, arguments: &[&str]) -> Run {
        program::run(&[arguments, &["--replay", &self.path(har)]].concat())
    }

    fn polled(&self) -> Run {
        let run = self.recorded("poll.har", &["poll"]);
        run.ends(0, &[]);
        std::fs::write(self.path("signals.jsonl"), &run.out).unwrap();
        run
    }
}

/// A line of signals.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    event_id: String,
    file_name: String,
    #[serde(borrow)]
    raw: &'a RawValue,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// Fails unless a text names each bad item, and says what is wrong with it.
#[track_caller]
fn names_each(remarks: &[String], name: impl Fn(usize) -> String) {
    for (index, kind) in kinds().iter().enumerate() {
        let name = name(number(index));
        let mut about = remarks.iter().filter(|remark| remark.contains(&name));
        let remark = about
            .next()
            .unwrap_or_else(|| panic!("{name} is not named: {remarks:?}"));
        assert!(remark.contains(kind.remark), "{}: {remark}", kind.remark);
    }
}

fn texts(value: &Value) -> Vec<String> {
    let all = value.as_array().unwrap().iter();
    all.map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Fails unless the lines are all signals that can be read, in order, as close to what was sent as JSON allows.
#[track_caller]
fn has_all_signals(text: &str) {
    let lines = lines(text);
    let ids: Vec<String> = lines.iter().map(|line| line.event_id.clone()).collect();
    let expected: Vec<String> = kept().into_iter().map(event_id).collect();
    assert_eq!(ids, expected);
    for (index, kind) in kinds().iter().enumerate() {
        let id = event_id(number(index));
        let Some(line) = lines.iter().find(|line| line.event_id == id) else {
            continue;
        };
        assert_eq!(Some(line.file_name.as_str()), kind.typed_name);
        let raw = line.raw.get();
        assert!(raw.contains(&kind.raw), "{}: {raw:.300}", kind.remark);
        assert!(raw.ends_with('}') && raw.starts_with(&format!("{{\"id\":{id},")));
    }
}

#[test]
fn poll_prints_all_lines_and_names_bad_items() {
    let folder = Folder::new(event_server());
    let run = folder.polled();
    has_all_signals(&run.out);
    let report: Value = serde_json::from_str(run.err.lines().last().unwrap()).unwrap();
    assert_eq!(report["delivered"], kept().len());
    assert_eq!(report["skipped"], 2);
    assert_eq!(report["more"], false);
    names_each(&texts(&report["remarks"]), event_id);
}

#[test]
fn second_poll_returns_nothing_again() {
    let folder = Folder::new(event_server());
    let cursor = folder.path("cursor");
    let poll = || folder.recorded("again.har", &["poll", "--cursor", &cursor]);
    has_all_signals(&poll().ends(0, &[]).out);
    let second = poll();
    second.ends(0, &["\"delivered\":0", "\"skipped\":0", "\"more\":false"]);
    assert_eq!(second.out, "");
}

#[test]
fn recording_of_a_poll_replays_to_the_same_lines() {
    let folder = Folder::new(event_server());
    let run = folder.polled();
    let again = folder.replayed("poll.har", &["poll"]);
    again.ends(0, &[]);
    assert_eq!(again.out, run.out);
    let remarks = |run: &Run| {
        let report: Value = serde_json::from_str(run.err.lines().last().unwrap()).unwrap();
        texts(&report["remarks"])
    };
    assert_eq!(remarks(&again), remarks(&run));
}

#[test]
fn recording_keeps_the_bytes_of_each_response() {
    let folder = Folder::new(event_server());
    folder.polled();
    let har = har::read(Path::new(&folder.path("poll.har"))).unwrap();
    for entry in &har.log.entries {
        let sent = sent_body(&folder.server, &entry.request.url);
        let kept = har::response_body(&entry.response).unwrap();
        assert!(kept == sent[..kept.len()], "{}", entry.request.url);
        if entry.response.error.is_none() {
            assert_eq!(kept.len(), sent.len(), "{}", entry.request.url);
        }
    }
}

/// The body of the server's response to a recorded request, read by hand.
fn sent_body(server: &Server, url: &str) -> Vec<u8> {
    use std::io::{Read as _, Write as _};
    let url = url::Url::parse(url).unwrap();
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let query = url.query().map(|query| format!("?{query}"));
    let target = format!("{}{}", url.path(), query.unwrap_or_default());
    write!(stream, "GET {target} HTTP/1.1\r\n\r\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    let head = response.windows(4).position(|end| end == b"\r\n\r\n");
    response.split_off(head.unwrap() + 4)
}

#[test]
fn redacted_recording_has_the_same_items() {
    let folder = Folder::new(event_server());
    let run = folder.recorded("redacted.har", &["poll", "--redact"]);
    let again = folder.replayed("redacted.har", &["poll"]);
    again.ends(0, &[]);
    let ids = |text: &str| {
        lines(text)
            .iter()
            .map(|line| line.event_id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&again.out), ids(&run.out));
    let text = std::fs::read_to_string(folder.path("redacted.har")).unwrap();
    assert!(!text.contains("ACME-LT-1"));
    assert!(!again.out.contains("ACME-LT-1"));
}

fn manifest(platform: Platform) -> String {
    let top = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let file = top.join(format!("../manifests/{}.json", platform.name()));
    file.display().to_string()
}

#[test]
fn map_makes_a_record_of_each_line_and_names_what_is_replaced() {
    let folder = Folder::new(event_server());
    folder.polled();
    let signals = folder.path("signals.jsonl");
    for (platform, id, name) in [
        (Platform::D3, "Unique Event Key", "Filename"),
        (Platform::Conductor, "eventID", "fileName"),
    ] {
        let manifest = manifest(platform);
        let run = program::run(&["map", "--manifest", &manifest, "--signals", &signals]);
        run.ends(0, &[]);
        let records: Vec<Value> = run
            .out
            .lines()
            .map(|line| lenient_json::read(line).unwrap().0)
            .collect();
        let ids: Vec<&str> = records
            .iter()
            .map(|record| record[id].as_str().unwrap().split('-').next().unwrap())
            .collect();
        let expected: Vec<String> = kept().into_iter().map(event_id).collect();
        assert_eq!(ids, expected);
        for (index, kind) in kinds().iter().enumerate() {
            let place = kept().iter().position(|kept| *kept == number(index));
            let Some(place) = place else { continue };
            assert_eq!(
                records[place][name].as_str(),
                kind.typed_name,
                "{}",
                records[place]
            );
            let note = kind
                .note
                .map(|note| format!("note: line {} of {signals}: {note}", place + 1));
            run.ends(0, note.as_deref().as_slice());
        }
        let notes = kinds().iter().filter(|kind| kind.note.is_some()).count();
        assert_eq!(run.err.lines().count(), notes, "{}", run.err);
    }
}

/// The JSON object that `--format json` prints, with its raw data as text.
fn report(run: &Run) -> (Value, String) {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Report<'a> {
        #[serde(borrow)]
        raw_data: &'a RawValue,
    }
    let raw = serde_json::from_str::<Report<'_>>(&run.out)
        .unwrap()
        .raw_data;
    // The output is indented; no string of these items has white space.
    let raw = raw.get().split_ascii_whitespace().collect();
    (lenient_json::read(&run.out).unwrap().0, raw)
}

fn command_returns_all(server: Server, arguments: &[&str], name: fn(usize) -> String) {
    let folder = Folder::new(server);
    let arguments = [arguments, &["--format", "json"]].concat();
    let run = folder.recorded("made.har", &arguments);
    run.ends(0, &[]);
    let (report, raw) = report(&run);
    assert_eq!(report["returnData"], "Successful");
    assert_eq!(
        report["result"]["rows"].as_array().unwrap().len(),
        kept().len()
    );
    names_each(&texts(&report["remarks"]), name);
    for kind in kinds().iter().filter(|kind| kind.typed_name.is_some()) {
        assert!(raw.contains(&kind.raw), "{}", kind.remark);
    }
    for number in kept() {
        assert!(raw.contains(&name(number)), "{}", name(number));
    }
    let again = folder.replayed("made.har", &arguments);
    again.ends(0, &[]);
    // Pages are read concurrently, so their sizes and the order of remarks depend on time.
    let result = |run: &Run| {
        let (report, _) = self::report(run);
        let mut remarks = texts(&report["remarks"]);
        remarks.sort();
        (
            report["result"].clone(),
            report["keyFields"].clone(),
            remarks,
        )
    };
    assert_eq!(result(&again), result(&run));
}

#[test]
fn fetch_event_returns_all_items_in_json() {
    command_returns_all(event_server(), &["run", "fetch-event"], event_id);
}

#[test]
fn get_computers_returns_all_items_in_json() {
    let arguments = ["run", "get-computers", "--all-pages", "true"];
    command_returns_all(server(items(computer)), &arguments, connector_guid);
}

#[test]
fn collector_stores_raw_items_and_writes_lines_and_records() {
    for format in ["", "format = \"conductor\"\n", "format = \"d3\"\n"] {
        let folder = Folder::new(event_server());
        std::fs::write(folder.path("collector.toml"), format!(
            "database = \"amp.db\"\noutput = \"lines\"\n{format}[[connection]]\nname = \"north\"\nserver-url = \"{}\"\nclient-id = \"{CLIENT}\"\napi-key-env = \"AMP_KEY\"\nmax-body-bytes = {MAX_BODY}\n",
            folder.server.url
        )).unwrap();
        let config = folder.path("collector.toml");
        let mut command = program::command(&["collect", "--config", &config, "--once"]);
        let run = program::finish(command.env("AMP_KEY", KEY).output().unwrap());
        run.ends(0, &[]);
        names_each(
            &run.err.lines().map(str::to_owned).collect::<Vec<_>>(),
            event_id,
        );

        let written = std::fs::read_to_string(folder.path("lines")).unwrap();
        assert_eq!(written.lines().count(), kept().len());
        let database = rusqlite::Connection::open(folder.path("amp.db")).unwrap();
        let query = "SELECT raw FROM signals ORDER BY timestamp";
        let mut query = database.prepare(query).unwrap();
        let stored = query.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let stored: Vec<String> = stored.map(Result::unwrap).collect();
        assert_eq!(stored.len(), kept().len());
        if format.is_empty() {
            has_all_signals(&written);
            for (line, stored) in lines(&written).iter().zip(&stored) {
                assert!(line.raw.get() == stored, "{}", line.event_id);
            }
        } else {
            for record in written.lines() {
                let (record, _) = lenient_json::read(record).unwrap();
                assert!(record.get("raw").is_none(), "a signal instead of a record");
            }
        }
    }
}
