//! What was admitted does no harm: a replica takes it, saves, loads, and says what the table says.

use bytes::Bytes;
use domain::{Author, ActorId, Seq, SectionId};
use plan::{Decoded, Replica, Table};

use crate::plan_of_three;

/// Offers a change to the plan of three. What is admitted must do no harm; what is refused must leave no trace.
///
/// # Panics
/// If it does.
pub fn check_admitted(person: usize, base: Seq, bytes: &[u8], decoded: &Decoded) {
    let plan = plan_of_three();
    let mut table = plan.table.clone();
    let seq = table.last().next();
    let author = crate::PEOPLE[person % crate::PEOPLE.len()];
    if table.admit(&plan.schema, Author::executive(author), seq, base, decoded).is_err() {
        assert!(table.save() == plan.table.save(), "what is refused leaves no trace");
        return;
    }
    let mut replica = plan.replica.clone();
    replica.apply(&[Bytes::copy_from_slice(bytes)]).expect("what is admitted applies");
    assert_equal(&table, &replica);
    let loaded = Replica::load(&replica.save(), ActorId([0xef; 16])).expect("what is saved loads");
    assert_equal(&table, &loaded);
    let reread = Table::load(&table.save()).expect("a table that was saved loads");
    assert!(reread.save() == table.save(), "saved and loaded");
}

fn assert_equal(table: &Table, replica: &Replica) {
    for section in SectionId::ALL {
        for item in table.items(section) {
            for (cell, value) in table.cells(section, item) {
                assert_eq!(replica.value(&cell), Some(value), "{cell}");
                let values: Vec<_> = replica.values(&cell).into_iter().map(|(value, _)| value).collect();
                assert_eq!(values, table.values(&cell), "{cell}");
            }
            for cell in table.paragraphs(section, item) {
                assert_eq!(replica.text(&cell), table.text(&cell), "{cell}");
            }
        }
    }
}
