//! What is wrong with a call that was made under fire.

use std::time::Duration;

use host_test::outcome::ReturnData;
use host_test::simulator::Served;

use crate::commands::{Nature, Subject};
use crate::expected::{Expected, When};
use crate::faults::{Fault, Write};
use crate::trial::Run;

/// The limit of a whole call: room for four attempts that each run into the first-byte limit, and for reading back.
pub const CALL_LIMIT: Duration = Duration::from_secs(300);

impl Run {
    /// Everything that is wrong with it.
    pub fn complaints(
        &self,
        subject: &Subject,
        fault: &Fault,
        when: When,
        expected: &Expected,
    ) -> Vec<String> {
        let (report, mut wrong) = (&self.report, Vec::new());
        if report.return_data != expected.return_data {
            wrong.push(format!("it should be {}", expected.return_data.as_str()));
        }
        match expected.failure {
            None => wrong.extend(
                report
                    .errors
                    .iter()
                    .map(|error| format!("there should be no failure ({})", error.kind)),
            ),
            Some(_) if report.errors.is_empty() => wrong.push("there is no failure".to_owned()),
            Some((kind, word)) => {
                for error in &report.errors {
                    if error.kind != kind {
                        wrong.push(format!("the kind should be {kind}, not {}", error.kind));
                    }
                    if !error.message.contains(word) {
                        wrong.push(format!("the message should have `{word}`"));
                    }
                    if error.may_have_happened != expected.may_have_happened {
                        wrong.push(format!(
                            "may-have-happened should be {}",
                            expected.may_have_happened
                        ));
                    }
                }
            }
        }
        if self.took > CALL_LIMIT + Duration::from_secs(1) {
            wrong.push(format!(
                "it took {} s, longer than call-timeout-ms",
                self.took.as_secs()
            ));
        }
        if when == When::Once
            && report.return_data == ReturnData::Successful
            && self.took < Duration::from_secs(fault.waits)
        {
            wrong.push(format!("it should have waited {} s", fault.waits));
        }
        wrong.extend(self.blind_writes(subject, fault));
        wrong.extend(self.quota(fault));
        wrong
    }

    /// Writes that were sent again although nobody had looked whether they had happened.
    fn blind_writes(&self, subject: &Subject, fault: &Fault) -> Vec<String> {
        let log = self.simulator.log();
        let is_write = |served: &Served| !served.request.starts_with("GET ");
        let path = |served: &Served| {
            served
                .request
                .split(' ')
                .nth(1)
                .unwrap_or_default()
                .to_owned()
        };
        let mut wrong = Vec::new();
        let mut targets: Vec<String> = log
            .iter()
            .filter(|served| is_write(served))
            .map(path)
            .collect();
        targets.sort();
        targets.dedup();
        for target in targets {
            let of_target: Vec<&Served> = log
                .iter()
                .filter(|served| path(served) == target || target == "/v1/groups")
                .collect();
            let applied = of_target.iter().filter(|served| served.applied).count();
            if applied > 1 {
                wrong.push(format!("{target} was changed {applied} times"));
            }
            let certain = matches!(fault.write, Write::NotSent(..));
            for pair in of_target.windows(2) {
                if is_write(pair[0]) && is_write(pair[1]) && !certain {
                    wrong.push(format!("{target} was written again without a look"));
                }
            }
            let sent = of_target.iter().filter(|served| is_write(served)).count();
            if subject.nature == Nature::Creates && sent > 1 && !certain {
                wrong.push(format!("the group was created {sent} times"));
            }
        }
        if subject.nature == Nature::Reads && log.iter().any(is_write) {
            wrong.push("a command that reads has written".to_owned());
        }
        wrong
    }

    /// The request budget must be told if an answer told it.
    fn quota(&self, fault: &Fault) -> Option<String> {
        let told = self
            .simulator
            .log()
            .iter()
            .any(|served| match served.fault {
                // A wrong credential is counted apart.
                None => served.status.is_some_and(|status| status != 401),
                Some(_) => fault.tells_quota,
            });
        (told && self.report.quota.is_none()).then(|| "the request budget is not told".to_owned())
    }
}
