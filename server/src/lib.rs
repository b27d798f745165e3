//! The Interlock server.
