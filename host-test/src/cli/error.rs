//! Why nothing came of a command line, and the exit code for it.

use super::cursor_file::CursorError;
use super::{FAILED, WRONG_USAGE};
use crate::collector::config::ConfigError;
use crate::collector::store::StoreError;
use crate::component::ComponentError;
use crate::egress::LiveError;
use crate::har::HarError;
use crate::invocation::InvocationError;
use crate::plugin::{CallError, LoadError};
use crate::settings::SettingsError;
use crate::simulator::PlanError;

/// Why nothing came of a command line.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// It was not understood, or asked for help: clap says it itself.
    #[error(transparent)]
    Clap(#[from] clap::Error),
    /// It was not asked for rightly.
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Invocation(#[from] InvocationError),
    #[error(transparent)]
    Recording(#[from] HarError),
    #[error(transparent)]
    Live(#[from] LiveError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Component(#[from] ComponentError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Call(#[from] CallError),
    /// The cursor's file cannot be used as one.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// Standard output takes no more, and not because nobody listens.
    #[error("standard output cannot be written: {0}")]
    Output(std::io::Error),
}

impl CliError {
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Clap(_)
            | Self::Usage(_)
            | Self::Settings(_)
            | Self::Invocation(_)
            | Self::Recording(_)
            | Self::Live(_)
            | Self::Plan(_)
            | Self::Cursor(_) => WRONG_USAGE,
            // The file was named, and trying again does not help.
            Self::Config(_)
            | Self::Store(
                StoreError::Unopenable { .. }
                | StoreError::Foreign { .. }
                | StoreError::Newer { .. }
                | StoreError::Older { .. }
                | StoreError::Damaged(_),
            ) => WRONG_USAGE,
            Self::Component(
                ComponentError::NotThere(_)
                | ComponentError::NotWebAssembly(_)
                | ComponentError::CoreModule(_),
            ) => WRONG_USAGE,
            Self::Store(_)
            | Self::Component(_)
            | Self::Load(_)
            | Self::Call(_)
            | Self::Output(_) => FAILED,
        }
    }
}
