//! The kinds of faults: the name of each, what happens, and its parameters.

/// A kind of fault, for people.
#[derive(Debug, Clone, Copy)]
pub struct KindHelp {
    /// Its name in a plan.
    pub name: &'static str,
    /// What happens.
    pub help: &'static str,
    /// The parameters it takes.
    pub parameters: &'static [&'static str],
    /// Whether the cloud does what was asked all the same, unless the parameter `applied` says otherwise.
    pub(super) applied: bool,
}

const fn kind(
    name: &'static str,
    applied: bool,
    parameters: &'static [&'static str],
    help: &'static str,
) -> KindHelp {
    KindHelp {
        name,
        help,
        parameters,
        applied,
    }
}

const STATUS: &[&str] = &["body", "retry-after", "applied"];
const BREAK: &[&str] = &["applied"];

/// Every kind there is.
pub static KINDS: &[KindHelp] = &[
    kind("refused", false, BREAK, "no connection is made"),
    kind("no-such-name", false, BREAK, "the name has no address"),
    kind(
        "untrusted",
        false,
        BREAK,
        "the certificate is not to be trusted",
    ),
    kind(
        "reset",
        false,
        BREAK,
        "the connection is reset before the request is looked at",
    ),
    kind(
        "lost-answer",
        true,
        BREAK,
        "the cloud does what was asked, then the connection is reset",
    ),
    kind("not-http", false, BREAK, "what comes is no HTTP"),
    kind("stalled", false, BREAK, "no answer ever comes"),
    kind(
        "stalled-after",
        true,
        BREAK,
        "the cloud does what was asked, but no answer ever comes",
    ),
    kind("late", true, &["by"], "the right answer, late by 10s"),
    kind(
        "wrong-date",
        true,
        &["by"],
        "the right answer, with a Date that is ahead by=1day, or behind by=-1h",
    ),
    kind("400", false, STATUS, "bad request"),
    kind("401", false, STATUS, "unknown credential"),
    kind("403", false, STATUS, "not allowed"),
    kind("404", false, STATUS, "not found"),
    kind("408", false, STATUS, "request timeout"),
    kind("409", false, STATUS, "conflict"),
    kind(
        "429",
        false,
        &["body", "retry-after", "reset", "spelling", "applied"],
        "too many requests; with rate limit headers if reset is given",
    ),
    kind(
        "500",
        false,
        STATUS,
        "internal server error; body is html, nothing, text, json, errors-text or gateway",
    ),
    kind("502", false, STATUS, "bad gateway"),
    kind("503", false, STATUS, "service unavailable"),
    kind("504", false, STATUS, "gateway timeout"),
    kind(
        "redirect",
        false,
        &["to", "status"],
        "a redirect to another host",
    ),
    kind(
        "bare-errors",
        false,
        &["status"],
        "an error whose `errors` is a text",
    ),
    kind(
        "gateway-error",
        false,
        &["status"],
        "an error in a gateway's envelope",
    ),
    kind("html", false, &["applied"], "200 with a web page"),
    kind("empty", true, &[], "200 without a body"),
    kind(
        "reset-in-body",
        true,
        &[],
        "the connection is reset in the midst of the body",
    ),
    kind(
        "cut-short",
        true,
        &[],
        "the connection is closed in the midst of the body",
    ),
    kind(
        "truncated",
        true,
        &[],
        "the JSON ends in its midst, and HTTP says that this is all",
    ),
    kind(
        "slow",
        true,
        &["piece", "every"],
        "the body comes in pieces of 256 bytes, one every 200ms",
    ),
    kind("stalled-body", true, &[], "half of the body, then nothing"),
    kind(
        "wrong-content-type",
        true,
        &[],
        "JSON that is called a web page",
    ),
    kind(
        "bad-utf8",
        true,
        &[],
        "bytes that are not UTF-8 at the start of the JSON",
    ),
    kind("deep", true, &["levels"], "data nested 100000 deep"),
    kind("endless", true, &[], "a list that never ends"),
    kind("gzip-bomb", true, &["mib"], "a compressed body of 4096 MiB"),
    kind(
        "damaged-gzip",
        true,
        &[],
        "a compressed body with wrong bytes",
    ),
    kind("cut-gzip", true, &[], "a compressed body without its end"),
    kind(
        "false-gzip",
        true,
        &[],
        "a body that is called gzip and is not",
    ),
    kind(
        "unknown-encoding",
        true,
        &[],
        "a body in an encoding that nobody asked for",
    ),
    kind(
        "next-elsewhere",
        true,
        &[],
        "links.next points to another host",
    ),
    kind(
        "next-loop",
        true,
        &[],
        "links.next points to the very same page",
    ),
    kind("no-metadata", true, &[], "no metadata"),
    kind("null-metadata", true, &[], "metadata is null"),
    kind("null-data", true, &[], "data is null"),
    kind("no-data", true, &[], "no data"),
    kind(
        "wrong-data",
        true,
        &[],
        "data is an object where a list belongs, and a text where an object belongs",
    ),
    kind("list-at-top", true, &[], "a list instead of the envelope"),
    kind(
        "errors-in-200",
        false,
        &["code", "applied"],
        "200 with an error of code=500 and no data",
    ),
    kind(
        "errors-with-data",
        true,
        &["code"],
        "the right data, with an error of code=500 next to them",
    ),
    kind(
        "bad-item",
        true,
        &["kind", "levels", "bytes"],
        "one item that is hard to read: kind is surrogate, utf8, deep (levels=10000), number or oversized (bytes=16777216)",
    ),
    kind(
        "list-by-arrival",
        true,
        &[],
        "events sorted and filtered by the time at which they arrived",
    ),
    kind(
        "rejected-offset",
        true,
        &["above"],
        "400 for an offset above=10000",
    ),
    kind(
        "missing-page",
        true,
        &["items", "offset"],
        "no items (items=none) or those of the first page (items=first-page) on the page at offset, or on every page but the first and the last",
    ),
    kind(
        "odd-headers",
        true,
        &[],
        "the names of the headers in capitals",
    ),
    kind("no-quota-headers", true, &[], "no rate limit headers"),
    kind(
        "odd-quota-headers",
        true,
        &[],
        "rate limit headers that make no sense",
    ),
];
