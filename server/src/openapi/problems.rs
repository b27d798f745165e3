//! The error answers that the API's document names: one table, from which both the references in the handlers and the
//! shared answers of the document are made.

use serde_json::{Value, json};
use utoipa::openapi::{ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type};
use utoipa::{ToResponse, ToSchema};

/// The body of every error, as RFC 9457 has it.
#[derive(Debug, ToSchema)]
pub struct Problem {
    /// Names the kind of problem for ever.
    #[schema(example = "urn:interlock:problem:not-found")]
    pub r#type: String,
    /// The status in words.
    pub title: String,
    /// The status again.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// The kind, short and stable: programs look at it.
    pub code: String,
    /// What happened and what to do, for people. Missing where the fault is the server's.
    pub detail: Option<String>,
}

/// One error answer.
pub(super) struct Answer {
    pub(super) name: &'static str,
    pub(super) status: u16,
    description: &'static str,
    title: &'static str,
    code: &'static str,
    detail: Option<&'static str>,
}

macro_rules! answers {
    ($($name:ident $status:literal $code:literal $title:literal $detail:expr, $description:literal;)*) => {
        $(
            #[doc = $description]
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl<'r> ToResponse<'r> for $name {
                fn response() -> (&'r str, RefOr<Response>) {
                    (stringify!($name), RefOr::Ref(Ref::from_response_name(stringify!($name))))
                }
            }
        )*

        /// All of them.
        pub(super) const ANSWERS: &[Answer] = &[$(
            Answer {
                name: stringify!($name),
                status: $status,
                description: $description,
                title: $title,
                code: $code,
                detail: $detail,
            },
        )*];
    };
}

answers! {
    BadRequest 400 "bad-request" "Bad Request" Some("a plan's name is text"), "The request is not what this address takes.";
    SignedOut 401 "signed-out" "Unauthorized" Some("sign in first"), "Nobody is signed in, or the token is not known (any more).";
    Forbidden 403 "foreign-origin" "Forbidden" Some("this request comes from another site"),
        "The one who asks may not do that, or a page of another site asks for them.";
    NotFound 404 "not-found" "Not Found" Some("there is no such plan"),
        "There is no such thing, or the one who asks may not know of it: the two look the same.";
    MethodNotAllowed 405 "method-not-allowed" "Method Not Allowed" Some("this address does not take this method"),
        "There is another thing at this address.";
    TooSlow 408 "too-slow" "Request Timeout" Some("the request took too long to arrive"), "The body did not arrive in time.";
    Conflict 409 "archived" "Conflict" Some("this plan is archived: bring it back first"), "It does not fit what is there.";
    Gone 410 "link-gone" "Gone" Some("this sign-in link was used or has expired: ask for another one"), "It was there, and is used up.";
    PreconditionFailed 412 "changed" "Precondition Failed"
        Some("somebody changed it since you read it: read it again, look at what changed, and send your change with the new ETag"),
        "It is not as `If-Match` says any more. Read it again and decide anew.";
    TooLarge 413 "too-large" "Content Too Large" Some("the request is too long"), "The body is longer than 64 KiB.";
    Unprocessable 422 "refused" "Unprocessable Content" Some("'Amount' takes an amount in its currency's smallest unit, such as 51000000 EUR for 510,000.00 EUR"),
        "The request is well formed, and what it asks for is not allowed.";
    TooFast 429 "too-fast" "Too Many Requests" Some("too many changes in a short time: try again in 1 seconds"),
        "More than one person may do in a short time.";
    Internal 500 "internal" "Internal Server Error" None, "A fault of the server. Its log says more.";
    Unavailable 503 "unavailable" "Service Unavailable" Some("the server cannot save edits now: try again shortly"),
        "Not now: the disk is full, a plan is being read again, or the server stops.";
}

impl Answer {
    /// An example of its body.
    fn example(&self) -> Value {
        let mut problem = json!({
            "type": format!("urn:interlock:problem:{}", self.code),
            "title": self.title,
            "status": self.status,
            "code": self.code,
        });
        if let Some(detail) = self.detail {
            problem["detail"] = detail.into();
        }
        problem
    }

    /// It, as the document's shared answers have it.
    pub(super) fn shared(&self) -> Response {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .example(Some(self.example()))
            .build();
        let mut response = ResponseBuilder::new()
            .description(self.description)
            .content("application/problem+json", content);
        if self.status == 429 {
            let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).build();
            let header = HeaderBuilder::new()
                .schema(Some(seconds))
                .description(Some("Seconds until there may be one more."))
                .build();
            response = response.header("Retry-After", header);
        }
        response.build()
    }
}
