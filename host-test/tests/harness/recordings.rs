//! The recordings of the repository, each with its golden.

use std::path::{Path, PathBuf};

use host_test::har::{self, Har};
use host_test::outcome::ReturnData;
use host_test::recording;

/// A recording in the repository.
#[derive(Clone)]
pub struct Recording {
    /// Folder and file without extension: `isolate-computer/already-isolated`.
    pub name: String,
    /// The command that its folder is named after.
    pub command: String,
    pub file: PathBuf,
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
        let driven =
            super::stopped_clock(recording::drive(super::plugin(), super::commands(), &har))
                .map_err(|error| error.to_string())?;
        let reported = driven.outcome.map_err(|error| error.to_string())?;
        let actual = reported.report.to_json();

        let update = std::env::var_os("UPDATE_GOLDENS").is_some_and(|update| update == "1");
        let wrong_requests: Vec<String> = driven
            .complaints
            .into_iter()
            .chain(
                driven
                    .unused
                    .into_iter()
                    .map(|unused| format!("nobody asked for {unused}")),
            )
            .collect();
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
        for note in &reported.notes {
            complaint.push_str(&format!("the host noted: {note}\n"));
        }
        complaint.push_str(&format!(
            "the component said: {}\n",
            if reported.said.is_empty() {
                "nothing"
            } else {
                &reported.said
            }
        ));
        Err(complaint)
    }
}
