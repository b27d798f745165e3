//! The plan as it was: while a past is looked at, all reading of the open plan is of that state, and nothing is edited.
//!
//! The session goes on beneath it: what comes meanwhile is applied, and shows when the page is back at now.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use domain::{Cell, ItemId, ParagraphId, Part, PersonId, Scalar, SectionId, Seq, TimestampMs};
use leptos::prelude::*;

use super::{CellView, PlanStore, Watch, hidden_in};
use crate::api::past::{AsOf, ItemThen, Stamp};
use crate::browser;
use crate::history::words;

/// What the views read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Then {
    /// The plan as it is.
    #[default]
    Now,
    /// A past that is on its way: nothing, rather than the plan as it is.
    Coming,
    /// The plan as it was.
    Here(Arc<Past>),
}

/// A plan as of a moment.
#[derive(Debug, PartialEq)]
pub(crate) struct Past {
    /// The last entry in it.
    pub(crate) seq: Seq,
    /// When that was.
    pub(crate) at: TimestampMs,
    /// Which item was changed last by then, when and by whom.
    pub(crate) last: Option<(SectionId, ItemId, Stamp)>,
    items: BTreeMap<(SectionId, ItemId), ItemThen>,
}

impl From<AsOf> for Past {
    fn from(state: AsOf) -> Self {
        let changed = |item: &ItemThen| Some((item.section, item.item, item.changed?));
        let last = state.items.iter().filter_map(changed);
        let last = last.max_by_key(|(_, _, stamp)| stamp.seq);
        Self {
            seq: state.seq,
            at: state.at.unwrap_or_default(),
            last,
            items: state
                .items
                .into_iter()
                .map(|item| ((item.section, item.item), item))
                .collect(),
        }
    }
}

// The same readings as of `plan::Replica`.
impl Past {
    /// The section's items that were not deleted, in order.
    pub(super) fn items(&self, section: SectionId) -> Vec<ItemId> {
        let all = self.items.range((section, ItemId(uuid::Uuid::nil()))..);
        let mut ranked: Vec<(Option<&str>, ItemId)> = all
            .take_while(|((of, _), _)| *of == section)
            .filter(|(_, item)| item.fields.0.get("deleted") != Some(&Scalar::Bool(true)))
            .map(|((_, id), item)| (item.fields.0.get("rank").and_then(Scalar::as_str), *id))
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, item)| item).collect()
    }

    /// Whether the item had been made, deleted or not.
    pub(crate) fn has_item(&self, section: SectionId, item: ItemId) -> bool {
        self.items.contains_key(&(section, item))
    }

    /// The value that stood in a cell, if it can be read.
    pub(crate) fn value(&self, cell: &Cell) -> Option<Scalar> {
        self.stored(cell).filter(|value| hidden_in(value).is_none()).cloned()
    }

    fn stored(&self, cell: &Cell) -> Option<&Scalar> {
        self.map(cell.section, cell.item, cell.part)?.get(&cell.key)
    }

    /// All that stood in a part of an item, by key.
    pub(crate) fn map(&self, section: SectionId, item: ItemId, part: Part) -> Option<&BTreeMap<String, Scalar>> {
        let item = self.items.get(&(section, item))?;
        Some(match part {
            Part::Fields => &item.fields.0,
            Part::Links => &item.links.0,
            Part::Own => &item.own.0,
            Part::Prose => &item.prose.0,
        })
    }

    pub(super) fn links(&self, section: SectionId, item: ItemId, field: &str) -> Vec<(String, Scalar)> {
        let all = self.map(section, item, Part::Links).into_iter().flatten();
        all.filter_map(|(key, value)| {
            let target = key.strip_prefix(field)?.strip_prefix(':')?;
            (!target.contains(':')).then(|| (target.to_owned(), value.clone()))
        })
        .collect()
    }

    pub(super) fn own(&self, section: SectionId, item: ItemId, field: &str) -> Vec<(PersonId, Scalar)> {
        let all = self.map(section, item, Part::Own).into_iter().flatten();
        all.filter_map(|(key, value)| {
            let (person, of) = key.split_once(':')?;
            let is_shown = of == field && hidden_in(value).is_none();
            is_shown.then_some((PersonId::from_str(person).ok()?, value.clone()))
        })
        .collect()
    }

    /// The paragraphs of a field that had not been taken away, in order.
    pub(crate) fn paragraphs(&self, section: SectionId, item: ItemId, field: &str) -> Vec<(ParagraphId, String)> {
        let Some(prose) = self.map(section, item, Part::Prose) else {
            return Vec::new();
        };
        let mut ranked: Vec<(Option<&str>, ParagraphId, &str)> = prose
            .iter()
            .filter_map(|(key, text)| {
                let id = ParagraphId::from_str(key.strip_prefix(field)?.strip_prefix(':')?).ok()?;
                let rank = prose.get(&format!("{key}:rank")).and_then(Scalar::as_str);
                let is_gone = prose.get(&format!("{key}:deleted")) == Some(&Scalar::Bool(true));
                (!is_gone && hidden_in(text).is_none()).then_some((rank, id, text.as_str()?))
            })
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, id, text)| (id, text.to_owned())).collect()
    }
}

impl PlanStore {
    fn reads(self) -> RwSignal<Then> {
        self.inner.with_value(|inner| inner.then)
    }

    /// Whether a past is looked at, or on its way. Whoever asks in a view hears when it changes.
    pub(crate) fn is_past(self) -> bool {
        self.reads().with(|then| *then != Then::Now)
    }

    /// The same, once.
    pub(super) fn is_past_untracked(self) -> bool {
        self.reads().with_untracked(|then| *then != Then::Now)
    }

    /// Says that nothing is edited in the past, if that is what is looked at. What was typed before and is settled on
    /// the way there does not come by here.
    pub(super) fn refuses_past(self) -> bool {
        let refuses = self.is_past_untracked();
        if refuses {
            crate::ui::toast_once(words::PAST_IS_READ);
        }
        refuses
    }

    /// What the views read.
    pub(crate) fn then(self) -> Signal<Then> {
        self.reads().into()
    }

    /// The past that is looked at, once.
    pub(crate) fn peek_past(self) -> Option<Arc<Past>> {
        self.reads().with_untracked(|then| match then {
            Then::Here(past) => Some(past.clone()),
            Then::Now | Then::Coming => None,
        })
    }

    /// From here on the views read this. All of them read anew.
    pub(crate) fn look_at(self, then: Then) {
        if self.reads().with_untracked(|before| *before != then) {
            self.reads().set(then);
            self.watch(Watch::notify_all);
        }
    }

    /// The day that dates are held against: today, or that of the past.
    pub(crate) fn today(self) -> chrono::NaiveDate {
        match self.peek_past() {
            Some(past) => browser::local(past.at).date(),
            None => browser::today(),
        }
    }

    /// What reads the plan, of the state that is looked at.
    pub(super) fn read<T: Default>(self, now: impl FnOnce(&plan::Replica) -> T, then: impl FnOnce(&Past) -> T) -> T {
        match self.reads().get_untracked() {
            Then::Now => self.replica(now),
            Then::Coming => T::default(),
            Then::Here(past) => then(&past),
        }
    }

    /// A cell of the past: nobody is at it, and nothing waits.
    pub(super) fn cell_then(self, cell: &Cell) -> CellView {
        let past = self.peek_past();
        CellView {
            hidden: past.as_ref().and_then(|past| hidden_in(past.stored(cell)?)),
            value: past.and_then(|past| past.value(cell)),
            also: Vec::new(),
            state: super::CellState::Saved,
            peers: Vec::new(),
        }
    }

    /// Everything that stands in an item now, whatever is looked at: its scalars, and the texts of its paragraphs, those
    /// that were taken away too.
    pub(crate) fn stands_now(self, section: SectionId, item: ItemId) -> BTreeMap<(Part, String), Scalar> {
        self.replica(|replica| {
            let mut stands = BTreeMap::new();
            for (cell, value) in replica.cells(section, item) {
                // A paragraph is made together with its rank.
                if let (Part::Prose, Some(key)) = (cell.part, cell.key.strip_suffix(":rank")) {
                    let text = replica.text(&Cell {
                        key: key.to_owned(),
                        ..cell.clone()
                    });
                    stands.extend(text.map(|text| ((Part::Prose, key.to_owned()), Scalar::Str(text))));
                }
                stands.insert((cell.part, cell.key), value);
            }
            stands
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(json: &str) -> Past {
        Past::from(serde_json::from_str::<AsOf>(json).expect("an answer of the test"))
    }

    const ONE: &str = "00000000-0000-7000-8000-000000000001";
    const TWO: &str = "00000000-0000-7000-8000-000000000002";

    #[test]
    fn a_plan_as_of_a_moment_reads_as_the_open_one_does() {
        let past = state(&format!(
            r#"{{"plan":"{ONE}","seq":8,"at":80,"head":9,"head_at":90,"items":[
              {{"section":"opportunities","item":"{ONE}","changed":{{"seq":7,"at":70,"by":"{TWO}"}},
                "fields":{{"title":"Yard","probability":40,"rank":"90"}},
                "links":{{"supports:{TWO}":2,"supports:{TWO}:note":"why"}},
                "own":{{"{TWO}:vote":3}},
                "prose":{{"notes:{ONE}":"second","notes:{ONE}:rank":"90","notes:{TWO}":"first","notes:{TWO}:rank":"80"}}}},
              {{"section":"opportunities","item":"{TWO}","changed":{{"seq":8,"at":80,"by":"{ONE}"}},
                "fields":{{"title":"Crane","rank":"80"}}}},
              {{"section":"people","item":"{ONE}","fields":{{"title":"Anna","political":"sealed:erased"}},
                "own":{{"{TWO}:stance":"sealed:erased"}},
                "prose":{{"notes:{ONE}":"sealed:erased","notes:{ONE}:rank":"80"}}}},
              {{"section":"people","item":"{TWO}","fields":{{"title":"Gone","deleted":true}}}}]}}"#
        ));
        let id = |text: &str| ItemId::from_str(text).expect("an id of the test");
        let (one, two) = (id(ONE), id(TWO));
        let section = SectionId::Opportunities;
        assert_eq!(past.items(section), [two, one], "by rank");
        let people = SectionId::People;
        assert_eq!(past.items(people), [one], "deleted items are not shown");
        let political = Cell::field(people, one, "political");
        assert_eq!(past.value(&political), None, "what was erased is no value");
        assert_eq!(past.stored(&political).and_then(hidden_in), Some(plan::Hidden::Erased));
        assert_eq!(past.own(people, one, "stance"), []);
        assert_eq!(past.paragraphs(people, one, "notes"), []);
        assert!(past.has_item(SectionId::People, two));
        let probability = Cell::field(section, one, "probability");
        assert_eq!(past.value(&probability), Some(Scalar::Int(40)));
        assert_eq!(past.links(section, one, "supports"), [(TWO.to_owned(), Scalar::Int(2))]);
        assert_eq!(past.own(section, one, "vote").len(), 1);
        let texts: Vec<String> = past
            .paragraphs(section, one, "notes")
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        assert_eq!(texts, ["first", "second"]);
        assert_eq!(past.last.map(|(_, item, stamp)| (item, stamp.seq)), Some((two, Seq(8))));
    }
}
