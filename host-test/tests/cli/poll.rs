//! `poll`: signals on standard output, what it did on standard error, and the cursor's file moved only when both went well.

use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use super::harness::simulate::Simulate;
use super::*;

/// A folder for cursors, and the name of one in it.
fn cursor() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("amp.cursor").display().to_string();
    (folder, file)
}

/// A cloud with so many different events, none of which leaves the first window while the test runs.
fn cloud_with(events: &str) -> Simulate {
    Simulate::start(&[
        "--events",
        events,
        "--events-over",
        "20h",
        "--event-ids",
        "distinct",
    ])
}

/// The keys of the signals that a run printed.
fn keys(run: &harness::program::Run) -> Vec<String> {
    let lines = run.out.lines();
    lines
        .map(|line| {
            let (key, _) = super::harness::identities::raw_of_line(line);
            key
        })
        .collect()
}

/// The report, which is all that stands on standard error.
fn report(run: &harness::program::Run) -> Value {
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    serde_json::from_str(&run.err).unwrap()
}

/// The names of the files in a folder, in order.
fn left_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn polls_with_a_cursor_file_give_each_event_once() {
    let cloud = cloud_with("130");
    let (folder, file) = cursor();
    // Empty is as good as absent.
    std::fs::write(&file, "").unwrap();
    let mut all = Vec::new();
    for (delivered, more) in [(60, true), (60, true), (10, false), (0, false)] {
        let run = run_with(
            &cloud.url,
            &["poll", "--cursor", &file, "--max-signals", "60"],
        );
        run.ends(0, &[]);
        let report = report(&run);
        assert_eq!(
            (&report["delivered"], &report["more"]),
            (&json!(delivered), &json!(more)),
            "{report}"
        );
        let next = report["next"].as_str().unwrap();
        assert_eq!(next.contains("poll again at once"), more, "{next}");
        assert_eq!(report.get("cursor"), None);
        all.extend(keys(&run));
    }
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!((count, all.len()), (130, 130));
    // Nothing else is left there.
    assert_eq!(left_in(folder.path()).len(), 2);
}

#[test]
fn a_signal_is_one_line_with_its_fields_in_the_order_of_the_contract() {
    let har = recording("poll/first-window");
    let run = run(&["poll", "--replay", &har]);
    run.ends(0, &[]);
    let last = run.out.lines().last().unwrap();
    assert!(
        last.starts_with("{\"uniqueEventKey\":\"7466394122254132785-07edc6a04f5a685ffef953840b92163f\",\"eventId\":\"7466394122254132785\",\"startTime\":\"2026-05-01T09:59:58+00:00\",\"timestamp\":1777629598,"),
        "{last}"
    );
    assert!(
        last.contains(",\"raw\":{\"id\":7466394122254132785,\"timestamp\":"),
        "{last}"
    );
    assert!(!last.contains("null"), "{last}");
    // The golden has the same signals.
    let golden = Path::new(&har).with_extension("outcome.json");
    let golden: Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
    let printed: Vec<Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(golden["signals"], json!(printed));
    assert_eq!(golden["cursor"], report(&run)["cursor"]);
}

#[test]
fn a_replay_goes_on_from_the_cursor_in_the_file() {
    let (_folder, file) = cursor();
    for (name, delivered) in [
        ("poll/first-window", 6),
        ("poll/goes-on-from-a-cursor", 4),
        ("poll/nothing-new", 0),
    ] {
        let run = run(&["poll", "--cursor", &file, "--replay", &recording(name)]);
        run.ends(0, &[]);
        assert_eq!(keys(&run).len(), delivered, "{name}");
    }
}

#[test]
fn a_recording_of_polls_replays_to_the_same_signals() {
    let cloud = cloud_with("90");
    let (folder, file) = cursor();
    let before = folder.path().join("before").display().to_string();
    let har = folder.path().join("x.har").display().to_string();
    run_with(
        &cloud.url,
        &["poll", "--cursor", &file, "--max-signals", "40"],
    )
    .ends(0, &[]);
    std::fs::copy(&file, &before).unwrap();
    let live = run_with(&cloud.url, &["poll", "--cursor", &file, "--record", &har]);
    live.ends(0, &[]);
    assert_eq!(keys(&live).len(), 50);
    let again = run(&["poll", "--cursor", &before, "--replay", &har]);
    again.ends(0, &[]);
    assert_eq!(again.out, live.out);
    assert_eq!(
        std::fs::read(&before).unwrap(),
        std::fs::read(&file).unwrap()
    );
}

#[test]
fn without_a_file_the_cursor_is_told_and_may_be_given_back() {
    let cloud = cloud_with("30");
    let first = run_with(&cloud.url, &["poll", "--max-signals", "20"]);
    let report = report(&first);
    assert!(report["next"].as_str().unwrap().contains("--cursor FILE"));
    let request = json!({"cursor": report["cursor"]}).to_string();
    let second = run_with(&cloud.url, &["poll", "--input", &request]);
    second.ends(0, &[]);
    assert_eq!((keys(&first).len(), keys(&second).len()), (20, 10));
    let (_folder, file) = cursor();
    run_with(
        &cloud.url,
        &["poll", "--input", &request, "--cursor", &file],
    )
    .ends(2, &["the cursor is given twice"]);
}

/// The program with a connection, and pipes for what it says.
fn polling(url: &str, arguments: &[&str]) -> Command {
    let mut command = command_with(url, arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Polls into a reader that has gone.
fn into_a_closed_pipe(url: &str, arguments: &[&str]) -> harness::program::Run {
    let mut child = polling(url, arguments).spawn().unwrap();
    drop(child.stdout.take());
    finish(child.wait_with_output().unwrap())
}

#[test]
fn a_closed_standard_output_leaves_the_cursor_where_it_was() {
    let cloud = cloud_with("60");
    let (_folder, file) = cursor();
    let poll = ["poll", "--cursor", &file, "--max-signals", "20"];
    into_a_closed_pipe(&cloud.url, &poll).ends(1, &["standard output was closed", &file]);
    assert!(!Path::new(&file).exists());
    run_with(&cloud.url, &poll).ends(0, &[]);
    let before = std::fs::read(&file).unwrap();
    into_a_closed_pipe(&cloud.url, &poll).ends(1, &["stays as it was", "the same signals again"]);
    assert_eq!(std::fs::read(&file).unwrap(), before);
    // Without a cursor it was a look at the beginning.
    let look = into_a_closed_pipe(&cloud.url, &["poll"]);
    look.ends(0, &[]);
    assert_eq!(look.err, "");
}

#[test]
fn a_reader_that_has_seen_enough_leaves_the_cursor_where_it_was() {
    // More than any pipe holds.
    let cloud = cloud_with("450");
    let (_folder, file) = cursor();
    let mut child = polling(&cloud.url, &["poll", "--cursor", &file])
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut beginning = [0; 100];
    out.read_exact(&mut beginning).unwrap();
    drop(out);
    finish(child.wait_with_output().unwrap()).ends(1, &["standard output was closed"]);
    assert!(!Path::new(&file).exists());
}

#[test]
fn what_is_no_cursor_is_told_by_the_name_of_its_file_and_left_as_it_is() {
    let server = nobody();
    let (folder, file) = cursor();
    let elsewhere = cloud_with("3");
    run_with(&elsewhere.url, &["poll", "--cursor", &file]).ends(0, &[]);
    let foreign = std::fs::read_to_string(&file).unwrap();
    let later = foreign.replacen("se2.", "se3.", 1);
    for (code, text, said) in [
        (2, &b"\xff\xfe"[..], "it is in UTF-16; save it as UTF-8"),
        (1, b"2026-05-01T10:00:00Z\n", "not a cursor of this plugin"),
        (1, foreign.as_bytes(), "another server"),
        (1, later.as_bytes(), "another version"),
    ] {
        std::fs::write(&file, text).unwrap();
        let run = run_with(&server.url, &["poll", "--cursor", &file]);
        run.ends(code, &[&file, said, "remove it", "once more"]);
        assert_eq!(run.out, "");
        assert_eq!(std::fs::read(&file).unwrap(), text, "{said}");
    }
    let name = folder.path().display().to_string();
    run_with(&server.url, &["poll", "--cursor", &name]).ends(2, &[&name, "no regular file"]);
    let nowhere = folder.path().join("no/where").display().to_string();
    run_with(&server.url, &["poll", "--cursor", &nowhere])
        .ends(2, &[&nowhere, "cannot be written", "Nothing was fetched"]);
    assert_eq!(server.requests(), 0, "a request was sent");
}

#[test]
fn a_failed_poll_leaves_the_cursor_and_says_why_on_standard_error() {
    let cloud = Simulate::start(&["--events", "30", "--fault", "GET /v1/events#2-=401"]);
    let (_folder, file) = cursor();
    let poll = ["poll", "--cursor", &file, "--max-signals", "20"];
    run_with(&cloud.url, &poll).ends(0, &[]);
    let before = std::fs::read(&file).unwrap();
    let text = run_with(&cloud.url, &poll);
    text.ends(
        1,
        &["Poll failed.", "unauthorized", "client ID and API key"],
    );
    let machine = run_with(&cloud.url, &[&poll[..], &["--format", "json"]].concat());
    machine.ends(1, &[]);
    let told: Value = serde_json::from_str(&machine.err).unwrap();
    assert_eq!(
        (
            &told["command"],
            &told["returnData"],
            &told["errors"][0]["kind"]
        ),
        (&json!("poll"), &json!("Failed"), &json!("unauthorized"))
    );
    assert_eq!((text.out.as_str(), machine.out.as_str()), ("", ""));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_wrong_flag_or_value_is_wrong_usage() {
    let server = nobody();
    for (arguments, said) in [
        (&["--max-signal", "5"][..], "--max-signals"),
        (&["--max-signals", "many"], "expected a whole number"),
        (&["--min-severity", "awful"], "low, medium, high, critical"),
        (
            &["--event-types", "Threat Detected"],
            "expected a whole number",
        ),
        (
            &["--input", "{\"max-signal\": 5}"],
            "did you mean `max-signals`",
        ),
    ] {
        run_with(&server.url, &[&["poll"], arguments].concat()).ends(2, &[said]);
    }
    // What only the component knows, it refuses itself.
    let run = run_with(&server.url, &["poll", "--max-signals", "2001"]);
    run.ends(1, &["invalid-input (max-signals)", "1 to 2000"]);
    assert_eq!(server.requests(), 0);
}

#[test]
fn help_says_what_goes_where_and_what_to_do_next() {
    let help = run(&["poll", "--help"]);
    help.ends(0, &[])
        .prints("--cursor <FILE>")
        .prints("[default: 500] [1 to 2000]")
        .prints("low, medium, high, critical")
        .prints("poll again at once")
        .prints("host-test poll --connection amp.toml --cursor amp.cursor");
    assert!(!help.out.contains("[required]"), "{}", help.out);
    run(&["--help"]).prints("poll");
}

#[test]
#[cfg(unix)]
fn a_link_to_a_cursor_stays_one() {
    let cloud = cloud_with("30");
    let (folder, link) = cursor();
    let there = folder.path().join("there");
    // By its name in the link's folder, and not there yet.
    std::os::unix::fs::symlink("there", &link).unwrap();
    run_with(&cloud.url, &["poll", "--cursor", &link]).ends(0, &[]);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(std::fs::read_to_string(&there).unwrap().starts_with("se2."));
}

#[test]
#[cfg(unix)]
fn a_new_cursor_is_its_owners_and_a_replaced_one_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let cloud = cloud_with("30");
    let (_folder, file) = cursor();
    let mode = || std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    run_with(&cloud.url, &["poll", "--cursor", &file]).ends(0, &[]);
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    run_with(&cloud.url, &["poll", "--cursor", &file]).ends(0, &[]);
    assert_eq!(mode(), 0o640);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_under_the_signals_leaves_the_cursor() {
    let cloud = cloud_with("30");
    let (_folder, file) = cursor();
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = polling(&cloud.url, &["poll", "--cursor", &file]);
    command.stdout(full);
    finish(command.output().unwrap())
        .ends(1, &["standard output cannot be written", "stays as it was"]);
    assert!(!Path::new(&file).exists());
    run_with(&cloud.url, &["poll", "--cursor", "/dev/null"]).ends(2, &["no regular file"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_under_the_cursor_leaves_the_old_one() {
    let cloud = cloud_with("30");
    let (folder, _) = cursor();
    let disk = folder.path().join("disk").display().to_string();
    let script = |work: &str| {
        format!(
            "mkdir -p {disk} && mount -t tmpfs -o size=8k none {disk} && cd {disk} && {{ {work} }}"
        )
    };
    let in_a_small_disk = |work: &str| {
        // A mount of its own, which needs no rights and is gone with the process.
        let mut shell = Command::new("unshare");
        shell
            .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
            .arg(script(work))
            .env("PROGRAM", env!("CARGO_BIN_EXE_host-test"))
            .env(host_test::component::VARIABLE, harness::component())
            .env("AMP_SERVER_URL", &cloud.url)
            .env("AMP_CLIENT_ID", CLIENT)
            .env("AMP_API_KEY", KEY);
        shell.output()
    };
    if !in_a_small_disk("true;").is_ok_and(|output| output.status.success()) {
        // Where nobody may mount anything, the next test has to do.
        return;
    }
    let run = finish(
        in_a_small_disk(
            "\"$PROGRAM\" poll --cursor c --max-signals 20 > /dev/null 2>&1 || exit 90; \
             cp c ../before; head -c 9000 /dev/zero > filling 2> /dev/null; \
             \"$PROGRAM\" poll --cursor c; code=$?; \
             cmp c ../before || code=91; rm filling; LC_ALL=C ls -A; exit $code;",
        )
        .unwrap(),
    );
    run.ends(
        1,
        &["the signals were written, but the cursor file c cannot be: No space left on device"],
    );
    let (signals, left) = run.out.split_at(run.out.rfind("}\n").unwrap() + 2);
    assert_eq!((signals.lines().count(), left), (10, "c\nc.lock\n"));
}

#[test]
fn a_cursor_that_cannot_be_written_after_the_signals_leaves_the_old_one() {
    // More than any pipe holds, so the program waits in the midst of its signals.
    let cloud = cloud_with("450");
    let (folder, _) = cursor();
    let (here, away) = (folder.path().join("here"), folder.path().join("away"));
    std::fs::create_dir(&here).unwrap();
    let file = here.join("amp.cursor").display().to_string();
    run_with(
        &cloud.url,
        &["poll", "--cursor", &file, "--max-signals", "1"],
    )
    .ends(0, &[]);
    let before = std::fs::read(&file).unwrap();
    let mut child = polling(&cloud.url, &["poll", "--cursor", &file])
        .spawn()
        .unwrap();
    let mut beginning = [0; 100];
    let out = child.stdout.as_mut().unwrap();
    out.read_exact(&mut beginning).unwrap();
    std::fs::rename(&here, &away).unwrap();
    finish(child.wait_with_output().unwrap()).ends(
        1,
        &[
            "the signals were written, but the cursor file",
            &file,
            "`uniqueEventKey`",
        ],
    );
    assert_eq!(std::fs::read(away.join("amp.cursor")).unwrap(), before);
    assert_eq!(left_in(&away), ["amp.cursor", "amp.cursor.lock"]);
}
