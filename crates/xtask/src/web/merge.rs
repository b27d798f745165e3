//! Makes one module of parts that load together.
//!
//! The cut puts what several parts need into a part of its own, and calls across parts go through the table: a function
//! for each that looks its target up there. Where one part never loads without the other that costs twice, in code and
//! because each file is packed by itself. What the cut gives is of one shape (the same types and imports in every part,
//! nothing exported, segments at fixed places), and anything else is an error here.

use std::collections::HashMap;

use anyhow::{Context, anyhow, bail, ensure};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, DataCountSection, DataSection, ElementSection, FunctionSection, Module, RawSection};
use wasmparser::{Data, Element, ElementItems, ElementKind, FunctionBody, Operator, Parser, Payload};

/// The numbers of the sections that are taken over as they are.
const TYPES: u8 = 1;
const IMPORTS: u8 = 2;

/// A part, taken apart.
#[derive(Default)]
struct Part<'a> {
    types: &'a [u8],
    imports: &'a [u8],
    /// The type of each function.
    functions: Vec<u32>,
    bodies: Vec<FunctionBody<'a>>,
    elements: Vec<Element<'a>>,
    data: Vec<Data<'a>>,
}

/// The module that does what the parts do, with direct calls between them. Names are left out.
pub(super) fn merged(parts: &[&[u8]]) -> anyhow::Result<Vec<u8>> {
    let parts: Vec<Part<'_>> = parts.iter().map(|part| Part::read(part)).collect::<Result<_, _>>()?;
    let first = parts.first().context("nothing to merge")?;
    ensure!(
        parts
            .iter()
            .all(|part| (part.types, part.imports) == (first.types, first.imports)),
        "the parts have types or imports of their own"
    );
    let mut numbers = Numbers::of(&parts)?;
    let mut functions = FunctionSection::new();
    let (mut elements, mut code, mut data) = (ElementSection::new(), CodeSection::new(), DataSection::new());
    for (index, part) in parts.iter().enumerate() {
        numbers.part = index;
        for (function, body) in part.bodies.iter().enumerate() {
            if numbers.is_kept(function) {
                functions.function(part.functions[function]);
                numbers.parse_function_body(&mut code, body.clone()).map_err(wrong)?;
            }
        }
        for element in &part.elements {
            numbers.parse_element(&mut elements, element.clone()).map_err(wrong)?;
        }
        for segment in &part.data {
            numbers.parse_data(&mut data, segment.clone()).map_err(wrong)?;
        }
    }
    let mut module = Module::new();
    module.section(&RawSection {
        id: TYPES,
        data: first.types,
    });
    module.section(&RawSection {
        id: IMPORTS,
        data: first.imports,
    });
    module.section(&functions);
    module.section(&elements);
    module.section(&DataCountSection { count: data.len() });
    module.section(&code);
    module.section(&data);
    Ok(module.finish())
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn wrong(error: reencode::Error<&'static str>) -> anyhow::Error {
    anyhow!("a part of the client: {error}")
}

impl<'a> Part<'a> {
    fn read(bytes: &'a [u8]) -> anyhow::Result<Self> {
        let mut part = Self::default();
        let slice = |range: std::ops::Range<u64>| -> anyhow::Result<&'a [u8]> {
            let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
            bytes.get(range).context("a section beyond the file")
        };
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(types) => part.types = slice(types.range())?,
                Payload::ImportSection(imports) => part.imports = slice(imports.range())?,
                Payload::FunctionSection(functions) => {
                    part.functions = functions.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::ElementSection(elements) => part.elements = elements.into_iter().collect::<Result<_, _>>()?,
                Payload::CodeSectionEntry(body) => part.bodies.push(body),
                Payload::DataSection(data) => part.data = data.into_iter().collect::<Result<_, _>>()?,
                Payload::ExportSection(exports) => ensure!(exports.count() == 0, "a part exports something"),
                Payload::Version { .. }
                | Payload::DataCountSection { .. }
                | Payload::CodeSectionStart { .. }
                | Payload::CustomSection(_)
                | Payload::End(_) => {}
                other => bail!("a part has an unknown section: {other:?}"),
            }
        }
        ensure!(
            part.functions.len() == part.bodies.len(),
            "a part has functions without code"
        );
        Ok(part)
    }

    /// What stands at which place of the table: functions of this part.
    fn table(&self) -> anyhow::Result<Vec<(i32, u32)>> {
        let mut table = Vec::new();
        for element in &self.elements {
            let ElementKind::Active { offset_expr, .. } = &element.kind else {
                bail!("a segment of the table that is not filled at the start");
            };
            let Operator::I32Const { value: start } = offset_expr.get_operators_reader().read()? else {
                bail!("a segment of the table without a fixed place");
            };
            let ElementItems::Functions(functions) = &element.items else {
                bail!("a segment of the table that does not hold functions");
            };
            for (at, function) in (start..).zip(functions.clone()) {
                table.push((at, function?));
            }
        }
        Ok(table)
    }
}

/// The place in the table that a function calls, if that is all it does.
fn called_through_table(body: &FunctionBody<'_>) -> anyhow::Result<Option<i32>> {
    let mut operators = body.get_operators_reader()?;
    let mut place = None;
    while !operators.eof() {
        match (operators.read()?, place) {
            (Operator::LocalGet { .. }, None) => {}
            (Operator::I32Const { value }, None) => place = Some(value),
            (Operator::CallIndirect { table_index: 0, .. }, Some(_)) => {
                let ends = matches!(operators.read()?, Operator::End) && operators.eof();
                return Ok(place.filter(|_| ends));
            }
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// Which number everything has in the merged module.
struct Numbers {
    /// The part whose code is written.
    part: usize,
    /// Of each part, the new number of each function, and whether it is still there: a function that only calls through
    /// the table has the number of its target.
    functions: Vec<Vec<(u32, bool)>>,
    /// How many segments of data the parts before each have.
    data_before: Vec<u32>,
}

impl Numbers {
    fn of(parts: &[Part<'_>]) -> anyhow::Result<Self> {
        let mut table: HashMap<i32, (usize, u32)> = HashMap::new();
        for (index, part) in parts.iter().enumerate() {
            table.extend(part.table()?.into_iter().map(|(at, function)| (at, (index, function))));
        }
        let mut functions: Vec<Vec<(u32, bool)>> = Vec::new();
        let mut through_table = Vec::new();
        let (mut next, mut data, mut data_before) = (0, 0, Vec::new());
        for (index, part) in parts.iter().enumerate() {
            let mut numbers = Vec::with_capacity(part.bodies.len());
            for (function, body) in part.bodies.iter().enumerate() {
                let target = called_through_table(body)?.and_then(|place| table.get(&place).copied());
                if let Some(target) = target {
                    through_table.push(((index, function), target));
                    numbers.push((0, false));
                } else {
                    numbers.push((next, true));
                    next += 1;
                }
            }
            functions.push(numbers);
            data_before.push(data);
            data += u32::try_from(part.data.len())?;
        }
        for ((part, function), (of, target)) in through_table {
            let (number, is_kept) = functions[of][usize::try_from(target)?];
            ensure!(is_kept, "a place of the table leads on through the table");
            functions[part][function].0 = number;
        }
        Ok(Self {
            part: 0,
            functions,
            data_before,
        })
    }

    fn is_kept(&self, function: usize) -> bool {
        self.functions[self.part][function].1
    }
}

impl Reencode for Numbers {
    type Error = &'static str;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Self::Error>> {
        let of_part = &self.functions[self.part];
        // The parts import no functions, so each of theirs has a number here.
        let number = usize::try_from(function)
            .ok()
            .and_then(|function| of_part.get(function));
        let unknown = || reencode::Error::UserError("a call of a function that is not there");
        number.map(|(number, _)| *number).ok_or_else(unknown)
    }

    fn data_index(&mut self, data: u32) -> Result<u32, reencode::Error<Self::Error>> {
        Ok(self.data_before[self.part] + data)
    }
}
