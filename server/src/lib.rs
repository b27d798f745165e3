//! The Interlock server: wires the cores to sockets, files and the clock.

pub mod app;
pub mod assets;
pub mod auth;
pub mod backup;
pub mod body;
pub mod clock;
pub mod commands;
pub mod config;
pub mod control;
pub mod copy;
pub mod directory;
pub mod fairness;
pub mod files;
pub mod http;
pub mod impatient;
pub mod logging;
pub mod metrics;
pub mod problem;
pub mod read_models;
pub mod refold;
pub mod rooms;
pub mod routes;
pub mod sample;
pub mod secret;
pub mod snapshots;
pub mod ws;
