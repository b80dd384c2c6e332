//! The metrics that the program serves.

use std::collections::BTreeMap;
use std::io::{BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr};

use host_test::simulator::World;

use crate::loopback::{Cloud, Folder, connection, distinct, wait_for};

/// The program, collecting, and where its metrics are.
struct Collecting {
    child: Child,
    log: BufReader<ChildStderr>,
    address: String,
}

impl Collecting {
    /// Starts it and waits until the log has `text`.
    fn start(folder: &Folder, text: &str) -> Self {
        let mut child = folder.start(&[]);
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let told = wait_for(text, &mut log);
        let (_, address) = told.split_once("metrics at http://").unwrap();
        let (address, _) = address.split_once("/metrics\n").unwrap();
        Self {
            child,
            log,
            address: address.to_owned(),
        }
    }

    /// The answer to a request, with its head.
    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{request} HTTP/1.1\r\nHost: {}\r\n\r\n",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The value of each line, by its name and labels.
    fn metrics(&self) -> BTreeMap<String, f64> {
        let answer = self.ask("GET /metrics");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(
            answer.contains("content-type: text/plain; version=0.0.4"),
            "{answer}"
        );
        let (_, text) = answer.split_once("\r\n\r\n").unwrap();
        well_formed(text);
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines
            .map(|line| {
                let (name, value) = line.rsplit_once(' ').unwrap();
                (name.to_owned(), value.parse().unwrap())
            })
            .collect()
    }
}

impl Drop for Collecting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Fails unless each metric has one help, one type, and all its lines below them.
fn well_formed(text: &str) {
    let mut seen = Vec::new();
    let mut of = String::new();
    for line in text.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words.as_slice() {
            ["#", "HELP", name, help] => {
                assert!(
                    !seen.contains(&(*name).to_owned()) && !help.is_empty(),
                    "{line}"
                );
                seen.push((*name).to_owned());
            }
            ["#", "TYPE", name, "counter" | "gauge" | "summary"] => {
                assert_eq!(seen.last().unwrap(), name);
                of = (*name).to_owned();
            }
            _ => {
                let name = line.split('{').next().unwrap();
                let base = name.trim_end_matches("_sum").trim_end_matches("_count");
                assert!(name == of || base == of, "{line} below {of}");
                assert!(name.starts_with("signal_client_") && line.contains("{connection=\""));
            }
        }
    }
}

fn folder(cloud: &Cloud, interval: &str) -> Folder {
    let folder = Folder::new(&[connection(
        "north",
        &cloud.url,
        &format!("api-key-file = \"key\"\ninterval = \"{interval}\""),
    )]);
    let config = std::fs::read_to_string(folder.config()).unwrap();
    folder.write(
        "collector.toml",
        &format!("metrics = \"127.0.0.1:0\"\n{config}"),
    );
    folder
}

#[test]
fn metrics_say_what_was_done_and_how_things_are() {
    let world = World {
        events: 1_300,
        ..distinct()
    };
    let cloud = Cloud::start(world, &["GET /v1/events#2=403"]);
    let folder = folder(&cloud, "1h");
    let collecting = Collecting::start(&folder, "(north; 0 waiting)");
    let metrics = collecting.metrics();
    let of = |name: &str| metrics[&format!("signal_client_{name}{{connection=\"north\"}}")];
    let polls = |result: &str| {
        metrics[&format!("signal_client_polls_total{{connection=\"north\",result=\"{result}\"}}")]
    };
    let requests = cloud.simulator.counts().total;
    assert_eq!(of("signals_stored_total"), 1_300.0);
    assert!(of("events_fetched_total") >= 1_300.0);
    assert_eq!(of("requests_total"), requests as f64);
    assert_eq!((of("duplicates_total"), of("unmapped_total")), (0.0, 0.0));
    assert_eq!((of("backlog_events"), of("lag_seconds")), (0.0, 0.0));
    assert_eq!(of("quota_limit"), 3_000.0);
    // The one that was refused is not of the budget.
    assert_eq!(of("quota_remaining"), 3_001.0 - requests as f64);
    assert_eq!(polls("forbidden"), 1.0);
    assert_eq!(
        of("poll_duration_seconds_count"),
        polls("success") + polls("forbidden")
    );
    assert!(of("poll_duration_seconds_sum") > 0.0);
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    assert!((now - of("last_success_timestamp_seconds")).abs() < 60.0);
    drop(collecting);

    // What holds beyond the process is there before its first poll; what the process counts begins anew.
    let collecting = Collecting::start(&folder, "metrics at http://");
    let again = (0..1_000)
        .map(|_| collecting.metrics())
        .find(|metrics| !metrics.is_empty())
        .unwrap();
    let same = |name: &str| {
        let name = format!("signal_client_{name}{{connection=\"north\"}}");
        assert_eq!(again[&name], metrics[&name], "{name}");
    };
    for name in [
        "backlog_events",
        "quota_remaining",
        "last_success_timestamp_seconds",
    ] {
        same(name);
    }
    assert_eq!(
        again["signal_client_requests_total{connection=\"north\"}"],
        0.0
    );
}

#[test]
fn nothing_but_metrics_is_served_and_whoever_says_nothing_hinders_nobody() {
    let cloud = Cloud::start(distinct(), &[]);
    let folder = folder(&cloud, "1s");
    let mut collecting = Collecting::start(&folder, "(north; 0 waiting)");
    let silent: Vec<TcpStream> = (0..5)
        .map(|_| TcpStream::connect(&collecting.address).unwrap())
        .collect();
    let mut rude = TcpStream::connect(&collecting.address).unwrap();
    rude.write_all(b"\x16\x03\x01 no HTTP\r\n\r\n").unwrap();
    assert!(collecting.ask("GET /").starts_with("HTTP/1.1 404 "));
    assert!(collecting.ask("POST /metrics").starts_with("HTTP/1.1 405 "));
    let head = collecting.ask("HEAD /metrics");
    assert!(
        head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
    assert!(!collecting.metrics().is_empty());
    // It goes on meanwhile.
    wait_for("fetched 0 events (north; 0 waiting)", &mut collecting.log);
    drop(silent);
}

#[test]
fn a_port_that_is_taken_is_told_before_anything_is_asked() {
    let cloud = Cloud::start(distinct(), &[]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = folder(&cloud, "1h");
    let config = std::fs::read_to_string(folder.config()).unwrap();
    folder.write("collector.toml", &config.replace("127.0.0.1:0", &address));
    let told = format!("metrics cannot be served on {address}");
    folder
        .collect(&["--once"])
        .ends(2, &[&told, "give `metrics` another port"]);
    assert_eq!(cloud.simulator.counts().total, 0);
    assert!(!folder.0.path().join("amp.db").exists());
}
