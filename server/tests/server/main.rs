//! The server as a whole: a real listener, real requests and websockets, a data folder of its own for each test.

mod access;
mod api;
mod audit;
mod backup;
mod cache;
mod erasure;
mod full;
mod harness;
mod life;
mod limits;
mod members;
mod offline;
mod pages;
mod past;
mod plans;
mod program;
mod reception;
mod replay;
mod rooms;
mod sign_in;
mod socket;
mod sync;
mod trouble;
mod webhooks;
