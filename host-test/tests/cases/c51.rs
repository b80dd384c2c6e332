//! Two polls at a time with one cursor file.

use std::process::Stdio;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::harness::program;
use crate::harness::server::Server;

/// An empty page of events.
const EMPTY: &str = r#"{"version":"v1.2.0","metadata":{"results":{"total":0,"current_item_count":0,"index":0,"items_per_page":500}},"data":[]}"#;
/// Longer than the first response may take.
const LONG: Duration = Duration::from_secs(60);

/// A server whose responses are held back: what it reports when a request comes, and what lets its
/// response go.
fn held_back() -> (Server, Receiver<()>, Sender<()>) {
    let (came, request) = channel();
    let (release, held) = channel();
    let (came, held) = (Mutex::new(came), Mutex::new(held));
    let server = Server::respond(move |_, _| {
        came.lock().unwrap().send(()).unwrap();
        held.lock().unwrap().recv_timeout(LONG).unwrap();
        (200, String::new(), EMPTY.as_bytes().to_vec())
    });
    (server, request, release)
}

#[test]
fn a_second_poll_with_the_same_cursor_file_is_refused() {
    let (server, request, release) = held_back();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    let file = folder.path().join("x.cursor").display().to_string();
    let respelled = folder.path().join("sub/../x.cursor").display().to_string();
    let poll = |cursor: &str| program::command_with(&server.url, &["poll", "--cursor", cursor]);
    let mut first = poll(&file);
    let first = first.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let first = first.unwrap();
    request.recv_timeout(LONG).unwrap();

    // No cursor is there yet, so only the lock can tell.
    let mut spellings = vec![file.clone(), respelled];
    #[cfg(unix)]
    {
        let link = folder.path().join("link.cursor");
        std::os::unix::fs::symlink("x.cursor", &link).unwrap();
        spellings.push(link.display().to_string());
    }
    for spelling in &spellings {
        let second = program::finish(poll(spelling).output().unwrap());
        second.ends(
            2,
            &[spelling, "in use by another poll", "Nothing was fetched"],
        );
        assert_eq!(second.out, "");
    }
    assert_eq!(server.requests(), 1);

    release.send(()).unwrap();
    program::finish(first.wait_with_output().unwrap()).ends(0, &[]);
    release.send(()).unwrap();
    program::finish(poll(&file).output().unwrap()).ends(0, &[]);
}

#[test]
fn the_lock_of_a_poll_that_was_killed_is_gone() {
    let (server, request, release) = held_back();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.cursor").display().to_string();
    let arguments = ["poll", "--cursor", &file];
    let mut command = program::command_with(&server.url, &arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = command.spawn().unwrap();
    request.recv_timeout(LONG).unwrap();
    first.kill().unwrap();
    first.wait().unwrap();
    for _ in 0..2 {
        release.send(()).unwrap();
    }
    program::run_with(&server.url, &arguments).ends(0, &[]);
}
