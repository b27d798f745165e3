//! The words of account planning: ids, values, places in a plan, the plan's schema as data, and the facts that a
//! plan's history is made of. No I/O, no Automerge: what every other crate may know.

pub mod completeness;
pub mod event;
pub mod fact;
pub mod ids;
pub mod place;
pub mod role;
pub mod schema;
pub mod seal;
mod standard;
pub mod text_diff;
pub mod value;

pub use event::WorkspaceEvent;
pub use fact::{Delta, Fact};
pub use ids::{ActorId, ChangeHash, ItemId, ParagraphId, PersonId, PlanId, Seq, TimestampMs};
pub use place::{Cell, Part, SectionId};
pub use role::{Author, Right, Role, Stage, Standing};
pub use schema::{Choice, Denied, Field, Kind, Schema, Section};
pub use seal::{ItemKey, Key, KeyId, KeyName, Seal};
pub use value::{Money, Scalar, commitment};
