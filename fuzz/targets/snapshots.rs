//! A snapshot's manifest, its table, and its resume file: refused, or a table that a room can work with.
#![no_main]

use domain::{ActorId, SectionId, TimestampMs};
use interlock_fuzz::plan_of_three;
use libfuzzer_sys::fuzz_target;
use plan::snapshot::{Manifest, Resume};
use plan::{Edit, Limits, Table, decode, precheck};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(manifest) = Manifest::parse(text)
    {
        assert_eq!(Manifest::parse(&manifest.to_string()), Some(manifest));
    }
    if let Ok(resume) = Resume::load(bytes) {
        work_with(resume.table);
    }
    if let Ok(table) = Table::load(bytes) {
        work_with(table);
    }
});

/// Everything that a room does with a table.
fn work_with(mut table: Table) {
    for section in SectionId::ALL {
        let items: Vec<_> = table.items(section).take(3).collect();
        for item in items {
            let cells = table.cells(section, item).into_iter();
            let mut edits: Vec<Edit> = cells.map(|(cell, value)| Edit::Put { cell, value }).collect();
            for cell in table.paragraphs(section, item) {
                let _ = table.text(&cell);
                edits.push(Edit::Splice {
                    cell,
                    at: 0,
                    delete: 0,
                    insert: "x".to_owned(),
                });
            }
            let _ = table.author(ActorId([3; 16]), TimestampMs(1), &edits);
        }
    }
    for change in &plan_of_three().changes {
        let decoded = precheck(change, &Limits::default()).and_then(|checked| decode(&checked));
        let decoded = decoded.expect("our own change");
        let (seq, base) = (table.last().next(), table.last());
        let _ = table.replay(seq, base, &decoded);
        let _ = table.position(&decoded.hash);
    }
    let _ = table.save();
}
