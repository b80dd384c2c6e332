//! What comes back, odd as it may be, and what is never told.

use super::*;

// Lesson 14.
#[test]
fn odd_computers_are_listed_with_the_rest() {
    let body = r#"{"data":[{"hostname":"A","internal_ips":[" 10.20.30.1","",7]},{},null,{"hostname":7,"network_addresses":{}},{"connector_guid":"x"}]}"#;
    let outcome = computers(
        &Scripted::replies([Reply::new(200, body)]),
        &settings(),
        &no_computers_input(),
    )
    .unwrap();
    assert_eq!(outcome.result.rows.len(), 5);
    assert_eq!(values(&outcome, "internal-ips"), ["10.20.30.1"]);
}

// Lesson 22.
#[test]
fn no_failure_tells_the_key_even_if_the_cloud_does() {
    let key = settings().api_key;
    let body = format!(
        r#"{{"errors":[{{"details":["no such key {key}, MDEyMzQ1Njc4OWFiY2RlZjAxMjM6MTExMTExMTEtMjIyMi00MzMzLTg0NDQtNTU1NTU1NTU1NTU1"]}}]}}"#
    );
    let broken = HttpError::Broken(format!("at {key}"));
    for reply in [
        Reply::new(401, &body).header("X-Request-Id", &key),
        Reply::error(HttpError::Denied),
        Reply::error(broken),
    ] {
        let mut reply = Some(reply);
        let world = Scripted::new(move |_| reply.take().unwrap_or_else(|| Reply::new(400, "")));
        let failure = computers(&world, &settings(), &no_computers_input()).unwrap_err();
        let told = format!(
            "{} {}",
            failure.failures[0].message,
            failure.failures[0].request_id.clone().unwrap_or_default()
        );
        assert!(!told.contains("5555") && !told.contains("MDEy"), "{told}");
    }
}
