//! What the projections say after which facts, and that folding anew gives the same.

use chrono::NaiveDate;
use domain::{
    Cell, Delta, Fact, ItemId, ParagraphId, PersonId, PlanId, Scalar, SectionId, Seq, TimestampMs, commitment,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::{
    ActionState, ActionTracker, Folded, HistoryKey, ItemKey, PlanState, PlanSummary, Projection, Slip, StateError,
    changes,
};

const ADA: PersonId = PersonId(Uuid::from_u128(1));
const BOB: PersonId = PersonId(Uuid::from_u128(2));
const PLAN: PlanId = PlanId(Uuid::from_u128(9));

fn item(n: u128) -> ItemId {
    ItemId(Uuid::from_u128(100 + n))
}

fn day(text: &str) -> NaiveDate {
    domain::value::parse_day(text).expect("a day of a test is spelled right")
}

fn fact(seq: u64, author: PersonId, cell: Cell, delta: Delta) -> Fact {
    let at = TimestampMs(i64::try_from(seq).expect("small in tests") * 1000);
    Fact {
        seq: Seq(seq),
        at,
        claimed: at,
        author,
        cell,
        delta,
    }
}

fn set(old: Option<&str>, new: Option<&str>) -> Delta {
    Delta::Set {
        old: old.map(Scalar::from),
        new: new.map(Scalar::from),
        also: vec![],
    }
}

fn action(field: &str) -> Cell {
    Cell::field(SectionId::Actions, item(1), field)
}

fn fold<P: Projection>(facts: &[Fact]) -> P {
    let mut state = P::default();
    for fact in facts {
        state.apply(fact);
    }
    state
}

#[test]
fn an_action_is_open_then_due_then_overdue() {
    let tracker: ActionTracker = fold(&[fact(1, ADA, action("due"), set(None, Some("2026-12-10")))]);
    let state = |today| tracker.actions().next().map(|(_, action)| action.state(day(today)));
    assert_eq!(state("2026-12-02"), Some(ActionState::Open));
    assert_eq!(state("2026-12-03"), Some(ActionState::Due));
    assert_eq!(state("2026-12-10"), Some(ActionState::Due));
    assert_eq!(state("2026-12-11"), Some(ActionState::Overdue));
}

#[test]
fn a_done_action_remembers_who_said_so_first_and_forgets_when_reopened() {
    let mut facts = vec![
        fact(1, ADA, action("status"), set(None, Some("done"))),
        fact(2, BOB, action("status"), set(Some("done"), Some("done"))),
    ];
    let done = |facts: &[Fact]| {
        let tracker: ActionTracker = fold(facts);
        tracker
            .actions()
            .next()
            .and_then(|(_, action)| Some((action.done_at?, action.done_by?)))
    };
    assert_eq!(done(&facts), Some((TimestampMs(1000), ADA)));
    facts.push(fact(3, BOB, action("status"), set(Some("done"), Some("in_progress"))));
    assert_eq!(done(&facts), None);
}

#[test]
fn moving_a_day_later_is_a_slip_and_earlier_is_not() {
    let tracker: ActionTracker = fold(&[
        fact(1, ADA, action("due"), set(None, Some("2026-12-10"))),
        fact(2, BOB, action("due"), set(Some("2026-12-10"), Some("2027-01-05"))),
        fact(3, BOB, action("due"), set(Some("2027-01-05"), Some("2026-12-20"))),
    ]);
    let slips = tracker.actions().next().map(|(_, action)| action.slipped.clone());
    let slip = Slip {
        from: "2026-12-10".to_owned(),
        to: "2027-01-05".to_owned(),
        at: TimestampMs(2000),
        by: BOB,
    };
    assert_eq!(slips, Some(vec![slip]));
}

#[test]
fn changing_the_owner_or_the_day_asks_for_the_commitment_again() {
    let owner = ADA.to_string();
    let said = commitment(ADA, Some("2026-12-10"));
    let own = Cell::own(SectionId::Actions, item(1), ADA, "commitment");
    let mut facts = vec![
        fact(1, ADA, action("owner"), set(None, Some(&owner))),
        fact(2, ADA, action("due"), set(None, Some("2026-12-10"))),
        fact(3, ADA, own, set(None, Some(&said))),
    ];
    let committed = |facts: &[Fact]| {
        let tracker: ActionTracker = fold(facts);
        tracker.actions().next().map(|(_, action)| action.committed())
    };
    assert_eq!(committed(&facts), Some(true));
    facts.push(fact(4, BOB, action("due"), set(Some("2026-12-10"), Some("2026-12-11"))));
    assert_eq!(committed(&facts), Some(false));
    facts.push(fact(5, BOB, action("due"), set(Some("2026-12-11"), Some("2026-12-10"))));
    assert_eq!(committed(&facts), Some(true));
    facts.push(fact(6, BOB, action("owner"), set(Some(&owner), Some(&BOB.to_string()))));
    assert_eq!(committed(&facts), Some(false));
}

#[test]
fn targets_come_and_go_and_their_notes_are_none() {
    let link = Cell::link(SectionId::Actions, item(1), "targets", &item(2).to_string());
    let facts = [
        fact(
            1,
            ADA,
            link.clone(),
            Delta::Set {
                old: None,
                new: Some(Scalar::Bool(true)),
                also: vec![],
            },
        ),
        fact(2, ADA, link.with_suffix("note"), set(None, Some("why"))),
    ];
    let tracker: ActionTracker = fold(&facts);
    let targets = tracker.actions().next().map(|(_, action)| action.targets.clone());
    assert_eq!(targets, Some([item(2).to_string()].into()));
}

#[test]
fn the_summary_counts_what_is_alive_and_sums_what_is_open() {
    let opportunity = |n, field: &str| Cell::field(SectionId::Opportunities, item(n), field);
    let facts = [
        fact(
            1,
            PersonId::SERVER,
            Cell::field(SectionId::Profile, ItemId::SINGLE, ""),
            Delta::ItemMade,
        ),
        fact(2, ADA, opportunity(1, ""), Delta::ItemMade),
        fact(2, ADA, opportunity(1, "amount"), set(None, Some("500 EUR"))),
        fact(3, ADA, opportunity(2, ""), Delta::ItemMade),
        fact(
            3,
            ADA,
            opportunity(2, "amount"),
            set(None, Some("9223372036854775807 EUR")),
        ),
        fact(4, ADA, opportunity(3, ""), Delta::ItemMade),
        fact(4, ADA, opportunity(3, "amount"), set(None, Some("7 JPY"))),
        fact(5, BOB, opportunity(3, "stage"), set(None, Some("won"))),
        fact(6, BOB, action(""), Delta::ItemMade),
        fact(6, BOB, action("due"), set(None, Some("2026-12-10"))),
    ];
    let summary: PlanSummary = fold(&facts);
    assert_eq!(summary.counts().get(&SectionId::Opportunities), Some(&3));
    assert_eq!(summary.counts().get(&SectionId::Profile), None);
    assert_eq!(summary.open_amount(), [("EUR", i64::MAX)].into());
    assert_eq!(
        (summary.open_actions(), summary.overdue_actions(day("2026-12-10"))),
        (1, 0)
    );
    assert_eq!(summary.overdue_actions(day("2026-12-11")), 1);
    assert_eq!(
        summary.last_change().map(|last| (last.at, last.by)),
        Some((TimestampMs(6000), BOB))
    );

    let deleted = Delta::Set {
        old: None,
        new: Some(Scalar::Bool(true)),
        also: vec![],
    };
    let summary: PlanSummary = fold(&[&facts[..], &[fact(7, BOB, action("deleted"), deleted)]].concat());
    assert_eq!(summary.counts().get(&SectionId::Actions), Some(&0));
    assert_eq!(summary.open_actions(), 0);
}

#[test]
fn a_plan_that_only_the_server_touched_has_no_last_change() {
    let made = fact(
        1,
        PersonId::SERVER,
        Cell::field(SectionId::Profile, ItemId::SINGLE, ""),
        Delta::ItemMade,
    );
    assert_eq!(fold::<PlanSummary>(&[made]).last_change(), None);
}

#[test]
fn history_keys_sort_as_the_history_does_and_read_back() {
    let facts: Vec<Fact> = [1, 1, 2, 255, 256, 256]
        .map(|seq| fact(seq, ADA, action("title"), set(None, None)))
        .into();
    let keys: Vec<HistoryKey> = HistoryKey::of_all(PLAN, &facts).map(|(key, _)| key).collect();
    assert_eq!(
        keys.iter().map(|key| (key.seq.0, key.n)).collect::<Vec<_>>(),
        [(1, 0), (1, 1), (2, 0), (255, 0), (256, 0), (256, 1)]
    );
    assert!(keys.windows(2).all(|pair| pair[0].bytes() < pair[1].bytes()));
    for key in keys {
        assert_eq!(HistoryKey::read_place(PLAN, &key.bytes()), Some(key));
        let own = ItemKey {
            section: SectionId::Actions,
            item: item(1),
            at: key,
        };
        assert_eq!(HistoryKey::read_place(PLAN, &own.bytes()), Some(key));
        assert!(
            own.bytes()
                .starts_with(&ItemKey::prefix(PLAN, SectionId::Actions, item(1)))
        );
    }
}

#[test]
fn a_state_of_another_version_is_not_read() {
    let bytes = postcard::to_stdvec(&(99_u32, Folded::<PlanSummary>::default())).expect("into memory");
    let other = StateError::OtherVersion {
        found: 99,
        wanted: PlanSummary::VERSION,
    };
    assert_eq!(Folded::<PlanSummary>::load(&bytes), Err(other));
    assert!(matches!(
        Folded::<PlanSummary>::load(&[]),
        Err(StateError::Malformed(_))
    ));
}

/// A fact of any kind, at the few places where the projections look, and at some where they do not.
fn any_fact() -> impl Strategy<Value = (Cell, Delta, PersonId)> {
    let section = prop::sample::select(SectionId::ALL.to_vec());
    let key = prop::sample::select(vec![
        "title", "owner", "due", "status", "result", "deleted", "amount", "stage",
    ]);
    let value = prop::sample::select(vec![
        None,
        Some(Scalar::from("done")),
        Some(Scalar::from("won")),
        Some(Scalar::from("2026-12-10")),
        Some(Scalar::from("2027-01-10")),
        Some(Scalar::from("1200 EUR")),
        Some(Scalar::Bool(true)),
        Some(Scalar::Int(2)),
    ]);
    let author = prop::sample::select(vec![ADA, BOB, PersonId::SERVER]);
    (section, 0_u128..3, 0_u8..4, key, value.clone(), value, author).prop_map(
        |(section, n, kind, key, old, new, author)| match kind {
            0 => (Cell::field(section, item(n), ""), Delta::ItemMade, author),
            1 => (
                Cell::field(section, item(n), key),
                Delta::Set { old, new, also: vec![] },
                author,
            ),
            2 => (
                Cell::own(section, item(n), author, "commitment"),
                Delta::Set { old, new, also: vec![] },
                author,
            ),
            _ => {
                let link = Cell::link(section, item(n), "targets", &item(1).to_string());
                (link, Delta::Set { old, new, also: vec![] }, author)
            }
        },
    )
}

fn live_equals_rebuild<P: Projection + PartialEq + std::fmt::Debug>(facts: &[Fact], group: usize, save_at: usize) {
    let upto = facts.last().map_or(Seq::ZERO, |fact| fact.seq);
    let mut rebuilt = Folded::<P>::default();
    rebuilt.take(facts, upto);
    let mut live = Folded::<P>::default();
    for (n, group) in facts.chunks(group).enumerate() {
        let last = group.last().map_or(Seq::ZERO, |fact| fact.seq);
        live.take(group, last);
        // Given twice, as after a restart that does not know how far the cache came.
        live.take(group, last);
        if n == save_at {
            live = Folded::load(&live.save()).expect("a state that was just saved");
        }
    }
    assert_eq!(live, rebuilt);
    assert_eq!(live.save(), rebuilt.save());
}

proptest! {
    #[test]
    fn folding_live_equals_folding_anew(
        written in prop::collection::vec(any_fact(), 0..80),
        group in 1_usize..10,
        save_at in 0_usize..10,
    ) {
        let facts: Vec<Fact> =
            (1_u64..).zip(written).map(|(seq, (cell, delta, author))| fact(seq, author, cell, delta)).collect();
        live_equals_rebuild::<ActionTracker>(&facts, group, save_at);
        live_equals_rebuild::<PlanSummary>(&facts, group, save_at);
        live_equals_rebuild::<PlanState>(&facts, group, save_at);
    }
}

/// A note of an action, typed, corrected and cut.
fn typed() -> Vec<Fact> {
    let note = Cell::paragraph(SectionId::Actions, item(1), "notes", ParagraphId(Uuid::from_u128(7)));
    let text = |at, old: &str, new: &str| Delta::Text {
        at,
        old: old.to_owned(),
        new: new.to_owned(),
    };
    vec![
        fact(1, ADA, action(""), Delta::ItemMade),
        fact(2, ADA, note.clone(), Delta::ParagraphMade),
        fact(2, ADA, note.clone(), text(0, "", "Größe 😀 now")),
        fact(3, BOB, note.clone(), text(6, "😀", "fits")),
        fact(4, BOB, note.with_suffix("rank"), set(None, Some("80"))),
        fact(5, ADA, note, text(10, " now", "")),
    ]
}

#[test]
fn a_text_is_followed_forwards_and_back_by_its_spans() {
    let facts = typed();
    let note = &facts[1].cell;
    let mut state: PlanState = fold(&facts);
    let text = |state: &PlanState| state.held(note).and_then(|held| held.text()).map(str::to_owned);
    assert_eq!(text(&state).as_deref(), Some("Größe fits"));
    let mut seen = Vec::new();
    for fact in facts.iter().rev() {
        state.take_back(fact);
        seen.push(text(&state));
    }
    let seen: Vec<Option<&str>> = seen.iter().map(Option::as_deref).collect();
    let typed = "Größe 😀 now";
    assert_eq!(
        seen,
        [
            Some("Größe fits now"),
            Some("Größe fits now"),
            Some(typed),
            Some(""),
            None,
            None
        ]
    );
}

#[test]
fn what_is_different_is_said_by_what_it_means() {
    let person = |field: &str| Cell::field(SectionId::People, item(5), field);
    let stance = Cell::own(SectionId::People, item(5), ADA, "stance");
    let deal = |n, field: &str| Cell::field(SectionId::Opportunities, item(n), field);
    let before = [
        fact(1, ADA, person(""), Delta::ItemMade),
        fact(1, ADA, person("title"), set(None, Some("Anna Keller"))),
        fact(2, ADA, stance.clone(), set(None, Some("sceptic"))),
        fact(3, ADA, deal(1, ""), Delta::ItemMade),
        fact(3, ADA, deal(1, "amount"), set(None, Some("500 EUR"))),
        fact(4, ADA, deal(2, ""), Delta::ItemMade),
    ];
    let after = [
        fact(5, ADA, stance, set(Some("sceptic"), Some("supporter"))),
        fact(6, BOB, deal(3, ""), Delta::ItemMade),
        fact(6, BOB, deal(3, "title"), set(None, Some("Yard"))),
        fact(7, BOB, deal(4, ""), Delta::ItemMade),
        fact(8, BOB, deal(1, "amount"), set(Some("500 EUR"), Some("900 EUR"))),
        // There and back again is no difference.
        fact(9, BOB, deal(2, "title"), set(None, Some("x"))),
        fact(10, BOB, deal(2, "title"), set(Some("x"), None)),
        fact(11, BOB, deal(2, "rank"), set(None, Some("80"))),
    ];
    let schema = domain::Schema::standard();
    let (from, to): (PlanState, PlanState) = (fold(&before), fold(&[&before[..], &after[..]].concat()));
    let found = changes(&schema, &from, &to, &|_| Some("Ada".to_owned()));
    assert_eq!(
        found.summary,
        [
            "2 opportunities added",
            "An item without a name: Amount rose from 5 EUR to 9 EUR",
            "1 opportunity changed",
            "Anna Keller went from sceptic to supporter, as Ada sees it",
            "1 contact changed",
        ]
    );
    assert!(!found.truncated);
    let back = changes(&schema, &to, &from, &|_| None);
    assert_eq!(back.summary[0], "2 opportunities deleted");
    assert_eq!(changes(&schema, &to, &to, &|_| None), crate::Changes::default());
}
