//! The web application, from inside the binary: compressed forms, caching, and the headers that fence it in.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem::ApiError;

#[derive(RustEmbed)]
#[folder = "../dist"]
struct Dist;

/// What the pages may do: their own files, WebAssembly, their own server; nothing inline, nobody else's frame.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";
/// Files under this folder have the hash of their content in their name.
const HASHED: &str = "assets/";
/// Shown by a server that was built without the web application.
const NOT_BUILT: &str = "This server was built without its web application.\n\
    Run `cargo xtask build` (or `cargo xtask serve`) and start it again.\n";

/// The form in which a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Brotli,
    Gzip,
    Plain,
}

impl Coding {
    const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Plain => "",
        }
    }

    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Plain => None,
        }
    }
}

/// Any address that no route has: a file of the application, or one of its pages.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if matches!(path.split('/').next(), Some("api" | "control")) {
        return ApiError::NotFound("page").into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return ApiError::MethodNotAllowed.into_response();
    }
    // Our own build writes these names, in lower case.
    if path.strip_suffix(".br").or_else(|| path.strip_suffix(".gz")).is_some() {
        return ApiError::NotFound("page").into_response();
    }
    if !path.is_empty() && Dist::get(path).is_some() {
        return file(path, &headers);
    }
    // A page of the application: it reads the address itself. A file's name has a dot, or its folder; a missing one is an
    // error.
    let is_file = path.starts_with(HASHED) || path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    if is_file {
        return ApiError::NotFound("page").into_response();
    }
    if Dist::get("index.html").is_none() {
        return (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT).into_response();
    }
    file("index.html", &headers)
}

/// The address of the script that starts the pages of this build. Its name has the hash of what it loads in it, so pages of
/// two builds differ in it. None: the application is not inside.
pub fn start_script() -> Option<String> {
    let page = Dist::get("index.html")?;
    let html = std::str::from_utf8(&page.data).ok()?;
    let (_, rest) = html.split_once("<script type=\"module\" src=\"")?;
    rest.split_once('"').map(|(address, _)| address.to_owned())
}

fn file(path: &str, headers: &HeaderMap) -> Response {
    let accepted = accepted_codings(headers);
    let found = accepted
        .into_iter()
        .find_map(|coding| Some((coding, Dist::get(&format!("{path}{}", coding.suffix()))?)));
    let Some((coding, file)) = found else {
        return ApiError::NotFound("page").into_response();
    };
    let tag = entity_tag(&file, coding);
    let caching = if path.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut fixed = HeaderMap::new();
    fixed.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    fixed.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    fixed.insert(header::ETAG, tag.clone());
    if is_same(headers, &tag) {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    let kind = mime_of(path);
    fixed.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(name) = coding.name() {
        fixed.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    (fixed, file.data).into_response()
}

/// The few kinds of files that the application has.
fn mime_of(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// As many bytes of a file's hash as its tag has.
const TAG_BYTES: usize = 12;

fn entity_tag(file: &EmbeddedFile, coding: Coding) -> HeaderValue {
    let hash = URL_SAFE_NO_PAD.encode(&file.metadata.sha256_hash()[..TAG_BYTES]);
    let tag = format!("\"{hash}{}\"", coding.suffix());
    HeaderValue::from_str(&tag).expect("base64url makes a header")
}

fn is_same(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let tag = tag.to_str().unwrap_or_default();
    known.is_some_and(|known| {
        known
            .split(',')
            .any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*")
    })
}

/// What the client takes, best first; plain always.
fn accepted_codings(headers: &HeaderMap) -> Vec<Coding> {
    let text = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let takes = |wanted: &str| {
        text.split(',').any(|part| {
            let mut words = part.split(';').map(str::trim);
            let named = words.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
            let refused = words.any(|word| {
                word.strip_prefix("q=")
                    .is_some_and(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0))
            });
            named && !refused
        })
    };
    let mut codings = Vec::new();
    if takes("br") {
        codings.push(Coding::Brotli);
    }
    if takes("gzip") {
        codings.push(Coding::Gzip);
    }
    codings.push(Coding::Plain);
    codings
}

/// The headers of every answer.
pub async fn fence(request: Request, next: Next) -> Response {
    let is_data = request.uri().path().starts_with("/api/") || request.uri().path().starts_with("/control/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_data && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_form_that_the_client_takes_is_chosen() {
        let check = |text: &'static str, expected: &[Coding]| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(text));
            assert_eq!(accepted_codings(&headers), expected, "{text}");
        };
        check("gzip, deflate, br", &[Coding::Brotli, Coding::Gzip, Coding::Plain]);
        check("br;q=0, gzip;q=0.5", &[Coding::Gzip, Coding::Plain]);
        check("identity", &[Coding::Plain]);
        check("brotli", &[Coding::Plain]);
        check("", &[Coding::Plain]);
    }
}
