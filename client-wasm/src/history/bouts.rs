//! Lines of the history by day, and within a day by who was at work: what one person did in one go stands together.

use chrono::{NaiveDate, NaiveDateTime};
use domain::{ItemId, PersonId, SectionId, TimestampMs};
use leptos::prelude::*;

use crate::api::past::Control;
use crate::pages::{Told, word_for_one};
use crate::store::{PlanStore, use_store};
use crate::ui::use_ui;

/// How long a person may do nothing and still be at the same work, in milliseconds.
const PAUSE_MS: i64 = 30 * 60 * 1_000;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// Something was written.
    Edit(Told),
    /// Something happened to the plan as a whole.
    Event(Control),
}

impl Line {
    /// When.
    pub(super) fn at(&self) -> TimestampMs {
        match self {
            Self::Edit(told) => told.at,
            Self::Event(event) => event.at,
        }
    }

    fn author(&self) -> PersonId {
        match self {
            Self::Edit(told) => told.author,
            Self::Event(event) => event.author,
        }
    }
}

/// What one person did in one go, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bout {
    /// Who.
    pub(super) person: PersonId,
    /// When it began.
    pub(super) from: TimestampMs,
    /// When it ended.
    pub(super) to: TimestampMs,
    /// When the last of it was made, where it was made offline.
    pub(super) offline: Option<TimestampMs>,
    /// Its lines, those of one item together.
    pub(super) groups: Vec<Group>,
}

/// Lines of one item, or of the plan as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Group {
    /// Of an item.
    Item(SectionId, ItemId, Vec<Told>),
    /// Of the plan as a whole.
    Plan(Vec<Control>),
}

/// Lines, newest first, by day and bout; `local` is what the clock showed.
pub(super) fn days(lines: Vec<Line>, local: &dyn Fn(TimestampMs) -> NaiveDateTime) -> Vec<(NaiveDate, Vec<Bout>)> {
    let mut days: Vec<(NaiveDate, Vec<Bout>)> = Vec::new();
    for line in lines {
        let day = local(line.at()).date();
        if days.last().is_none_or(|(last, _)| *last != day) {
            days.push((day, Vec::new()));
        }
        if let Some((_, bouts)) = days.last_mut() {
            add(bouts, line);
        }
    }
    days
}

fn add(bouts: &mut Vec<Bout>, line: Line) {
    let (person, at) = (line.author(), line.at());
    match bouts.last_mut() {
        Some(bout) if bout.person == person && bout.from.0.saturating_sub(at.0) <= PAUSE_MS => bout.add(line),
        _ => {
            let mut bout = Bout {
                person,
                from: at,
                to: at,
                offline: None,
                groups: Vec::new(),
            };
            bout.add(line);
            bouts.push(bout);
        }
    }
}

impl Bout {
    fn add(&mut self, line: Line) {
        self.from = self.from.min(line.at());
        match line {
            Line::Edit(told) => {
                self.offline = self.offline.or(told.offline);
                let place = (told.cell.section, told.cell.item);
                let same = self.groups.iter_mut().find_map(|group| match group {
                    Group::Item(section, item, lines) if (*section, *item) == place => Some(lines),
                    _ => None,
                });
                match same {
                    Some(lines) => lines.push(told),
                    None => self.groups.push(Group::Item(place.0, place.1, vec![told])),
                }
            }
            Line::Event(event) => match self.groups.last_mut() {
                Some(Group::Plan(events)) => events.push(event),
                _ => self.groups.push(Group::Plan(vec![event])),
            },
        }
    }
}

/// What an item is called: by its own title; one that is not there by its title of then; a section's one item by the
/// section.
pub(super) fn place_name(store: PlanStore, section: SectionId, item: ItemId, then: Option<&str>) -> String {
    if section.is_single() {
        return word_for_one(&store.schema(), section);
    }
    let title = store.peek_title(section, item);
    let title = if title.trim().is_empty() {
        then.unwrap_or_default()
    } else {
        &title
    };
    crate::words::named(title).to_owned()
}

/// Whose data was erased: the way to the contact, by the name that can be said still.
#[component]
pub(super) fn OfContact(contact: Option<ItemId>) -> impl IntoView {
    let (store, ui) = (use_store(), use_ui());
    contact.map(|item| {
        let title = place_name(store, SectionId::People, item, None);
        view! {
            <button type="button" class="link t" on:click=move |_| ui.open(SectionId::People, item)>
                {title}
            </button>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::directory::fake::person;
    use chrono::DateTime;
    use domain::{Cell, Seq};

    fn line(who: u128, minute: i64, item: u128) -> Line {
        Line::Edit(Told {
            seq: Seq(1),
            first: Seq(1),
            at: TimestampMs(minute * 60_000),
            offline: None,
            author: person(who),
            cell: Cell::field(SectionId::Actions, crate::edit::directory::fake::item(item), "title"),
            title: None,
            what: String::new(),
            old: None,
            new: None,
            diff: Vec::new(),
        })
    }

    #[test]
    fn what_one_person_does_in_one_go_stands_together_by_item() {
        let day = 24 * 60;
        let newest_first = vec![
            line(1, day + 5, 11),
            line(1, 100, 11),
            line(1, 90, 12),
            line(1, 80, 11),
            line(2, 70, 11),
            line(1, 60, 11),
            line(1, 20, 11),
        ];
        let utc = |at: TimestampMs| DateTime::from_timestamp_millis(at.0).unwrap_or_default().naive_utc();
        let days = days(newest_first, &utc);
        let shape: Vec<Vec<(PersonId, i64, Vec<usize>)>> = days
            .iter()
            .map(|(_, bouts)| {
                let sizes = |bout: &Bout| {
                    let size = |group: &Group| match group {
                        Group::Item(.., lines) => lines.len(),
                        Group::Plan(events) => events.len(),
                    };
                    bout.groups.iter().map(size).collect()
                };
                bouts
                    .iter()
                    .map(|bout| (bout.person, bout.from.0 / 60_000, sizes(bout)))
                    .collect()
            })
            .collect();
        assert_eq!(
            shape,
            [
                vec![(person(1), day + 5, vec![1])],
                vec![
                    (person(1), 80, vec![2, 1]),
                    (person(2), 70, vec![1]),
                    (person(1), 60, vec![1]),
                    (person(1), 20, vec![1]),
                ]
            ]
        );
    }
}
