//! Other systems that are told what happens here.

use domain::ids::WebhookId;
use domain::{PersonId, PlanId, Right, WorkspaceEvent};

use super::Refused;
use super::rights::{active, administrator, plan_for, room_for};
use super::words::checked_name;
use crate::limits::{KINDS_PER_WEBHOOK_MAX, PLANS_PER_WEBHOOK_MAX, URL_CHARS_MAX, WEBHOOKS_MAX};
use crate::state::State;

/// A webhook that is to be added.
pub(super) struct NewWebhook<'a> {
    pub(super) webhook: WebhookId,
    pub(super) url: &'a str,
    pub(super) plans: Option<Vec<PlanId>>,
    pub(super) kinds: Vec<String>,
}

/// For plans: who may take each of them out and says who takes part. For anything that happens: who runs the workspace.
/// Whether an address may be reached is for who reaches it.
pub(super) fn add(state: &State, new: NewWebhook<'_>, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    if by != PersonId::SERVER {
        active(state, by)?;
    }
    match &new.plans {
        Some(plans) => {
            for plan in plans.iter().take(PLANS_PER_WEBHOOK_MAX) {
                plan_for(state, *plan, by, Right::ManageMembers)?;
                plan_for(state, *plan, by, Right::Export)?;
            }
        }
        None => administrator(state, by)?,
    }
    if state.webhooks().contains_key(&new.webhook) {
        return Err(Refused::WebhookExists);
    }
    room_for(state.webhooks().len(), WEBHOOKS_MAX, "webhooks")?;
    let is_address = |c: char| !c.is_whitespace() && !c.is_control();
    let is_url = !new.url.is_empty() && new.url.chars().count() <= URL_CHARS_MAX && new.url.chars().all(is_address);
    let has_plans = new
        .plans
        .as_ref()
        .is_none_or(|plans| (1..=PLANS_PER_WEBHOOK_MAX).contains(&plans.len()));
    let has_kinds = (1..=KINDS_PER_WEBHOOK_MAX).contains(&new.kinds.len());
    if !is_url || !has_plans || !has_kinds {
        return Err(Refused::BadWebhook);
    }
    let kinds = new
        .kinds
        .iter()
        .map(|kind| checked_name(kind))
        .collect::<Result<_, _>>()?;
    Ok(vec![WorkspaceEvent::WebhookAdded {
        webhook: new.webhook,
        url: new.url.to_owned(),
        plans: new.plans,
        kinds,
        by,
    }])
}

pub(super) fn remove(state: &State, webhook: WebhookId, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    let record = state.webhooks().get(&webhook).ok_or(Refused::NoSuchWebhook)?;
    if by == record.by || state.is_administrator(by) {
        Ok(vec![WorkspaceEvent::WebhookRemoved { webhook, by }])
    } else {
        Err(Refused::NoSuchWebhook)
    }
}
