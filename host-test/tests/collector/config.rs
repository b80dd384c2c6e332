//! What a config may hold, and what is said of one that is wrong.

use std::time::Duration;

use host_test::collector::config::{Outline, Output};
use host_test::simulator::API_KEY;

use crate::stage::{Stage, connection, play};

/// What is said of a config that is wrong.
fn told(stage: &Stage, text: &str) -> String {
    stage.write("collector.toml", text);
    let error = stage
        .read_config()
        .expect_err("the config is wrong")
        .to_string();
    assert!(
        !error.contains(API_KEY) && !error.contains("SESAME"),
        "{error}"
    );
    error
}

/// What is said of a connection with this in it.
fn told_of(stage: &Stage, more: &str) -> String {
    told(
        stage,
        &format!("database = \"amp.db\"\n{}", connection("north", more)),
    )
}

#[test]
fn every_entry_is_understood() {
    play(async |stage: &Stage| {
        let text = format!(
            "database = \"data/amp.db\"\noutput = \"-\"\nmetrics = \"127.0.0.1:9464\"\nca-file = \"/etc/ca.pem\"\n{}{}{}",
            connection("north", ""),
            connection(
                "south",
                "interval = \"1h 30m\"\nallow = [\"10.0.0.5:8443\", \"*.example.com\"]\nmax-attempts = 2\nmin-severity = \"high\"\n\
                 event-types = [1090519054]\ninclude-without-severity = false"
            ),
            "[[connection]]\nname = \"off\"\nenabled = false\nserver-url = \"x.example\"\nclient-id = \"y\"\napi-key-file = \"gone\"\n",
        );
        stage.write("collector.toml", &text);
        let config = stage.read_config().unwrap();
        let outline = &config.outline;
        assert_eq!(outline.database, stage.path("data/amp.db"));
        assert_eq!(outline.output, Some(Output::Standard));
        assert_eq!(outline.metrics, Some("127.0.0.1:9464".parse().unwrap()));
        assert_eq!(outline.ca_file.as_deref(), Some("/etc/ca.pem".as_ref()));
        assert_eq!(
            Outline::read(&stage.path("collector.toml")).unwrap(),
            *outline
        );
        let names: Vec<(&str, bool)> = outline
            .connections
            .iter()
            .map(|connection| (connection.name.as_str(), connection.enabled))
            .collect();
        assert_eq!(names, [("north", true), ("south", true), ("off", false)]);

        let [north, south] = config.connections.as_slice() else {
            panic!("the enabled ones: {:?}", config.connections)
        };
        assert_eq!(north.interval, Duration::from_secs(300));
        assert_eq!(south.interval, Duration::from_secs(5400));
        assert_eq!(south.allow.len(), 2);
        let request: Vec<&String> = south.request.keys().collect();
        assert_eq!(
            request,
            [
                "event-types",
                "first-window-hours",
                "include-without-severity",
                "min-severity"
            ]
        );
        assert_eq!(south.settings.server_url(), "https://south.example");
    });
}

#[test]
fn a_wrong_name_is_answered_with_the_right_one_and_its_line() {
    play(async |stage: &Stage| {
        for (wrong, right) in [
            ("intervall = \"5m\"", "did you mean `interval`?"),
            ("max_signals = 5", "did you mean `max-signals`?"),
            ("connect-timeout = 5", "did you mean `connect-timeout-ms`?"),
            ("api-key-flie = \"x\"", "did you mean `api-key-file`?"),
            (
                "cursor = \"SESAME\"",
                "the collector keeps it in its database",
            ),
        ] {
            let told = told_of(stage, &format!("\n\n{wrong}"));
            assert!(
                told.contains(": line 11: connection `north`: ") && told.contains(right),
                "{told}"
            );
        }
        let told = told(stage, "databse = \"x\"\ndatabase = \"y\"\n");
        assert!(
            told.contains(
                "line 1: the top level: unknown field `databse`; did you mean `database`?"
            ),
            "{told}"
        );
    });
}

#[test]
fn a_wrong_value_is_told_with_what_would_be_right() {
    play(async |stage: &Stage| {
        for (wrong, said) in [
            (
                "max-attempts = \"SESAME\"",
                "`max-attempts`: expected a whole number from 0 to 4294967295, got a string",
            ),
            ("max-attempts = 11", "`max-attempts`: expected 1 to 10"),
            ("max-signals = 5000", "`max-signals`: expected 1 to 2000"),
            (
                "event-types = [1, \"SESAME\"]",
                "`event-types`[1]: expected a whole number",
            ),
            (
                "min-severity = \"SESAME\"",
                "`min-severity`: unknown value (known: `low`, `medium`, `high`, `critical`)",
            ),
            (
                "api-version = 1",
                "`api-version`: expected a string, got a number",
            ),
            ("interval = 300", "`interval` must be a time in quotes"),
            (
                "interval = \"SESAME\"",
                "`interval` must be a time in quotes",
            ),
            ("interval = \"999ms\"", "`interval` must be from 1s to 1day"),
            ("interval = \"25h\"", "`interval` must be from 1s to 1day"),
            ("enabled = \"SESAME\"", "`enabled` must be true or false"),
            ("allow = \"SESAME\"", "`allow` must be a list of hosts"),
            (
                "allow = [\"https://SESAME/\"]",
                "`allow` must be a list of hosts",
            ),
        ] {
            let told = told_of(stage, wrong);
            assert!(
                told.contains(": line 9: connection `north`: ") && told.contains(said),
                "{told}"
            );
        }
        for (wrong, said) in [
            (
                "metrics = \"0.0.0.0:9464\"",
                "line 1: `metrics` must be a loopback address with a port",
            ),
            (
                "metrics = \"9464\"",
                "`metrics` must be a loopback address with a port",
            ),
            ("output = \"\"", "`output` is empty"),
            (
                "output = \"amp.db\"",
                "`output` and `database` are the same file",
            ),
            (
                "[connection]",
                "each connection begins with a line [[connection]]",
            ),
        ] {
            let told = told(stage, &format!("{wrong}\ndatabase = \"amp.db\"\n"));
            assert!(told.contains(said), "{told}");
        }
        let told = told(stage, "");
        assert!(told.contains("`database` is missing"), "{told}");
    });
}

#[test]
fn names_are_there_and_each_is_one_of_its_own() {
    play(async |stage: &Stage| {
        let without = connection("x", "").replace("name = \"x\"\n", "");
        for (connections, said) in [
            (without, "line 3: connection 1: it has no `name`"),
            (connection("", ""), "line 4: connection 1: `name` is empty"),
            (connection(" x", ""), "without spaces around it"),
            (connection("a\\nb", ""), "must be one line"),
            (
                connection("x", "") + &connection("y", "") + &connection("x", ""),
                "line 20: connection `x`: a connection of this name is in line 4 already",
            ),
        ] {
            let told = told(stage, &format!("database = \"amp.db\"\n{connections}"));
            assert!(told.contains(said), "{told}");
        }
    });
}

#[test]
fn everything_that_is_wrong_is_told_at_once_in_the_order_of_the_file() {
    play(async |stage: &Stage| {
        let text = "metrics = 5\n\n[[connection]]\nname = \"north\"\ninterval = \"0s\"\nserver-url = \"x\"\nmax-signals = 0\n\n[[connection]]\nname = \"south\"\nclient-id = 5\nserver-url = \"y\"\napi-key-env = \"NOT_SET\"\n";
        let told = told(stage, text);
        let lines: Vec<&str> = told.lines().map(str::trim).collect();
        let said = [
            "is not right",
            "`database` is missing",
            "line 1: `metrics` must be a text",
            "line 3: connection `north`: `client-id` is missing",
            "line 3: connection `north`: the API key is missing",
            "line 5: connection `north`: `interval` must be from 1s",
            "line 7: connection `north`: `max-signals`: expected 1 to 2000",
            "line 9: connection `south`: the environment variable NOT_SET, which should hold the API key, is not set",
            "line 11: connection `south`: `client-id`: expected a string",
        ];
        assert_eq!(lines.len(), said.len(), "{told}");
        for (line, said) in lines.iter().zip(said) {
            assert!(line.contains(said), "`{said}` in `{line}`:\n{told}");
        }
    });
}

#[test]
fn a_missing_config_is_answered_with_one_that_works() {
    play(async |stage: &Stage| {
        let error = stage.read_config().unwrap_err().to_string();
        let (said, example) = error.split_once("it could hold:\n\n").unwrap();
        assert!(said.contains("there is no such file"), "{error}");
        stage.write("north-america.key", API_KEY);
        stage.write("collector.toml", example);
        assert_eq!(stage.read_config().unwrap().connections.len(), 1);
    });
}

#[test]
fn the_key_comes_from_a_file_the_environment_or_the_config() {
    play(async |stage: &Stage| {
        let with = |key: &str| connection("x", "").replace("api-key-file = \"key\"", key);
        for key in [
            "api-key-file = \"key\"",
            "api-key-env = \"AMP_KEY\"",
            &format!("api-key = \"{API_KEY}\""),
        ] {
            stage.write(
                "collector.toml",
                &format!("database = \"amp.db\"\n{}", with(key)),
            );
            let config = stage.read_config().unwrap();
            let told = "the key is ".to_owned() + API_KEY;
            assert_eq!(
                config.connections[0].settings.without_secrets(told),
                "the key is [secret]"
            );
            assert!(!format!("{config:?}").contains(API_KEY));
        }
        stage.write("empty", " \n");
        stage.write("long", "SESAME\nSESAME\n");
        stage.write("large", &"SESAME".repeat(1_000));
        for (key, said) in [
            ("api-key-file = \"gone\"", "cannot be read"),
            ("api-key-file = \"empty\"", "is empty"),
            ("api-key-file = \"long\"", "has several lines"),
            ("api-key-file = \"large\"", "is too large"),
            (
                "api-key-file = \"key\"\napi-key = \"SESAME\"",
                "given more than once",
            ),
            ("api-key = 5", "must be a text in quotes"),
        ] {
            let told = told(stage, &format!("database = \"amp.db\"\n{}", with(key)));
            assert!(
                told.contains("connection `x`: ") && told.contains(said),
                "{told}"
            );
        }
    });
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_or_change_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    play(async |stage: &Stage| {
        stage.config(&[("north", "")]);
        let mode = |file: &str, mode| {
            std::fs::set_permissions(stage.path(file), PermissionsExt::from_mode(mode)).unwrap();
        };
        mode("collector.toml", 0o644);
        for (of_key, warnings) in [(0o644, 1), (0o640, 1), (0o620, 1), (0o666, 2), (0o600, 0)] {
            mode("key", of_key);
            let config = stage.read_config().unwrap();
            assert_eq!(config.warnings.len(), warnings, "{:?}", config.warnings);
        }
        // Whoever may change the config may send the key elsewhere.
        for of_config in [0o664, 0o646] {
            mode("collector.toml", of_config);
            let warnings = stage.read_config().unwrap().warnings;
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            assert!(
                warnings[0].contains("may change") && warnings[0].contains("collector.toml"),
                "{warnings:?}"
            );
        }
    });
}

/// A pipe with nobody at its other end: to open it alone would wait for ever.
#[cfg(unix)]
#[test]
fn a_pipe_is_neither_a_config_nor_a_key_file() {
    play(async |stage: &Stage| {
        let pipe = |file: &str| {
            let _ = std::fs::remove_file(stage.path(file));
            let made = std::process::Command::new("mkfifo")
                .arg(stage.path(file))
                .status();
            assert!(made.unwrap().success());
        };
        pipe("key");
        let wrong = told_of(stage, "");
        assert!(
            wrong.contains("key cannot be read: it is no regular file"),
            "{wrong}"
        );
        pipe("collector.toml");
        let error = stage.read_config().unwrap_err().to_string();
        assert!(
            error
                .ends_with("collector.toml is not right: it cannot be read: it is no regular file"),
            "{error}"
        );
    });
}

#[test]
fn a_key_in_the_place_of_a_name_is_not_repeated() {
    play(async |stage: &Stage| {
        let with = |key: &str| {
            let connection = connection("x", "").replace("api-key-file = \"key\"", key);
            format!("database = \"amp.db\"\n{connection}")
        };
        for (key, said) in [
            (
                format!("api-key-env = \"{API_KEY}\""),
                "line 7: connection `x`: `api-key-env` must be the name of a variable",
            ),
            (
                "api-key-env = \"SESAME=1\"".to_owned(),
                "`api-key-env` must be the name of a variable",
            ),
            (
                format!("api-key-file = \"{API_KEY}\""),
                "the key file, whose name looks like an API key",
            ),
        ] {
            let told = told(stage, &with(&key));
            assert!(told.contains(said), "{told}");
        }
        // What is a name is told.
        let told = told(stage, &with("api-key-env = \"_Not_set2\""));
        assert!(told.contains("variable _Not_set2, which"), "{told}");
    });
}

#[cfg(unix)]
#[test]
fn lines_are_not_written_into_a_file_that_is_something_else() {
    play(async |stage: &Stage| {
        std::fs::create_dir(stage.path("data")).unwrap();
        stage.write("data/amp.db", "");
        stage.write("authority.pem", "");
        std::os::unix::fs::symlink("data/amp.db", stage.path("link")).unwrap();
        std::os::unix::fs::symlink("data/amp.db-wal", stage.path("to-wal")).unwrap();
        std::os::unix::fs::symlink("data", stage.path("folder")).unwrap();
        std::fs::hard_link(stage.path("data/amp.db"), stage.path("hard")).unwrap();
        let config = |output: &str| {
            let own = "database = \"data/amp.db\"\nca-file = \"authority.pem\"";
            let connection = connection("north", "");
            format!("{own}\noutput = \"{output}\"\n{connection}")
        };
        let database = "`output` and `database` are the same file; name one of its own";
        let beside = "`output` is a file that belongs to the database";
        for (output, said) in [
            ("./data/amp.db", database),
            ("data/../data/amp.db", database),
            ("folder/amp.db", database),
            ("link", database),
            ("to-wal", beside),
            ("hard", database),
            ("folder/amp.db-wal", beside),
            ("data/amp.db-shm", beside),
            ("data/amp.db.lock", beside),
            ("./collector.toml", "`output` is this config"),
            (
                "data/../key",
                "`output` is the key file of connection `north`",
            ),
            ("authority.pem", "`output` and `ca-file` are the same file"),
        ] {
            let told = told(stage, &config(output));
            assert!(told.contains(&format!(": line 3: {said}")), "{told}");
        }
        stage.write("collector.toml", &config("data/amp.jsonl"));
        stage.read_config().unwrap();
    });
}

#[test]
fn a_connection_that_is_not_enabled_needs_no_key() {
    play(async |stage: &Stage| {
        let without = connection("off", "enabled = false").replace("api-key-file = \"key\"\n", "");
        assert!(!without.contains("api-key"), "{without}");
        stage.write(
            "collector.toml",
            &format!(
                "database = \"amp.db\"\n{}{without}",
                connection("north", "")
            ),
        );
        let config = stage.read_config().unwrap();
        let polled: Vec<_> = config.connections.iter().map(|one| &one.name).collect();
        assert_eq!(polled, ["north"]);
        let enabled = without.replace("enabled = false", "");
        let told = told(stage, &format!("database = \"amp.db\"\n{enabled}"));
        assert!(told.contains("the API key is missing"), "{told}");
    });
}
