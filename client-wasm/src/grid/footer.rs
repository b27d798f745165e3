//! The foot of a list: how much of it is shown, and the sums of its amounts.

use domain::{Field, Kind, Money};
use leptos::prelude::*;

use super::data;
use super::state::GridState;
use crate::edit::field_at::home_currency;
use crate::erased::memo;
use crate::format::money;
use crate::words;

/// The foot.
#[component]
pub(super) fn GridFooter(state: GridState) -> impl IntoView {
    let count = memo(move |_| (state.rows.with(Vec::len), state.all.with(Vec::len)));
    let said = move || {
        let (shown, all) = count.get();
        words::shown_of(shown, all)
    };
    let fields = state.columns();
    let rest = fields
        .iter()
        .skip(1)
        .cloned()
        .map(|field| view! { <td role="gridcell" class="num"><Sum state field /></td> })
        .collect_view();
    view! {
        <tfoot>
            <tr role="row">
                <td role="gridcell" class="handle"></td>
                <td role="gridcell" aria-live="polite">{said}</td>
                {rest}
            </tr>
        </tfoot>
    }
}

/// The sum of a column of amounts: one for each currency, never mixed.
#[component]
fn Sum(state: GridState, field: Field) -> impl IntoView {
    let is_money = field.kind == Kind::Money;
    let key = field.key.to_string();
    let sums = memo(move |_| {
        if !is_money {
            return Vec::new();
        }
        state.changed.track();
        let sums = state
            .rows
            .with(|rows| data::sums(state.store, state.section, rows, &key));
        sums.into_iter().map(|sum| (sum.minor, sum.currency)).collect()
    });
    let spans = move || {
        let home = home_currency(state.store);
        sums.get()
            .into_iter()
            .map(|(minor, currency)| {
                let sum = Money { minor, currency };
                let text = if currency == home {
                    money::figure(sum)
                } else {
                    money::full(sum)
                };
                view! { <span class="sum" title=money::full(sum)>{text}</span> }
            })
            .collect_view()
    };
    view! { <span class="sums">{spans}</span> }
}
