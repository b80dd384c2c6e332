//! The program, run as somebody at a terminal runs it.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// An API key that must appear nowhere.
pub const KEY: &str = "5e5a3e00-dead-4bee-8bad-0123456789ab";
/// A client ID.
pub const CLIENT: &str = "0123456789abcdef0123";

/// What came of a run.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// Fails unless the exit code is `code` and standard error has every text of `said`.
    #[track_caller]
    pub fn ends(&self, code: i32, said: &[&str]) -> &Self {
        assert_eq!(
            self.code, code,
            "exit code\nstandard output:\n{}\nstandard error:\n{}",
            self.out, self.err
        );
        for text in said {
            assert!(
                self.err.contains(text),
                "standard error lacks `{text}`:\n{}",
                self.err
            );
        }
        self
    }

    /// Fails unless standard output has `text`.
    #[track_caller]
    pub fn prints(&self, text: &str) -> &Self {
        assert!(
            self.out.contains(text),
            "standard output lacks `{text}`:\n{}",
            self.out
        );
        self
    }

    /// The one JSON value on standard output.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| {
            panic!(
                "standard output is not one JSON value ({error}):\n{}",
                self.out
            )
        })
    }
}

/// The program without a connection in its environment.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host-test"));
    command
        .args(arguments)
        .env(host_test::component::VARIABLE, super::component())
        .stdin(Stdio::null());
    for variable in ["AMP_SERVER_URL", "AMP_CLIENT_ID", "AMP_API_KEY"] {
        command.env_remove(variable);
    }
    command
}

/// Runs the program without a connection.
pub fn run(arguments: &[&str]) -> Run {
    finish(command(arguments).output().expect("the program starts"))
}

/// The program with a connection to `server_url` in its environment, not started yet.
pub fn command_with(server_url: &str, arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command
        .env("AMP_SERVER_URL", server_url)
        .env("AMP_CLIENT_ID", CLIENT)
        .env("AMP_API_KEY", KEY);
    command
}

/// Runs the program with a connection to `server_url` in its environment.
pub fn run_with(server_url: &str, arguments: &[&str]) -> Run {
    let mut command = command_with(server_url, arguments);
    finish(command.output().expect("the program starts"))
}

/// What came of it. Whatever it was, the key is not in it.
pub fn finish(output: Output) -> Run {
    let run = Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
    };
    let packed = base64(&format!("{CLIENT}:{KEY}"));
    for text in [&run.out, &run.err] {
        assert!(
            !text.contains(KEY) && !text.contains(&packed),
            "the key is told:\n{text}"
        );
    }
    run
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// A recording of the repository.
pub fn recording(name: &str) -> String {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("recordings")
        .join(format!("{name}.har"));
    assert!(file.is_file(), "{} is gone", file.display());
    file.display().to_string()
}

/// A file that is gone when the test ends.
pub fn file(text: &str, extension: &str) -> tempfile::TempPath {
    use std::io::Write as _;
    let mut file = tempfile::Builder::new()
        .suffix(extension)
        .tempfile()
        .expect("a file");
    file.write_all(text.as_bytes()).expect("it can be written");
    file.into_temp_path()
}
