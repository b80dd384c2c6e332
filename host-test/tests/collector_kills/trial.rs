//! A trial: two clouds, a collector that is killed so many times, and what is held in the end.

use std::fmt;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use host_test::simulator::World;

use crate::arrivals::Arrivals;
use crate::held::{self, same};
use crate::loopback::{Cloud, Folder, connection};

/// How long the program says to wait before it is run again, the longest of all connections; nothing if it says nothing.
fn told_to_wait(log: &str) -> Duration {
    let seconds = log
        .split("run this again in ")
        .skip(1)
        .filter_map(|rest| rest.split_once('s')?.0.parse().ok());
    Duration::from_secs(seconds.max().unwrap_or(0))
}

/// What befalls requests, and of how many thousand it befalls one.
const FAULTS: [(&str, u32); 9] = [
    // Waited out within the poll.
    ("429 reset=1", 10),
    // Not: the poll fails, and the collector waits.
    ("429 reset=3", 6),
    ("429", 4),
    ("503", 10),
    ("reset", 6),
    ("lost-answer", 4),
    ("reset-in-body", 6),
    ("truncated", 4),
    ("late by=1s", 6),
];
/// For so many requests it is settled what befalls them. Later ones are answered well.
const SETTLED: u32 = 3_000;
/// How often it is tried to catch up at the end: each try ends with the first poll that fails.
const TRIES: u32 = 60;

/// What a collector lived through.
pub struct Trial {
    seed: u64,
    chance: fastrand::Rng,
    folder: Folder,
    clouds: Vec<(&'static str, Cloud)>,
    /// Where the log of all runs goes.
    log: PathBuf,
    figures: Figures,
}

/// What trials saw.
#[derive(Debug, Default)]
pub struct Figures {
    pub trials: u64,
    pub kills: u64,
    /// Kills after at least one request.
    asked: u64,
    /// Kills that left a JSON line cut short.
    torn: u64,
    /// Polls that were stored.
    stored: u64,
    /// Polls that failed.
    failed: u64,
    requests: u64,
    events: u64,
    /// JSON lines that were written more than once.
    again: u64,
}

impl Trial {
    /// A trial of its own kind.
    pub fn new(seed: u64) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed);
        // One that has caught up most of the time, and one whose backlog keeps the collector busy whenever it runs.
        let north = *chance.choice(&[0, 40, 900]).unwrap();
        let (clouds, connections): (Vec<_>, Vec<_>) = [
            ("north", north, *chance.choice(&[30, 500, 2_000]).unwrap(), 500),
            ("south", chance.u64(1_500..3_000), chance.u32(5..50), chance.u32(50..=200)),
        ]
        .into_iter()
        .map(|(name, events, max_signals, page_size)| {
            let world = World {
                seed: chance.u64(..),
                events,
                latency: Duration::from_millis(chance.u64(..30)),
                quota: 1_000_000,
                ..World::default()
            };
            let faults = faults(&mut chance);
            let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
            let cloud = Cloud::start(world, &faults);
            let more = format!(
                "api-key-file = \"key\"\ninterval = \"1s\"\nlate-window-minutes = 1\ncall-timeout-ms = 2000\n\
                 max-signals = {max_signals}\npage-size = {page_size}"
            );
            let connection = connection(name, &cloud.url, &more);
            ((name, cloud), connection)
        })
        .unzip();
        let folder = Folder::new(&connections);
        let config = fs::read_to_string(folder.config()).unwrap();
        folder.write(
            "collector.toml",
            &format!("output = \"amp.jsonl\"\n{config}"),
        );
        Self {
            seed,
            chance,
            log: folder.0.path().join("log"),
            folder,
            clouds,
            figures: Figures {
                trials: 1,
                ..Figures::default()
            },
        }
    }

    /// Kills the collector so many times, lets it catch up, and fails unless all is as it should be.
    pub fn play(mut self, kills: u64) -> Figures {
        let arrivals: Vec<Arrivals> = self
            .clouds
            .iter()
            .map(|(_, cloud)| Arrivals::start(cloud.simulator.clone(), self.chance.u64(..)))
            .collect();
        for number in 0..kills {
            self.kill(number);
        }
        for arrivals in arrivals {
            arrivals.stop();
        }
        self.catch_up();
        self.check();
        std::mem::take(&mut self.figures)
    }

    fn requests(&self) -> u64 {
        let counts = self
            .clouds
            .iter()
            .map(|(_, cloud)| cloud.simulator.counts());
        counts.map(|counts| counts.total).sum()
    }

    /// Starts the collector, and kills it: some time after its start, or soon after one of its requests.
    fn kill(&mut self, number: u64) {
        let wait = if number < 3 {
            // Nearly always before it has a database, or while it makes one.
            Some(self.chance.u64(..150_000))
        } else {
            self.chance.bool().then(|| self.chance.u64(..1_000_000))
        };
        let before = self.requests();
        let mut collector = self.start();
        match wait {
            Some(micros) => std::thread::sleep(Duration::from_micros(micros)),
            None => {
                let (nth, until) = (
                    self.chance.u64(1..=12),
                    Instant::now() + Duration::from_secs(2),
                );
                while self.requests() < before + nth && Instant::now() < until {
                    std::thread::sleep(Duration::from_millis(1));
                }
                // An answer, the component's work on it, the commit and the lines take some tens of milliseconds.
                std::thread::sleep(Duration::from_micros(self.chance.u64(..60_000)));
            }
        }
        let ended = collector.try_wait().unwrap();
        assert!(ended.is_none(), "the collector ended by itself: {ended:?}");
        collector.kill().unwrap();
        collector.wait().unwrap();
        self.figures.kills += 1;
        self.figures.asked += u64::from(self.requests() > before);
        let lines = fs::read(self.folder.0.path().join("amp.jsonl")).unwrap_or_default();
        self.figures.torn += u64::from(lines.last().is_some_and(|last| *last != b'\n'));
    }

    /// The program, running; what it logs is kept.
    fn start(&self) -> Child {
        let log = File::options().create(true).append(true).open(&self.log);
        let mut command = self.folder.command(&[]);
        command.stdout(Stdio::null()).stderr(log.unwrap());
        command.spawn().unwrap()
    }

    /// Has it catch up, in batches that are as large as they may be.
    fn catch_up(&self) {
        let config = fs::read_to_string(self.folder.config()).unwrap();
        let lines = config
            .lines()
            .filter(|line| !line.starts_with("max-signals") && !line.starts_with("page-size"));
        let config: String = lines.flat_map(|line| [line, "\n"]).collect();
        self.folder.write(
            "collector.toml",
            &config.replace("interval", "max-signals = 2000\ninterval"),
        );
        for _ in 0..TRIES {
            let run = self.folder.collect(&["--once"]);
            let mut log = fs::read_to_string(&self.log).unwrap_or_default();
            log.push_str(&run.err);
            fs::write(&self.log, log).unwrap();
            if run.code == 0 {
                return;
            }
            run.ends(1, &["not caught up"]);
            std::thread::sleep(told_to_wait(&run.err));
        }
        panic!("it does not catch up in {TRIES} tries");
    }

    /// Holds the database and the lines against the clouds.
    fn check(&mut self) {
        let database = rusqlite::Connection::open(self.folder.0.path().join("amp.db")).unwrap();
        let text =
            |query: &str| -> String { database.query_row(query, [], |row| row.get(0)).unwrap() };
        assert_eq!(text("PRAGMA integrity_check"), "ok");
        let told = held::told(&self.folder.0.path().join("amp.jsonl"));
        let mut all = held::Events::new();
        for (name, cloud) in &self.clouds {
            let sent = held::sent_by(cloud);
            same(name, &held::stored(&database, name), &sent);
            all.extend(sent);
        }
        same("the lines", &told.events, &all);
        assert_eq!(text("SELECT CAST(count(*) AS TEXT) FROM lines"), "0");

        let log = fs::read_to_string(&self.log).unwrap();
        for never in ["were stored before", "panicked", "the late window is"] {
            assert!(!log.contains(never), "`{never}` in the log");
        }
        let lines = |with: &str| u64::try_from(log.matches(with).count()).unwrap();
        self.figures.stored = lines("cisco-amp: fetched ");
        self.figures.failed = lines("cisco-amp: poll failed ");
        self.figures.requests = self.requests();
        self.figures.events = u64::try_from(all.len()).unwrap();
        self.figures.again = told.again;
    }
}

/// Rules for what befalls requests.
fn faults(chance: &mut fastrand::Rng) -> Vec<String> {
    let mut numbers: Vec<Vec<String>> = FAULTS.iter().map(|_| Vec::new()).collect();
    for request in 1..=SETTLED {
        let mut drawn = chance.u32(..1_000);
        for ((_, permille), numbers) in FAULTS.iter().zip(&mut numbers) {
            if drawn < *permille {
                numbers.push(request.to_string());
                break;
            }
            drawn -= permille;
        }
    }
    let rules = FAULTS.iter().zip(numbers);
    rules
        .filter(|(_, numbers)| !numbers.is_empty())
        .map(|((fault, _), numbers)| format!("GET /v1/events#{}={fault}", numbers.join(",")))
        .collect()
}

impl Drop for Trial {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.0.disable_cleanup(true);
            eprintln!(
                "after {} kills with KILLS_SEED={}; the database, the lines and the log are kept in {}",
                self.figures.kills,
                self.seed,
                self.folder.0.path().display()
            );
        }
    }
}

impl Figures {
    pub fn add(&mut self, other: &Self) {
        self.trials += other.trials;
        self.kills += other.kills;
        self.asked += other.asked;
        self.torn += other.torn;
        self.stored += other.stored;
        self.failed += other.failed;
        self.requests += other.requests;
        self.events += other.events;
        self.again += other.again;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} events; {} requests, {} polls stored, {} failed; {} kills after a request, {} within a line; {} lines written again",
            self.events, self.requests, self.stored, self.failed, self.asked, self.torn, self.again
        )
    }
}
