//! The simulated cloud as a stage: calls of the built component against it, in process and in virtual time.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use host_test::egress::{Egress, Simulated};
use host_test::invocation::Invocation;
use host_test::outcome::Report;
use host_test::settings::Settings;
use host_test::simulator::{API_KEY, CLIENT_ID, Landmarks, Plan, Simulator, World};
use serde_json::{Map, Value, json};

use crate::harness;

/// What calls are made in.
pub struct Setting {
    pub world: World,
    pub settings: Map<String, Value>,
    rules: Vec<String>,
}

impl Default for Setting {
    fn default() -> Self {
        let settings = json!({"server-url": "https://api.amp.cisco.com", "client-id": CLIENT_ID, "api-key": API_KEY});
        Self {
            world: World::default(),
            settings: settings.as_object().unwrap().clone(),
            rules: Vec::new(),
        }
    }
}

impl Setting {
    /// The same, where something befalls requests.
    pub fn fault(mut self, rule: &str) -> Self {
        self.rules.push(rule.to_owned());
        self
    }

    /// The same with a setting of the connection.
    pub fn with(mut self, setting: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(setting.to_owned(), value.into());
        self
    }

    /// The same in another world.
    pub fn world(mut self, change: impl FnOnce(&mut World)) -> Self {
        change(&mut self.world);
        self
    }

    /// Plays a scene: its clock stands still while anything happens and jumps when everything waits.
    pub fn play<T>(&self, scene: impl AsyncFnOnce(&Stage) -> T) -> T {
        harness::commands();
        harness::intake();
        harness::stopped_clock(async {
            let mut plan = Plan::default();
            for rule in &self.rules {
                plan.add(rule).unwrap_or_else(|error| panic!("{error}"));
            }
            let simulator = Arc::new(Simulator::new(self.world.clone()).with_faults(plan));
            let stage = Stage {
                here: simulator.landmarks(),
                egress: Arc::new(Simulated::new(Arc::clone(&simulator))),
                simulator,
                settings: Settings::from_json(self.settings.clone()).unwrap(),
            };
            scene(&stage).await
        })
    }
}

/// The simulated cloud and a connection to it.
pub struct Stage {
    pub simulator: Arc<Simulator>,
    /// What there was at the start.
    pub here: Landmarks,
    /// Who answers: the simulator, unless a test puts itself in between.
    pub egress: Arc<dyn Egress>,
    pub settings: Settings,
}

impl Stage {
    /// Calls a command. Whatever comes of it, the key is not in it (lesson 22).
    pub async fn call(&self, command: &str, input: Value) -> Report {
        let commands = harness::commands();
        let command = commands
            .iter()
            .find(|known| known.words.name == command)
            .unwrap_or_else(|| panic!("there is no {command}"));
        let input = input.as_object().unwrap().clone();
        let invocation = Invocation::new(command, &self.settings, input)
            .unwrap_or_else(|error| panic!("{error}"));
        let made = invocation
            .make(
                harness::plugin(),
                Arc::clone(&self.egress),
                Some(self.simulator.now()),
            )
            .await;
        match made {
            Err(error) => Report::from_breakdown(&command.words.name, &command.words.title, &error),
            Ok(reported) => {
                let packed = base64::engine::general_purpose::STANDARD
                    .encode(format!("{CLIENT_ID}:{API_KEY}"));
                let all = format!(
                    "{}{}{:?}",
                    reported.report.to_json(),
                    reported.said,
                    reported.notes
                );
                assert!(
                    !all.contains(API_KEY) && !all.contains(&packed),
                    "the key is told:\n{all}"
                );
                reported.report
            }
        }
    }

    /// The same stage with somebody in between.
    pub fn through(&self, egress: Arc<dyn Egress>) -> Self {
        Self {
            simulator: Arc::clone(&self.simulator),
            here: self.here.clone(),
            egress,
            settings: self.settings.clone(),
        }
    }

    /// How many requests were made so far, to endpoints that begin so.
    pub fn requests(&self, beginning: &str) -> u64 {
        let counts = self.simulator.counts().requests;
        counts
            .iter()
            .filter(|(endpoint, _)| endpoint.starts_with(beginning))
            .map(|(_, count)| count)
            .sum()
    }
}

/// One call that was made, on a stage of its own.
pub struct Run {
    pub report: Report,
    pub simulator: Arc<Simulator>,
    pub here: Landmarks,
    /// In virtual time.
    pub took: Duration,
    /// In real time.
    pub really_took: Duration,
}

impl Run {
    pub fn make(setting: &Setting, command: &str, input: fn(&Landmarks) -> Value) -> Self {
        setting.play(async |stage: &Stage| {
            let (began, really_began) = (tokio::time::Instant::now(), Instant::now());
            let report = stage.call(command, input(&stage.here)).await;
            let (simulator, here) = (Arc::clone(&stage.simulator), stage.here.clone());
            Self {
                report,
                simulator,
                here,
                took: began.elapsed(),
                really_took: really_began.elapsed(),
            }
        })
    }

    /// What a reader of a failed test needs to know.
    pub fn in_short(&self) -> String {
        let errors = self.report.errors.iter().map(|error| {
            let may = if error.may_have_happened {
                ", may have happened"
            } else {
                ""
            };
            format!("[{}{may}] {}", error.kind, error.message)
        });
        let log = self.simulator.log();
        let log = log.iter().take(12).map(|served| {
            format!(
                "{:.1}s {:.60} {:?} {}",
                served.at.as_secs_f64(),
                served.request,
                served.status,
                served.fault.unwrap_or("")
            )
        });
        let (errors, log): (Vec<String>, Vec<String>) = (errors.collect(), log.collect());
        let took = self.took.as_secs_f64();
        format!(
            "{} after {took:.1} s; {}\n      {}",
            self.report.return_data.as_str(),
            errors.join(" | "),
            log.join("\n      ")
        )
    }
}
