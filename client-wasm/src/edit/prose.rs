//! Text in paragraphs, written by several people at once. Each paragraph is a text of its own; Enter is a line break
//! in it. What is typed becomes an edit after a pause, on leaving, or after three seconds at most; until then the
//! others see it as a draft.

use std::time::Duration;

use domain::schema::PARAGRAPH_CHARS_MAX;
use domain::{Cell, ParagraphId, Scalar};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use plan::Edit;
use protocol::Place;

use super::FieldAt;
use super::look::color_class;
use super::presence::draft_of;
use super::splice;
use crate::browser;
use crate::erased::{For, Show, effect, memo};
use crate::store::{PlanStore, use_store};

/// A pause in typing after which the text becomes an edit.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest that typing without a pause stays a draft, in milliseconds.
const DRAFT_MS_MAX: i64 = 3_000;

/// A field of prose: its paragraphs, and a way to begin another.
#[component]
pub(crate) fn ProseField(at: FieldAt) -> impl IntoView {
    let store = use_store();
    let paragraphs = store.paragraphs(at.section, at.item, &at.field.key);
    let blank = RwSignal::new(browser::new_paragraph());
    let adding = RwSignal::new(false);
    // A paragraph that is begun keeps its row while it is made: its id is there before it is.
    let rows = memo(move |_| {
        let mut rows: Vec<ParagraphId> = paragraphs.with(|all| all.iter().map(|(id, _)| *id).collect());
        let next = blank.get();
        if (rows.is_empty() || adding.get()) && !rows.contains(&next) {
            rows.push(next);
        }
        rows
    });
    let add = move || {
        let used = paragraphs.with_untracked(|all| all.iter().any(|(id, _)| *id == blank.get_untracked()));
        if used {
            blank.set(browser::new_paragraph());
        }
        adding.set(true);
    };
    let label = at.field.label.to_string();
    let help = at.field.help.to_string();
    let at = StoredValue::new(at);
    view! {
        <div class="prose" role="group" aria-label=label.clone()>
            <h3 title=help.clone()>{label.clone()}</h3>
            <For each=move || rows.get() key=|id| *id let(id)>
                <Paragraph at=at.get_value() id add=Callback::new(move |()| add()) grabs=Signal::derive(move || adding.get() && blank.get() == id) />
            </For>
            <Show when=move || paragraphs.with(|all| !all.is_empty())>
                <button class="btn quiet small" title="Ctrl+Enter" on:click=move |_| add()>"Add a paragraph"</button>
            </Show>
        </div>
    }
}

/// What a paragraph's input works with.
#[derive(Clone, Copy)]
struct Draft {
    store: PlanStore,
    cell: StoredValue<Cell>,
    at: StoredValue<FieldAt>,
    input: NodeRef<html::Textarea>,
    /// The text of the document that the input's text was made from.
    base: StoredValue<String>,
    /// Since when there is something that is not an edit yet.
    since: StoredValue<Option<i64>>,
    timer: StoredValue<Option<TimeoutHandle>>,
    error: RwSignal<Option<String>>,
}

#[component]
fn Paragraph(at: FieldAt, id: ParagraphId, add: Callback<()>, grabs: Signal<bool>) -> impl IntoView {
    let store = use_store();
    let paragraphs = store.paragraphs(at.section, at.item, &at.field.key);
    let text =
        memo(move |_| paragraphs.with(|all| all.iter().find(|(other, _)| *other == id).map(|(_, text)| text.clone())));
    let cell = Cell::paragraph(at.section, at.item, &at.field.key, id);
    let seat = at.seat(store.you());
    let start = text.get_untracked().unwrap_or_default();
    let label = at.field.label.to_string();
    let help = if at.field.help.is_empty() {
        "Write here".to_owned()
    } else {
        at.field.help.to_string()
    };
    let input = NodeRef::<html::Textarea>::new();
    let draft = Draft {
        store,
        cell: StoredValue::new(cell.clone()),
        at: StoredValue::new(at),
        input,
        base: StoredValue::new(start.clone()),
        since: StoredValue::new(None),
        timer: StoredValue::new(None),
        error: RwSignal::new(None),
    };
    effect(move || draft.follow(text.get().unwrap_or_default()));
    effect(move || {
        if grabs.get()
            && let Some(input) = input.get()
        {
            let _ = input.focus();
        }
    });
    on_cleanup(move || draft.stop_timer());
    let named = {
        let cell = cell.clone();
        move || {
            if text.with(Option::is_some) {
                cell.to_string()
            } else {
                seat.to_string()
            }
        }
    };
    let peers = store.cell(&cell);
    let rows = move || {
        let lines = text.with(|text| text.as_deref().map_or(1, |text| text.lines().count().max(1)));
        lines.to_string()
    };
    let on_keydown = move |event: KeyboardEvent| {
        event.stop_propagation();
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            draft.commit();
            add.run(());
        } else if event.key() == "Escape" {
            event.prevent_default();
            draft.commit();
            if let Some(input) = input.get_untracked() {
                let _ = input.blur();
                super::form::focus_holder(&input);
            }
        }
    };
    view! {
        <div class="para">
            <textarea
                node_ref=input
                aria-label=label
                data-cell=named
                rows=rows
                placeholder=help
                maxlength=PARAGRAPH_CHARS_MAX.to_string()
                prop:value=start
                on:input=move |_| draft.typed()
                on:keydown=on_keydown
                on:focus=move |_| draft.tell(false)
                on:blur=move |_| draft.left()
            ></textarea>
            {move || draft.error.get().map(|error| view! { <span class="edit-error" role="alert">{error}</span> })}
            {move || peers.with(|cell| cell.peers.iter().map(|peer| writing(&peer.name, peer.color, draft_of(peer))).collect_view())}
        </div>
    }
}

/// Who else is at a paragraph, and the end of what they type.
fn writing(name: &str, color: u8, draft: Option<String>) -> impl IntoView + use<> {
    let title = format!("{name} {}", if draft.is_some() { "is typing here" } else { "is here" });
    let first = super::note::first_name(name).to_owned();
    view! {
        <p class=format!("writing {}", color_class(color)) title=title>
            <span class="caret-name">{first}</span>
            {draft.map(|draft| view! { <span class="draft">{draft}</span> })}
        </p>
    }
}

impl Draft {
    /// The document's text changed: what others did goes into the input around what I am typing; my caret stays
    /// between the same letters.
    fn follow(self, theirs: String) {
        let base = self.base.get_value();
        let Some(input) = self.input.get_untracked().filter(|_| theirs != base) else {
            return;
        };
        let mine = input.value();
        let (text, shift) = splice::rebased(&base, &mine, &theirs);
        self.base.set_value(theirs);
        if text != mine {
            let caret = |at: Option<u32>| match (&shift, at) {
                (Some(shift), Some(at)) => splice::moved(at, shift),
                (_, at) => at.unwrap_or(0),
            };
            let begin = caret(input.selection_start().ok().flatten());
            let end = caret(input.selection_end().ok().flatten());
            input.set_value(&text);
            let _ = input.set_selection_range(begin, end);
        }
    }

    fn typed(self) {
        self.error.set(None);
        self.tell(true);
        let now = browser::now().0;
        let since = self.since.get_value().unwrap_or(now);
        self.since.set_value(Some(since));
        self.stop_timer();
        if now - since >= DRAFT_MS_MAX {
            self.commit();
            return;
        }
        // The last part of the three seconds may be shorter than a pause.
        let left = u64::try_from(DRAFT_MS_MAX - (now - since)).unwrap_or(0);
        let wait = PAUSE.min(Duration::from_millis(left));
        self.timer
            .set_value(set_timeout_with_handle(move || self.commit(), wait).ok());
    }

    fn stop_timer(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }

    /// Tells the others where I am, with what I type.
    fn tell(self, typing: bool) {
        let Some(input) = self.input.get_untracked() else {
            return;
        };
        let caret = input.selection_start().ok().flatten();
        self.store.set_place(Place {
            cell: Some(self.cell.get_value()),
            draft: typing.then(|| input.value()),
            caret,
        });
    }

    /// Makes an edit of what was typed. What cannot be an edit stays in the input, with the reason.
    fn commit(self) {
        self.stop_timer();
        self.since.set_value(None);
        let Some(input) = self.input.get_untracked() else {
            return;
        };
        let mine = input.value();
        let base = self.base.get_value();
        let Some(change) = splice::between(&base, &mine) else {
            return;
        };
        let cell = self.cell.get_value();
        let edits = if self.store.peek_text(&cell).is_some() {
            vec![Edit::Splice {
                cell,
                at: change.at,
                delete: change.delete,
                insert: change.insert,
            }]
        } else {
            self.making(&cell, mine.clone())
        };
        self.base.set_value(mine);
        if let Err(error) = self.store.try_edit(edits) {
            self.base.set_value(base);
            self.error.set(Some(error.to_string()));
            return;
        }
        self.tell(false);
    }

    /// The edits that make the paragraph, behind the last one.
    fn making(self, cell: &Cell, text: String) -> Vec<Edit> {
        let last = self.at.with_value(|at| {
            let all = self.store.peek_paragraphs(at.section, at.item, &at.field.key);
            let (last, _) = all.last()?;
            let rank = Cell::paragraph(at.section, at.item, &at.field.key, *last).with_suffix("rank");
            self.store.peek_value(&rank)
        });
        let rank = plan::rank_between(last.as_ref().and_then(Scalar::as_str), None);
        vec![
            Edit::MakeParagraph {
                cell: cell.clone(),
                text,
            },
            Edit::Put {
                cell: cell.with_suffix("rank"),
                value: Scalar::Str(rank),
            },
        ]
    }

    /// The focus is gone: the rest becomes an edit, and a paragraph that was emptied goes away.
    fn left(self) {
        if !super::editor::page_has_focus() {
            return;
        }
        self.commit();
        let cell = self.cell.get_value();
        let emptied = self.error.with_untracked(Option::is_none)
            && self.store.peek_text(&cell).is_some_and(|text| text.is_empty());
        if emptied {
            self.store.edit(vec![Edit::Put {
                cell: cell.with_suffix("deleted"),
                value: Scalar::Bool(true),
            }]);
        }
    }
}
