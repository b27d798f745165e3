//! The guard against Automerge itself: what honest documents write is admitted, what is admitted is harmless, and the
//! table says what all documents say.

mod arena;
mod authored;
mod content;
mod edges;
mod garbled;
mod honest;
mod killers;
mod lies;
mod mutate;
mod tables;
mod timing;
mod watched;
mod world;

/// How many times as much a long run does (`INTERLOCK_LONG=1`).
fn effort(short: u64) -> u64 {
    const LONG: u64 = 25;
    match std::env::var_os("INTERLOCK_LONG") {
        Some(_) => short * LONG,
        None => short,
    }
}
