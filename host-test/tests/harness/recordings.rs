//! The recordings of the repository, each with its golden.

use std::path::{Path, PathBuf};

use host_test::har::{self, Har};
use host_test::intake::PollOutcome;
use host_test::outcome::ReturnData;
use host_test::recording::{self, Driven};

/// The folder of the intake's recordings.
pub const POLL: &str = "poll";

/// A recording in the repository.
#[derive(Clone)]
pub struct Recording {
    /// Folder and file without extension: `isolate-computer/already-isolated`.
    pub name: String,
    /// The command that its folder is named after, or the poll.
    pub command: String,
    pub file: PathBuf,
}

/// Every recording of a command, by name.
pub fn of_commands() -> Vec<Recording> {
    let mut recordings = all();
    recordings.retain(|recording| recording.command != POLL);
    recordings
}

/// Every recording, by name.
pub fn all() -> Vec<Recording> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let mut found = Vec::new();
    for folder in list(&root).into_iter().filter(|path| path.is_dir()) {
        for file in list(&folder)
            .into_iter()
            .filter(|file| file.extension().is_some_and(|extension| extension == "har"))
        {
            let command = folder
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let name = format!(
                "{command}/{}",
                file.file_stem().expect("a name").to_string_lossy()
            );
            found.push(Recording {
                name,
                command,
                file,
            });
        }
    }
    found
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

impl Recording {
    pub fn read(&self) -> Har {
        har::read(&self.file).unwrap_or_else(|error| panic!("{error}"))
    }

    pub fn golden(&self) -> PathBuf {
        self.file.with_extension("outcome.json")
    }

    /// What its golden says came of it, if there is one.
    pub fn expected(&self) -> Option<ReturnData> {
        let golden = std::fs::read(self.golden()).ok()?;
        let golden: serde_json::Value = serde_json::from_slice(&golden).expect("a golden is JSON");
        [
            ReturnData::Successful,
            ReturnData::PartiallySuccessful,
            ReturnData::Failed,
        ]
        .into_iter()
        .find(|data| golden["returnData"] == data.as_str())
    }

    /// Drives it through the component and holds what came of it against its golden. The error is for a person.
    pub fn check(&self) -> Result<(), String> {
        let har = self.read();
        let call = recording::call_of(&har).map_err(|error| error.to_string())?;
        if call.command != self.command {
            return Err(format!(
                "it is in the folder of {} and calls {}",
                self.command, call.command
            ));
        }
        let (actual, wrong_requests, told) = if self.command == POLL {
            let intake = super::intake();
            let driven = super::stopped_clock(recording::drive_poll(super::plugin(), intake, &har))
                .map_err(|error| error.to_string())?;
            let wrong = wrong_requests(&driven);
            let polled = driven.outcome.map_err(|error| error.to_string())?;
            let told = told(&polled.notes, &polled.said);
            let outcome = PollOutcome::new(&intake.poll, Ok(polled));
            (outcome.to_json(), wrong, told)
        } else {
            let driven =
                super::stopped_clock(recording::drive(super::plugin(), super::commands(), &har))
                    .map_err(|error| error.to_string())?;
            let wrong = wrong_requests(&driven);
            let reported = driven.outcome.map_err(|error| error.to_string())?;
            let told = told(&reported.notes, &reported.said);
            (reported.report.to_json(), wrong, told)
        };
        let update = std::env::var_os("UPDATE_GOLDENS").is_some_and(|update| update == "1");
        if update && wrong_requests.is_empty() {
            return std::fs::write(self.golden(), actual).map_err(|error| error.to_string());
        }

        let expected = std::fs::read_to_string(self.golden());
        let mut complaint = String::new();
        for wrong in &wrong_requests {
            complaint.push_str(&format!("{wrong}\n"));
        }
        match expected {
            Err(_) => complaint.push_str(&format!(
                "there is no golden; UPDATE_GOLDENS=1 makes one of this:\n{actual}"
            )),
            Ok(expected) if expected != actual => {
                let diff = similar::TextDiff::from_lines(expected.as_str(), actual.as_str());
                complaint.push_str(&format!(
                    "{}",
                    diff.unified_diff()
                        .context_radius(3)
                        .header("expected", "actual")
                ));
            }
            Ok(_) => {}
        }
        if complaint.is_empty() {
            return Ok(());
        }
        complaint.push_str(&told);
        Err(complaint)
    }
}

/// Requests that the recording does not answer, and entries that nobody asked for, in words.
fn wrong_requests<T>(driven: &Driven<T>) -> Vec<String> {
    let unused = driven.unused.iter();
    let unused = unused.map(|unused| format!("nobody asked for {unused}"));
    driven.complaints.iter().cloned().chain(unused).collect()
}

/// What the host and the component said meanwhile.
fn told(notes: &[String], said: &str) -> String {
    let notes: String = notes
        .iter()
        .map(|note| format!("the host noted: {note}\n"))
        .collect();
    let said = if said.is_empty() { "nothing" } else { said };
    format!("{notes}the component said: {said}\n")
}
