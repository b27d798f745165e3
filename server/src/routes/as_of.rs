//! The whole plan as it was at a moment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, header};
use domain::{ItemId, Part, PlanId, Scalar, SectionId, Seq, Stage, TimestampMs};
use reports::{Held, ItemState, Stamp};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::IntoParams;

use super::reader::{Reader, in_turn, moment, reader};
use crate::app::App;
use crate::auth::Caller;
use crate::openapi::PlanPath;
use crate::openapi::problems::TooFast;
use crate::problem::ApiError;
use crate::read_models::{AsOf, Bounds, Took};

/// What a browser's tools show beside an answer: <https://www.w3.org/TR/server-timing/>. Times are in milliseconds.
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Which moment.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// After this entry; 0 is before everything.
    #[param(value_type = Option<u64>)]
    seq: Option<Seq>,
    /// After the last entry that had happened at this time, in milliseconds since 1970. Without either: now.
    #[param(value_type = Option<i64>)]
    at: Option<TimestampMs>,
    /// Only this section.
    #[param(value_type = Option<String>, example = "opportunities")]
    section: Option<SectionId>,
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/as-of",
    operation_id = "getPlanAsOf",
    tag = "history",
    summary = "The whole plan as it was at a moment",
    description = "`Server-Timing` says what finding it took: reading the saved state before the moment (`saved`, whose \
        `desc` is the last entry in it), and folding what came after it (`fold`).",
    params(PlanPath, Asked),
    responses((status = 200, description = "The plan as it was, deleted items too.", body = serde_json::Value,
        content_type = "application/json", example = json!({
        "plan": "019ab0c2-6f00-7000-8000-000000000001", "seq": 7, "at": 1_795_305_700_000_i64,
        "first_at": 1_795_305_600_000_i64, "head": 9, "head_at": 1_795_305_900_000_i64,
        "name": "Sonnenberg", "archived": false, "stage": "pre_work",
        "items": [{
            "section": "actions", "item": "019ab0c2-6f00-7000-8000-000000000002",
            "made": { "seq": 6, "at": 1_795_305_650_000_i64, "by": "019ab0c2-6f00-7000-8000-00000000000a" },
            "changed": { "seq": 7, "at": 1_795_305_700_000_i64, "by": "019ab0c2-6f00-7000-8000-00000000000a" },
            "fields": { "title": "Call the CIO", "due": "2026-12-10" }, "links": {}, "own": {},
            "prose": { "notes:019ab0c2-6f00-7000-8000-000000000003": "They meet on Mondays." }
        }]
    })), (status = 429, response = TooFast))
)]
/// `GET /api/v1/plans/{plan}/as-of`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<([(HeaderName, String); 2], Vec<u8>), ApiError> {
    let (Path(plan), Query(asked)) = (plan?, asked?);
    reader(&app, &caller, plan)?;
    let moment = moment(asked.seq, asked.at, "'seq' or 'at'")?;
    let read = async move |app: Arc<App>, reader: Reader| {
        let eyes = reader.telling.eyes;
        let look = app.models.travel(plan, vec![moment], eyes, move |past, states| {
            let as_of = states.first().ok_or("a moment without a state")?;
            let view = view(plan, past.bounds()?, as_of, asked.section);
            // Written where it may take long: a large plan is a megabyte.
            let written = serde_json::to_vec(&view).map_err(|error| error.to_string())?;
            Ok((written, as_of.took))
        });
        Ok(look.await?)
    };
    let (body, took) = in_turn(&app, caller, plan, read).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (SERVER_TIMING, timing(took)),
    ];
    Ok((headers, body))
}

fn timing(took: Took) -> String {
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let (reading, folding) = (millis(took.reading), millis(took.folding));
    format!("saved;desc=\"{}\";dur={reading:.3}, fold;dur={folding:.3}", took.saved)
}

#[derive(Serialize)]
struct AsOfView<'a> {
    plan: PlanId,
    seq: Seq,
    at: Option<TimestampMs>,
    #[serde(flatten)]
    bounds: Bounds,
    name: Option<&'a str>,
    archived: bool,
    stage: Stage,
    items: Items<'a>,
}

/// The items, written one after the other.
struct Items<'a> {
    as_of: &'a AsOf,
    section: Option<SectionId>,
}

#[derive(Serialize)]
struct ItemView<'a> {
    section: SectionId,
    item: ItemId,
    made: Stamp,
    changed: Stamp,
    fields: Cells<'a>,
    links: Cells<'a>,
    own: Cells<'a>,
    prose: Cells<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    also: BTreeMap<Part, BTreeMap<&'a str, Vec<PlainRef<'a>>>>,
}

/// A part's cells, as the document has them.
struct Cells<'a>(&'a BTreeMap<String, Held>);

struct PlainRef<'a>(&'a Scalar);

fn view(plan: PlanId, bounds: Bounds, as_of: &AsOf, section: Option<SectionId>) -> AsOfView<'_> {
    AsOfView {
        plan,
        seq: as_of.seq,
        at: as_of.at,
        bounds,
        name: as_of.name.as_deref(),
        archived: as_of.archived,
        stage: as_of.stage,
        items: Items { as_of, section },
    }
}

fn item_view(section: SectionId, item: ItemId, state: &ItemState) -> ItemView<'_> {
    let mut also: BTreeMap<Part, BTreeMap<&str, Vec<PlainRef<'_>>>> = BTreeMap::new();
    for (part, key, held) in state.cells() {
        if let Held::Value(_, others) = held
            && !others.is_empty()
        {
            let others = others.iter().map(PlainRef).collect();
            also.entry(part).or_default().insert(key, others);
        }
    }
    ItemView {
        section,
        item,
        made: state.made,
        changed: state.changed,
        fields: Cells(state.part(Part::Fields)),
        links: Cells(state.part(Part::Links)),
        own: Cells(state.part(Part::Own)),
        prose: Cells(state.part(Part::Prose)),
        also,
    }
}

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut items = serializer.serialize_seq(None)?;
        for section in SectionId::ALL {
            if self.section.is_none_or(|wanted| wanted == section) {
                for (item, state) in self.as_of.state.items(section) {
                    items.serialize_element(&item_view(section, item, state))?;
                }
            }
        }
        items.end()
    }
}

impl Serialize for Cells<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, held)| (key, HeldRef(held))))
    }
}

struct HeldRef<'a>(&'a Held);

impl Serialize for HeldRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Held::Value(value, _) => PlainRef(value).serialize(serializer),
            Held::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl Serialize for PlainRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Scalar::Str(text) => serializer.serialize_str(text),
            Scalar::Int(number) => serializer.serialize_i64(*number),
            Scalar::Bool(yes) => serializer.serialize_bool(*yes),
        }
    }
}
