//! The table of faults: what befalls a request, and what the plugin must make of it.

use Read::{Fatal, Fine, Halved, Partly, Retried, Unreadable};
use Write::{Lost, NotSent, Refused, Taken, TakenPartly};

/// What the errors in a 200 say.
const ERROR_IN_200: &str = "search backend timed out";

/// What comes of a read that it befalls.
#[derive(Clone, Copy)]
pub enum Read {
    /// The read succeeds all the same.
    Fine,
    /// It is repeated; if it happens every time, the failure has this kind and a message with these words.
    Retried(&'static str, &'static str),
    /// It fails at once, with this kind and these words.
    Fatal(&'static str, &'static str),
    /// A list is requested again in smaller pages; an object, or a list that fails each time, fails with this kind and
    /// these words.
    Halved(&'static str, &'static str),
    /// Its data are one item that cannot be read: a list skips it, and an object fails with this kind and these words.
    Unreadable(&'static str, &'static str),
    /// Its data are returned, with a failure of this kind and these words next to them.
    Partly(&'static str, &'static str),
}

/// What comes of a write that it befalls.
#[derive(Clone, Copy)]
pub enum Write {
    /// The write succeeds all the same.
    Taken,
    /// It certainly never took place, so it may be sent again.
    NotSent(&'static str, &'static str),
    /// AMP refused it.
    Refused(&'static str, &'static str),
    /// Nobody knows: it must be read back.
    Lost(&'static str, &'static str),
    /// It took place as its data show, with a failure of this kind and these words next to them.
    TakenPartly(&'static str, &'static str),
}

/// A line of the table.
pub struct Fault {
    /// As in a fault plan.
    pub rule: &'static str,
    pub read: Read,
    pub write: Write,
    /// Whether the cloud does what it was asked.
    pub applied: bool,
    /// The answer has no usable `data`, which only some commands need.
    pub without_data: bool,
    /// The answer comes whole, with rate limit headers that are to be in the outcome or failure.
    pub tells_quota: bool,
    /// The least that a call takes if it happens once, in seconds.
    pub waits: u64,
}

const fn fault(rule: &'static str, read: Read, write: Write) -> Fault {
    Fault {
        rule,
        read,
        write,
        applied: false,
        without_data: false,
        tells_quota: false,
        waits: 0,
    }
}

impl Fault {
    const fn applied(mut self) -> Self {
        self.applied = true;
        self
    }

    const fn whole(mut self) -> Self {
        self.tells_quota = true;
        self
    }

    const fn without_data(mut self) -> Self {
        self.without_data = true;
        self
    }

    const fn waits(mut self, seconds: u64) -> Self {
        self.waits = seconds;
        self
    }

    /// The same failure for reads and for writes whose answer is lost.
    const fn lost(rule: &'static str, kind: &'static str, word: &'static str) -> Self {
        fault(rule, Retried(kind, word), Lost(kind, word))
    }

    /// An answer of which nothing can be made: no use repeating a read, and nobody knows about a write.
    const fn unusable(rule: &'static str, kind: &'static str, word: &'static str) -> Self {
        fault(rule, Fatal(kind, word), Lost(kind, word)).applied()
    }

    /// An answer that is larger than `max-body-bytes`.
    const fn too_large(rule: &'static str) -> Self {
        let (kind, word) = ("too-large", "max-body-bytes");
        fault(rule, Halved(kind, word), Lost(kind, word)).applied()
    }
}

pub static FAULTS: &[Fault] = &[
    // Without an answer.
    fault(
        "refused",
        Retried("unreachable", "refused"),
        NotSent("unreachable", "refused"),
    ),
    fault(
        "no-such-name",
        Retried("unreachable", "DNS"),
        NotSent("unreachable", "DNS"),
    ),
    fault(
        "untrusted",
        Fatal("unreachable", "certificate"),
        Refused("unreachable", "certificate"),
    ),
    Fault::lost("reset", "unreachable", "reset"),
    Fault::lost("lost-answer", "unreachable", "reset").applied(),
    Fault::lost("not-http", "unreachable", "no HTTP"),
    Fault::lost("stalled", "timeout", "first-byte-timeout-ms").waits(30),
    Fault::lost("stalled-after", "timeout", "first-byte-timeout-ms")
        .applied()
        .waits(30),
    Fault::lost("late by=40s", "timeout", "first-byte-timeout-ms")
        .applied()
        .waits(30),
    fault("late by=10s", Fine, Taken)
        .applied()
        .whole()
        .waits(10),
    // With half an answer.
    Fault::lost("reset-in-body", "unreachable", "broke").applied(),
    Fault::lost("cut-short", "unreachable", "broke").applied(),
    Fault::lost("stalled-body", "timeout", "first-byte-timeout-ms")
        .applied()
        .waits(30),
    fault("slow", Fine, Taken).applied().whole(),
    Fault::unusable("truncated", "malformed-response", "truncated").whole(),
    // With another answer.
    fault(
        "400",
        Fatal("rejected", "refused the request"),
        Refused("rejected", "refused the request"),
    ),
    fault(
        "bare-errors",
        Fatal("rejected", "could not be processed"),
        Refused("rejected", "could not be processed"),
    ),
    fault(
        "401",
        Fatal("unauthorized", "client ID and API key"),
        Refused("unauthorized", "client ID and API key"),
    ),
    fault(
        "403",
        Fatal("forbidden", "scope"),
        Refused("forbidden", "scope"),
    ),
    fault(
        "gateway-error",
        Fatal("forbidden", "The gateway does not let this through"),
        Refused("forbidden", "The gateway"),
    ),
    fault(
        "404",
        Fatal("not-found", "told to say so"),
        Refused("not-found", "told to say so"),
    ),
    Fault::lost("408", "timeout", "(408)"),
    fault(
        "409",
        Fatal("conflict", "conflicts with what is there"),
        Refused("conflict", "conflicts with what is there"),
    ),
    fault(
        "429 reset=40",
        Retried("rate-limited", "41 seconds"),
        NotSent("rate-limited", "41 seconds"),
    )
    .whole()
    .waits(41),
    fault(
        "429 reset=40 spelling=prose body=nothing",
        Retried("rate-limited", "41 seconds"),
        NotSent("rate-limited", "41 seconds"),
    )
    .whole()
    .waits(41),
    fault(
        "429 retry-after=7",
        Retried("rate-limited", "7 seconds"),
        NotSent("rate-limited", "7 seconds"),
    )
    .waits(7),
    fault(
        "429 retry-after=Fri,_01_May_2026_10:00:20_GMT",
        Retried("rate-limited", "budget"),
        NotSent("rate-limited", "budget"),
    )
    .waits(20),
    fault(
        "429 body=text",
        Retried("rate-limited", "every hour"),
        NotSent("rate-limited", "every hour"),
    ),
    fault(
        "429 reset=3000",
        Fatal("rate-limited", "3001 seconds"),
        Refused("rate-limited", "3001 seconds"),
    )
    .whole(),
    Fault::lost("500", "server", "in trouble"),
    Fault::lost(
        "500 applied=true body=gateway",
        "server",
        "does not let this through",
    )
    .applied(),
    Fault::lost("502 body=nothing", "server", "in trouble"),
    Fault::lost("503", "server", "in trouble"),
    Fault::lost("503 retry-after=12", "server", "in trouble"),
    Fault::lost("504 applied=true", "server", "in trouble").applied(),
    fault(
        "redirect",
        Fatal("malformed-response", "redirect"),
        Refused("malformed-response", "redirect"),
    ),
    fault(
        "html",
        Fatal("malformed-response", "web page"),
        Lost("malformed-response", "web page"),
    ),
    fault("empty", Fatal("malformed-response", "empty"), Taken)
        .applied()
        .without_data()
        .whole(),
    // With errors in a 200.
    Fault::lost("errors-in-200", "server", ERROR_IN_200),
    fault(
        "errors-in-200 code=401",
        Fatal("unauthorized", ERROR_IN_200),
        Refused("unauthorized", ERROR_IN_200),
    ),
    fault(
        "errors-with-data",
        Partly("server", ERROR_IN_200),
        TakenPartly("server", ERROR_IN_200),
    )
    .applied()
    .whole(),
    // With one item that is hard to read. An oversized one cannot be returned: `responses.rs` and `polls.rs` have it.
    fault("bad-item", Fine, Taken).applied().whole(),
    fault("bad-item kind=utf8", Fine, Taken).applied().whole(),
    fault("bad-item kind=deep", Fine, Taken).applied().whole(),
    fault("bad-item kind=number", Fine, Taken).applied().whole(),
    // What is wrong with a list, where it does not matter; `responses.rs` and `polls.rs` have it where it does.
    fault("rejected-offset", Fine, Taken).applied().whole(),
    fault("missing-page offset=100000", Fine, Taken)
        .applied()
        .whole(),
    fault("list-by-arrival", Fine, Taken).applied().whole(),
    fault("wrong-date", Fine, Taken).applied().whole(),
    fault("wrong-date by=-365days", Fine, Taken)
        .applied()
        .whole(),
    // With the right answer, spoilt.
    fault("wrong-content-type", Fine, Taken).applied().whole(),
    Fault::unusable("bad-utf8", "malformed-response", "not JSON").whole(),
    Fault::unusable("deep", "malformed-response", "not what AMP sends").whole(),
    Fault::too_large("endless"),
    Fault::too_large("gzip-bomb"),
    Fault::unusable("damaged-gzip", "malformed-response", "gzip"),
    Fault::unusable("cut-gzip", "malformed-response", "cut short"),
    Fault::unusable("false-gzip", "malformed-response", "gzip"),
    Fault::unusable("unknown-encoding", "malformed-response", "encoding"),
    fault("next-elsewhere", Fine, Taken).applied().whole(),
    fault("next-loop", Fine, Taken).applied().whole(),
    fault("no-metadata", Fine, Taken).applied().whole(),
    fault("null-metadata", Fine, Taken).applied().whole(),
    fault("null-data", Fatal("malformed-response", "`data`"), Taken)
        .applied()
        .without_data()
        .whole(),
    fault("no-data", Fatal("malformed-response", "`data`"), Taken)
        .applied()
        .without_data()
        .whole(),
    fault("wrong-data", Fatal("malformed-response", "`data`"), Taken)
        .applied()
        .without_data()
        .whole(),
    Fault::unusable("list-at-top", "malformed-response", "not a JSON object").whole(),
    fault("odd-headers", Fine, Taken).applied().whole(),
    fault("no-quota-headers", Fine, Taken).applied(),
    fault("odd-quota-headers", Fine, Taken).applied(),
];
