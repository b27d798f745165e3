//! Answers to appends, told to a whole group at once.
//!
//! Whoever is woken from the writer's thread is woken by a call to the system, which takes the writer as long as the next
//! group's checksum. So the writer wakes one of a group, and that one wakes the others, from within its own runtime, where
//! it costs next to nothing.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The writer's end: says what became of an append. Dropped without a word, it says that nobody will.
pub(crate) struct Reply<T>(Option<Arc<Slot<T>>>);

/// The appender's end: what became of it, or `None` when the writer is gone.
pub(crate) struct Answer<T>(Arc<Slot<T>>);

type Slot<T> = Mutex<State<T>>;

struct State<T> {
    answer: Option<T>,
    /// Nothing comes any more.
    ended: bool,
    waker: Option<Waker>,
    /// The others of the group, to be woken by this one.
    others: Vec<Waker>,
}

/// Both ends of an answer.
pub(crate) fn reply<T>() -> (Reply<T>, Answer<T>) {
    let slot = Arc::new(Mutex::new(State {
        answer: None,
        ended: false,
        waker: None,
        others: Vec::new(),
    }));
    (Reply(Some(Arc::clone(&slot))), Answer(slot))
}

/// Answers a group.
pub(crate) fn tell<T>(replies: Vec<(Reply<T>, T)>) {
    let mut replies = replies.into_iter();
    let Some(first) = replies.next() else { return };
    let others = replies.filter_map(|(reply, answer)| reply.set(answer, Vec::new()));
    // All others are answered before the first is, who wakes them.
    let others: Vec<Waker> = others.collect();
    let (reply, answer) = first;
    if let Some(waker) = reply.set(answer, others) {
        waker.wake();
    }
}

impl<T> Reply<T> {
    /// Gives the answer; the waker of who waits for it. Whoever does not wait yet wakes nobody: it is done here.
    fn set(mut self, answer: T, others: Vec<Waker>) -> Option<Waker> {
        let slot = self.0.take()?;
        let mut state = lock(&slot);
        state.answer = Some(answer);
        state.ended = true;
        let waker = state.waker.take();
        if waker.is_some() {
            state.others = others;
            return waker;
        }
        drop(state);
        others.into_iter().for_each(Waker::wake);
        None
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(slot) = self.0.take() {
            let mut state = lock(&slot);
            state.ended = true;
            let waker = state.waker.take();
            drop(state);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

impl<T> Answer<T> {
    /// The answer, if it is there.
    #[cfg(feature = "testing")]
    pub(crate) fn take(&self) -> Option<T> {
        lock(&self.0).answer.take()
    }
}

impl<T> Future for Answer<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = lock(&self.0);
        let others = std::mem::take(&mut state.others);
        let poll = match (state.answer.take(), state.ended) {
            (None, false) => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
            (answer, _) => Poll::Ready(answer),
        };
        drop(state);
        others.into_iter().for_each(Waker::wake);
        poll
    }
}

impl<T> Drop for Answer<T> {
    /// Whoever does not wait any more still wakes the others.
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.waker = None;
        let others = std::mem::take(&mut state.others);
        drop(state);
        others.into_iter().for_each(Waker::wake);
    }
}

fn lock<T>(slot: &Slot<T>) -> MutexGuard<'_, State<T>> {
    // Nothing that can panic runs under this lock, but for the clone of a waker.
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Bell {
        fn rung(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    fn poll(answer: &mut Answer<u8>, bell: &Arc<Bell>) -> Poll<Option<u8>> {
        let waker = Waker::from(Arc::clone(bell));
        Pin::new(answer).poll(&mut Context::from_waker(&waker))
    }

    /// A group of three who wait, answered.
    fn group() -> (Vec<Answer<u8>>, Vec<Arc<Bell>>) {
        let (replies, mut answers): (Vec<_>, Vec<_>) = (0..3).map(|_| reply()).unzip();
        let bells: Vec<Arc<Bell>> = (0..3).map(|_| Arc::default()).collect();
        for (answer, bell) in answers.iter_mut().zip(&bells) {
            assert_eq!(poll(answer, bell), Poll::Pending);
        }
        tell(replies.into_iter().zip([10, 11, 12]).collect());
        (answers, bells)
    }

    fn rung(bells: &[Arc<Bell>]) -> Vec<usize> {
        bells.iter().map(|bell| bell.rung()).collect()
    }

    #[test]
    fn one_of_a_group_is_woken_and_wakes_the_others() {
        let (mut answers, bells) = group();
        assert_eq!(rung(&bells), [1, 0, 0]);
        assert_eq!(poll(&mut answers[0], &bells[0]), Poll::Ready(Some(10)));
        assert_eq!(rung(&bells), [1, 1, 1]);
        assert_eq!(poll(&mut answers[1], &bells[1]), Poll::Ready(Some(11)));
        assert_eq!(poll(&mut answers[2], &bells[2]), Poll::Ready(Some(12)));
    }

    #[test]
    fn who_was_woken_and_goes_without_looking_wakes_the_others() {
        let (mut answers, bells) = group();
        drop(answers.remove(0));
        assert_eq!(rung(&bells), [1, 1, 1]);
    }

    #[test]
    fn others_are_woken_though_the_first_does_not_wait() {
        let (first, mut early) = reply();
        let (second, mut late) = reply();
        let (bell, other) = (Arc::<Bell>::default(), Arc::<Bell>::default());
        assert_eq!(poll(&mut late, &other), Poll::Pending);
        tell(vec![(first, 1), (second, 2)]);
        assert_eq!(other.rung(), 1);
        assert_eq!(poll(&mut early, &bell), Poll::Ready(Some(1)));
        assert_eq!(poll(&mut late, &other), Poll::Ready(Some(2)));
    }

    #[test]
    fn who_waits_hears_that_nobody_will_answer() {
        let (reply, mut answer) = reply::<u8>();
        let bell = Arc::<Bell>::default();
        assert_eq!(poll(&mut answer, &bell), Poll::Pending);
        drop(reply);
        assert_eq!(bell.rung(), 1);
        assert_eq!(poll(&mut answer, &bell), Poll::Ready(None));
    }
}
