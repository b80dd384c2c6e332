//! The log of what runs for long, on standard error: a line each, such as
//! `2026-05-01T08:00:00Z [INFO] cisco-amp: fetched 12 events (north-america; 0 waiting)`.

use std::fmt;
use std::time::SystemTime;

use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::console::plain;

/// Begins to log to `writer`. What other crates say is left out: only this one knows what is secret.
pub(super) fn start(writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static) {
    let lines = tracing_subscriber::fmt::layer()
        .event_format(Line)
        .with_writer(writer);
    let own = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::INFO);
    // An embedder may have a log of its own; then that is it.
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(own))
        .try_init();
}

/// The form of a line.
struct Line;

impl<S, F> FormatEvent<S, F> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    F: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, F>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut text = String::new();
        context.format_fields(Writer::new(&mut text), event)?;
        let time = humantime::format_rfc3339_seconds(SystemTime::now());
        let level = event.metadata().level();
        writeln!(line, "{time} [{level}] {}", plain(&text))
    }
}
