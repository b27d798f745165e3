//! The bytes of the control events that say who may do what, as stored. A difference is a break: a server would not read
//! its own journal. New kinds go to the end and get a line here.

use domain::event::{ErasedPart, Reply, Scope, SecretDigest};
use domain::ids::{TeamId, WebhookId};
use domain::{ItemId, PersonId, PlanId, Role, Stage, TimestampMs, WorkspaceEvent};
use expect_test::{Expect, expect};
use protocol::{Body, Entry, decode_entry, encode_entry};
use uuid::Uuid;

const PLAN: PlanId = PlanId(Uuid::from_u128(0xa1));
const ANN: PersonId = PersonId(Uuid::from_u128(0xa2));
const BEN: PersonId = PersonId(Uuid::from_u128(0xa3));
const TEAM: TeamId = TeamId(Uuid::from_u128(0xa4));
const ITEM: ItemId = ItemId(Uuid::from_u128(0xa5));
const HOOK: WebhookId = WebhookId(Uuid::from_u128(0xa6));
const DIGEST: SecretDigest = SecretDigest([3; 32]);
const AT: TimestampMs = TimestampMs(1_764_000_000_000);

/// The event's own bytes: what stands in front is every entry's. Ids are written as their last byte.
fn stored(event: WorkspaceEvent, golden: &Expect) {
    let entry = Entry {
        epoch: 0,
        author: PersonId::SERVER,
        body: Body::Workspace(event),
    };
    let bytes = encode_entry(&entry);
    assert_eq!(decode_entry(&bytes).as_ref(), Ok(&entry));
    let hex = bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let head = format!("010010{}01", "00".repeat(16));
    let own = hex.strip_prefix(&head).expect("every entry begins alike");
    let short = own
        .replace(&format!("10{}", "00".repeat(15)), "#")
        .replace(&"03".repeat(32), "<digest>");
    golden.assert_eq(&short);
}

#[test]
fn events_of_roles_keep_their_bytes() {
    let (plan, person, by) = (PLAN, BEN, ANN);
    for (role, golden) in Role::ALL.into_iter().zip([
        expect!["0a#a1#a300#a2"],
        expect!["0a#a1#a301#a2"],
        expect!["0a#a1#a302#a2"],
        expect!["0a#a1#a303#a2"],
        expect!["0a#a1#a304#a2"],
        expect!["0a#a1#a305#a2"],
        expect!["0a#a1#a306#a2"],
        expect!["0a#a1#a307#a2"],
    ]) {
        stored(WorkspaceEvent::RoleGiven { plan, person, role, by }, &golden);
    }
    stored(WorkspaceEvent::RoleTaken { plan, person, by }, &expect!["0b#a1#a3#a2"]);
    let everyone = Some(Role::Seller);
    stored(
        WorkspaceEvent::AccessSet { plan, everyone, by },
        &expect!["0c#a10102#a2"],
    );
    let everyone = None;
    stored(WorkspaceEvent::AccessSet { plan, everyone, by }, &expect!["0c#a100#a2"]);
    for (stage, golden) in
        Stage::ALL
            .into_iter()
            .zip([expect!["0d#a100#a2"], expect!["0d#a101#a2"], expect!["0d#a102#a2"]])
    {
        stored(WorkspaceEvent::StageSet { plan, stage, by }, &golden);
    }
}

#[test]
fn events_of_invitations_keep_their_bytes() {
    let (plan, person, by) = (PLAN, BEN, ANN);
    let (role, note) = (Role::Expert, "Come".to_owned());
    stored(
        WorkspaceEvent::Invited {
            plan,
            person,
            role,
            note,
            by,
        },
        &expect!["0e#a1#a30404436f6d65#a2"],
    );
    for (reply, golden) in [
        (Reply::Accepted, expect!["0f#a1#a30003596573#a3"]),
        (Reply::Declined, expect!["0f#a1#a30103596573#a3"]),
    ] {
        let note = "Yes".to_owned();
        stored(
            WorkspaceEvent::InvitationAnswered {
                plan,
                person,
                reply,
                note,
                by: BEN,
            },
            &golden,
        );
    }
    stored(
        WorkspaceEvent::InvitationWithdrawn { plan, person, by },
        &expect!["10#a1#a3#a2"],
    );
}

#[test]
fn events_of_teams_keep_their_bytes() {
    let (team, person, by) = (TEAM, BEN, ANN);
    let name = || "North".to_owned();
    stored(
        WorkspaceEvent::TeamMade { team, name: name(), by },
        &expect!["11#a4054e6f727468#a2"],
    );
    stored(
        WorkspaceEvent::TeamRenamed { team, name: name(), by },
        &expect!["12#a4054e6f727468#a2"],
    );
    stored(WorkspaceEvent::TeamRemoved { team, by }, &expect!["13#a4#a2"]);
    let manager = true;
    stored(
        WorkspaceEvent::TeamMemberSet {
            team,
            person,
            manager,
            by,
        },
        &expect!["14#a4#a301#a2"],
    );
    stored(
        WorkspaceEvent::TeamMemberRemoved { team, person, by },
        &expect!["15#a4#a3#a2"],
    );
    let due = Some("2026-11-30".to_owned());
    let assigned = WorkspaceEvent::PlanAssigned {
        plan: PLAN,
        to: BEN,
        team: Some(TEAM),
        due,
        by,
    };
    stored(assigned, &expect!["16#a1#a301#a4010a323032362d31312d3330#a2"]);
    stored(WorkspaceEvent::PlanUnassigned { plan: PLAN, by }, &expect!["17#a1#a2"]);
}

#[test]
fn events_of_people_keep_their_bytes() {
    let (person, by) = (BEN, ANN);
    let administrator = true;
    stored(
        WorkspaceEvent::AdministratorSet {
            person,
            administrator,
            by,
        },
        &expect!["18#a301#a2"],
    );
    stored(
        WorkspaceEvent::GuestSet {
            person,
            guest: true,
            by,
        },
        &expect!["19#a301#a2"],
    );
    stored(WorkspaceEvent::PersonDeactivated { person, by }, &expect!["1a#a3#a2"]);
    stored(WorkspaceEvent::PersonReactivated { person, by }, &expect!["1b#a3#a2"]);
    let made = |scopes, plans, expires| WorkspaceEvent::TokenMade {
        person,
        name: "ci".to_owned(),
        digest: DIGEST,
        scopes,
        plans,
        expires,
        by,
    };
    stored(
        made(Scope::ALL.to_vec(), None, None),
        &expect!["1c#a3026369<digest>0500010203040000#a2"],
    );
    stored(
        made(vec![Scope::Read], Some(vec![PLAN]), Some(AT)),
        &expect!["1c#a3026369<digest>01000101#a10180a0bfe9d666#a2"],
    );
    stored(
        WorkspaceEvent::TokenRevoked { digest: DIGEST, by },
        &expect!["1d<digest>#a2"],
    );
}

#[test]
fn events_of_the_audit_keep_their_bytes() {
    let (plan, by) = (PLAN, ANN);
    let what = || "json".to_owned();
    stored(
        WorkspaceEvent::Exported {
            plan: Some(PLAN),
            what: what(),
            by,
        },
        &expect!["1e01#a1046a736f6e#a2"],
    );
    stored(
        WorkspaceEvent::Exported {
            plan: None,
            what: what(),
            by,
        },
        &expect!["1e00046a736f6e#a2"],
    );
    let denied = WorkspaceEvent::WritesDenied {
        plan,
        person: BEN,
        count: 300,
        reason: "no".to_owned(),
    };
    stored(denied, &expect!["1f#a1#a3ac02026e6f"]);
    for (part, golden) in [
        (ErasedPart::Contact, expect!["20#a1#a500#a2"]),
        (ErasedPart::Personality, expect!["20#a1#a501#a2"]),
    ] {
        stored(
            WorkspaceEvent::ContactErased {
                plan,
                item: ITEM,
                part,
                by,
            },
            &golden,
        );
    }
    let added = WorkspaceEvent::WebhookAdded {
        webhook: HOOK,
        url: "https://x.test".to_owned(),
        plans: Some(vec![PLAN]),
        kinds: vec!["edit".to_owned()],
        by,
    };
    stored(
        added,
        &expect!["21#a60e68747470733a2f2f782e746573740101#a1010465646974#a2"],
    );
    stored(
        WorkspaceEvent::WebhookRemoved { webhook: HOOK, by },
        &expect!["22#a6#a2"],
    );
    let checkpoint = WorkspaceEvent::CheckpointPublished {
        number: 1,
        hash: [3; 32],
        to: "x.test".to_owned(),
    };
    stored(checkpoint, &expect!["2301<digest>06782e74657374"]);
    stored(WorkspaceEvent::SignInsFailed { count: 5 }, &expect!["2405"]);
    let removed = WorkspaceEvent::PersonRemoved { person: BEN, by };
    stored(removed, &expect!["25#a3#a2"]);
}
