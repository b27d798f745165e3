//! The API's document, OpenAPI 3.1: made from the annotations beside the handlers, so that a route cannot be served
//! without being in it. What is the same everywhere is added here, by the shape of each operation.

mod paths;
pub mod problems;
pub mod shapes;

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::schema::{ArrayItems, Components};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ContactBuilder, Info, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Schema,
    SecurityRequirement, Server, Tag,
};
use utoipa::{PartialSchema, ToSchema};

pub use paths::{
    FieldPath, ItemPath, MemberPath, PersonPath, PlanPath, SectionPath, TeamMemberPath, TeamPath, TokenPath,
};
use problems::{ANSWERS, Problem};

use crate::auth::COOKIE;

/// Where the API is.
pub const BASE: &str = "/api/v1";

const ABOUT: &str = "Plans, their content, who works on them, and what happened.\n\n\
    Who asks is told by a token in `Authorization: Bearer TOKEN`, or by the cookie that signing in sets. Ids are UUIDs in \
    lower case; times are milliseconds since 1970 by the server's clock; days are ISO days; amounts are text in minor units \
    with their currency, such as `51000000 EUR`.\n\n\
    Reading a plan's record, an item or a field answers with an `ETag`, writing takes it as `If-Match`: what somebody changed \
    meanwhile is not written over, but answered with 412. What takes an `Idempotency-Key` is done once, however often it is \
    sent with it; what takes none refuses one with 400. Lists come in pages: ask again with `after` set to the `next` of the page before; lists that are plain \
    arrays name the next page in `Link`, when `limit` asks for pages. Errors are problem details (RFC 9457).";

/// The groups of operations.
const TAGS: &[(&str, &str)] = &[
    ("session", "Signing in and out, and the person who asks."),
    ("people", "Everyone in the workspace, and teams."),
    ("plans", "Plans and their own record: name, stage, archived or not."),
    ("members", "Who is what in a plan, and who is invited."),
    ("content", "What stands in a plan: sections, items, fields."),
    ("history", "What happened in a plan, and the plan as it was."),
    ("reports", "What a plan comes to."),
    ("audit", "Who did what with the workspace."),
    ("tokens", "Tokens with which programs ask."),
    ("webhooks", "Telling other systems what happens."),
    ("server", "The server itself."),
];

/// A document without operations.
pub fn begin() -> OpenApi {
    let tag = |(name, about): &(&str, &str)| -> Tag { TagBuilder::new().name(*name).description(Some(*about)).build() };
    OpenApiBuilder::new()
        .info(info())
        .servers(Some([Server::new(BASE)]))
        .tags(Some(TAGS.iter().map(tag)))
        .build()
}

fn info() -> Info {
    InfoBuilder::new()
        .title("Interlock")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(
            LicenseBuilder::new()
                .name("Apache-2.0")
                .identifier(Some("Apache-2.0"))
                .build(),
        ))
        .contact(Some(
            ContactBuilder::new().name(Some("Whoever runs this server")).build(),
        ))
        .build()
}

/// Adds what is the same everywhere: how one shows who asks, and the error answers that follow from an operation's shape.
pub fn finish(document: &mut OpenApi) {
    let mut shared = document.components.take().unwrap_or_default();
    shared.schemas.insert(Problem::name().into_owned(), Problem::schema());
    for answer in ANSWERS {
        shared
            .responses
            .insert(answer.name.to_owned(), RefOr::T(answer.shared()));
    }
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    shared.add_security_scheme("token", SecurityScheme::Http(token));
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE)));
    shared.add_security_scheme("session", cookie);
    let shown = examples(&shared);
    document.components = Some(shared);
    let nothing: [&str; 0] = [];
    let ways = ["token", "session"].map(|way| SecurityRequirement::new(way, nothing));
    document.security = Some(ways.to_vec());
    for item in document.paths.paths.values_mut() {
        let operations = [
            (&mut item.get, false),
            (&mut item.post, true),
            (&mut item.put, true),
            (&mut item.patch, true),
            (&mut item.delete, true),
        ];
        for (operation, writes) in operations {
            if let Some(operation) = operation {
                add_examples(operation, &shown);
                add_answers(operation, writes);
            }
        }
    }
}

/// The examples of what has a name, by where it is referred to.
fn examples(shared: &Components) -> BTreeMap<String, Value> {
    let example = |(name, schema): (&String, &RefOr<Schema>)| {
        let schema = serde_json::to_value(schema).ok()?;
        let example = schema.get("example").filter(|example| !example.is_null())?;
        Some((format!("#/components/schemas/{name}"), example.clone()))
    };
    shared.schemas.iter().filter_map(example).collect()
}

/// Shows in each answer what it is an answer of, unless it shows one of its own: an example is said once, beside its type.
fn add_examples(operation: &mut Operation, shown: &BTreeMap<String, Value>) {
    let example = |schema: &RefOr<Schema>| match schema {
        RefOr::Ref(of) => shown.get(&of.ref_location).cloned(),
        RefOr::T(Schema::Array(array)) => match &array.items {
            ArrayItems::RefOrSchema(of) => match of.as_ref() {
                RefOr::Ref(of) => Some(Value::from(vec![shown.get(&of.ref_location)?.clone()])),
                RefOr::T(_) => None,
            },
            ArrayItems::False => None,
        },
        RefOr::T(_) => None,
    };
    for response in operation.responses.responses.values_mut() {
        let RefOr::T(response) = response else { continue };
        for content in response.content.values_mut() {
            let RefOr::T(content) = content else { continue };
            if content.example.is_none() && content.examples.is_empty() {
                content.example = content.schema.as_ref().and_then(example);
            }
        }
    }
}

/// Adds the error answers that an operation of this shape can give.
fn add_answers(operation: &mut Operation, writes: bool) {
    let open = operation
        .security
        .as_ref()
        .is_some_and(|ways| ways.iter().all(|way| *way == SecurityRequirement::default()));
    let parameters = operation.parameters.iter().flatten();
    let of_path = |parameter: &RefOr<_>| {
        matches!(
            parameter,
            RefOr::T(utoipa::openapi::path::Parameter {
                parameter_in: ParameterIn::Path,
                ..
            })
        )
    };
    let named = parameters.into_iter().any(of_path);
    let body = operation.request_body.is_some();
    let applies = |status: u16| match status {
        // 400: also a head that is no HTTP.
        400 | 500 | 503 => true,
        401 => !open,
        403 => writes || !open,
        // 405: a part of the address that is empty makes another address of it.
        404 | 405 => named,
        408 | 413 => body,
        429 => writes,
        // The handler says so.
        _ => false,
    };
    for answer in ANSWERS.iter().filter(|answer| applies(answer.status)) {
        let there = operation.responses.responses.entry(answer.status.to_string());
        there.or_insert_with(|| RefOr::Ref(Ref::from_response_name(answer.name)));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::routes::api_document;

    fn operations() -> Vec<(String, Value)> {
        let document = serde_json::to_value(api_document()).expect("a document is JSON");
        let paths = document["paths"].as_object().expect("a document has paths");
        let of_path = |(path, item): (&String, &Value)| {
            let item = item.as_object().expect("a path has operations").clone();
            let path = path.clone();
            item.into_iter()
                .map(move |(method, operation)| (format!("{method} {path}"), operation))
        };
        paths.iter().flat_map(of_path).collect()
    }

    /// What is registered otherwise than by `routes!` is served, and nobody learns of it.
    #[test]
    fn every_route_of_the_api_is_in_its_document() {
        let source = include_str!("../routes/mod.rs");
        let api = source
            .split("fn api()")
            .nth(1)
            .and_then(|rest| rest.split("\n}\n").next());
        let api = api.expect("the function that registers the routes");
        for plain in [".route(", ".route_service(", ".nest(", ".nest_service(", ".merge("] {
            assert!(!api.contains(plain), "{plain} registers a route that is not described");
        }
        let handlers = api.matches("::").count()
            - ["OpenApiRouter::", "openapi::"]
                .map(|path| api.matches(path).count())
                .iter()
                .sum::<usize>();
        // Arc<App> in the head has no path; each handler is `module::function`.
        assert_eq!(operations().len(), handlers, "{api}");
    }

    #[test]
    fn every_operation_says_what_it_is_for_and_shows_it() {
        for (name, operation) in operations() {
            for word in ["operationId", "summary", "tags"] {
                assert!(!operation[word].is_null(), "{name} has no {word}");
            }
            let responses = operation["responses"].as_object().expect("an operation has answers");
            let good = responses.iter().filter(|(status, _)| !status.starts_with(['4', '5']));
            for (status, answer) in good {
                for (kind, content) in answer["content"].as_object().into_iter().flatten() {
                    let shown = !content["example"].is_null() || !content["examples"].is_null();
                    assert!(shown, "{name}: {status} as {kind} has no example");
                }
            }
            for (kind, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
                let shown = !content["example"].is_null() || !content["examples"].is_null();
                assert!(shown, "{name}: the body as {kind} has no example");
            }
            assert!(responses.contains_key("500"), "{name} has no error answers");
        }
    }

    /// Reads that are taken in turn are refused to whom too many of them wait for.
    #[test]
    fn every_read_that_is_work_can_be_refused_as_one_too_many() {
        let works = [
            "listHistory",
            "getPlanAsOf",
            "getChangesBetween",
            "getTimeline",
            "getActionsReport",
            "heldAboutContact",
        ];
        let refusing = operations()
            .into_iter()
            .filter(|(name, operation)| name.starts_with("get ") && !operation["responses"]["429"].is_null());
        let mut named: Vec<String> = refusing
            .filter_map(|(_, operation)| operation["operationId"].as_str().map(str::to_owned))
            .collect();
        named.sort();
        let mut works = works.map(str::to_owned);
        works.sort();
        assert_eq!(named, works);
    }

    /// Who reads the document need not guess what an object has in it.
    #[test]
    fn every_object_of_the_document_says_what_is_in_it() {
        fn bare(at: &str, schema: &Value, found: &mut Vec<String>) {
            let Some(members) = schema.as_object() else {
                let all = schema.as_array().into_iter().flatten();
                return all.for_each(|one| bare(at, one, found));
            };
            let kind = &members.get("type").unwrap_or(&Value::Null).to_string();
            let says = ["properties", "additionalProperties", "oneOf", "allOf", "anyOf"];
            if kind.contains("object") && !says.iter().any(|word| members.contains_key(*word)) {
                found.push(at.to_owned());
            }
            for (name, inner) in members {
                // What is shown there is no schema.
                if name != "example" && name != "examples" {
                    bare(&format!("{at}/{name}"), inner, found);
                }
            }
        }
        let document = serde_json::to_value(api_document()).expect("a document is JSON");
        let mut found = Vec::new();
        bare("", &document, &mut found);
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let mut names: Vec<String> = operations()
            .iter()
            .map(|(_, operation)| operation["operationId"].to_string())
            .collect();
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "{names:?}");
    }
}
