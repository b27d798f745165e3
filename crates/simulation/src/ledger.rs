//! Every edit that a person made on a device, and what became of it: it waits, it is saved, or it was refused with a
//! reason and is kept. There is nothing else.

use std::collections::BTreeSet;

use domain::{Cell, ChangeHash, PlanId, TimestampMs};
use plan::{Edit, Replica};
use session::{Own, RejectedEdit, Session};

/// An edit, whatever names its change has had.
#[derive(Debug)]
pub(crate) struct Made {
    plan: PlanId,
    at: TimestampMs,
    pub(crate) edits: Vec<Edit>,
    /// Its change, and those in which it was proposed before.
    pub(crate) hashes: Vec<ChangeHash>,
    /// It was refused, and the person has let it go or proposed it again.
    let_go: bool,
}

impl Made {
    fn hash(&self) -> ChangeHash {
        *self.hashes.last().expect("an edit has a change")
    }
}

/// What became of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Its change is on disk, and the client knows.
    Saved,
    /// It was refused, and is kept.
    Rejected,
    /// Made again it changes nothing: what it wanted stands already.
    Vain,
    /// Its page was closed before it was saved.
    Abandoned,
}

/// When a look is taken.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moment {
    /// The input made edits.
    pub(crate) makes: bool,
    /// The session has recovered from a refusal, or has the plan anew.
    pub(crate) recovers: bool,
}

/// What is new since the last look.
#[derive(Debug, Default)]
pub(crate) struct News {
    pub(crate) made: u64,
    pub(crate) rejected: u64,
    /// The changes that have names from now on.
    pub(crate) named: Vec<(ChangeHash, Vec<Edit>)>,
    /// Proposed again under another name.
    pub(crate) again: u64,
}

/// The edits of a device.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    waiting: Vec<Made>,
    done: Vec<(Made, Fate)>,
}

impl Ledger {
    /// Looks at the outbox: what has left it must have a fate, and what is new must just have been made.
    pub(crate) fn look(
        &mut self,
        plan: PlanId,
        session: &Session,
        told: impl Fn(&ChangeHash) -> bool,
        denied: impl Fn(&Made) -> bool,
        moment: Moment,
    ) -> News {
        let mut news = News::default();
        let mut outbox = session.unsaved_changes().peekable();
        let known: BTreeSet<ChangeHash> = self.waiting.iter().map(Made::hash).collect();
        let is_again = |own: &Own, made: &Made| {
            !known.contains(&own.hash) && own.at == made.at && means_the_same(&own.edits, &made.edits)
        };
        for mut made in std::mem::take(&mut self.waiting) {
            let here = outbox.peek();
            if here.is_some_and(|own| own.hash == made.hash()) {
                outbox.next();
                self.waiting.push(made);
            } else if let Some(own) = here.filter(|own| is_again(own, &made)) {
                assert!(moment.recovers, "an edit has another name, and nothing was refused");
                news.again += 1;
                made.hashes.push(own.hash);
                made.edits.clone_from(&own.edits);
                news.named.push((own.hash, own.edits.clone()));
                outbox.next();
                self.waiting.push(made);
            } else if told(&made.hash()) {
                self.done.push((made, Fate::Saved));
            } else if is_rejected(session, &made) {
                assert!(
                    denied(&made) || self.depends_on_refused(&made),
                    "an edit was refused that its author may make: {:?}, {:?}",
                    made.edits,
                    session.rejected().last().map(|rejected| &rejected.reason)
                );
                news.rejected += 1;
                self.done.push((made, Fate::Rejected));
            } else {
                assert!(
                    moment.recovers && is_vain(session, &made),
                    "an edit was lost without a word: {:?}, made at {:?}, {:?}",
                    made.edits,
                    made.at,
                    made.hashes
                );
                self.done.push((made, Fate::Vain));
            }
        }
        for own in outbox {
            assert!(moment.makes, "an edit waits that nobody made: {:?}", own.edits);
            news.made += 1;
            news.named.push((own.hash, own.edits.clone()));
            self.waiting.push(Made {
                plan,
                at: own.at,
                edits: own.edits.clone(),
                hashes: vec![own.hash],
                let_go: false,
            });
        }
        news
    }

    /// Whether something of the same item was refused before.
    fn depends_on_refused(&self, made: &Made) -> bool {
        let items = |made: &Made| -> BTreeSet<_> {
            let cells = made.edits.iter().map(Edit::cell);
            cells.map(|cell| (cell.section, cell.item)).collect()
        };
        let (refused, wanted) = (|fate| fate == Fate::Rejected, items(made));
        let mut before = self.done.iter().filter(|(_, fate)| refused(*fate));
        before.any(|(before, _)| !items(before).is_disjoint(&wanted))
    }

    /// The person has let a refused edit go, or made it again.
    pub(crate) fn let_go(&mut self, edit: Option<RejectedEdit>) {
        let Some(edit) = edit else { return };
        let is_it = |made: &Made| !made.let_go && made.at == edit.at && made.edits == edit.edits;
        let mut refused = self.done.iter_mut().filter(|(_, fate)| *fate == Fate::Rejected);
        if let Some((made, _)) = refused.find(|(made, _)| is_it(made)) {
            made.let_go = true;
        }
    }

    /// What was refused is still on the page that is open, unless the person has let it go.
    pub(crate) fn check_kept(&self, session: &Session) {
        let refused = self
            .done
            .iter()
            .filter(|(made, fate)| *fate == Fate::Rejected && !made.let_go);
        for (made, _) in refused {
            assert!(
                is_rejected(session, made),
                "a refused edit is not kept: {:?}",
                made.edits
            );
        }
    }

    /// The page is closed with what is on it.
    pub(crate) fn abandon(&mut self) {
        for (made, _) in &mut self.done {
            made.let_go = true;
        }
        let left = std::mem::take(&mut self.waiting);
        self.done.extend(left.into_iter().map(|made| (made, Fate::Abandoned)));
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Each edit stands in the journal once if it is saved, and not at all if it was refused.
    pub(crate) fn check(
        &self,
        stands: impl Fn(PlanId, &ChangeHash) -> bool,
        is_gone: impl Fn(PlanId, &ChangeHash) -> bool,
    ) {
        for (made, fate) in &self.done {
            let times = made.hashes.iter().filter(|hash| stands(made.plan, hash)).count();
            let fits = match fate {
                // What was saved after a backup that was put back is gone.
                Fate::Saved if made.hashes.iter().any(|hash| is_gone(made.plan, hash)) => times <= 1,
                Fate::Saved => times == 1,
                Fate::Rejected | Fate::Vain => times == 0,
                Fate::Abandoned => times <= 1,
            };
            assert!(fits, "an edit that is {fate:?} stands {times} times: {:?}", made.edits);
        }
        // Those of somebody who was shut out.
        for made in &self.waiting {
            let times = made.hashes.iter().filter(|hash| stands(made.plan, hash)).count();
            assert!(times <= 1, "an edit that waits stands {times} times: {:?}", made.edits);
        }
    }
}

fn is_rejected(session: &Session, made: &Made) -> bool {
    session.rejected().iter().any(|rejected| {
        rejected.at == made.at && rejected.edits == made.edits && !rejected.reason.to_string().is_empty()
    })
}

fn is_anothers(session: &Session, replica: &Replica, cell: &Cell) -> bool {
    let values = replica.values(cell);
    values
        .first()
        .is_some_and(|(_, actor)| session.person_of(*actor) != session.you())
}

/// Whether all that an edit wanted stands already, or is about to be written over by the same person.
fn is_vain(session: &Session, made: &Made) -> bool {
    let Some(replica) = session.replica() else { return false };
    made.edits.iter().all(|edit| {
        let cell = edit.cell();
        let rewritten = session.unsaved_changes().any(|own| own.cells.contains(&cell));
        match edit {
            Edit::Put { value, .. } => rewritten || replica.value(&cell).as_ref() == Some(value),
            // What another has written meanwhile may stand above what was empty when it was made again.
            Edit::Clear { .. } => rewritten || replica.value(&cell).is_none() || is_anothers(session, replica, &cell),
            // Others have deleted the same.
            Edit::Splice { insert, .. } => insert.is_empty(),
            Edit::MakeItem { .. } | Edit::MakeParagraph { .. } => false,
        }
    })
}

/// Whether edits are the same but for places in texts: they move with the words that others wrote around them.
fn means_the_same(again: &[Edit], made: &[Edit]) -> bool {
    let is_splice = |edit: &&Edit| matches!(edit, Edit::Splice { .. });
    let others = |edits| -> Vec<_> { <[Edit]>::iter(edits).filter(|edit| !is_splice(edit)).collect() };
    let texts = |edits| -> BTreeSet<_> { <[Edit]>::iter(edits).filter(is_splice).map(Edit::cell).collect() };
    others(again) == others(made) && texts(again).is_subset(&texts(made))
}
