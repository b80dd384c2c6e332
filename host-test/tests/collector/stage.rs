//! A collector in process, with clouds of its own by host name, in virtual time.

use std::collections::BTreeMap;
use std::io::Write;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use host_test::catalog::{self, Intake};
use host_test::collector::config::{Config, ConfigError, Fields, Source};
use host_test::collector::store::{Reader, Store};
use host_test::collector::tally::Counts;
use host_test::collector::{Collector, Ended, Parts, Until};
use host_test::egress::{Egress, Notes, Simulated};
use host_test::plugin::Plugin;
use host_test::simulator::{API_KEY, CLIENT_ID, EventIdentity, Plan, Simulator, World};
use http::{Request, Response};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use crate::harness::{self, identities};

/// What every collector of these tests works with: the component, its intake, and the fields of a connection.
pub fn component() -> (Arc<Plugin>, Intake, Fields) {
    static LOADED: OnceLock<(Arc<Plugin>, Intake, Fields)> = OnceLock::new();
    let load = || {
        let plugin = Plugin::load(harness::component()).unwrap();
        harness::stopped_clock(async {
            let intake = catalog::read_intake(&plugin).await.unwrap();
            let fields = Fields::read(&plugin, &intake).await.unwrap();
            (Arc::new(plugin), intake, fields)
        })
    };
    LOADED.get_or_init(load).clone()
}

/// A folder with a config, a log, and the clouds.
pub struct Stage {
    pub folder: tempfile::TempDir,
    clouds: Arc<Clouds>,
    /// How far the wall clock was set, in seconds.
    pub wall_clock_set: Arc<AtomicI64>,
    log: Log,
    component: (Arc<Plugin>, Intake, Fields),
}

/// Plays a scene: its clock stands still while anything happens and jumps when everything waits.
pub fn play<T>(scene: impl AsyncFnOnce(&Stage) -> T) -> T {
    let component = component();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    harness::stopped_clock(async {
        let stage = Stage {
            folder: tempfile::tempdir().unwrap(),
            clouds: Arc::default(),
            wall_clock_set: Arc::default(),
            log,
            component,
        };
        stage.write("key", API_KEY);
        #[cfg(unix)]
        std::fs::set_permissions(stage.path("key"), PermissionsExt::from_mode(0o600)).unwrap();
        scene(&stage).await
    })
}

impl Stage {
    /// A cloud at `https://NAME.example`.
    pub fn cloud(&self, name: &str, world: World, faults: &[&str]) -> Arc<Simulator> {
        let mut plan = Plan::default();
        for fault in faults {
            plan.add(fault).unwrap();
        }
        let cloud = Arc::new(Simulator::new(world).with_faults(plan));
        let answers: Arc<dyn Egress> = Arc::new(Simulated::new(Arc::clone(&cloud)));
        self.clouds.add(name, answers, Some(&cloud));
        cloud
    }

    /// A server at `https://NAME.example` that takes requests and never answers.
    pub fn silent_server(&self, name: &str) {
        self.server(name, Arc::new(Silence));
    }

    /// Something else that responds at `https://NAME.example`.
    pub fn server(&self, name: &str, egress: Arc<dyn Egress>) {
        self.clouds.add(name, egress, None);
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path(file), text).unwrap();
    }

    pub fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).unwrap_or_default()
    }

    /// Writes the config: the database, and connections of these names with more entries each.
    pub fn config(&self, connections: &[(&str, &str)]) {
        let mut text = "database = \"amp.db\"\n".to_owned();
        for (name, more) in connections {
            text.push_str(&connection(name, more));
        }
        self.write("collector.toml", &text);
    }

    pub fn source(&self) -> Source {
        let fields = self.component.2.clone();
        Source::new(&self.path("collector.toml"), fields, |name| {
            (name == "AMP_KEY").then(|| API_KEY.to_owned())
        })
    }

    pub fn read_config(&self) -> Result<Config, ConfigError> {
        self.source().read()
    }

    /// A collector of the config as it stands.
    pub fn collector(&self, until: Until) -> Collector {
        self.collector_with(Arc::clone(&self.component.0), until)
    }

    /// The same with the component loaded in another way.
    pub fn collector_with(&self, plugin: Arc<Plugin>, until: Until) -> Collector {
        let config = self.read_config().unwrap_or_else(|error| panic!("{error}"));
        let intake = self.component.1.clone();
        let (clouds, set) = (Arc::clone(&self.clouds), Arc::clone(&self.wall_clock_set));
        let parts = Parts {
            plugin,
            intake,
            network: Arc::clone(&self.clouds) as Arc<dyn Egress>,
            store: Store::open(&config.outline.database).unwrap(),
            wall_clock: Box::new(move || {
                let set = set.load(Ordering::Relaxed);
                let by = Duration::from_secs(set.unsigned_abs());
                match set {
                    0.. => clouds.now() + by,
                    _ => clouds.now() - by,
                }
            }),
        };
        Collector::new(parts, Arc::new(self.source()), config, until).unwrap()
    }

    /// Collects for so long. Gives what was counted.
    pub async fn collect_for(&self, time: Duration) -> BTreeMap<String, Counts> {
        let collector = self.collector(Until::ToldToEnd);
        let tally = collector.tally();
        let ended = collector.run(tokio::time::sleep(time)).await;
        assert!(ended.lines.is_none(), "{:?}", ended.lines);
        tally.read()
    }

    /// Collects until all have caught up.
    pub async fn catch_up(&self) -> Ended {
        self.collector(Until::CaughtUp)
            .run(std::future::pending())
            .await
    }

    /// A look at the database as any other program has it.
    pub fn sql(&self) -> rusqlite::Connection {
        let database = rusqlite::Connection::open(self.path("amp.db")).unwrap();
        database.busy_timeout(Duration::from_secs(5)).unwrap();
        database
    }

    pub fn count(&self, from: &str) -> u64 {
        let query = format!("SELECT count(*) FROM {from}");
        let count: i64 = self.sql().query_row(&query, [], |row| row.get(0)).unwrap();
        count.unsigned_abs()
    }

    pub fn reader(&self) -> Reader {
        Reader::open(&self.path("amp.db")).unwrap().unwrap()
    }

    /// The identities of the events that are stored of a connection, in order.
    pub fn stored(&self, connection: &str) -> Vec<EventIdentity> {
        let database = self.sql();
        let query = "SELECT raw FROM signals WHERE connection = ?1";
        let mut query = database.prepare(query).unwrap();
        let raw = query.query_map([connection], |row| row.get::<_, String>(0));
        let mut events: Vec<EventIdentity> = raw
            .unwrap()
            .map(|raw| identities::of(&raw.unwrap()))
            .collect();
        events.sort_unstable();
        events
    }

    /// Fails unless exactly the events of the cloud are stored.
    #[track_caller]
    pub fn holds_exactly(&self, connection: &str, cloud: &Simulator) {
        let events = identities::listed(cloud);
        let stored = self.stored(connection);
        assert!(
            stored.iter().eq(&events),
            "{} of {} events are stored:\n{}",
            stored.len(),
            events.len(),
            self.log_end()
        );
    }

    /// The end of the log.
    fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// Everything that was logged.
    pub fn log(&self) -> String {
        String::from_utf8(self.log.0.lock().unwrap().clone()).unwrap()
    }

    /// Fails unless the log has `text`, so many times.
    #[track_caller]
    pub fn logged(&self, times: usize, text: &str) {
        let found = self.log().matches(text).count();
        assert_eq!(found, times, "`{text}` in\n{}", self.log_end());
    }
}

/// A connection of this name, to the cloud of this name.
pub fn connection(name: &str, more: &str) -> String {
    format!(
        "\n[[connection]]\nname = \"{name}\"\nserver-url = \"https://{name}.example\"\nclient-id = \"{CLIENT_ID}\"\napi-key-file = \"key\"\n\
         first-window-hours = 48\n{more}\n"
    )
}

/// When each request for events came, since the cloud's start.
pub fn asked_at(cloud: &Simulator) -> Vec<Duration> {
    let log = cloud.log().into_iter();
    log.filter(|served| served.request.starts_with("GET /v1/events"))
        .map(|served| served.at)
        .collect()
}

/// The clouds by the name of their host. What time it is, the first one says.
#[derive(Default)]
struct Clouds {
    by_name: Mutex<BTreeMap<String, Arc<dyn Egress>>>,
    clock: OnceLock<Arc<Simulator>>,
}

impl Clouds {
    fn add(&self, name: &str, answers: Arc<dyn Egress>, clock: Option<&Arc<Simulator>>) {
        self.by_name
            .lock()
            .unwrap()
            .insert(format!("{name}.example"), answers);
        if let Some(clock) = clock {
            self.clock.get_or_init(|| Arc::clone(clock));
        }
    }

    fn now(&self) -> SystemTime {
        self.clock
            .get()
            .map_or_else(SystemTime::now, |cloud| cloud.now())
    }
}

impl Egress for Clouds {
    fn send(
        &self,
        request: Request<Bytes>,
        limits: RequestOptions,
        notes: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        let host = request.uri().host().unwrap_or_default();
        match self.by_name.lock().unwrap().get(host) {
            Some(cloud) => cloud.send(request, limits, notes),
            None => Box::pin(std::future::ready(Err(Error::ConnectionRefused))),
        }
    }
}

struct Silence;

impl Egress for Silence {
    fn send(
        &self,
        _: Request<Bytes>,
        _: RequestOptions,
        _: Arc<Notes>,
    ) -> BoxFuture<'static, Result<Response<WasiBody>, Error>> {
        Box::pin(std::future::pending())
    }
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
