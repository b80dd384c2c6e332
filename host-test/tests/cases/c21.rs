//! A page in the middle of a list that was empty, or repeated the first, was not missed.

use super::case_file;
use super::harness::program::{run, run_with};
use super::harness::server::Server;

#[test]
fn empty_page_in_the_middle_is_a_partial_success_that_names_the_range() {
    let file = case_file("21-missing-page-called-successful/empty-page.har");
    let output = run(&[
        "run",
        "get-computers",
        "--all-pages",
        "--replay",
        &file,
        "--format",
        "json",
    ]);
    output.ends(3, &[]);
    let json = output.json();
    assert_eq!(json["returnData"], "Partially Successful");
    assert_eq!(json["errors"][0]["item"], "page at offset 3");
    let message = json["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("empty although AMP reports 7 in total; numbers 4 to 6 are missing"),
        "{message}"
    );
    assert_eq!(json["result"]["rows"].as_array().unwrap().len(), 4);
    assert_eq!(json["remarks"], serde_json::json!([]));
}

#[test]
fn repeated_page_is_reported_for_every_list() {
    let page = |first: usize, count: usize| {
        let items: Vec<String> = (first..first + count)
            .map(|number| {
                format!(
                    r#"{{"name":"List {number}","guid":"0c1f2e3d-4b5a-4697-8877-{number:012}"}}"#
                )
            })
            .collect();
        format!(
            r#"{{"version":"v1.2.0","metadata":{{"results":{{"total":1200}}}},"data":[{}]}}"#,
            items.join(",")
        )
    };
    let server = Server::respond(move |_, line| {
        let body = match line
            .split_once("offset=")
            .map(|(_, rest)| rest.starts_with("500"))
        {
            Some(false) => page(1_000, 200),
            // The second page is the first again.
            _ => page(0, 500),
        };
        (200, String::new(), body.into_bytes())
    });
    let arguments = ["run", "get-computers", "--all-pages", "--format", "json"];
    let output = run_with(&server.url, &arguments);
    output.ends(3, &[]);
    let json = output.json();
    assert_eq!(json["errors"][0]["item"], "page at offset 500");
    assert_eq!(json["result"]["rows"].as_array().unwrap().len(), 700);
    assert_eq!(server.requests(), 4, "the page is requested once more");
}
