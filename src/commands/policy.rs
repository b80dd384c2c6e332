//! List Policies, Get Policy.

use crate::amp::Amp;
use crate::amp::decode::decode;
use crate::amp::envelope::Answer;
use crate::amp::error::AmpError;
use crate::amp::ids::Guid;
use crate::amp::policy::{self, Policy};
use crate::contract::exports::conductor::secure_endpoint::commands::{
    GetPolicyInput, ListPoliciesInput, ProductType,
};
use crate::outcome::Findings;

use super::{Answered, CommandError, answered, for_each, input, remark_repeated};

const COLUMNS: &[&str] = &[
    "Name",
    "Product",
    "Policy GUID",
    "Description",
    "Default",
    "Serial number",
];

/// The product as AMP writes it (reference, section 6.6).
fn product(product: ProductType) -> &'static str {
    match product {
        ProductType::Windows => "windows",
        ProductType::Mac => "mac",
        ProductType::Linux => "linux",
        ProductType::Android => "android",
        ProductType::Ios => "ios",
        ProductType::Network => "network",
    }
}

/// List Policies.
///
/// # Errors
///
/// A limit out of range; whatever keeps AMP from answering.
pub async fn list_policies(
    amp: &Amp<'_>,
    input: &ListPoliciesInput,
) -> Result<Answered, CommandError> {
    let limit = input::number("limit", input.limit)?;
    let offset = input::number("offset", input.offset)?;
    let request = policy::list(
        input::optional("policy-name", input.policy_name.as_deref())?,
        input.product_type.map(product),
    );
    let listing = amp.list(&request, offset, limit).await?;

    let items = listing.items(&request, |item| decode::<Policy>(item).guid)?;
    let mut findings = Findings::with_columns(COLUMNS);
    for item in &items {
        show(&mut findings, &decode(item));
    }
    findings.context_list(items.iter().copied());
    let shown = items.len();
    Ok(answered(findings, listing, offset, shown))
}

/// Get Policy.
///
/// # Errors
///
/// What is no GUID; if AMP knows none of them.
pub async fn get_policy(amp: &Amp<'_>, input: &GetPolicyInput) -> Result<Answered, CommandError> {
    let (guids, repeated) = input::guids("policy-guids", &input.policy_guids, "List Policies")?;
    let mut findings = Findings::with_columns(COLUMNS);
    remark_repeated(&mut findings, repeated);
    let (policies, failed) = for_each(amp, &guids, &|guid| Box::pin(get(amp, guid))).await?;
    for (_, (_, data)) in &policies {
        let policy: Policy = decode(data);
        show(&mut findings, &policy);
        for list in &policy.file_lists {
            findings.key("file-list-ids", list.guid.as_deref());
        }
        for group in &policy.used_in_groups {
            findings.key("group-guids", group.guid.as_deref());
        }
    }
    findings.context_list(policies.iter().map(|(_, (_, data))| data.as_str()));
    for (_, (answer, _)) in policies {
        findings.raw(answer.text);
    }
    Ok(Answered { findings, failed })
}

async fn get(amp: &Amp<'_>, guid: &Guid) -> Result<(Answer, String), AmpError> {
    let request = policy::by_guid(guid);
    let answer = amp.send(&request).await?;
    let data = answer.object(&request)?.to_owned();
    Ok((answer, data))
}

fn show(findings: &mut Findings, policy: &Policy) {
    findings.row([
        policy.name.as_deref(),
        policy.product.as_deref(),
        policy.guid.as_deref(),
        policy.description.as_deref(),
        policy
            .default
            .map(|default| if default { "yes" } else { "no" }),
        policy.serial_number.as_deref(),
    ]);
    findings.key("policy-guids", policy.guid.as_deref());
}
