//! What `--redact` takes out, and what a replay still finds.

use host_test::har;
use host_test::recording;
use serde_json::{Value, json};

use super::harness::recordings;
use super::harness::server::Server;
use super::{answer, recorded_anew, replayed, run_and_record};

#[test]
fn the_same_value_has_the_same_stand_in_everywhere() {
    let computer = json!({"connector_guid": "beb55a32-cc7e-4871-a80a-befd30a1fce7", "hostname": "FIN-LT-07.acme.corp", "active": true,
        "internal_ips": [" 10.77.3.4"], "external_ip": "81.2.69.142", "connector_version": "8.0.1.21",
        "network_addresses": [{"mac": "4c:77:6d:01:02:03", "ip": "10.77.3.4"}], "user": "anna@ACME"});
    let event = json!({"file_path": "\\\\?\\C:\\Users\\anna\\x.exe", "text": "FIN-LT-07 (10.77.3.4, 4C-77-6D-01-02-03)"});
    let page = json!({"version": "v1.2.0", "metadata": {"links": {"self": "https://fin-lt-07.acme.corp/v1?hostname[]=fin"},
        "results": {"total": 1, "current_item_count": 1, "index": 0, "items_per_page": 500}}, "data": [computer], "more": event});
    let server = Server::start(answer(&page));
    let folder = tempfile::tempdir().unwrap();
    let (run, text) = run_and_record(
        &server,
        folder.path(),
        &["run", "get-computers", "--hostname", "FIN", "--redact"],
    );
    run.ends(0, &[]);
    let lower = text.to_lowercase();
    for original in [
        "fin",
        "lt-07",
        "acme",
        "10.77.3.4",
        "81.2.69",
        "4c:77",
        "4c-77",
        "anna",
    ] {
        assert!(!lower.contains(original), "{original} is in {text}");
    }
    let har = har::parse(text.as_bytes(), "it").unwrap();
    let body: Value =
        serde_json::from_slice(&har::response_body(&har.log.entries[0].response).unwrap()).unwrap();
    let computer = &body["data"][0];
    let told = |value: &Value| value.as_str().unwrap().to_owned();
    let (host, v4) = (
        told(&computer["hostname"]),
        told(&computer["network_addresses"][0]["ip"]),
    );
    assert_eq!(told(&computer["internal_ips"][0]), format!(" {v4}"));
    assert!(v4.starts_with("192.0.2."), "{v4}");
    assert_eq!(computer["network_addresses"][0]["mac"], "00:00:5e:00:53:00");
    assert_eq!(computer["connector_version"], "8.0.1.21");
    let label = host.split('.').next().unwrap();
    assert_eq!(
        body["more"]["text"],
        format!("{label} ({v4}, 00-00-5E-00-53-00)")
    );
    let user = told(&computer["user"]);
    let name = user.split('@').next().unwrap();
    assert_eq!(
        body["more"]["file_path"],
        format!("\\\\?\\C:\\Users\\{name}\\x.exe")
    );
    let asked = recording::call_of(&har).unwrap().input["hostname"]
        .as_str()
        .unwrap();
    assert!(host.starts_with(asked), "{asked} is no beginning of {host}");
    assert_eq!(replayed(&har)["returnData"], "Successful");
}

#[test]
fn what_was_looked_for_is_still_found() {
    for name in [
        "fetch-event/by-hostname-part",
        "fetch-event/by-address",
        "get-computers/by-hostname",
    ] {
        let original = recordings::all()
            .into_iter()
            .find(|one| one.name == name)
            .unwrap();
        let (came, har, text) = recorded_anew(&original.read(), true);
        assert_eq!(
            came["result"]["rows"].as_array().map(Vec::len),
            replayed(&har)["result"]["rows"].as_array().map(Vec::len)
        );
        for host in came["keyFields"].as_array().unwrap() {
            if ["hostnames", "users"].contains(&host["name"].as_str().unwrap()) {
                for value in host["values"].as_array().unwrap() {
                    let value = value.as_str().unwrap();
                    assert!(!text.contains(value), "{value} is in {name}: {text}");
                }
            }
        }
    }
}
