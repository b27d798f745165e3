//! Pictures of pages, for people to look at: `target/screens/NAME-WIDTHxHEIGHT-SCHEME.png`.

use std::fs;

use anyhow::Context;
use serde_json::json;

use crate::binaries::target;
use crate::page::Page;

/// Sizes to look at: a laptop, a large screen, a tablet, a telephone.
pub const SIZES: [(u32, u32); 4] = [(1440, 900), (1920, 1080), (768, 900), (390, 844)];

/// Both colour schemes.
pub const SCHEMES: [&str; 2] = ["light", "dark"];

/// Takes a picture of the page in every size and scheme; the page is left in the first of each.
pub async fn take_all(page: &Page<'_>, name: &str) -> anyhow::Result<()> {
    for size in SIZES {
        for scheme in SCHEMES {
            show(page, size, scheme).await?;
            take(page, &format!("{name}-{}x{}-{scheme}", size.0, size.1)).await?;
        }
    }
    show(page, SIZES[0], SCHEMES[0]).await
}

/// Gives the page a size and a colour scheme, and waits until it has both.
pub async fn show(page: &Page<'_>, (width, height): (u32, u32), scheme: &str) -> anyhow::Result<()> {
    let tools = page.driver().cdp();
    let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    tools.send_raw("Emulation.setDeviceMetricsOverride", metrics).await?;
    // Without motion: a colour that is on its way from light to dark is neither, and fails every contrast.
    let media = json!({ "features": [
        { "name": "prefers-color-scheme", "value": scheme },
        { "name": "prefers-reduced-motion", "value": "reduce" },
    ] });
    tools.send_raw("Emulation.setEmulatedMedia", media).await?;
    let condition = "innerWidth === args[0] && matchMedia(`(prefers-color-scheme: ${args[1]})`).matches \
                     && document.fonts.status === 'loaded'";
    page.wait_with("size and scheme", condition, json!([width, scheme]))
        .await?;
    Ok(())
}

/// One picture of the page as it is.
pub async fn take(page: &Page<'_>, name: &str) -> anyhow::Result<()> {
    let folder = target().join("screens");
    fs::create_dir_all(&folder)?;
    let picture = page.driver().screenshot_as_png().await.context("no picture")?;
    fs::write(folder.join(format!("{name}.png")), picture)?;
    Ok(())
}
