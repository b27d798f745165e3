//! What is different between two moments, in words.

use domain::{Scalar, SectionId, Seq};
use leptos::prelude::*;
use leptos::task::spawn_local;
use plan::Hidden;

use super::bouts::OfContact;
use super::travel::Travel;
use super::words;
use crate::api::past::{self, Changes, FieldChange, ItemChanges, ItemNamed, Piece, SectionChanges};
use crate::browser;
use crate::edit::directory::Directory;
use crate::erased::{Show, effect};
use crate::pages::Pieces;
use crate::store::{hidden_in, use_store};
use crate::ui::{UiState, use_ui};
use crate::when;
use crate::words as personal;

/// The answer for two moments.
type Answer = Option<Result<Changes, String>>;

/// What changed between the moment that is shown and another: now, or one that is held.
#[component]
pub(super) fn Compared(travel: Travel) -> impl IntoView {
    let store = use_store();
    let answer: RwSignal<Answer> = RwSignal::new(None);
    let ends = crate::erased::memo(move |_| {
        let shown = (!travel.is_now()).then(|| travel.seq());
        let (one, other) = (shown, travel.held.get());
        travel.compared.get().then_some(())?;
        match (one, other) {
            (Some(one), Some(other)) => Some((one.min(other), Some(one.max(other)))),
            (Some(from), None) | (None, Some(from)) => Some((from, None)),
            (None, None) => None,
        }
    });
    effect(move || {
        let Some((from, to)) = ends.get() else {
            answer.set(None);
            return;
        };
        let sight = store.sight();
        spawn_local(async move {
            let changes = past::changes(store.plan(), from, to).await.map_err(|error| error.words);
            if ends.try_get_untracked() == Some(Some((from, to))) && store.peek_sight() == Some(sight) {
                if let Ok(changes) = &changes {
                    store.learn_names(&changes.control);
                }
                answer.set(Some(changes));
            }
        });
    });
    store.at_each_sight(move || answer.set(None));
    view! {
        <Show when=move || ends.get().is_some()>
            <div class="compared" tabindex="0" role="region" aria-label=words::COMPARE>
                <Ends travel ends />
                {move || answer.get().map(|answer| told(answer, travel))}
            </div>
        </Show>
    }
}

/// From when to when, and how another pair of moments is chosen.
#[component]
fn Ends(travel: Travel, ends: Memo<Option<(Seq, Option<Seq>)>>) -> impl IntoView {
    let moment = move |seq: Seq| {
        let at = match travel.past().get().filter(|past| past.seq == seq) {
            Some(past) => past.at,
            None => travel
                .scale()
                .with(|scale| scale.as_ref().map_or_else(browser::now, |scale| scale.time_of(seq))),
        };
        words::moment_of(seq, &when::moment(browser::local(at), browser::local(browser::now())))
    };
    let from = move || ends.get().map(|(from, _)| moment(from));
    let to = move || match ends.get().and_then(|(_, to)| to) {
        Some(to) => moment(to),
        None => words::NOW.to_lowercase(),
    };
    view! {
        <div class="head">
            <h2>{words::COMPARED_FROM} " " {from} " " {words::COMPARED_TO} " " {to}</h2>
            <span class="grow"></span>
            <Show
                when=move || travel.held.get().is_none()
                fallback=move || {
                    view! {
                        <button type="button" class="btn quiet small" on:click=move |_| travel.held.set(None)>
                            {words::COMPARE_WITH_NOW}
                        </button>
                    }
                }
            >
                <button
                    type="button"
                    class="btn quiet small"
                    on:click=move |_| {
                        travel.held.set(Some(travel.seq()));
                        browser::focus(".track");
                    }
                >
                    {words::KEEP_AS_END}
                </button>
            </Show>
        </div>
        <Show when=move || travel.held.get().is_some_and(|held| held == travel.seq())>
            <p class="muted" role="status">
                {words::MOVE_NOW}
            </p>
        </Show>
    }
}

fn told(answer: Result<Changes, String>, travel: Travel) -> AnyView {
    let (store, ui) = (use_store(), use_ui());
    let changes = match answer {
        Ok(changes) => changes,
        Err(why) => return view! { <p class="bad-text" role="alert">{why}</p> }.into_any(),
    };
    if changes.sections.is_empty() && changes.control.is_empty() {
        let is_chosen = travel.held.with(|held| *held != Some(travel.seq()));
        return is_chosen
            .then(|| view! { <p class="faint">{words::SAME}</p> })
            .into_any();
    }
    let summary = changes
        .summary
        .into_iter()
        .map(|line| view! { <li>{personal::without_markers(&line)}</li> })
        .collect_view();
    let control = changes.control.into_iter().map(|event| {
        let said = words::by(&store.person_name(event.author), &event.words);
        view! { <li>{said} <OfContact contact=event.contact /></li> }
    });
    let control = control.collect_view();
    let sections = changes
        .sections
        .into_iter()
        .map(|section| of_section(ui, section))
        .collect_view();
    view! {
        <ul class="summary">{summary} {control}</ul>
        <div class="compared-sections">{sections}</div>
        {changes.truncated.then(|| view! { <p class="faint">{words::NOT_ALL}</p> })}
    }
    .into_any()
}

fn of_section(ui: UiState, changes: SectionChanges) -> impl IntoView + use<> {
    let section = changes.section;
    let whole = move |items: Vec<ItemNamed>, class: &'static str, what: &'static str| {
        let one = move |item: ItemNamed| {
            view! {
                <li>
                    {opener(ui, section, item.item, item.title.as_deref())} " " <span class=class>{what}</span>
                </li>
            }
        };
        items.into_iter().map(one).collect_view()
    };
    let edited = changes
        .changed
        .into_iter()
        .map(|item| of_item(ui, section, item))
        .collect_view();
    view! {
        <section>
            <h3>{changes.title}</h3>
            <ul class="plain-list">
                {whole(changes.added, "good-text", words::ADDED)}
                {whole(changes.restored, "good-text", words::RESTORED)}
                {whole(changes.deleted, "bad-text", words::DELETED)}
                {edited}
            </ul>
        </section>
    }
}

fn of_item(ui: UiState, section: SectionId, item: ItemChanges) -> impl IntoView + use<> {
    let fields = item.fields.into_iter().map(of_field).collect_view();
    view! {
        <li>
            {opener(ui, section, item.item, item.title.as_deref())}
            <ul class="plain-list changed-fields">{fields}</ul>
        </li>
    }
}

fn of_field(field: FieldChange) -> impl IntoView {
    let hidden = field.diff.iter().find_map(hidden_piece);
    if let Some(hidden) = hidden {
        return view! { <li>{personal::paragraph_hidden(&field.label, hidden)}</li> }.into_any();
    }
    let diff = (!field.diff.is_empty()).then(|| view! { <Pieces of=field.diff /> });
    view! { <li>{personal::without_markers(&field.words)} {diff}</li> }.into_any()
}

/// Why a piece of a text cannot be read.
fn hidden_piece(piece: &Piece) -> Option<Hidden> {
    let (Piece::Same(text) | Piece::Gone(text) | Piece::New(text)) = piece;
    hidden_in(&Scalar::from(text.as_str()))
}

fn opener(ui: UiState, section: SectionId, item: domain::ItemId, title: Option<&str>) -> impl IntoView + use<> {
    let title = personal::without_markers(crate::words::named(title.unwrap_or_default()));
    view! {
        <button type="button" class="link t" on:click=move |_| ui.open(section, item)>
            {title}
        </button>
    }
}
