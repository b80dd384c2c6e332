//! The quota is that of the latest response.

use super::case_file;
use super::harness::program;

#[test]
fn quota_of_the_last_response_is_shown() {
    let har = case_file("12-budget-stays-at-0/test-connection.har");
    let run = program::run(&["test-connection", "--replay", &har, "--format", "json"]);
    let json = run.ends(0, &[]).json();
    assert_eq!(json["quota"]["remaining"], 2998);
    assert_eq!(json["quota"]["resetSeconds"], 3600);
    assert_eq!(json["remarks"], serde_json::json!([]));
}
