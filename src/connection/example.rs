//! Made-up settings for tests.

use crate::contract::exports::conductor::secure_endpoint::connection::Settings;

/// Settings with nothing but what is needed.
pub fn settings() -> Settings {
    Settings {
        server_url: "api.amp.cisco.com".to_owned(),
        client_id: "0123456789abcdef0123".to_owned(),
        api_key: "11111111-2222-4333-8444-555555555555".to_owned(),
        api_version: None,
        connect_timeout_ms: None,
        first_byte_timeout_ms: None,
        call_timeout_ms: None,
        max_attempts: None,
        max_in_flight: None,
        page_size: None,
        max_body_bytes: None,
    }
}
