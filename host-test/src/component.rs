//! Finds the component, or builds it: a fresh clone has none, and still everything works with one `cargo run`.
//!
//! In this order: the file that was named; `cisco_secure_endpoint.wasm` beside the running program; the workspace that
//! this program was built from, if it is still there, by way of cargo.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

/// The variable that names the component's file.
pub const VARIABLE: &str = "SECURE_ENDPOINT_COMPONENT";
/// The file that cargo makes of the component.
const FILE: &str = "cisco_secure_endpoint.wasm";
/// The package that it is made of.
const PACKAGE: &str = "cisco-secure-endpoint";
/// What it is built for.
const TARGET: &str = "wasm32-wasip2";
/// Variables that a surrounding cargo, or somebody who measures coverage or lints, sets for the host. The component is
/// built without them: with them, cargo would build it anew each time, or not at all.
const NOT_FOR_THE_COMPONENT: [&str; 6] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_RUSTFLAGS",
    "LLVM_PROFILE_FILE",
];

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// The named file is not there.
    #[error("there is no component at {}; build it with `cargo build --release --target {TARGET} -p {PACKAGE}`", .0.display())]
    NotThere(PathBuf),
    /// The named file does not begin as WebAssembly does.
    #[error("{} is no WebAssembly; name another file with --component or {VARIABLE}", .0.display())]
    NotWebAssembly(PathBuf),
    /// The named file is a core module.
    #[error(
        "{} is a core WebAssembly module and no component; build it with `cargo build --release --target {TARGET} -p {PACKAGE}`",
        .0.display()
    )]
    CoreModule(PathBuf),
    /// Neither a file nor a workspace to make it from.
    #[error(
        "there is no component: put {FILE} beside this program, or name it with --component FILE or {VARIABLE}"
    )]
    Nowhere,
    /// There is no Rust here.
    #[error(
        "the component cannot be built: rustc does not start ({0}); install Rust from https://rustup.rs, or name a component with --component FILE or {VARIABLE}"
    )]
    NoRust(std::io::Error),
    /// Rust cannot compile to WebAssembly here.
    #[error("Rust has no target {TARGET} here ({0}); install it with `rustup target add {TARGET}`")]
    NoTarget(String),
    /// Cargo could not build it.
    #[error(
        "the component could not be built ({0}); see what `cargo build --release --target {TARGET} -p {PACKAGE}` says"
    )]
    Build(String),
}

/// The component's file; builds it if need be. `named` is the one that somebody asked for.
///
/// # Errors
///
/// When there is none and none can be built.
pub fn find(named: Option<&Path>) -> Result<PathBuf, ComponentError> {
    if let Some(file) = self::named(named) {
        return if file.is_file() {
            begins_as_a_component(file)
        } else {
            Err(ComponentError::NotThere(file))
        };
    }
    let beside = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join(FILE)));
    if let Some(file) = beside.filter(|file| file.is_file()) {
        return Ok(file);
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .filter(|folder| folder.join("wit").is_dir());
    build(workspace.ok_or(ComponentError::Nowhere)?)
}

/// The file that somebody asked for, on the command line or in the environment.
#[must_use]
pub fn named(named: Option<&Path>) -> Option<PathBuf> {
    let from_environment = std::env::var_os(VARIABLE)
        .filter(|file| !file.is_empty())
        .map(PathBuf::from);
    named.map(Path::to_owned).or(from_environment)
}

/// Looks at the first bytes of a file. One that cannot be read is left to whoever reads it.
fn begins_as_a_component(file: PathBuf) -> Result<PathBuf, ComponentError> {
    let mut start = [0; 8];
    let read = std::fs::File::open(&file).and_then(|mut file| file.read_exact(&mut start));
    match (read, start) {
        (Err(error), _) if error.kind() != std::io::ErrorKind::UnexpectedEof => Ok(file),
        (Ok(()), [0, b'a', b's', b'm', 1, 0, 0, 0]) => Err(ComponentError::CoreModule(file)),
        (Ok(()), [0, b'a', b's', b'm', ..]) => Ok(file),
        _ => Err(ComponentError::NotWebAssembly(file)),
    }
}

/// Builds the component in its workspace. Quick if nothing has changed.
fn build(workspace: &Path) -> Result<PathBuf, ComponentError> {
    ensure_target(workspace)?;
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.join("target"), |folder| workspace.join(folder));
    if !target.join(TARGET).join("release").join(FILE).is_file() {
        tell("building the component once; this takes about a minute");
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([
        "build",
        "--quiet",
        "--release",
        "--target",
        TARGET,
        "-p",
        PACKAGE,
        "--message-format=json-render-diagnostics",
    ]);
    for variable in NOT_FOR_THE_COMPONENT {
        cargo.env_remove(variable);
    }
    cargo
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = cargo
        .output()
        .map_err(|error| ComponentError::Build(format!("cargo does not start: {error}")))?;
    if !output.status.success() {
        return Err(ComponentError::Build(format!(
            "cargo ended with {}",
            output.status
        )));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let artifacts = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok());
    let mut files = artifacts
        .filter(|message| message.reason == "compiler-artifact")
        .flat_map(|message| message.filenames);
    let component = files.find(|file| file.file_name().is_some_and(|name| name == FILE));
    component.ok_or_else(|| ComponentError::Build(format!("cargo made no {FILE}")))
}

/// A line of what cargo says to machines, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// Makes sure that Rust can compile to WebAssembly, by installing the target if that is all that is missing.
fn ensure_target(workspace: &Path) -> Result<(), ComponentError> {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(workspace);
    let folder = rustc.output().map_err(ComponentError::NoRust)?;
    if folder.status.success() && Path::new(String::from_utf8_lossy(&folder.stdout).trim()).is_dir()
    {
        return Ok(());
    }
    tell(&format!("installing Rust's target {TARGET}"));
    let mut rustup = Command::new("rustup");
    rustup
        .args(["target", "add", TARGET])
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    match rustup.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(ComponentError::NoTarget(format!(
            "rustup ended with {status}"
        ))),
        Err(error) => Err(ComponentError::NoTarget(format!(
            "rustup does not start: {error}"
        ))),
    }
}

/// A line for whoever waits. That nobody listens is no reason to fail.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line} ...");
}
