//! Makes one module of parts that load together, or of one part, with its functions in the order that packs best.
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
    let (mut numbers, order) = Numbers::of(&parts)?;
    let mut functions = FunctionSection::new();
    let (mut elements, mut code, mut data) = (ElementSection::new(), CodeSection::new(), DataSection::new());
    for (part, function) in order {
        numbers.part = part;
        functions.function(parts[part].functions[function]);
        let body = parts[part].bodies[function].clone();
        numbers.parse_function_body(&mut code, body).map_err(wrong)?;
    }
    for (index, part) in parts.iter().enumerate() {
        numbers.part = index;
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

/// A function, as its part and its number there.
type Function = (usize, usize);

/// Which number everything has in the merged module.
struct Numbers {
    /// The part whose code is written.
    part: usize,
    /// Of each part, the new number of each function: one that only calls through the table has that of its target.
    functions: Vec<Vec<u32>>,
    /// How many segments of data the parts before each have.
    data_before: Vec<u32>,
}

impl Numbers {
    /// The numbers, and the functions that are left, in their order.
    fn of(parts: &[Part<'_>]) -> anyhow::Result<(Self, Vec<Function>)> {
        let mut table: HashMap<i32, Function> = HashMap::new();
        for (index, part) in parts.iter().enumerate() {
            for (place, function) in part.table()? {
                table.insert(place, (index, usize::try_from(function)?));
            }
        }
        let (mut order, mut through_table) = (Vec::new(), Vec::new());
        let (mut data, mut data_before) = (0, Vec::new());
        for (index, part) in parts.iter().enumerate() {
            for (function, body) in part.bodies.iter().enumerate() {
                match called_through_table(body)?.and_then(|place| table.get(&place)) {
                    Some(target) => through_table.push(((index, function), *target)),
                    None => order.push((index, function)),
                }
            }
            data_before.push(data);
            data += u32::try_from(part.data.len())?;
        }
        // What is alike stands together: that packs better by a twentieth, and the list of types to nothing.
        order.sort_by_key(|&(part, function)| {
            (parts[part].functions[function], parts[part].bodies[function].as_bytes())
        });
        let mut functions: Vec<Vec<u32>> = parts.iter().map(|part| vec![0; part.bodies.len()]).collect();
        for (number, &(part, function)) in order.iter().enumerate() {
            functions[part][function] = u32::try_from(number)?;
        }
        for ((part, function), (of, target)) in through_table {
            functions[part][function] = functions[of][target];
        }
        let numbers = Self {
            part: 0,
            functions,
            data_before,
        };
        Ok((numbers, order))
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
        number.copied().ok_or_else(unknown)
    }

    fn data_index(&mut self, data: u32) -> Result<u32, reencode::Error<Self::Error>> {
        Ok(self.data_before[self.part] + data)
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, ConstExpr, ElementSection, Elements, EntityType, Function, FunctionSection, ImportSection,
        Instruction, Module, RefType, TableType, TypeSection, ValType,
    };
    use wasmparser::{Operator, Parser, Payload, Validator};

    use super::merged;

    /// A part whose functions answer a number, with its last one at a place of the table.
    fn part(bodies: &[&[Instruction<'_>]], place: i32) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], [ValType::I32]);
        let mut imports = ImportSection::new();
        let table = TableType {
            element_type: RefType::FUNCREF,
            minimum: 8,
            maximum: None,
            table64: false,
            shared: false,
        };
        imports.import("__wasm_split", "__indirect_function_table", EntityType::Table(table));
        let (mut functions, mut code, mut elements) =
            (FunctionSection::new(), CodeSection::new(), ElementSection::new());
        for body in bodies {
            functions.function(0);
            let mut function = Function::new([]);
            for instruction in *body {
                function.instruction(instruction);
            }
            function.instruction(&Instruction::End);
            code.function(&function);
        }
        let last = u32::try_from(bodies.len() - 1).expect("few functions");
        elements.active(
            None,
            &ConstExpr::i32_const(place),
            Elements::Functions([last].as_slice().into()),
        );
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module.section(&elements).section(&code);
        module.finish()
    }

    /// The operators of each function.
    fn bodies(module: &[u8]) -> Vec<String> {
        let payloads = Parser::new(0)
            .parse_all(module)
            .map(|payload| payload.expect("a module"));
        let of = |payload: Payload<'_>| match payload {
            Payload::CodeSectionEntry(body) => {
                let operators = body.get_operators_reader().expect("a body").into_iter();
                let words: Vec<String> = operators
                    .map(|operator| match operator.expect("an operator") {
                        Operator::I32Const { value } => value.to_string(),
                        Operator::Call { function_index } => format!("call {function_index}"),
                        Operator::CallIndirect { .. } => "through the table".to_owned(),
                        other => format!("{other:?}").to_lowercase(),
                    })
                    .collect();
                Some(words.join(" "))
            }
            _ => None,
        };
        payloads.filter_map(of).collect()
    }

    #[test]
    fn what_parts_call_of_each_other_through_the_table_they_call_directly() {
        let through = |place| {
            [
                Instruction::I32Const(place),
                Instruction::CallIndirect {
                    type_index: 0,
                    table_index: 0,
                },
            ]
        };
        let one = part(&[&[Instruction::I32Const(7)]], 3);
        // Its first function calls that one, its second a function of a part that is not here.
        let other = part(
            &[
                &through(3),
                &through(5),
                &[Instruction::Call(0), Instruction::Drop, Instruction::Call(1)],
            ],
            4,
        );
        let merged = merged(&[&one, &other]).expect("parts of one shape");
        Validator::new().validate_all(&merged).expect("a module");
        // In the order of their bytes.
        assert_eq!(
            bodies(&merged),
            ["call 2 drop call 1 end", "5 through the table end", "7 end"]
        );
    }

    #[test]
    fn parts_of_different_shapes_are_not_merged() {
        let one = part(&[&[Instruction::I32Const(7)]], 3);
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut other = Module::new();
        other.section(&types);
        assert!(merged(&[&one, &other.finish()]).is_err());
    }
}
