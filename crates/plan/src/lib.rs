//! A plan as an Automerge document: what its changes are, what the guard admits, what they mean as facts, and the
//! replica that a person edits. The only crate that names automerge.

mod admit;
mod change;
mod columns;
pub mod edit;
mod genesis;
mod leb;
mod precheck;
mod rank;
mod replica;
mod seal;
mod shift;
pub mod snapshot;
mod table;
mod watch;

pub use admit::{Admitted, Refusal};
pub use change::{Action, Content, Decoded, Object, Op, OpName, Place, decode, encode};
pub use edit::{Edit, EditError};
pub use genesis::{Genesis, genesis};
pub use precheck::{Limits, Malformed, Prechecked, TIME_MS_MAX, precheck};
pub use rank::rank_between;
pub use replica::{EDITS_PER_CHANGE_MAX, Inverse, OwnChange, Replica, ReplicaError, Touched, UndoError};
pub use seal::{Hidden, KeyMaker, Keyring, Opened, SealError};
pub use shift::shifted;
pub use table::{Authored, Rules, Table, TableError};
pub use watch::{Unfit, Watch};
