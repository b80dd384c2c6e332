//! The types of events: what each is about, and what it reports.
//!
//! Types are identified by their numbers, as their names change. AMP adds types from time to time: an event of one that is not
//! in the table has no action, and its fields decide what it is about. `docs/signals.md` lists the types by name, and a test
//! compares that page with this table.

use crate::amp::event::Event;
use crate::amp::event_details::filled;
use crate::contract::exports::conductor::secure_endpoint::intake::{EventAction, EventCategory};

use EventAction::{
    Allowed, Blocked, Cleared, Completed, Detected, Failed, Isolated, Quarantined, Raised,
    Released, Reported, Restored, Restoring, Started,
};
use EventCategory::{Fault, Operation, Threat, Vulnerability};

/// Every type that AMP's documentation or recordings show, in the order of the numbers.
static TYPES: [(u64, EventAction, EventCategory); 118] = [
    // Email Confirmation
    (1_003, Reported, Operation),
    // Forgotten Password Reset
    (1_004, Reported, Operation),
    // Password Has Been Reset
    (1_005, Completed, Operation),
    // Report Created
    (2_001, Reported, Operation),
    // Initial Agent Registration
    (50_331_649, Completed, Operation),
    // Policy Update
    (553_648_130, Started, Operation),
    // Definition Update Begun
    (553_648_131, Started, Operation),
    // Definition Update Success
    (553_648_133, Completed, Operation),
    // Product Update Available
    (553_648_134, Reported, Operation),
    // Product Update Started
    (553_648_135, Started, Operation),
    // Product Update Completed
    (553_648_136, Completed, Operation),
    // Product Update Failed
    (553_648_137, Failed, Operation),
    // Threat Quarantined
    (553_648_143, Quarantined, Threat),
    // Threat Detected in Exclusion
    (553_648_145, Allowed, Threat),
    // Cloud Recall Restore of False Positive
    (553_648_146, Restored, Threat),
    // Cloud Recall Detection
    (553_648_147, Detected, Threat),
    // Quarantined Item Restored
    (553_648_149, Restored, Threat),
    // Quarantine Restore Started
    (553_648_150, Restoring, Threat),
    // Cloud Recall Restore from Quarantine
    (553_648_154, Restored, Threat),
    // Cloud Recall Quarantine Successful
    (553_648_155, Quarantined, Threat),
    // Install Started
    (553_648_158, Started, Operation),
    // Upload Started
    (553_648_160, Started, Operation),
    // Upload Success
    (553_648_161, Completed, Operation),
    // Scan Schedule Loading
    (553_648_163, Started, Operation),
    // Scan Schedule Saved
    (553_648_164, Completed, Operation),
    // Uninstall
    (553_648_166, Completed, Operation),
    // Execution Blocked
    (553_648_168, Blocked, Threat),
    // Reboot Pending
    (553_648_170, Reported, Operation),
    // Reboot Completed
    (553_648_171, Completed, Operation),
    // File Fetch Completed
    (553_648_173, Completed, Operation),
    // Endpoint IOC Configuration Update Success
    (553_648_176, Completed, Operation),
    // Endpoint IOC Definition Update Success
    (553_648_179, Completed, Operation),
    // Minor Fault Raised
    (553_648_195, Raised, Fault),
    // Fault Cleared
    (553_648_196, Cleared, Fault),
    // Malicious Activity Block
    (553_648_199, Blocked, Threat),
    // Endpoint Isolation Start Success
    (553_648_202, Isolated, Operation),
    // Endpoint Isolation Stop Success
    (553_648_204, Released, Operation),
    // Endpoint Isolation Update Success
    (553_648_206, Completed, Operation),
    // Orbital Install Success
    (553_648_208, Completed, Operation),
    // Orbital Update Success
    (553_648_210, Completed, Operation),
    // Endpoint Isolation Unlock Limit Reached
    (553_648_215, Reported, Operation),
    // Scan Started
    (554_696_714, Started, Operation),
    // Scan Completed, No Detections
    (554_696_715, Completed, Operation),
    // Endpoint IOC Scan Started
    (554_696_756, Started, Operation),
    // Endpoint IOC Scan Completed, No Detections
    (554_696_757, Completed, Operation),
    // Quarantine Restore Requested
    (570_425_394, Restoring, Threat),
    // Computer Metadata Changed
    (570_425_395, Reported, Operation),
    // Application Registered
    (570_425_396, Completed, Operation),
    // Application Deregistered
    (570_425_397, Completed, Operation),
    // Application Authorized
    (570_425_398, Completed, Operation),
    // Application Deauthorized
    (570_425_399, Completed, Operation),
    // Threat Detected
    (1_090_519_054, Detected, Threat),
    // Rootkit Detection
    (1_090_519_081, Detected, Threat),
    // DFC Threat Detected
    (1_090_519_084, Detected, Threat),
    // Endpoint IOC Scan Detection Summary
    (1_090_519_089, Detected, Threat),
    // Update: Reboot Required
    (1_090_519_096, Reported, Operation),
    // Update: Reboot Advised
    (1_090_519_097, Reported, Operation),
    // iOS Network Detection
    (1_090_519_102, Detected, Threat),
    // Exploit Prevention
    (1_090_519_103, Blocked, Threat),
    // Malicious Activity Detection
    (1_090_519_105, Detected, Threat),
    // Major Fault Raised
    (1_090_519_107, Raised, Fault),
    // System Process Protection
    (1_090_519_112, Blocked, Threat),
    // APK Threat Detected
    (1_090_524_040, Detected, Threat),
    // APK Custom Threat Detected
    (1_090_524_041, Detected, Threat),
    // Scan Completed With Detections
    (1_091_567_628, Detected, Threat),
    // Endpoint IOC Scan Completed With Detections
    (1_091_567_670, Detected, Threat),
    // Potential Dropper Infection
    (1_107_296_257, Detected, Threat),
    // Multiple Infected Files
    (1_107_296_258, Detected, Threat),
    // Java compromise
    (1_107_296_260, Detected, Threat),
    // Adobe Reader compromise
    (1_107_296_261, Detected, Threat),
    // Microsoft Word compromise
    (1_107_296_262, Detected, Threat),
    // Microsoft Excel compromise
    (1_107_296_263, Detected, Threat),
    // Microsoft PowerPoint compromise
    (1_107_296_264, Detected, Threat),
    // Java launched a shell
    (1_107_296_265, Detected, Threat),
    // Adobe Reader launched a shell
    (1_107_296_266, Detected, Threat),
    // Microsoft Word launched a shell
    (1_107_296_267, Detected, Threat),
    // Microsoft Excel launched a shell
    (1_107_296_268, Detected, Threat),
    // Microsoft PowerPoint launched a shell
    (1_107_296_269, Detected, Threat),
    // Apple QuickTime compromise
    (1_107_296_270, Detected, Threat),
    // Apple QuickTime launched a shell
    (1_107_296_271, Detected, Threat),
    // Executed malware
    (1_107_296_272, Detected, Threat),
    // Suspected botnet connection
    (1_107_296_273, Detected, Threat),
    // Cloud IOC
    (1_107_296_274, Detected, Threat),
    // Microsoft Calculator compromise
    (1_107_296_275, Detected, Threat),
    // Microsoft Notepad compromise
    (1_107_296_276, Detected, Threat),
    // Connection to suspicious domain
    (1_107_296_277, Detected, Threat),
    // Threat Detected in Low Prevalence Executable
    (1_107_296_278, Detected, Threat),
    // Vulnerable Application Detected
    (1_107_296_279, Detected, Vulnerability),
    // Suspicious Download
    (1_107_296_280, Detected, Threat),
    // Microsoft CHM Compromise
    (1_107_296_281, Detected, Threat),
    // Suspicious Cscript Launch
    (1_107_296_282, Detected, Threat),
    // Possible Webshell
    (1_107_296_283, Detected, Threat),
    // Potential Ransomware
    (1_107_296_284, Detected, Threat),
    // Cognitive Incident
    (1_107_296_285, Detected, Threat),
    // SecureX Threat Hunting Incident
    (1_107_296_344, Detected, Threat),
    // Policy Update Failure
    (2_164_260_866, Failed, Operation),
    // Definition Update Failure
    (2_164_260_868, Failed, Operation),
    // Quarantine Failure
    (2_164_260_880, Failed, Threat),
    // Quarantine Restore Failed
    (2_164_260_884, Failed, Threat),
    // Cloud Recall Restore from Quarantine Failed
    (2_164_260_892, Failed, Threat),
    // Cloud Recall Quarantine Attempt Failed
    (2_164_260_893, Failed, Threat),
    // Install Failure
    (2_164_260_895, Failed, Operation),
    // Upload Failure
    (2_164_260_898, Failed, Operation),
    // Scan Schedule Not Saved
    (2_164_260_901, Failed, Operation),
    // Uninstall Failure
    (2_164_260_903, Failed, Operation),
    // File Fetch Failed
    (2_164_260_910, Failed, Operation),
    // Endpoint IOC Configuration Update Failure
    (2_164_260_911, Failed, Operation),
    // Endpoint IOC Definition Update Failure
    (2_164_260_914, Failed, Operation),
    // Update: Unexpected Reboot Required
    (2_164_260_922, Reported, Operation),
    // Critical Fault Raised
    (2_164_260_931, Raised, Fault),
    // Endpoint Isolation Start Failure
    (2_164_260_939, Failed, Operation),
    // Endpoint Isolation Stop Failure
    (2_164_260_941, Failed, Operation),
    // Endpoint Isolation Update Failure
    (2_164_260_943, Failed, Operation),
    // Orbital Install Failure
    (2_164_260_945, Failed, Operation),
    // Orbital Update Failure
    (2_164_260_947, Failed, Operation),
    // Scan Failed
    (2_165_309_453, Failed, Operation),
    // Endpoint IOC Scan Failed
    (2_165_309_495, Failed, Operation),
    // Quarantine Request Failed to be Delivered
    (2_181_038_130, Failed, Threat),
];

/// Returns what the type of an event reports; `None` for a type that is not in the table.
pub fn action(event: &Event) -> Option<EventAction> {
    listed(event).map(|(action, _)| action)
}

/// Returns what an event is about. Of a type that is not in the table, its fields decide.
pub fn category(event: &Event) -> EventCategory {
    listed(event).map_or_else(|| category_by_fields(event), |(_, category)| category)
}

fn listed(event: &Event) -> Option<(EventAction, EventCategory)> {
    let id = event.event_type_id?;
    let index = TYPES.binary_search_by_key(&id, |(id, ..)| *id).ok()?;
    TYPES
        .get(index)
        .map(|(_, action, category)| (*action, *category))
}

/// A fault and a vulnerability can have a severity too, so they come first.
fn category_by_fields(event: &Event) -> EventCategory {
    if filled(event.fault_event_title.as_deref()).is_some() {
        Fault
    } else if event.cves().next().is_some() {
        Vulnerability
    } else if event.has_threat() || event.severity().is_some() {
        Threat
    } else {
        Operation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_in_order_and_unique() {
        assert!(TYPES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
