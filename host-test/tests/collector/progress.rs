//! What a terminal shows of a backlog, and that nothing else does.

use std::fs::File;
use std::io::Read as _;
use std::process::Command;
use std::time::Duration;

use host_test::simulator::World;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::loopback::{Cloud, Folder, connection};

/// So large that nothing scrolls away and no line is wrapped.
const ROWS: u16 = 200;
const COLUMNS: u16 = 300;

/// Runs `collect --once` with a terminal as standard error, and tells it to end when `until` is shown, if that is given. Gives the exit code,
/// and what was written to the terminal.
fn collect_on_a_terminal(folder: &Folder, until: Option<&str>) -> (Option<i32>, String) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let size = Winsize {
        ws_row: ROWS,
        ws_col: COLUMNS,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&terminal, size).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let other_end = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let mut command = folder.command(&["--once"]);
    command.env("TERM", "xterm").stderr(other_end);
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut written = Vec::new();
    let mut until = until;
    let (mut terminal, mut piece) = (File::from(terminal), [0; 4096]);
    // Ends with an error when nobody has the other end any more.
    while let Ok(count) = terminal.read(&mut piece) {
        written.extend_from_slice(&piece[..count]);
        if until.is_some_and(|until| String::from_utf8_lossy(&written).contains(until)) {
            until = None;
            let id = child.id().to_string();
            let told = Command::new("kill").args(["-TERM", &id]).status();
            assert!(told.unwrap().success());
        }
        if count == 0 {
            break;
        }
    }
    let written = String::from_utf8(written).unwrap();
    (child.wait().unwrap().code(), written)
}

fn is_a_log_line(line: &str) -> bool {
    let time = line.split(' ').next().unwrap();
    let levels = ["Z [INFO] cisco-amp: ", "Z [WARN] cisco-amp: "];
    humantime::parse_rfc3339(time).is_ok() && levels.iter().any(|level| line.contains(level))
}

/// `north [####----] 1,000 fetched, 2,000 waiting, 499/s, 4s left`
fn is_of_the_display(line: &str) -> bool {
    let parts = ["] ", " fetched, ", " waiting, ", "/s, "];
    line.starts_with("north [")
        && line.ends_with(" left")
        && parts.iter().all(|part| line.matches(part).count() == 1)
}

#[test]
fn a_terminal_shows_how_far_a_backlog_is_below_the_log_and_nothing_else_does() {
    let slow = |events| World {
        events,
        latency: Duration::from_millis(300),
        ..World::default()
    };
    let (north, south) = (Cloud::start(slow(3_000), &[]), Cloud::start(slow(200), &[]));
    let connections = [
        connection("north", &north.url, "api-key-file = \"key\""),
        connection("south", &south.url, "api-key-file = \"key\""),
    ];
    let folder = Folder::new(&connections);
    let (code, written) = collect_on_a_terminal(&folder, None);
    assert_eq!(code, Some(0));
    folder.holds_exactly("north", &north);

    let mut screen = vt100::Parser::new(ROWS, COLUMNS, 0);
    let mut shown = 0;
    // As it is after each line of the log, and after each of the display: where one could be torn by the other.
    for line in written.split_inclusive('\n') {
        for part in line.split_inclusive(" left") {
            screen.process(part.as_bytes());
            for line in screen.screen().contents().lines() {
                shown += usize::from(is_of_the_display(line));
                assert!(is_of_the_display(line) || is_a_log_line(line), "`{line}`");
                assert!(!line.starts_with("south"), "it has less than a page");
            }
        }
    }
    assert!(shown > 0, "{written}");
    let left = screen.screen().contents();
    assert!(left.lines().all(is_a_log_line), "{left}");
    assert_eq!(left.matches("(north; 0 waiting)").count(), 1, "{left}");

    let folder = Folder::new(&connections);
    let run = folder.collect(&["--once"]);
    run.ends(0, &[]);
    assert!(run.err.lines().all(is_a_log_line), "{}", run.err);
}

#[test]
fn nothing_of_it_is_left_when_the_collector_is_told_to_end() {
    let world = World {
        events: 5_000,
        latency: Duration::from_millis(300),
        ..World::default()
    };
    let cloud = Cloud::start(world, &[]);
    let folder = Folder::new(&[connection("north", &cloud.url, "api-key-file = \"key\"")]);
    let (code, written) = collect_on_a_terminal(&folder, Some(" left"));
    assert_eq!(code, Some(1), "it has not caught up");
    let mut screen = vt100::Parser::new(ROWS, COLUMNS, 0);
    screen.process(written.as_bytes());
    let left = screen.screen().contents();
    assert!(!left.lines().any(is_of_the_display), "{left}");
    assert!(
        left.contains("[ERROR] cisco-amp: not caught up: north"),
        "{left}"
    );
}
