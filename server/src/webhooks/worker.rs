//! Tells each webhook what happens, from where it was. What is to be told is read from the journal when it can be sent, so
//! nothing waits in memory, and a receiver that was away gets what it missed, as long as its deliveries are not given up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::ids::WebhookId;
use domain::{PlanId, Right, Seq};
use journal::{Journal, StreamId};
use serde::Serialize;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use uuid::Uuid;
use workspace::Webhook;

use super::events::{Event, EventKind, event_of};
use super::store::{Delivery, DeliveryState, Kept};
use super::{Shared, signature};

/// Most events of one delivery.
const EVENTS_MAX: usize = 100;
/// How much of a stream is read at once, in bytes.
const READ_BYTES: usize = 256 * 1024;

/// The body of a request.
#[derive(Debug, Serialize)]
struct Told<'a> {
    webhook: WebhookId,
    delivery: Uuid,
    events: &'a [Event],
}

/// Starts a task for each webhook that comes, and ends it when it goes, until the server stops.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut tasks: BTreeMap<WebhookId, JoinHandle<()>> = BTreeMap::new();
    let mut changes = shared.directory.changes();
    let mut stopping = shared.stopping.clone();
    loop {
        let state = shared.directory.state();
        tasks.retain(|webhook, task| {
            let stays = state.webhooks().contains_key(webhook);
            if !stays {
                task.abort();
            }
            stays
        });
        for webhook in state.webhooks().keys() {
            let start = || tokio::spawn(tell(Arc::clone(&shared), *webhook));
            tasks.entry(*webhook).or_insert_with(start);
        }
        drop(state);
        tokio::select! {
            waited = changes.changed() => if waited.is_err() { break },
            // An error says that the app is gone, which is the same.
            _ = stopping.wait_for(|stopping| *stopping) => break,
        }
    }
    // What was under way is told again after the next start.
    tasks.values().for_each(JoinHandle::abort);
}

/// Tells one webhook, one delivery after the other.
async fn tell(shared: Arc<Shared>, webhook: WebhookId) {
    // When a delivery that failed is tried again.
    let mut rests: BTreeMap<Uuid, Instant> = BTreeMap::new();
    let mut hurry = shared.hurry.subscribe();
    loop {
        if shared.load(webhook).is_none() {
            tracing::warn!(%webhook, "a webhook's secret is gone: it is told nothing until it is made anew");
            return;
        }
        gather(&shared, webhook).await;
        let due = shared.kept().get(&webhook).and_then(|kept| next_due(kept, &rests));
        if let Some(delivery) = due {
            deliver(&shared, webhook, delivery, &mut rests).await;
        } else {
            tokio::select! {
                () = sleep(shared.patience.look_every) => {}
                // An error says that the app is gone, which is the same.
                _ = hurry.changed() => {}
            }
        }
    }
}

/// The oldest delivery whose time has come. The next waits for it: a receiver gets them in order.
fn next_due(kept: &Kept, rests: &BTreeMap<Uuid, Instant>) -> Option<Delivery> {
    let delivery = kept
        .deliveries
        .iter()
        .find(|delivery| delivery.state == DeliveryState::Pending)?;
    let rests_still = delivery.tries > 0 && rests.get(&delivery.id).is_some_and(|until| *until > Instant::now());
    (!rests_still).then(|| delivery.clone())
}

fn still_waits(kept: &Kept) -> bool {
    let mut deliveries = kept.deliveries.iter();
    deliveries.any(|delivery| delivery.state == DeliveryState::Pending)
}

/// Makes a delivery of what has happened, unless one still waits.
async fn gather(shared: &Shared, webhook: WebhookId) {
    let state = shared.directory.state();
    let Some(record) = state.webhooks().get(&webhook) else {
        return;
    };
    let Some(mut kept) = shared.kept().get(&webhook).cloned() else {
        return;
    };
    if still_waits(&kept) {
        return;
    }
    let before = (
        kept.workspace,
        kept.plans.len(),
        kept.plans.values().map(|seq| seq.0).sum::<u64>(),
    );
    let mut events = Vec::new();
    for (stream, head) in shared.journal.streams() {
        let plan = (stream != StreamId::WORKSPACE).then_some(PlanId(stream.0));
        let told = match plan {
            None => kept.workspace,
            Some(plan) if record.plans.as_ref().is_some_and(|plans| !plans.contains(&plan)) => continue,
            Some(plan) => kept.plans.get(&plan).copied().unwrap_or(Seq::ZERO),
        };
        if told >= head.seq || events.len() >= EVENTS_MAX {
            continue;
        }
        let Ok(records) = shared.journal.read(stream, told.next(), READ_BYTES).await else {
            continue;
        };
        let mut upto = told;
        for entry in &records {
            if events.len() >= EVENTS_MAX {
                break;
            }
            upto = entry.seq;
            let event = event_of(plan, entry);
            events.extend(event.filter(|event| is_wanted(record, event) && may_know(&state, record, event)));
        }
        match plan {
            None => kept.workspace = upto,
            Some(plan) => drop(kept.plans.insert(plan, upto)),
        }
    }
    let after = (
        kept.workspace,
        kept.plans.len(),
        kept.plans.values().map(|seq| seq.0).sum::<u64>(),
    );
    if before == after {
        return;
    }
    if !events.is_empty() {
        kept.note(shared.delivery(events));
    }
    // Only this task moves the positions; a ping or a retry that came in between stays.
    if let Some(there) = shared.kept().get_mut(&webhook) {
        there.workspace = kept.workspace;
        there.plans = kept.plans;
        if let Some(new) = kept
            .deliveries
            .back()
            .filter(|new| there.deliveries.iter().all(|old| old.id != new.id))
        {
            there.note(new.clone());
        }
    }
    keep(shared, webhook).await;
}

fn is_wanted(webhook: &Webhook, event: &Event) -> bool {
    let of_plans = match (&webhook.plans, event.plan) {
        (None, _) => true,
        (Some(plans), Some(plan)) => plans.contains(&plan),
        (Some(_), None) => false,
    };
    of_plans && webhook.kinds.iter().any(|kind| kind == event.kind.as_str())
}

/// Only what its maker may know, now: who lost a plan is no longer told of it.
fn may_know(state: &workspace::State, webhook: &Webhook, event: &Event) -> bool {
    match (event.kind, event.plan) {
        (EventKind::PlanEdited | EventKind::PlanControl, Some(plan)) => state.may(plan, webhook.by, Right::Read),
        _ => state.is_administrator(webhook.by),
    }
}

async fn deliver(shared: &Shared, webhook: WebhookId, delivery: Delivery, rests: &mut BTreeMap<Uuid, Instant>) {
    let Some(url) = shared
        .directory
        .state()
        .webhooks()
        .get(&webhook)
        .map(|record| record.url.clone())
    else {
        return;
    };
    let Some(secret) = shared.kept().get(&webhook).map(|kept| kept.secret.clone()) else {
        return;
    };
    let told = Told {
        webhook,
        delivery: delivery.id,
        events: &delivery.events,
    };
    let body = serde_json::to_vec(&told).expect("ids and numbers are JSON");
    let now = shared.clock.now();
    let signed = signature::sign(&secret, now.0.div_euclid(1000), &body);
    let id = delivery.id.to_string();
    let headers = [
        (signature::HEADER, signed.as_str()),
        ("interlock-delivery", id.as_str()),
    ];
    let sent = shared.sender.post(&url, &headers, Bytes::from(body)).await;
    let tries = delivery.tries.saturating_add(1);
    let (state, answer) = match &sent {
        Ok(status) => (DeliveryState::Delivered, format!("the answer was {status}")),
        Err(why) if tries >= shared.patience.tries_max => (DeliveryState::GivenUp, why.to_string()),
        Err(why) => (DeliveryState::Pending, why.to_string()),
    };
    if state == DeliveryState::Pending {
        rests.insert(delivery.id, Instant::now() + rest(shared, tries));
    } else {
        rests.remove(&delivery.id);
    }
    if let Some(there) = shared
        .kept()
        .get_mut(&webhook)
        .and_then(|kept| kept.delivery(delivery.id))
    {
        there.state = state;
        there.tries = tries;
        there.tried_at = Some(now);
        there.answer = Some(answer);
    }
    keep(shared, webhook).await;
}

/// Doubled after each try.
fn rest(shared: &Shared, tries: u32) -> Duration {
    let patience = shared.patience;
    let doubled = 2_u32.saturating_pow(tries.saturating_sub(1));
    patience.rest_first.saturating_mul(doubled).min(patience.rest_max)
}

async fn keep(shared: &Shared, webhook: WebhookId) {
    let Some(kept) = shared.kept().get(&webhook).cloned() else {
        return;
    };
    let store = shared.store.clone();
    let written = tokio::task::spawn_blocking(move || store.write(webhook, &kept)).await;
    if let Ok(Err(error)) = written {
        // After a restart some of it is told again.
        tracing::warn!(%error, %webhook, "what a webhook was told could not be noted");
    }
}
