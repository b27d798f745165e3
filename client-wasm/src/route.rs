//! Addresses: which page, which item, which filter. Pure; `ui` keeps them and the browser's history in step.

use domain::{ItemId, PlanId, SectionId, Seq};

/// Where the application is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// The list of plans.
    Home,
    /// Signing in; the link's secret stands behind `#` and never reaches the server by itself.
    SignIn,
    /// My API tokens.
    Tokens,
    /// The people and teams of the workspace.
    People,
    /// In a plan.
    Plan {
        /// Which.
        plan: PlanId,
        /// What of it.
        place: PlanPlace,
    },
    /// No such page.
    Unknown,
}

/// What of a plan is on screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PlanPlace {
    /// The page.
    pub(crate) page: Page,
    /// The item in the drawer.
    pub(crate) item: Option<(SectionId, ItemId)>,
    /// The page's filter, as the page spells it; empty for none.
    pub(crate) filter: String,
    /// The last entry of the past that is looked at; None for the plan as it is.
    pub(crate) at: Option<Seq>,
}

/// A page of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) enum Page {
    /// The plan on one page.
    #[default]
    Overview,
    /// A section, as a list or, for those with one item, as a form.
    Section(SectionId),
    /// Section 4: what supports what.
    Interlock,
    /// Actions by owner, with what slipped.
    Tracker,
    /// What changed in the whole plan.
    History,
    /// Who takes part, and as what.
    Team,
}

impl Page {
    /// The page's word in the address.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Section(section) => section.as_str(),
            Self::Interlock => "interlock",
            Self::Tracker => "tracker",
            Self::History => "history",
            Self::Team => "team",
        }
    }

    /// Reads the word of an address.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "" | "overview" => Some(Self::Overview),
            "interlock" => Some(Self::Interlock),
            "tracker" => Some(Self::Tracker),
            "history" => Some(Self::History),
            "team" => Some(Self::Team),
            _ => word.parse().ok().map(Self::Section),
        }
    }

    /// The section that a bare item id in the address belongs to.
    const fn section(self) -> Option<SectionId> {
        match self {
            Self::Section(section) => Some(section),
            Self::Tracker => Some(SectionId::Actions),
            Self::Overview | Self::Interlock | Self::History | Self::Team => None,
        }
    }
}

impl Route {
    /// Reads an address: its path, and its query without the question mark.
    pub(crate) fn parse(path: &str, query: &str) -> Self {
        let mut words = path.split('/').filter(|word| !word.is_empty());
        match (words.next(), words.next(), words.next(), words.next()) {
            (None, ..) | (Some("plans"), None, ..) => Self::Home,
            (Some("sign-in"), None, ..) => Self::SignIn,
            (Some("tokens"), None, ..) => Self::Tokens,
            (Some("people"), None, ..) => Self::People,
            (Some("plans"), Some(plan), page, None) => match (plan.parse(), Page::parse(page.unwrap_or_default())) {
                (Ok(plan), Some(page)) => Self::Plan {
                    plan,
                    place: PlanPlace::parse(page, query),
                },
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }

    /// The address.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Home | Self::Unknown => "/".to_owned(),
            Self::SignIn => "/sign-in".to_owned(),
            Self::Tokens => "/tokens".to_owned(),
            Self::People => "/people".to_owned(),
            Self::Plan { plan, place } => place.address(*plan),
        }
    }
}

impl PlanPlace {
    /// A page with nothing open and no filter.
    pub(crate) fn of(page: Page) -> Self {
        Self {
            page,
            ..Self::default()
        }
    }

    fn parse(page: Page, query: &str) -> Self {
        let mut place = Self::of(page);
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match key {
                "item" => place.item = parse_item(page, &decode(value)),
                "filter" => place.filter = decode(value),
                "at" => place.at = value.parse().ok().map(Seq),
                _ => {}
            }
        }
        place
    }

    /// The address of this place in `plan`.
    pub(crate) fn address(&self, plan: PlanId) -> String {
        let mut asked = Vec::new();
        if let Some((section, item)) = self.item {
            asked.push(if self.page.section() == Some(section) {
                format!("item={item}")
            } else {
                format!("item={section}:{item}")
            });
        }
        if !self.filter.is_empty() {
            asked.push(format!("filter={}", encode(&self.filter)));
        }
        asked.extend(self.at.map(|seq| format!("at={seq}")));
        let mark = if asked.is_empty() { "" } else { "?" };
        format!("/plans/{plan}/{}{mark}{}", self.page.as_str(), asked.join("&"))
    }
}

/// `<item>` on its section's page, `<section>:<item>` anywhere.
fn parse_item(page: Page, text: &str) -> Option<(SectionId, ItemId)> {
    match text.split_once(':') {
        Some((section, item)) => Some((section.parse().ok()?, item.parse().ok()?)),
        None => Some((page.section()?, text.parse().ok()?)),
    }
}

/// Percent-encodes what is not plain in a query's value.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b',' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.extend(['%', hex_digit(byte >> 4), hex_digit(byte & 0xF)]),
        }
    }
    encoded
}

fn hex_digit(half: u8) -> char {
    char::from_digit(u32::from(half), 16)
        .unwrap_or('0')
        .to_ascii_uppercase()
}

/// Undoes [`encode`]; what is not well formed stays as it is written.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = match byte {
            b'%' => rest.as_slice_of_two(),
            _ => None,
        };
        match (byte, hex) {
            (_, Some(decoded)) => {
                bytes.push(decoded);
                rest.nth(1);
            }
            (b'+', None) => bytes.push(b' '),
            (other, None) => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Looks at the two hexadecimal digits that come next.
trait TwoDigits {
    fn as_slice_of_two(&self) -> Option<u8>;
}

impl TwoDigits for std::str::Bytes<'_> {
    fn as_slice_of_two(&self) -> Option<u8> {
        let mut ahead = self.clone();
        let digits = [ahead.next()?, ahead.next()?];
        u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> PlanId {
        PlanId(ItemId::SINGLE.0)
    }

    fn check(place: PlanPlace) {
        let route = Route::Plan { plan: plan(), place };
        let address = route.address();
        let (path, query) = address.split_once('?').unwrap_or((&address, ""));
        assert_eq!(Route::parse(path, query), route, "{address}");
    }

    #[test]
    fn an_address_names_page_item_and_filter_and_reads_back() {
        check(PlanPlace::of(Page::Overview));
        check(PlanPlace::of(Page::Tracker));
        check(PlanPlace {
            page: Page::Section(SectionId::Opportunities),
            item: Some((SectionId::Opportunities, ItemId::SINGLE)),
            filter: "stage:won & 100 % sure + ärger".to_owned(),
            at: Some(Seq(812)),
        });
        check(PlanPlace {
            page: Page::Interlock,
            item: Some((SectionId::Drivers, ItemId::SINGLE)),
            filter: String::new(),
            at: None,
        });
    }

    #[test]
    fn an_item_on_its_own_page_stands_without_its_section() {
        let place = PlanPlace {
            page: Page::Section(SectionId::People),
            item: Some((SectionId::People, ItemId::SINGLE)),
            ..PlanPlace::default()
        };
        assert_eq!(
            place.address(plan()),
            format!("/plans/{}/people?item={}", plan(), ItemId::SINGLE)
        );
    }

    #[test]
    fn what_is_no_address_of_ours_is_unknown_and_never_a_panic() {
        for path in ["/plans/x", "/plans/x/y/z", "/somewhere", "/sign-in/now"] {
            assert_eq!(Route::parse(path, ""), Route::Unknown, "{path}");
        }
        let path = format!("/plans/{}/people", plan());
        for query in [
            "item=x",
            "filter=%",
            "filter=%zz",
            "item",
            "=&=&",
            "item=people:x",
            "at=x",
            "at=-1",
        ] {
            assert!(matches!(Route::parse(&path, query), Route::Plan { .. }), "{query}");
        }
    }

    #[test]
    fn the_list_of_plans_is_home() {
        assert_eq!(Route::parse("/", ""), Route::Home);
        assert_eq!(Route::parse("/plans", ""), Route::Home);
        assert_eq!(Route::parse("/sign-in", ""), Route::SignIn);
    }

    #[test]
    fn what_is_no_plans_has_an_address_of_its_own() {
        for route in [Route::Tokens, Route::People] {
            assert_eq!(Route::parse(&route.address(), ""), route);
        }
        check(PlanPlace::of(Page::Team));
    }
}
