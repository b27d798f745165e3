//! What stands in the history because it happened: exports, denied writes, erasures, webhooks.

use domain::event::ErasedPart;
use domain::ids::WebhookId;
use domain::{ItemId, Right};

use super::*;

const ITEM: ItemId = ItemId(Uuid::from_u128(30));
const HOOK: WebhookId = WebhookId(Uuid::from_u128(40));

#[test]
fn who_may_not_export_does_not() {
    let export = |plan, by| Command::NoteExport {
        plan,
        what: "plan as JSON".to_owned(),
        by,
    };
    let exported = WorkspaceEvent::Exported {
        plan: Some(PLAN),
        what: "plan as JSON".to_owned(),
        by: CYD,
    };
    gives(&a_team(), export(Some(PLAN), CYD), exported);
    let observed = and(a_team(), [role(CYD, Role::Observer)]);
    refuses(&observed, export(Some(PLAN), CYD), Refused::NotAllowed(Right::Export));
    refuses(&a_team(), export(Some(PLAN), DEE), Refused::NoSuchPlan);
    refuses(&a_team(), export(None, CYD), Refused::NotAdministrator);
    assert!(decide(&given(&a_team()), NOW, export(None, ADA)).is_ok());
}

#[test]
fn denied_writes_are_noted_with_a_reason_that_is_not_endless() {
    let denied = |count, reason: &str| Command::NoteDenied {
        plan: PLAN,
        person: CYD,
        count,
        reason: reason.to_owned(),
    };
    let noted = WorkspaceEvent::WritesDenied {
        plan: PLAN,
        person: CYD,
        count: 3,
        reason: "x".repeat(crate::NOTE_CHARS_MAX),
    };
    gives(
        &a_team(),
        denied(3, &"x".repeat(crate::NOTE_CHARS_MAX + 7)),
        noted.clone(),
    );
    changes_nothing(&a_team(), denied(0, "none"));
    let before = given(&a_team());
    assert_eq!(given(&and(a_team(), [noted])), before, "it changes nothing that counts");
}

#[test]
fn a_contact_is_erased_once_by_who_owns_the_plan() {
    let erase = |part, by| Command::EraseContact {
        plan: PLAN,
        item: ITEM,
        part,
        by,
    };
    let erased = |part| WorkspaceEvent::ContactErased {
        plan: PLAN,
        item: ITEM,
        part,
        by: ADA,
    };
    for part in [ErasedPart::Contact, ErasedPart::Personality] {
        refuses(&a_team(), erase(part, BOB), Refused::NotAllowed(Right::ErasePersonal));
        gives(&a_team(), erase(part, ADA), erased(part));
        changes_nothing(&and(a_team(), [erased(part)]), erase(part, ADA));
    }
    let partly = and(a_team(), [erased(ErasedPart::Personality)]);
    gives(&partly, erase(ErasedPart::Contact, ADA), erased(ErasedPart::Contact));
    let wholly = and(a_team(), [erased(ErasedPart::Contact)]);
    changes_nothing(&wholly, erase(ErasedPart::Personality, ADA));
    let state = given(&wholly);
    let known = state
        .plan(PLAN)
        .map(|record| record.erased.keys().copied().collect::<Vec<_>>());
    assert_eq!(known, Some(vec![(ITEM, ErasedPart::Contact)]));
}

#[test]
fn a_webhook_tells_of_plans_that_one_decides_about() {
    let add = |plans, by| Command::AddWebhook {
        webhook: HOOK,
        url: "https://hooks.example/1".to_owned(),
        plans,
        kinds: vec!["edit".to_owned()],
        by,
    };
    let added = |plans, by| WorkspaceEvent::WebhookAdded {
        webhook: HOOK,
        url: "https://hooks.example/1".to_owned(),
        plans,
        kinds: vec!["edit".to_owned()],
        by,
    };
    let here = || Some(vec![PLAN]);
    gives(&a_team(), add(here(), BOB), added(here(), BOB));
    refuses(&a_team(), add(here(), CYD), Refused::NotAllowed(Right::ManageMembers));
    refuses(&a_team(), add(here(), DEE), Refused::NoSuchPlan);
    refuses(&a_team(), add(None, BOB), Refused::NotAdministrator);
    gives(&a_team(), add(None, ADA), added(None, ADA));
    refuses(&a_team(), add(Some(vec![]), BOB), Refused::BadWebhook);
    let there = and(a_team(), [added(here(), BOB)]);
    refuses(&there, add(here(), BOB), Refused::WebhookExists);
    let remove = |by| Command::RemoveWebhook { webhook: HOOK, by };
    refuses(&there, remove(CYD), Refused::NoSuchWebhook);
    gives(
        &there,
        remove(BOB),
        WorkspaceEvent::WebhookRemoved { webhook: HOOK, by: BOB },
    );
    gives(
        &there,
        remove(ADA),
        WorkspaceEvent::WebhookRemoved { webhook: HOOK, by: ADA },
    );
}
