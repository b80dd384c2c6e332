//! The hosts of Cisco's cloud by region (reference, section 1.1). The build script reads this file too, for the schema.

/// Address of the API server, and the name of its region.
pub const REGIONS: [(&str, &str); 3] = [
    ("https://api.amp.cisco.com", "North America"),
    ("https://api.eu.amp.cisco.com", "Europe"),
    (
        "https://api.apjc.amp.cisco.com",
        "Asia Pacific, Japan, China",
    ),
];
