//! What a list editor knows: the options, what is typed, what is chosen, and what becomes of it.

use std::collections::BTreeMap;

use domain::{Kind, Scalar, SectionId};
use leptos::prelude::*;
use plan::Edit;

use crate::browser;
use crate::edit::FieldAt;
use crate::edit::look::section_one;
use crate::edit::read::{Choosable, STRENGTH_USUAL, Wanted, is_many, matching, options};
use crate::store::PlanStore;
use crate::words;

/// Most options that the list draws at once: more are found by typing.
const OPTIONS_SHOWN_MAX: usize = 80;

/// What the editor works on.
#[derive(Clone, Copy)]
pub(super) struct State {
    pub(super) store: PlanStore,
    pub(super) at: StoredValue<FieldAt>,
    pub(super) many: bool,
    pub(super) strength: bool,
    all: StoredValue<Vec<Choosable>>,
    pub(super) query: RwSignal<String>,
    pub(super) active: RwSignal<usize>,
    /// What is chosen so far: for one value, at most one key.
    pub(super) chosen: RwSignal<BTreeMap<String, Scalar>>,
    /// What was chosen when the editor was opened.
    before: StoredValue<BTreeMap<String, Scalar>>,
    /// Whether anything was typed, moved or chosen since the last choice: then Enter chooses, else it is done.
    pub(super) touched: RwSignal<bool>,
    /// Items that are made when the editor commits, by their key.
    made: StoredValue<Vec<(SectionId, Choosable)>>,
}

/// The key of the row that empties the field.
const NOTHING: &str = "";

impl State {
    pub(super) fn new(store: PlanStore, at: FieldAt, query: String) -> Self {
        let many = is_many(&at.field.kind);
        let mut all = options(&at.field, &store);
        if at.field.kind == Kind::Flag {
            all = [("true", words::YES), ("false", words::NO)]
                .map(|(key, label)| plain(key, label))
                .to_vec();
        }
        let chosen: BTreeMap<String, Scalar> = if many {
            at.links(store).into_iter().collect()
        } else {
            let value = at.value(store);
            value.map(|value| (value.to_string(), value)).into_iter().collect()
        };
        if !many && !chosen.is_empty() {
            all.insert(0, plain(NOTHING, words::NOTHING));
        }
        let active = all
            .iter()
            .position(|option| chosen.contains_key(&option.key))
            .unwrap_or(0);
        let touched = !query.is_empty();
        Self {
            store,
            many,
            strength: matches!(at.field.kind, Kind::Items { strength: true, .. }),
            at: StoredValue::new(at),
            all: StoredValue::new(all),
            active: RwSignal::new(if touched { 0 } else { active }),
            query: RwSignal::new(query),
            before: StoredValue::new(chosen.clone()),
            chosen: RwSignal::new(chosen),
            touched: RwSignal::new(touched),
            made: StoredValue::new(Vec::new()),
        }
    }

    pub(super) fn type_query(self, text: String) {
        self.query.set(text);
        self.active.set(0);
        self.touched.set(true);
    }

    /// The options that the typed text leaves, and a new item of that name where the field links to items.
    pub(super) fn shown(self) -> Vec<Choosable> {
        let query = self.query.get();
        let text = query.trim();
        self.all.with_value(|all| {
            if text.is_empty() {
                return all.iter().take(OPTIONS_SHOWN_MAX).cloned().collect();
            }
            let best = matching(all, text);
            let needle = text.to_lowercase();
            let rest = all.iter().filter(|option| {
                option.label.to_lowercase().contains(&needle) && !best.iter().any(|found| found.key == option.key)
            });
            let mut shown: Vec<Choosable> = best
                .iter()
                .copied()
                .chain(rest)
                .take(OPTIONS_SHOWN_MAX)
                .cloned()
                .collect();
            if !shown.iter().any(|option| option.label.to_lowercase() == needle) {
                shown.extend(self.new_items(text));
            }
            shown
        })
    }

    /// One row for each section in which an item of this name could be made.
    fn new_items(self, text: &str) -> Vec<Choosable> {
        self.at.with_value(|at| match &at.field.kind {
            Kind::Item(to) | Kind::Items { to, .. } => to
                .iter()
                .map(|section| Choosable {
                    key: format!("{NEW}{section}"),
                    label: words::new_called(&section_one(self.store, *section), text),
                    alias: text.to_owned(),
                    section: Some(*section),
                })
                .collect(),
            _ => Vec::new(),
        })
    }

    pub(super) fn step(self, key: &str, count: usize) {
        let by: isize = match key {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            "PageDown" => PAGE_ROWS,
            _ => -PAGE_ROWS,
        };
        let last = count.saturating_sub(1);
        self.active
            .update(|active| *active = active.saturating_add_signed(by).min(last));
        self.touched.set(true);
    }

    pub(super) fn choose(self, option: &Choosable) {
        let option = &self.made_or_known(option);
        self.chosen.update(|chosen| {
            if !self.many {
                chosen.clear();
                if option.key != NOTHING {
                    chosen.insert(option.key.clone(), self.one_value(&option.key));
                }
            } else if chosen.remove(&option.key).is_none() {
                let value = if self.strength {
                    Scalar::Int(STRENGTH_USUAL)
                } else {
                    Scalar::Bool(true)
                };
                chosen.insert(option.key.clone(), value);
            }
        });
        self.query.set(String::new());
        self.touched.set(false);
        if self.many {
            let at = self
                .all
                .with_value(|all| all.iter().position(|other| other.key == option.key));
            self.active.set(at.unwrap_or(0));
        }
    }

    /// Whether a digit sets the found item's strength, and is not the next letter of another's name.
    pub(super) fn is_strength(self, digit: &str, active: &Choosable) -> bool {
        let typed = self
            .query
            .with_untracked(|query| format!("{query}{digit}").to_lowercase());
        let goes_on = || {
            self.all
                .with_value(|all| all.iter().any(|option| option.label.to_lowercase().contains(&typed)))
        };
        typed == digit || !(active.key.starts_with(NEW) || goes_on())
    }

    pub(super) fn set_strength(self, option: &Choosable, strength: i64) {
        let option = &self.made_or_known(option);
        self.chosen.update(|chosen| {
            chosen.insert(option.key.clone(), Scalar::Int(strength));
        });
        self.query.set(String::new());
        let at = self
            .all
            .with_value(|all| all.iter().position(|other| other.key == option.key));
        self.active.set(at.unwrap_or(0));
        self.touched.set(false);
    }

    fn one_value(self, key: &str) -> Scalar {
        let is_flag = self.at.with_value(|at| at.field.kind == Kind::Flag);
        if is_flag {
            Scalar::Bool(key == "true")
        } else {
            Scalar::Str(key.to_owned())
        }
    }

    /// A row "New ...: name" becomes an item with an id, made when the editor commits.
    fn made_or_known(self, option: &Choosable) -> Choosable {
        let Some(section) = option.section.filter(|_| option.key.starts_with(NEW)) else {
            return option.clone();
        };
        let item = Choosable {
            key: browser::new_item().to_string(),
            label: option.alias.clone(),
            alias: String::new(),
            section: Some(section),
        };
        self.made.update_value(|made| made.push((section, item.clone())));
        self.all.update_value(|all| all.push(item.clone()));
        item
    }

    /// What was typed or chosen and is no edit yet, as a text; None where there is nothing.
    pub(super) fn unsaved_text(self) -> Option<String> {
        let query = self.query.get_untracked();
        if !query.trim().is_empty() {
            return Some(query);
        }
        let chosen = self.chosen.get_untracked();
        if self.before.with_value(|before| *before == chosen) {
            return None;
        }
        let labels = self.all.with_value(|all| {
            let chosen = all.iter().filter(|option| chosen.contains_key(&option.key));
            chosen.map(|option| option.label.clone()).collect::<Vec<_>>()
        });
        let is_emptied = labels.is_empty();
        Some(if is_emptied {
            words::NOTHING.to_owned()
        } else {
            labels.join(", ")
        })
    }

    pub(super) fn commit(self, store: PlanStore) {
        let chosen = self.chosen.get_untracked();
        let mut edits = self.making(store, &chosen);
        let taken: Vec<String> = chosen.keys().cloned().collect();
        let wanted = if self.many {
            let now = self.at.with_value(|at| at.links(store));
            Wanted::Many(self.before.with_value(|before| on_top(now, before, chosen)))
        } else {
            Wanted::One(chosen.into_values().next())
        };
        edits.extend(self.at.with_value(|at| at.edits_of(store, &wanted)));
        if !edits.is_empty() && store.edit(edits) {
            // An editor that stays open may commit again.
            self.made
                .update_value(|made| made.retain(|(_, item)| !taken.contains(&item.key)));
        }
    }

    /// The edits that make the new items that are still chosen, at the end of their section.
    fn making(self, store: PlanStore, chosen: &BTreeMap<String, Scalar>) -> Vec<Edit> {
        let mut last: BTreeMap<SectionId, String> = BTreeMap::new();
        self.made.with_value(|made| {
            made.iter()
                .filter(|(_, item)| chosen.contains_key(&item.key))
                .filter_map(|(section, item)| {
                    let id = item.key.parse().ok()?;
                    let rank = match last.get(section) {
                        Some(rank) => plan::rank_between(Some(rank), None),
                        None => store.rank_between(*section, store.peek_items(*section).last().copied(), None),
                    };
                    last.insert(*section, rank.clone());
                    let fields = vec![
                        ("title".to_owned(), Scalar::Str(item.label.clone())),
                        ("rank".to_owned(), Scalar::Str(rank)),
                    ];
                    Some(Edit::MakeItem {
                        section: *section,
                        item: id,
                        fields,
                    })
                })
                .collect()
        })
    }

    pub(super) fn placeholder(self, store: PlanStore) -> String {
        if self.many {
            return words::FIND_OR_ADD.to_owned();
        }
        self.at.with_value(|at| at.text(store))
    }

    pub(super) fn hint(self) -> &'static str {
        if self.strength {
            words::MANY_STRENGTH_KEYS
        } else {
            words::MANY_KEYS
        }
    }
}

/// How many options a page key steps over.
const PAGE_ROWS: isize = 8;
/// Begins the key of a row that makes a new item.
const NEW: &str = "new:";

fn plain(key: &str, label: &str) -> Choosable {
    Choosable {
        key: key.to_owned(),
        label: label.to_owned(),
        alias: String::new(),
        section: None,
    }
}

/// What was chosen and let go here since the editor was opened, on top of what the field holds by now: what others
/// chose meanwhile stays.
fn on_top(
    now: Vec<(String, Scalar)>,
    before: &BTreeMap<String, Scalar>,
    chosen: BTreeMap<String, Scalar>,
) -> BTreeMap<String, Scalar> {
    let is_let_go = |key: &str| before.contains_key(key) && !chosen.contains_key(key);
    let mut wanted: BTreeMap<_, _> = now.into_iter().filter(|(key, _)| !is_let_go(key)).collect();
    wanted.extend(chosen.into_iter().filter(|(key, value)| before.get(key) != Some(value)));
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_chose_meanwhile_stays_and_what_they_let_go_stays_gone() {
        let links = |all: &[(&str, i64)]| -> BTreeMap<String, Scalar> {
            let link = |(key, strength): &(&str, i64)| ((*key).to_owned(), Scalar::Int(*strength));
            all.iter().map(link).collect()
        };
        let before = links(&[("kept", 2), ("mine off", 2), ("theirs off", 2), ("stronger", 1)]);
        let chosen = links(&[("kept", 2), ("theirs off", 2), ("stronger", 3), ("mine", 2)]);
        let now = links(&[("kept", 2), ("mine off", 2), ("stronger", 1), ("theirs", 1)]);
        let expected = links(&[("kept", 2), ("stronger", 3), ("mine", 2), ("theirs", 1)]);
        assert_eq!(on_top(now.into_iter().collect(), &before, chosen), expected);
    }
}
