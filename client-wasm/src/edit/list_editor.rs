//! The editor of a field that takes choices, people or items: a combobox with its list; one or several, with the
//! strength of a link where it has one.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::{Kind, Scalar, SectionId};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use plan::Edit;

use super::FieldAt;
use super::editor::{Done, page_has_focus, say_place};
use super::read::{Choosable, STRENGTH_USUAL, Wanted, is_many, matching, options};
use super::text_editor::take_focus;
use super::unread::Unreads;
use crate::browser;
use crate::erased::{For, Show, effect, memo};
use crate::store::PlanStore;

/// Most options that the list draws at once: more are found by typing.
const OPTIONS_SHOWN_MAX: usize = 80;

/// Numbers for element ids, so that the input can name its list.
static LISTS: AtomicUsize = AtomicUsize::new(0);

/// What the editor works on.
#[derive(Clone, Copy)]
struct State {
    store: PlanStore,
    at: StoredValue<FieldAt>,
    many: bool,
    strength: bool,
    all: StoredValue<Vec<Choosable>>,
    query: RwSignal<String>,
    active: RwSignal<usize>,
    /// What is chosen so far: for one value, at most one key.
    chosen: RwSignal<BTreeMap<String, Scalar>>,
    /// Whether anything was typed, moved or chosen since the last choice: then Enter chooses, else it is done.
    touched: RwSignal<bool>,
    /// Items that are made when the editor commits, by their key.
    made: StoredValue<Vec<(SectionId, Choosable)>>,
}

/// Chooses among choices, people or items.
#[component]
pub(super) fn ListEditor(at: FieldAt, typed: Option<String>, on_done: Callback<Done>) -> impl IntoView {
    let store = expect_context::<PlanStore>();
    let unreads = Unreads::expect();
    let kept = unreads.get_untracked(&at.seat(store.you()));
    let error = kept.as_ref().filter(|_| typed.is_none()).map(|kept| kept.why.clone());
    let typed = typed.or_else(|| kept.map(|kept| kept.text));
    let label = at.field.label.to_string();
    say_place(store, &at, typed.clone().map(|text| (text, None)));
    let state = State::new(store, at, typed.unwrap_or_default());
    let shown = memo(move |_| state.shown());
    let input = NodeRef::<html::Input>::new();
    take_focus(input, false);
    let float = NodeRef::<html::Div>::new();
    super::float::at_cell(float);
    let closed = StoredValue::new(false);
    let finish = move |done: Done, commit: bool| {
        if closed.get_value() {
            return;
        }
        closed.set_value(true);
        if commit {
            state.commit(store);
        }
        state.at.with_value(|at| {
            unreads.drop(&at.seat(store.you()));
            say_place(store, at, None);
        });
        on_done.run(done);
    };
    let choose = move |option: &Choosable| {
        state.choose(option);
        if !state.many {
            finish(Done::Down, true);
        }
    };
    let on_keydown = move |event: KeyboardEvent| {
        event.stop_propagation();
        if !event.is_composing() {
            on_key(&event, &state, shown, &choose, &finish);
        }
    };
    let list = format!("options-{}", LISTS.fetch_add(1, Ordering::Relaxed));
    let option_id = {
        let list = list.clone();
        move |index: usize| format!("{list}-{index}")
    };
    let active_id = option_id.clone();
    view! {
        <span class="edit-list" on:mousedown=|event| event.stop_propagation() on:dblclick=|event| event.stop_propagation()>
            <input
                node_ref=input
                class="edit-line"
                type="text"
                role="combobox"
                autocomplete="off"
                spellcheck="false"
                aria-label=label.clone()
                aria-expanded="true"
                aria-autocomplete="list"
                aria-controls=list.clone()
                aria-activedescendant=move || shown.with(|shown| !shown.is_empty()).then(|| active_id(state.active.get()))
                placeholder=state.placeholder(store)
                prop:value=move || state.query.get()
                on:input=move |event| {
                    state.type_query(event_target_value(&event));
                    state.at.with_value(|at| say_place(store, at, Some((state.query.get_untracked(), None))));
                }
                on:keydown=on_keydown
                on:blur=move |_| {
                    if page_has_focus() {
                        finish(Done::Left, state.many);
                    }
                }
            />
            <div class="options" node_ref=float>
                {error.map(|error| view! { <p class="options-error" role="alert">{error}</p> })}
                <ul id=list role="listbox" aria-label=label aria-multiselectable=if state.many { "true" } else { "false" }>
                    <For each=move || shown.get().into_iter().enumerate() key=|(index, option)| (*index, option.key.clone()) let((index, option))>
                        <OptionRow state index option id=option_id(index) choose />
                    </For>
                </ul>
                <Show when=move || shown.with(Vec::is_empty)>
                    <p class="options-none">"Nothing is called so."</p>
                </Show>
                {state.many.then(|| view! { <p class="options-hint">{state.hint()}</p> })}
            </div>
        </span>
    }
}

#[component]
fn OptionRow(
    state: State,
    index: usize,
    option: Choosable,
    id: String,
    choose: impl Fn(&Choosable) + Copy + 'static,
) -> impl IntoView {
    let key = option.key.clone();
    let is_chosen = memo(move |_| state.chosen.with(|chosen| chosen.get(&key).cloned()));
    let tone = state.at.with_value(|at| {
        at.field
            .choice(&option.key)
            .map(|choice| crate::views::tone_class(choice.tone))
    });
    let section = option
        .section
        .filter(|_| state.at.with_value(|at| super::look::has_sections(&at.field)));
    let label = option.label.clone();
    let row = NodeRef::<html::Li>::new();
    effect(move || {
        if state.active.get() == index
            && let Some(row) = row.get()
        {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            row.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    let strength_of = option.clone();
    view! {
        <li
            node_ref=row
            id=id
            role="option"
            class:active=move || state.active.get() == index
            aria-selected=move || if is_chosen.get().is_some() { "true" } else { "false" }
            // The input keeps the focus.
            on:mousedown=|event| event.prevent_default()
            on:mousemove=move |_| {
                if state.active.get_untracked() != index {
                    state.active.set(index);
                }
            }
            on:click=move |_| choose(&option)
        >
            <span class="option-mark" aria-hidden="true">{move || if is_chosen.get().is_some() { "✓" } else { "" }}</span>
            {match tone {
                Some(tone) => view! { <span class=format!("chip {tone}")>{label}</span> }.into_any(),
                None => view! { <span class="option-label">{label}</span> }.into_any(),
            }}
            {section.map(|section| view! { <span class="faint small">{super::look::section_one(state.store, section)}</span> })}
            {state.strength.then(|| view! { <Strengths state option=strength_of is_chosen /> })}
        </li>
    }
}

/// Three buttons for the strength of a link, for the mouse; the keys 1 to 3 do the same.
#[component]
fn Strengths(state: State, option: Choosable, is_chosen: Memo<Option<Scalar>>) -> impl IntoView {
    let option = StoredValue::new(option);
    view! {
        <span class="strengths" aria-hidden="true">
            {(1..=3_i64)
                .map(|strength| {
                    view! {
                        <i
                            class:y=move || is_chosen.get() == Some(Scalar::Int(strength))
                            on:click=move |event| {
                                event.stop_propagation();
                                option.with_value(|option| state.set_strength(option, strength));
                            }
                        >
                            {strength}
                        </i>
                    }
                })
                .collect_view()}
        </span>
    }
}

fn on_key(
    event: &KeyboardEvent,
    state: &State,
    shown: Memo<Vec<Choosable>>,
    choose: &impl Fn(&Choosable),
    finish: &impl Fn(Done, bool),
) {
    let key = event.key();
    let count = shown.with_untracked(Vec::len);
    let active = shown.with_untracked(|shown| shown.get(state.active.get_untracked()).cloned());
    match key.as_str() {
        "ArrowDown" | "ArrowUp" | "PageDown" | "PageUp" => {
            event.prevent_default();
            state.step(&key, count);
        }
        "Escape" => {
            event.prevent_default();
            finish(Done::Stay, false);
        }
        "1" | "2" | "3" if state.strength && active.as_ref().is_some_and(|active| state.is_strength(&key, active)) => {
            event.prevent_default();
            if let (Some(option), Ok(strength)) = (active, key.parse()) {
                state.set_strength(&option, strength);
            }
        }
        "Enter" | "Tab" => {
            event.prevent_default();
            let done = Done::of_key(&key, event.shift_key()).unwrap_or(Done::Stay);
            let chooses = state.touched.get_untracked() || (!state.many && key == "Enter");
            match active {
                Some(option) if state.many && chooses && key == "Enter" => choose(&option),
                Some(option) if chooses => {
                    state.choose(&option);
                    finish(done, true);
                }
                // Typed, but nothing is called so: the list says it, and the text stays for mending.
                None if chooses && !state.query.with_untracked(String::is_empty) => {}
                _ => finish(done, state.many || key == "Enter"),
            }
        }
        _ => {}
    }
}

/// The key of the row that empties the field.
const NOTHING: &str = "";

impl State {
    fn new(store: PlanStore, at: FieldAt, query: String) -> Self {
        let many = is_many(&at.field.kind);
        let mut all = options(&at.field, &store);
        if at.field.kind == Kind::Flag {
            all = [("true", "Yes"), ("false", "No")]
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
            all.insert(0, plain(NOTHING, "nothing"));
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
            chosen: RwSignal::new(chosen),
            touched: RwSignal::new(touched),
            made: StoredValue::new(Vec::new()),
        }
    }

    fn type_query(self, text: String) {
        self.query.set(text);
        self.active.set(0);
        self.touched.set(true);
    }

    /// The options that the typed text leaves, and a new item of that name where the field links to items.
    fn shown(self) -> Vec<Choosable> {
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
                    label: format!(
                        "New {}: {text}",
                        super::look::section_one(self.store, *section).to_lowercase()
                    ),
                    alias: text.to_owned(),
                    section: Some(*section),
                })
                .collect(),
            _ => Vec::new(),
        })
    }

    fn step(self, key: &str, count: usize) {
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

    fn choose(self, option: &Choosable) {
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
    fn is_strength(self, digit: &str, active: &Choosable) -> bool {
        let typed = self
            .query
            .with_untracked(|query| format!("{query}{digit}").to_lowercase());
        let goes_on = || {
            self.all
                .with_value(|all| all.iter().any(|option| option.label.to_lowercase().contains(&typed)))
        };
        typed == digit || !(active.key.starts_with(NEW) || goes_on())
    }

    fn set_strength(self, option: &Choosable, strength: i64) {
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

    fn commit(self, store: PlanStore) {
        let chosen = self.chosen.get_untracked();
        let mut edits = self.making(store, &chosen);
        let wanted = if self.many {
            Wanted::Many(chosen)
        } else {
            Wanted::One(chosen.into_values().next())
        };
        edits.extend(self.at.with_value(|at| at.edits_of(store, &wanted)));
        if !edits.is_empty() {
            store.edit(edits);
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

    fn placeholder(self, store: PlanStore) -> String {
        if self.many {
            return "find or add".to_owned();
        }
        self.at.with_value(|at| at.text(store))
    }

    fn hint(self) -> &'static str {
        if self.strength {
            "Enter adds or removes, 1 to 3 set the strength, Tab is done"
        } else {
            "Enter adds or removes, Tab is done"
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
