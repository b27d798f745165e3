//! The open plan as the pages see it: fine-grained signals over the session, and the verbs that change it.
//!
//! A view takes a signal of exactly what it shows ([`PlanStore::cell`], [`PlanStore::items`], ...); what is only needed
//! while handling an event is read with a `peek_...`, which no view depends on.

mod edit;
mod export;
mod here;
mod past;
mod policy;
mod sealed;
mod sight;
mod state;
mod strangers;
mod watch;

use std::rc::Rc;
use std::sync::Arc;

use domain::{ActorId, Cell, ItemId, ParagraphId, PersonId, PlanId, Scalar, Schema, SectionId, Seq, Standing};
use leptos::prelude::*;

use plan::{Hidden, Replica};
use protocol::{Bye, PeerId, Person, Place};
use session::{Config, Event, Session};

pub(crate) use here::{Here, PeerView, color_of, initials};
pub(crate) use past::{Past, Then};
pub(crate) use sealed::hidden_in;
pub(crate) use session::{CellState, Connection, RejectedEdit};
pub(crate) use watch::{Key, links_seat};

use crate::browser;
use crate::erased::memo;
use crate::socket::Link;
use state::state_of;
use strangers::Strangers;
use watch::Watch;

/// A cell as a view draws it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CellView {
    /// The value that everyone sees.
    pub(crate) value: Option<Scalar>,
    /// Why it cannot be read, where it is sealed.
    pub(crate) hidden: Option<Hidden>,
    /// What others wrote at the same time, and who, until someone decides.
    pub(crate) also: Vec<(Scalar, Option<PersonId>)>,
    /// Whether my edit of it is saved.
    pub(crate) state: CellState,
    /// Who else is at it, and what they type.
    pub(crate) peers: Vec<PeerView>,
}

/// The open plan. Copied freely; everything is behind it.
#[derive(Clone, Copy)]
pub(crate) struct PlanStore {
    plan: PlanId,
    actor: ActorId,
    inner: StoredValue<Rc<Inner>, LocalStorage>,
    schema: StoredValue<Arc<Schema>>,
    ready: RwSignal<bool>,
    connection: RwSignal<Connection>,
    unsaved: RwSignal<usize>,
    head: RwSignal<Seq>,
    standing: RwSignal<Option<Standing>>,
    /// I have lost every part in the plan while it was open.
    shut_out: RwSignal<bool>,
    people: RwSignal<Vec<Person>>,
    here: RwSignal<Vec<Here>>,
    rejected: RwSignal<Vec<RejectedEdit>>,
    fault: RwSignal<Option<String>>,
    unavailable: RwSignal<Option<String>>,
    you: RwSignal<PersonId>,
}

struct Inner {
    link: Rc<Link>,
    watch: Watch,
    /// The state that the views read.
    then: RwSignal<Then>,
    sight: RwSignal<u64>,
    strangers: Strangers,
}

impl PlanStore {
    /// Opens a plan as `you`, by a given actor. The connection ends with the reactive owner that this is called in.
    pub(crate) fn open(plan: PlanId, you: PersonId, actor: ActorId) -> Self {
        let schema = Arc::new(Schema::standard());
        let session = Session::new(Config {
            plan,
            actor,
            schema: schema.clone(),
            seed: u64::from_le_bytes(browser::random()),
            entropy: browser::random(),
        });
        let connection = session.connection().clone();
        let inner = Rc::new(Inner {
            link: Link::new(session, plan),
            watch: Watch::default(),
            then: RwSignal::new(Then::Now),
            sight: RwSignal::new(0),
            strangers: Strangers::default(),
        });
        let store = Self {
            plan,
            actor,
            inner: StoredValue::new_local(inner.clone()),
            schema: StoredValue::new(schema),
            ready: RwSignal::new(false),
            connection: RwSignal::new(connection),
            unsaved: RwSignal::new(0),
            head: RwSignal::new(Seq::ZERO),
            standing: RwSignal::new(None),
            shut_out: RwSignal::new(false),
            people: RwSignal::new(Vec::new()),
            here: RwSignal::new(Vec::new()),
            rejected: RwSignal::new(Vec::new()),
            fault: RwSignal::new(None),
            unavailable: RwSignal::new(None),
            you: RwSignal::new(you),
        };
        inner.link.start(move |events| store.hear(&events));
        on_cleanup(move || {
            if let Some(inner) = store.inner.try_get_value() {
                inner.link.stop();
            }
        });
        store
    }

    fn link(self) -> Rc<Link> {
        self.inner.with_value(|inner| inner.link.clone())
    }

    fn watch<T>(self, act: impl FnOnce(&Watch) -> T) -> T {
        self.inner.with_value(|inner| act(&inner.watch))
    }

    /// What the session tells becomes signals.
    fn hear(self, events: &[Event]) {
        if self.inner.try_get_value().is_none() {
            return; // the page is gone
        }
        for event in events {
            match event {
                Event::Ready => {
                    self.ready.set(true);
                    self.watch(Watch::notify_all);
                    // It may be told because keys have come or gone.
                    self.see_anew();
                }
                Event::Touched(cells) => self.watch(|watch| watch.notify_cells(cells)),
                Event::Connection => {
                    let connection = self.link().look(|session| session.connection().clone());
                    let is_shut_out = connection == Connection::Ended(Bye::NoAccess);
                    self.connection.set(connection);
                    if self.shut_out.get_untracked() != is_shut_out {
                        self.shut_out.set(is_shut_out);
                    }
                    self.unavailable
                        .set(self.link().look(|session| session.unavailable().map(str::to_owned)));
                }
                Event::Unsaved(count) => {
                    if (*count > 0) != (self.unsaved.get_untracked() > 0) {
                        crate::actor::set_unsaved(self.you(), self.plan, self.actor, *count > 0);
                    }
                    self.unsaved.set(*count);
                    self.watch(Watch::notify_unsettled);
                }
                Event::Rejected => {
                    crate::actor::forget(self.you(), self.plan, self.actor);
                    self.rejected
                        .set(self.link().look(|session| session.rejected().to_vec()));
                    self.watch(Watch::notify_unsettled);
                    let cells: Vec<Cell> = self
                        .rejected
                        .get_untracked()
                        .iter()
                        .flat_map(|edit| edit.cells.clone())
                        .collect();
                    self.watch(|watch| watch.notify_cells(&cells));
                }
                Event::Presence(peers) => self.peers_moved(peers),
                Event::People => {
                    self.people
                        .set(self.link().look(|session| session.people().values().cloned().collect()));
                    self.refresh_here();
                    self.watch(Watch::notify_all);
                }
                Event::Standing => self.stand(self.link().look(Session::standing)),
                Event::Head(seq) => self.head.set(*seq),
            }
        }
    }

    fn stand(self, standing: Option<Standing>) {
        let role = |standing: Option<Standing>| standing.map(|standing| standing.role);
        let is_other = role(self.standing.get_untracked()) != role(standing);
        self.standing.set(standing);
        if is_other {
            self.see_anew();
        }
    }

    fn peers_moved(self, peers: &[PeerId]) {
        for &peer in peers {
            let cell = self.link().look(|session| {
                let place = session.peers().get(&peer)?.place.as_ref()?;
                place.cell.clone()
            });
            self.watch(|watch| watch.peer_moved(peer, cell.as_ref()));
        }
        self.refresh_here();
    }

    fn refresh_here(self) {
        let here = self.link().look(here::everyone_here);
        if self.here.with_untracked(|before| *before != here) {
            self.here.set(here);
        }
    }

    // What views depend on.

    /// Which items a section shows, in order.
    pub(crate) fn items(self, section: SectionId) -> Signal<Vec<ItemId>> {
        memo(move |_| {
            self.track(Key::Items(section));
            self.peek_items(section)
        })
        .into()
    }

    /// One cell.
    pub(crate) fn cell(self, cell: &Cell) -> Signal<CellView> {
        let cell = cell.clone();
        memo(move |_| {
            self.track(Key::Cell(cell.clone()));
            self.peek_cell(&cell)
        })
        .into()
    }

    /// The links of a field: target and strength.
    pub(crate) fn links(self, section: SectionId, item: ItemId, field: &str) -> Signal<Vec<(String, Scalar)>> {
        let field = field.to_owned();
        memo(move |_| {
            self.track(Key::Links(section, item, field.clone()));
            self.peek_links(section, item, &field)
        })
        .into()
    }

    /// What each person says in a field of their own.
    pub(crate) fn own(self, section: SectionId, item: ItemId, field: &str) -> Signal<Vec<(PersonId, Scalar)>> {
        let field = field.to_owned();
        memo(move |_| {
            self.track(Key::Own(section, item, field.clone()));
            self.peek_own(section, item, &field)
        })
        .into()
    }

    /// The paragraphs of a field, in order, with their text.
    pub(crate) fn paragraphs(
        self,
        section: SectionId,
        item: ItemId,
        field: &str,
    ) -> Signal<Vec<(ParagraphId, String)>> {
        let field = field.to_owned();
        memo(move |_| {
            self.track(Key::Paragraphs(section, item, field.clone()));
            self.peek_paragraphs(section, item, &field)
        })
        .into()
    }

    /// The running view depends on `key` from here on: for those who read with `peek_...` what no signal above gives.
    pub(crate) fn track(self, key: Key) {
        self.watch(|watch| watch.track(key));
    }

    /// Whether the plan is here.
    pub(crate) fn ready(self) -> Signal<bool> {
        self.ready.into()
    }

    /// The connection to the server.
    pub(crate) fn connection(self) -> Signal<Connection> {
        self.connection.into()
    }

    /// How many edits the server has not yet on disk.
    pub(crate) fn unsaved(self) -> Signal<usize> {
        self.unsaved.into()
    }

    /// What I am in the plan, once the server has said so.
    pub(crate) fn standing(self) -> Signal<Option<Standing>> {
        self.standing.into()
    }

    /// The last entry of the plan's stream that is applied here.
    pub(crate) fn head(self) -> Signal<Seq> {
        self.head.into()
    }

    /// Everyone in the workspace.
    pub(crate) fn people(self) -> Signal<Vec<Person>> {
        self.people.into()
    }

    /// Who has this plan open, me not among them: one entry a person.
    pub(crate) fn here(self) -> Signal<Vec<Here>> {
        self.here.into()
    }

    /// My edits that the server refused.
    pub(crate) fn rejected(self) -> Signal<Vec<RejectedEdit>> {
        self.rejected.into()
    }

    /// Why the plan's bytes could not be read here, while that is so.
    pub(crate) fn fault(self) -> Signal<Option<String>> {
        self.fault.into()
    }

    /// Why the server cannot save edits now, while that is so.
    pub(crate) fn unavailable(self) -> Signal<Option<String>> {
        self.unavailable.into()
    }

    /// What the server does not have of mine, as a JSON file for whoever is to help.
    pub(crate) fn export(self) -> String {
        self.link().look(|session| export::unsaved(self.plan, session))
    }

    /// The network is said to be back.
    pub(crate) fn reconnect(self) {
        self.link().input(Session::reconnect_now);
    }

    /// Who I am.
    pub(crate) fn you(self) -> PersonId {
        self.you.get_untracked()
    }

    /// Which plan this is.
    pub(crate) fn plan(self) -> PlanId {
        self.plan
    }

    /// The plan's schema.
    pub(crate) fn schema(self) -> Arc<Schema> {
        self.schema.get_value()
    }

    // Reading while handling an event.

    fn replica<T: Default>(self, read: impl FnOnce(&Replica) -> T) -> T {
        self.link()
            .look(|session| session.replica().map(read))
            .unwrap_or_default()
    }

    /// Like [`PlanStore::items`], once.
    pub(crate) fn peek_items(self, section: SectionId) -> Vec<ItemId> {
        self.read(|replica| replica.items(section), |past| past.items(section))
    }

    /// The value of a cell, once.
    pub(crate) fn peek_value(self, cell: &Cell) -> Option<Scalar> {
        self.read(|replica| replica.value(cell), |past| past.value(cell))
    }

    /// The text of a paragraph, once.
    pub(crate) fn peek_text(self, cell: &Cell) -> Option<String> {
        let then = |past: &Past| past.value(cell).and_then(|text| text.as_str().map(str::to_owned));
        self.read(|replica| replica.text(cell), then)
    }

    /// Like [`PlanStore::links`], once.
    pub(crate) fn peek_links(self, section: SectionId, item: ItemId, field: &str) -> Vec<(String, Scalar)> {
        self.read(
            |replica| replica.links(section, item, field),
            |past| past.links(section, item, field),
        )
    }

    /// Like [`PlanStore::own`], once.
    pub(crate) fn peek_own(self, section: SectionId, item: ItemId, field: &str) -> Vec<(PersonId, Scalar)> {
        self.read(
            |replica| replica.own(section, item, field),
            |past| past.own(section, item, field),
        )
    }

    /// Like [`PlanStore::paragraphs`], once.
    pub(crate) fn peek_paragraphs(self, section: SectionId, item: ItemId, field: &str) -> Vec<(ParagraphId, String)> {
        self.read(
            |replica| replica.paragraphs(section, item, field),
            |past| past.paragraphs(section, item, field),
        )
    }

    /// Like [`PlanStore::cell`], once.
    pub(crate) fn peek_cell(self, cell: &Cell) -> CellView {
        if self.is_past_untracked() {
            return self.cell_then(cell);
        }
        let mut view = self.link().look(|session| {
            let mut values = session
                .replica()
                .map(|replica| replica.values(cell))
                .unwrap_or_default()
                .into_iter();
            CellView {
                hidden: session.replica().and_then(|replica| replica.hidden(cell)),
                value: values.next().map(|(value, _)| value),
                also: values.map(|(value, actor)| (value, session.person_of(actor))).collect(),
                state: state_of(session, cell),
                peers: Vec::new(),
            }
        });
        if view.state != CellState::Saved {
            self.watch(|watch| watch.unsettled(cell.clone()));
        }
        let peers = self.watch(|watch| watch.peers_at(cell));
        view.peers = self.link().look(|session| {
            peers
                .into_iter()
                .filter_map(|peer| here::peer_view(session, peer))
                .collect()
        });
        view
    }

    /// An item's title; empty when it has none.
    pub(crate) fn peek_title(self, section: SectionId, item: ItemId) -> String {
        let cell = self.peek_cell(&Cell::field(section, item, "title"));
        match (cell.value, cell.hidden) {
            (Some(Scalar::Str(title)), _) => title,
            (_, Some(hidden)) => self.hidden_title(section, item, hidden),
            _ => String::new(),
        }
    }

    /// The section that an item is in, deleted items included.
    pub(crate) fn peek_section_of(self, item: ItemId) -> Option<SectionId> {
        let of = |has: &dyn Fn(SectionId) -> bool| SectionId::ALL.into_iter().find(|&section| has(section));
        self.read(
            |replica| of(&|section| replica.has_item(section, item)),
            |past| of(&|section| past.has_item(section, item)),
        )
    }

    /// A person's name; empty for one whom this workspace does not know.
    pub(crate) fn peek_name(self, person: PersonId) -> String {
        if person == PersonId::SERVER {
            return crate::words::THE_SERVER.to_owned();
        }
        let known = self
            .link()
            .look(|session| session.people().get(&person).map(|person| person.name.clone()));
        known.or_else(|| self.peek_stranger(person)).unwrap_or_default()
    }

    /// The names of the document's newest changes: equal documents have equal heads.
    pub(crate) fn peek_heads(self) -> String {
        let mut heads = String::new();
        self.link().input(|session, _| heads = session.heads());
        heads
    }

    /// Tells the others where I am and what I type.
    pub(crate) fn set_place(self, place: Place) {
        // Nobody is at a cell of the past.
        let place = if self.is_past_untracked() {
            Place::default()
        } else {
            place
        };
        self.link().input(|session, now| session.set_place(now, place));
    }
}

/// The open plan, for every view inside one.
pub(crate) fn use_store() -> PlanStore {
    expect_context()
}
