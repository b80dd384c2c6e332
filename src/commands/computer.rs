//! Get Computers, Get Computer By Connector, Get Computer Activity.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::amp::Amp;
use crate::amp::computer::{self, Computer};
use crate::amp::decode::decode;
use crate::amp::ids;
use crate::contract::exports::conductor::secure_endpoint::commands::{
    GetComputerActivityInput, GetComputerByConnectorInput, GetComputersInput,
};
use crate::outcome::Findings;
use crate::quoting::quoted;

use super::input::{self, InputError};
use super::{Answered, CommandError, ItemError, answered};

const COLUMNS: &[&str] = &[
    "Hostname",
    "Connector GUID",
    "Operating system",
    "Internal IPs",
    "External IP",
    "Policy",
    "Isolation",
    "Last seen",
];

/// Get Computers.
///
/// # Errors
///
/// A limit out of range; whatever keeps AMP from answering.
pub async fn get_computers(
    amp: &Amp<'_>,
    input: &GetComputersInput,
) -> Result<Answered, CommandError> {
    let hostname = input::optional("hostname", input.hostname.as_deref())?;
    let limit = input::number("limit", input.limit)?;
    let offset = input::number("offset", input.offset)?;
    let request = computer::list(hostname);
    let all = input.all_pages == Some(true);
    let listing = if all {
        amp.list_all(&request, offset).await?
    } else {
        amp.list(&request, offset, limit).await?
    };

    let items = listing.items(&request, connector_guid)?;
    let mut findings = Findings::with_columns(COLUMNS);
    for item in &items {
        show(&mut findings, &decode(item));
    }
    findings.context_list(items.iter().copied());
    if let (Some(hostname), true) = (hostname, items.len() > 1) {
        findings.remark(format!(
            "Several computers have a name that begins with {}; choose the right one before isolating it.",
            quoted(hostname)
        ));
    }
    if all && input.limit.is_some() {
        findings.remark("All pages were asked for, so the limit had no effect.");
    }
    let shown = items.len();
    Ok(answered(findings, listing, offset, shown))
}

/// Get Computer By Connector.
///
/// # Errors
///
/// What is no GUID; whatever keeps AMP from answering.
pub async fn get_computer_by_connector(
    amp: &Amp<'_>,
    input: &GetComputerByConnectorInput,
) -> Result<Answered, CommandError> {
    let guid = input::guid("connector-guid", &input.connector_guid, "Get Computers")?;
    let request = computer::by_connector(&guid);
    let answer = amp
        .send(&request)
        .await
        .map_err(|error| ItemError::about(&guid, error))?;
    let data = answer.object(&request)?;
    let mut findings = Findings::with_columns(COLUMNS);
    show(&mut findings, &decode(data));
    findings.context(data);
    findings.raw(answer.text);
    Ok(findings.into())
}

/// Get Computer Activity.
///
/// # Errors
///
/// A query that AMP cannot look for; whatever keeps AMP from answering.
pub async fn get_computer_activity(
    amp: &Amp<'_>,
    input: &GetComputerActivityInput,
) -> Result<Answered, CommandError> {
    let query = observable(&input.query)?;
    let limit = input::number("limit", input.limit)?;
    let offset = input::number("offset", input.offset)?;
    let request = computer::activity(query);
    let listing = amp.list(&request, offset, limit).await?;

    let items = listing.items(&request, connector_guid)?;
    let mut findings = Findings::with_columns(&["Hostname", "Connector GUID", "Active"]);
    for item in &items {
        let computer: Computer = decode(item);
        findings.row([
            computer.hostname.as_deref(),
            computer.connector_guid.as_deref(),
            computer
                .active
                .map(|active| if active { "yes" } else { "no" }),
        ]);
        keys(&mut findings, &computer);
    }
    findings.context_list(items.iter().copied());
    findings.remark("AMP looks at the newest 5,000 entries of its history only; a computer that is not listed may have seen it before.");
    if matches!(query.len(), 32 | 40) && ids::is_hex(query) {
        findings.remark(
            "AMP looks up files by SHA-256 only; a shorter hash is taken for a part of a name.",
        );
    }
    let shown = items.len();
    Ok(answered(findings, listing, offset, shown))
}

/// What AMP can look for: an IPv4 address, a SHA-256, a file name or a part of a URL (reference, section 4.6).
fn observable(query: &str) -> Result<&str, InputError> {
    const FIELD: &str = "query";
    let wrong = |what: &str| {
        let shown = quoted(query.trim());
        Err(InputError::new(
            FIELD,
            format!(
                "{shown} is {what}; give one IPv4 address, a SHA-256, a file name or a part of a URL"
            ),
        ))
    };
    let query = input::observable(FIELD, Some(query))?.unwrap_or_default();
    let query = input::required(
        FIELD,
        query,
        "an IPv4 address, a SHA-256, a file name or a part of a URL",
    )?;
    if let Some((address, bits)) = query.split_once('/')
        && let Ok(address) = address.parse::<IpAddr>()
        && bits
            .parse::<u8>()
            .is_ok_and(|bits| bits <= if address.is_ipv4() { 32 } else { 128 })
    {
        return wrong("an address range, which AMP does not look for");
    }
    if query.trim_matches(['[', ']']).parse::<Ipv6Addr>().is_ok() {
        return wrong("an IPv6 address, which AMP does not look for");
    }
    let looks_like_address = query.split('.').count() == 4
        && query
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if looks_like_address && query.parse::<Ipv4Addr>().is_err() {
        return wrong("no valid address");
    }
    Ok(query)
}

/// What tells one computer from another.
fn connector_guid(item: &str) -> Option<String> {
    decode::<Computer>(item).connector_guid
}

/// A computer in the table and the key fields.
fn show(findings: &mut Findings, computer: &Computer) {
    let mut addresses: Vec<String> = Vec::new();
    for address in computer.own_addresses() {
        if !addresses.iter().any(|known| known == address) {
            addresses.push(address.to_owned());
        }
    }
    findings.row([
        computer.hostname.as_deref(),
        computer.connector_guid.as_deref(),
        computer.operating_system.as_deref(),
        Some(addresses.join(", ").as_str()),
        computer.external_ip.as_deref(),
        computer.policy.name.as_deref(),
        computer.isolation.status.as_deref(),
        computer.last_seen.as_deref(),
    ]);
    keys(findings, computer);
}

/// What of a computer the next command or a case can use.
fn keys(findings: &mut Findings, computer: &Computer) {
    findings.key("connector-guids", computer.connector_guid.as_deref());
    findings.key("hostnames", computer.hostname.as_deref());
    for address in computer.own_addresses() {
        findings.key("internal-ips", Some(address));
    }
    findings.key("external-ips", computer.external_ip.as_deref());
    for mac in computer.macs() {
        findings.key("mac-addresses", Some(&mac.to_ascii_lowercase()));
    }
    findings.key("group-guids", computer.group_guid.as_deref());
    findings.key("policy-guids", computer.policy.guid.as_deref());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_amp_can_look_for_is_taken() {
        let hash = "ab".repeat(32);
        for query in [
            "203.0.113.7",
            &hash,
            "powershell",
            "invoice.exe",
            "example.com/a/24",
            "203.0.113.7/12345",
            "203.0.113.7/",
            "10.1.2",
            "1.2.3.4.5",
            "a:b",
            " x ",
        ] {
            assert_eq!(observable(query), Ok(query.trim()), "{query}");
        }
    }

    #[test]
    fn what_amp_cannot_look_for_is_refused_with_what_would_be_right() {
        for (query, part) in [
            ("", "empty"),
            ("10.20.30.0/24", "address range"),
            ("2001:db8::/32", "address range"),
            ("2001:db8::1", "IPv6"),
            ("300.1.1.1", "no valid address"),
        ] {
            let error = observable(query).unwrap_err();
            assert!(
                error.message.contains(part) && error.message.contains("SHA-256"),
                "{query}: {}",
                error.message
            );
        }
    }
}
