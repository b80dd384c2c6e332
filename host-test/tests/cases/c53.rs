//! More filters than fit the address of a request.

use crate::harness::program;
use crate::harness::server::Server;

fn guids(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("6b0d6a5e-5f0e-4c7d-9a51-{number:012x}"))
}

fn poll(server: &Server, filters: &[(&str, usize)]) -> program::Run {
    let mut arguments = vec!["poll".to_owned()];
    for (field, count) in filters {
        for guid in guids(*count) {
            let value = match *field {
                "event-types" => "1090519054".to_owned(),
                _ => guid,
            };
            arguments.extend([format!("--{field}"), value]);
        }
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    program::run_with(&server.url, &arguments)
}

#[test]
fn too_many_filters_are_refused_before_any_request() {
    let server = Server::respond(|_, _| (500, String::new(), Vec::new()));
    for (filters, field, bound) in [
        (
            &[("connector-guids", 300)][..],
            "connector-guids:",
            "up to 100 GUIDs",
        ),
        (
            &[("connector-guids", 101)],
            "connector-guids:",
            "up to 100 GUIDs",
        ),
        (&[("group-guids", 101)], "group-guids:", "up to 100 GUIDs"),
        (
            &[("event-types", 201)],
            "event-types:",
            "up to 200 event types",
        ),
        (
            &[("connector-guids", 70), ("group-guids", 60)],
            "connector-guids",
            "bytes of the request's address",
        ),
    ] {
        let run = poll(&server, filters);
        run.ends(1, &["invalid-input", field, bound]);
        assert_eq!(run.out, "");
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn the_help_states_how_many_filters_a_poll_accepts() {
    program::run(&["poll", "--help"])
        .ends(0, &[])
        .prints("Up to 100 GUIDs")
        .prints("Up to 200 event types");
    let poll = program::run(&["manifest"]).json()["intake"]["poll"]["inputs"].clone();
    let field = |name: &str| {
        let mut fields = poll.as_array().unwrap().iter();
        fields.find(|field| field["name"] == name).unwrap().clone()
    };
    assert_eq!(field("connector-guids")["maxItems"], 100);
    assert_eq!(field("group-guids")["maxItems"], 100);
    assert_eq!(field("event-types")["maxItems"], 200);
}

#[test]
fn an_address_that_is_too_long_for_a_proxy_has_its_own_message() {
    let page = "<html><head><title>414 Request-URI Too Large</title></head></html>";
    let server = Server::respond(move |_, _| (414, String::new(), page.as_bytes().to_vec()));
    poll(&server, &[("connector-guids", 100)]).ends(
        1,
        &["too-large", "there are too many filters", "Give fewer"],
    );
    assert_eq!(server.requests(), 1, "it is not sent again");
}
