//! Commands whose list has an item that is hard to read, or cannot be read to its end.

use host_test::outcome::{Report, ReturnData};
use serde_json::json;

use super::setting;
use crate::trial::{Run, Setting};

/// The computers there are: three pages of 15, the last one shorter.
const COMPUTERS: usize = 40;

/// Reads all computers while something is wrong with their list.
fn all_computers(setting: Setting, fault: &str) -> Run {
    let rule = format!("GET /v1/computers={fault}");
    Run::make(
        &setting.fault(&rule),
        "get-computers",
        |_| json!({"all-pages": true}),
    )
}

fn rows(report: &Report) -> usize {
    report.result.as_ref().map_or(0, |table| table.rows.len())
}

#[test]
fn bad_item_costs_no_other_item() {
    for (kind, expected) in [
        ("surrogate", COMPUTERS),
        ("utf8", COMPUTERS),
        ("deep", COMPUTERS),
        ("number", COMPUTERS),
        // It is larger than a response may be, so that it alone is skipped.
        ("oversized bytes=2097152", COMPUTERS - 1),
    ] {
        let run = all_computers(setting(), &format!("bad-item kind={kind}"));
        assert_eq!(rows(&run.report), expected, "{kind}: {}", run.in_short());
        assert!(
            !run.report.remarks.is_empty() || !run.report.errors.is_empty(),
            "{kind}: nothing names the item"
        );
    }
}

#[test]
fn missing_page_is_requested_again_and_named() {
    for items in ["none", "first-page"] {
        let run = all_computers(setting(), &format!("missing-page items={items} offset=15"));
        let report = &run.report;
        assert_eq!(
            report.return_data,
            ReturnData::PartiallySuccessful,
            "{items}: {}",
            run.in_short()
        );
        let item = report.errors[0].item.as_deref().unwrap_or_default();
        assert!(item.contains("offset 15"), "{items}: {item}");
        assert_eq!(rows(report), COMPUTERS - 15, "{items}");
        let again = run.simulator.log();
        let again = again
            .iter()
            .filter(|served| served.request.contains("offset=15"))
            .count();
        assert_eq!(again, 2, "{items}: {}", run.in_short());
    }
}

#[test]
fn missing_page_that_is_there_the_second_time_is_no_failure() {
    let run = Run::make(
        &setting().fault("GET /v1/computers#2=missing-page offset=15"),
        "get-computers",
        |_| json!({"all-pages": true}),
    );
    assert_eq!(
        run.report.return_data,
        ReturnData::Successful,
        "{}",
        run.in_short()
    );
    assert_eq!(rows(&run.report), COMPUTERS);
}

#[test]
fn rejected_offset_keeps_what_can_be_read() {
    let run = all_computers(setting(), "rejected-offset above=20");
    assert_eq!(
        run.report.return_data,
        ReturnData::PartiallySuccessful,
        "{}",
        run.in_short()
    );
    assert!(rows(&run.report) >= 30, "{} rows", rows(&run.report));
    let message = &run.report.errors[0].message;
    assert!(message.contains("between 0 and 20 inclusive"), "{message}");
}
