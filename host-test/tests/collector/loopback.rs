//! The simulated cloud on loopback, and a folder in which the program collects from it.

use std::io::BufRead;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::SystemTime;

use host_test::simulator::{self, EventIdentity, EventIds, Plan, Simulator, World};
use tokio::net::TcpListener;

use crate::harness::identities;
use crate::harness::program::{self, CLIENT, KEY, Run};

/// The simulated cloud on a free port, in a thread of its own. It ends with the test.
pub struct Cloud {
    pub simulator: Arc<Simulator>,
    pub url: String,
    _end: tokio::sync::oneshot::Sender<()>,
}

impl Cloud {
    pub fn start(world: World, faults: &[&str]) -> Self {
        let mut plan = Plan::default();
        for fault in faults {
            plan.add(fault).unwrap();
        }
        let world = World {
            now: SystemTime::now(),
            client_id: CLIENT.to_owned(),
            api_key: KEY.to_owned(),
            ..world
        };
        let (end, ended) = tokio::sync::oneshot::channel();
        let (told, started) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async move {
                let simulator = Arc::new(Simulator::new(world).with_faults(plan));
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let url = format!("http://{}", listener.local_addr().unwrap());
                told.send((Arc::clone(&simulator), url)).unwrap();
                tokio::select! {
                    served = simulator::serve(simulator, listener) => served.unwrap(),
                    _ = ended => {}
                }
            });
        });
        let (simulator, url) = started.recv().unwrap();
        Self {
            simulator,
            url,
            _end: end,
        }
    }
}

/// The default organization with an id for each event, and no event that is listed twice: for tests that count.
pub fn distinct() -> World {
    World {
        event_ids: EventIds::Distinct,
        ..World::default()
    }
}

/// A folder with a config and a key file.
pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new(connections: &[String]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("key", &format!("{KEY}\n"));
        folder.write(
            "collector.toml",
            &format!("database = \"amp.db\"\n{}", connections.concat()),
        );
        folder
    }

    pub fn write(&self, file: &str, text: &str) {
        std::fs::write(self.0.path().join(file), text).unwrap();
    }

    pub fn config(&self) -> String {
        self.0.path().join("collector.toml").display().to_string()
    }

    pub fn command(&self, more: &[&str]) -> Command {
        let config = self.config();
        let mut command = program::command(&[&["collect", "--config", &config], more].concat());
        command.env("AMP_KEY", KEY);
        command
    }

    pub fn collect(&self, more: &[&str]) -> Run {
        program::finish(self.command(more).output().unwrap())
    }

    /// The program, running.
    pub fn start(&self, more: &[&str]) -> Child {
        let mut command = self.command(more);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    #[track_caller]
    pub fn holds_exactly(&self, connection: &str, cloud: &Cloud) {
        let database = rusqlite::Connection::open(self.0.path().join("amp.db")).unwrap();
        let query = "SELECT raw FROM signals WHERE connection = ?1";
        let mut query = database.prepare(query).unwrap();
        let raw = query
            .query_map([connection], |row| row.get::<_, String>(0))
            .unwrap();
        let mut stored: Vec<EventIdentity> = raw.map(|raw| identities::of(&raw.unwrap())).collect();
        stored.sort_unstable();
        let listed = identities::listed(&cloud.simulator);
        assert!(
            stored.iter().eq(&listed),
            "{} of {} events are stored",
            stored.len(),
            listed.len()
        );
    }
}

pub fn connection(name: &str, url: &str, more: &str) -> String {
    format!(
        "\n[[connection]]\nname = \"{name}\"\nserver-url = \"{url}\"\nclient-id = \"{CLIENT}\"\nfirst-window-hours = 48\n{more}\n"
    )
}

/// Reads the log up to a line with `text`, and gives all of it so far.
pub fn wait_for(text: &str, log: &mut impl BufRead) -> String {
    let mut all = String::new();
    while !all.contains(text) {
        assert_ne!(
            log.read_line(&mut all).unwrap(),
            0,
            "it ended without `{text}`:\n{all}"
        );
    }
    assert!(!all.contains(KEY), "the key is told:\n{all}");
    all
}
