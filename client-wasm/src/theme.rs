//! Light or dark: as the system says, unless the person says otherwise on this device.

use leptos::prelude::*;

use crate::browser;
use crate::erased::effect_after;

/// Where the choice is kept.
const KEY: &str = "interlock.theme";
/// The attribute of `<html>` that the style sheet reads.
const ATTRIBUTE: &str = "data-theme";

/// How the page looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All of them, in the order of the menu.
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its key in storage and on the page.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn parse(text: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|theme| theme.as_str() == text)
            .unwrap_or_default()
    }
}

/// Shows the page as it was chosen before, and follows the choice from here on.
pub(crate) fn start() -> RwSignal<Theme> {
    let theme = RwSignal::new(browser::recall(KEY).map(|text| Theme::parse(&text)).unwrap_or_default());
    effect_after(move |before: Option<()>| {
        let theme = theme.get();
        browser::mark(ATTRIBUTE, theme.as_str());
        if before.is_some() {
            browser::remember(KEY, theme.as_str());
        }
    });
    theme
}

/// The choice, for the menu.
pub(crate) fn use_theme() -> RwSignal<Theme> {
    expect_context()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_reads_back_and_anything_else_is_the_systems() {
        for theme in Theme::ALL {
            assert_eq!(Theme::parse(theme.as_str()), theme);
        }
        assert_eq!(Theme::parse("sepia"), Theme::System);
    }
}
