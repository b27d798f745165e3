//! What changed: who, when, what, in words, with the way to the place and the way back; the newest first.

use std::time::Duration;

use domain::{Part, SectionId, TimestampMs};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::bouts::{Bout, Group, Line, OfContact, days, place_name};
use super::confirm::{Asked, Confirm, Question};
use super::erasures::Erasures;
use super::filter::{Filter, Kinds};
use super::filter_bar::FilterBar;
use super::since;
use super::words as said;
use crate::api::past::{self, Control, HistoryPage as Lines, Moment, TitledFact};
use crate::browser;
use crate::edit::directory::Directory;
use crate::erased::{For, Show, effect, effect_after, memo, sort_by_key};
use crate::pages::{Change, Told, offline_words, told, word_for_one};
use crate::route::Page;
use crate::store::{Past, PlanStore, use_store};
use crate::ui::{UiState, toast, use_ui};
use crate::views::{Face, Problem};
use crate::when;
use crate::words;

/// How many facts are asked for at once.
const PAGE_FACTS: usize = 200;
/// How many lines one reading should bring, where there are more.
const LINES_MIN: usize = 10;
/// How many pages are read for that at most.
const PAGES_AT_ONCE: usize = 5;
/// How soon after a change the list is read again.
const REFRESH: Duration = Duration::from_millis(600);

/// The history of the plan, or of what the filter names.
#[component]
pub(crate) fn HistoryPage() -> impl IntoView {
    let (store, ui) = (use_store(), use_ui());
    let filter = memo(move |_| Filter::parse(&ui.filter.get()));
    let list = List::start(store, filter);
    let is_of_erasures = memo(move |_| filter.with(|filter| filter.kinds == Kinds::Erased));
    let asked: Asked = RwSignal::new(None);
    view! {
        <div class="head">
            <h1>{words::HISTORY}</h1>
            <span class="muted">{words::HISTORY_HINT}</span>
        </div>
        <FilterBar filter />
        <Problem words=list.trouble />
        <Show when=move || !is_of_erasures.get() fallback=move || view! { <Erasures filter /> }>
            <Days list asked />
        </Show>
        <Show when=move || !is_of_erasures.get() && list.next.with(Option::is_some)>
            <button type="button" class="btn" disabled=list.busy on:click=move |_| list.load_more()>
                {words::MORE}
            </button>
        </Show>
        <Confirm asked />
    }
}

/// What was read so far, and what of it is asked for.
#[derive(Clone, Copy)]
struct List {
    store: PlanStore,
    filter: Memo<Filter>,
    facts: RwSignal<Vec<TitledFact>>,
    control: RwSignal<Vec<Control>>,
    next: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    loaded: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
    /// Counts the readings: an answer to an older question is dropped.
    asked: StoredValue<u64>,
}

impl List {
    fn start(store: PlanStore, filter: Memo<Filter>) -> Self {
        let list = Self {
            store,
            filter,
            facts: RwSignal::new(Vec::new()),
            control: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            busy: RwSignal::new(false),
            loaded: RwSignal::new(false),
            trouble: RwSignal::new(None),
            asked: StoredValue::new(0),
        };
        let waiting = StoredValue::new(false);
        // Another filter or moment at once; a change of the plan a moment later, many of them together.
        effect(move || {
            filter.track();
            store.then().track();
            list.load(None);
        });
        store.at_each_sight(move || list.begin_anew());
        effect_after(move |before: Option<()>| {
            store.head().track();
            if before.is_none() || waiting.get_value() {
                return;
            }
            waiting.set_value(true);
            set_timeout(
                move || {
                    if waiting.try_set_value(false).is_none() {
                        list.load(None);
                    }
                },
                REFRESH,
            );
        });
        list
    }

    /// Whether only that is asked for which is not for me.
    fn is_withheld(self) -> bool {
        let section = self.filter.with(|filter| filter.section);
        section.is_some_and(|section| self.store.withholds(section))
    }

    /// What I may read has changed: what was read before is not shown any more.
    fn begin_anew(self) {
        self.take(Lines::default(), true);
        self.loaded.set(false);
        self.load(None);
    }

    fn load_more(self) {
        self.load(self.next.get_untracked());
    }

    fn load(self, cursor: Option<String>) {
        self.load_for(cursor, PAGES_AT_ONCE);
    }

    /// Reads a page; and some more behind it while they bring nothing but more of the same lines.
    fn load_for(self, cursor: Option<String>, pages: usize) {
        if self.filter.with_untracked(|filter| filter.kinds == Kinds::Erased) {
            return; // that is another list
        }
        let mut question = 0;
        self.asked.update_value(|asked| {
            *asked += 1;
            question = *asked;
        });
        self.busy.set(true);
        // While a past is looked at, its own past.
        let until = self.store.peek_past().map(|past| TimestampMs(past.at.0 + 1));
        let asked = self.filter.get_untracked().asked(until);
        spawn_local(async move {
            let answer = past::history(self.store.plan(), &asked, cursor.as_deref(), PAGE_FACTS).await;
            if self.asked.try_get_value() != Some(question) {
                return; // the page has gone, or asks for something else by now
            }
            self.busy.set(false);
            match answer {
                Ok(part) => {
                    let before = if cursor.is_none() {
                        0
                    } else {
                        untrack(|| self.lines().len())
                    };
                    self.take(part, cursor.is_none());
                    let more = self.next.get_untracked();
                    if more.is_some() && pages > 1 && untrack(|| self.lines().len()) < before + LINES_MIN {
                        self.load_for(more, pages - 1);
                    }
                }
                Err(error) => self.trouble.set(Some(error.words)),
            }
            self.loaded.set(true);
        });
    }

    fn take(self, part: Lines, is_first: bool) {
        self.trouble.set(None);
        self.store.learn_names(&part.control);
        self.next.set(part.cursor);
        self.control.update(|control| {
            if is_first {
                control.clear();
            }
            control.extend(part.control);
        });
        self.facts.update(|facts| {
            if is_first {
                facts.clear();
            }
            facts.extend(part.facts);
        });
    }

    fn lines(self) -> Vec<Line> {
        let schema = self.store.schema();
        let is_whole = self.filter.with(Filter::has_whole_texts);
        let text = |cell: &domain::Cell| self.store.peek_text(cell).filter(|_| is_whole);
        let told = self.facts.with(|facts| told(&schema, &self.store, facts, &text));
        let events = self.control.get().into_iter().map(Line::Event);
        let mut lines: Vec<Line> = told.into_iter().map(Line::Edit).chain(events).collect();
        sort_by_key(&mut lines, |line| std::cmp::Reverse(line.at()));
        lines
    }
}

#[component]
fn Days(list: List, asked: Asked) -> impl IntoView {
    let days = memo(move |_| days(list.lines(), &browser::local));
    let today = browser::today();
    view! {
        <ol class="history">
            <For
                each=move || days.get()
                key=|(day, bouts)| format!("{day} {bouts:?}")
                children=move |(day, bouts)| {
                    view! {
                        <li>
                            <h2>{crate::format::day::near(day, today)}</h2>
                            <ul class="bouts">
                                {bouts.into_iter().map(|bout| view! { <OneBout bout asked /> }).collect_view()}
                            </ul>
                        </li>
                    }
                }
            />
        </ol>
        <Show when=move || list.loaded.get() && days.with(Vec::is_empty)>
            <p class="faint" role="status">
                {move || match (list.next.with(Option::is_some), list.filter.with(|filter| *filter == Filter::default())) {
                    _ if list.is_withheld() => words::why_hidden(plan::Hidden::Withheld),
                    (true, _) => said::LOOKED_SO_FAR,
                    (false, true) => words::NO_HISTORY,
                    (false, false) => said::NOTHING_FOUND,
                }}
            </p>
        </Show>
    }
}

/// What one person did in one go.
#[component]
fn OneBout(bout: Bout, asked: Asked) -> impl IntoView {
    let store = use_store();
    let clock = |at| when::clock(browser::local(at));
    let times = match (clock(bout.from), clock(bout.to)) {
        (from, to) if from == to => to,
        (from, to) => format!("{from}–{to}"),
    };
    let groups = bout.groups.into_iter().map(|group| match group {
        Group::Item(section, item, lines) => {
            let title = place_name(
                store,
                section,
                item,
                lines.first().and_then(|line| line.title.as_deref()),
            );
            view! { <OfItem section item title lines asked /> }.into_any()
        }
        Group::Plan(events) => view! { <OfPlan events /> }.into_any(),
    });
    let groups = groups.collect_view();
    view! {
        <li class="bout">
            <Face person=bout.person named=true />
            <div>
                <p class="bout-head">
                    <b>{store.person_name(bout.person)}</b>
                    " "
                    <span class="faint">{times} {offline_words(bout.offline)}</span>
                </p>
                {groups}
            </div>
        </li>
    }
}

#[component]
fn OfPlan(events: Vec<Control>) -> impl IntoView {
    let one = |event: Control| {
        view! {
            <li class="bout-line">
                <span>{event.words} <OfContact contact=event.contact /></span>
                <span class="faint when">{when::clock(browser::local(event.at))}</span>
            </li>
        }
    };
    view! { <ul class="bout-lines events">{events.into_iter().map(one).collect_view()}</ul> }
}

#[component]
fn OfItem(
    section: domain::SectionId,
    item: domain::ItemId,
    title: String,
    lines: Vec<Told>,
    asked: Asked,
) -> impl IntoView {
    let (store, ui) = (use_store(), use_ui());
    let one = word_for_one(&store.schema(), section);
    let kind = (title != one).then(|| view! { " " <span class="faint small">{one}</span> });
    view! {
        <div class="bout-item">
            <button type="button" class="link t" on:click=move |_| ui.open(section, item)>
                {title}
            </button>
            {kind}
            <ul class="bout-lines">
                {lines.into_iter().map(|line| view! { <OneLine line asked /> }).collect_view()}
            </ul>
        </div>
    }
}

#[component]
fn OneLine(line: Told, asked: Asked) -> impl IntoView {
    let (store, ui) = (use_store(), use_ui());
    let time = when::clock(browser::local(line.at));
    let seq = line.seq;
    let place = (line.cell.section, line.cell.item);
    let field = (!matches!(line.cell.key.as_str(), "" | "deleted")).then(|| {
        let filter = Filter {
            field: Some(line.cell.field_key().to_owned()),
            ..Filter::of_item(line.cell.section, line.cell.item)
        };
        view! {
            <button
                type="button"
                class="btn quiet small"
                on:click=move |_| ui.filter.set(filter.to_string())
            >
                {said::OF_FIELD}
            </button>
        }
    });
    let may_write = untrack(|| store.may_write_now(line.cell.section, line.cell.field_key()));
    let back = (may_write && can_go_back(&line)).then(|| {
        let line = line.clone();
        view! {
            <button
                type="button"
                class="btn quiet small"
                on:click=move |_| ask_to_put_back(store, line.clone(), asked)
            >
                {said::PUT_BACK}
            </button>
        }
    });
    view! {
        <li class="bout-line" data-seq=seq.to_string()>
            <span><Change line /></span>
            <span class="faint when">{time}</span>
            <span class="line-do">
                {field}
                <button type="button" class="btn quiet small" on:click=move |_| see_then(ui, place, seq)>
                    {said::SEE_THEN}
                </button>
                {back}
            </span>
        </li>
    }
}

/// Whether there is something before the change that can be put back: not before an item was made.
fn can_go_back(line: &Told) -> bool {
    !(line.cell.part == Part::Fields && line.cell.key.is_empty())
}

/// The item as it was, on its own page: what a history of then says is not the plan of then.
fn see_then(ui: UiState, (section, item): (SectionId, domain::ItemId), seq: domain::Seq) {
    ui.turn_to(Page::Section(section));
    if !section.is_single() {
        ui.open(section, item);
    }
    ui.at.set(Some(seq));
}

/// Looks up what stood before a change, exactly, and asks whether to put it back.
fn ask_to_put_back(store: PlanStore, line: Told, asked: Asked) {
    let before = domain::Seq(line.first.0.saturating_sub(1));
    let sight = store.peek_sight();
    spawn_local(async move {
        let state = match past::as_of(store.plan(), Moment::Seq(before)).await {
            _ if store.peek_sight() != sight => return, // the page has gone, or may not show it any more
            Ok(state) => state,
            Err(error) => return toast(error.words),
        };
        let (section, item) = (line.cell.section, line.cell.item);
        let past = std::sync::Arc::new(Past::from(state));
        let Some(mut fields) = since::differences(store, &past, section, item) else {
            return toast(said::NOT_YET);
        };
        let key = line.cell.field_key();
        fields.retain(|field| field.key == key);
        if fields.is_empty() {
            return toast(said::AS_TODAY);
        }
        let question = Question {
            past,
            section,
            item,
            keys: vec![key.to_owned()],
        };
        // The page may have gone meanwhile.
        let _ = asked.try_set(Some(question));
    });
}
