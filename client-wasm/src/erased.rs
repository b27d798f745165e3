//! The same verbs as Leptos's, which box what they are given first.
//!
//! Leptos, and the standard library's sort, are compiled anew for each closure and each type that they are given. Here
//! only a thin shell is: what is inside is compiled once, or once for each type of a result. That took the browser's
//! file from 3.64 to 3.39 MB, packed with brotli from 751 to 729 kB: what is alike packs well. An import of [`For`] or
//! [`Show`] from here hides the prelude's, so a view reads the same.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use leptos::children::ViewFn;
use leptos::prelude::For as LeptosFor;
use leptos::prelude::*;

/// `Memo::new`.
pub(crate) fn memo<T: PartialEq + Send + Sync + 'static>(
    value: impl Fn(Option<&T>) -> T + Send + Sync + 'static,
) -> Memo<T> {
    boxed_memo(Box::new(value))
}

type Value<T> = Box<dyn Fn(Option<&T>) -> T + Send + Sync>;

#[inline(never)]
fn boxed_memo<T: PartialEq + Send + Sync + 'static>(value: Value<T>) -> Memo<T> {
    Memo::new(value)
}

/// `Effect::new`, of what keeps nothing from one run to the next.
pub(crate) fn effect(mut run: impl FnMut() + 'static) {
    boxed_effect::<()>(Box::new(move |_| run()));
}

/// `Effect::new`, of what is given the answer of its last run.
pub(crate) fn effect_after<T: Send + Sync + 'static>(run: impl FnMut(Option<T>) -> T + 'static) {
    boxed_effect(Box::new(run));
}

#[inline(never)]
fn boxed_effect<T: Send + Sync + 'static>(run: Box<dyn FnMut(Option<T>) -> T>) {
    Effect::new(run);
}

/// `Show` of Leptos.
#[component(transparent)]
pub(crate) fn Show<W>(
    /// What is shown while it holds.
    children: ChildrenFn,
    /// Whether it holds.
    when: W,
    /// What is shown while it does not; nothing if it is left out.
    #[prop(optional, into)]
    fallback: ViewFn,
) -> impl IntoView
where
    W: Fn() -> bool + Send + Sync + 'static,
{
    shown(Box::new(move |_| when()), children, fallback)
}

#[inline(never)]
fn shown(when: Value<bool>, children: ChildrenFn, fallback: ViewFn) -> AnyView {
    let when = boxed_memo(when);
    (move || if when.get() { children() } else { fallback.run() }).into_any()
}

/// `For` of Leptos.
#[component(transparent)]
pub(crate) fn For<IF, I, T, EF, N, KF, K>(
    /// What there is, in order.
    each: IF,
    /// What tells one from another.
    key: KF,
    /// How one is drawn.
    children: EF,
) -> impl IntoView
where
    IF: Fn() -> I + Send + 'static,
    I: IntoIterator<Item = T>,
    T: Send + 'static,
    EF: Fn(T) -> N + Send + Clone + 'static,
    N: IntoView + 'static,
    KF: Fn(&T) -> K + Send + 'static,
    K: Hash,
{
    rows(Box::new(move || {
        let mut rows = Vec::new();
        for one in each() {
            let key = KeyBytes::of(&key(&one));
            let children = children.clone();
            let view: RowView = Box::new(move || children(one).into_any());
            rows.push(Row { key, view });
        }
        rows
    }))
}

struct Row {
    key: KeyBytes,
    view: RowView,
}

type RowView = Box<dyn FnOnce() -> AnyView + Send>;

#[inline(never)]
fn rows(each: Box<dyn Fn() -> Vec<Row> + Send>) -> AnyView {
    view! { <LeptosFor each key=|row| row.key.clone() children=|row: Row| (row.view)() /> }.into_any()
}

/// All that a key gives to be hashed: equal for equal keys only, because what is hashed says where each part ends.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
struct KeyBytes(Vec<u8>);

impl KeyBytes {
    fn of(key: &impl Hash) -> Self {
        let mut bytes = Self::default();
        key.hash(&mut bytes);
        bytes
    }
}

impl Hasher for KeyBytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Not asked for: the bytes themselves are the key.
    fn finish(&self) -> u64 {
        0
    }
}

/// `Vec::sort_by`: stable, too.
pub(crate) fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = order(items.len(), &|one, other| compare(&items[one], &items[other]));
    let mut taken: Vec<Option<T>> = std::mem::take(items).into_iter().map(Some).collect();
    for at in order {
        items.extend(taken[at].take());
    }
}

/// `Vec::sort_by_key`: stable, too.
pub(crate) fn sort_by_key<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(items, |one, other| key(one).cmp(&key(other)));
}

#[inline(never)]
fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&one, &other| compare(one, other));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_equal_keeps_its_order() {
        let mut words = vec!["bb", "a", "cc", "b", "aa"];
        sort_by_key(&mut words, |word| word.len());
        assert_eq!(words, ["a", "b", "bb", "cc", "aa"]);
    }

    #[test]
    fn keys_are_equal_when_what_they_are_made_of_is() {
        assert!(KeyBytes::of(&("ab", "c")) == KeyBytes::of(&("ab".to_owned(), "c")));
        assert!(KeyBytes::of(&("ab", "c")) != KeyBytes::of(&("a", "bc")));
        assert!(KeyBytes::of(&Some(0_u8)) != KeyBytes::of(&None::<u8>));
    }
}
