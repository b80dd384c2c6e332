//! An isolation status that the plugin does not know was reported as a lost response.

use super::case_file;
use super::harness::program::run;

#[test]
fn unknown_isolation_status_is_quoted() {
    let har = case_file("57-isolation-status-that-is-not-known/isolate.har");
    let run = run(&[
        "run",
        "isolate-computer",
        "--connector-guids",
        "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11",
        "--replay",
        &har,
        "--format",
        "json",
    ]);
    run.ends(1, &[]);
    let error = &run.json()["errors"][0];
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("\"pending_isolation\""), "{message}");
    assert!(!message.contains("lost"), "{message}");
    assert_eq!(error["mayHaveHappened"], true);
    assert_eq!(error["item"], "6b0d6a5e-5f0e-4c7d-9a51-3f6f0f6c2d11");
}
