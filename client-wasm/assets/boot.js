// The start script is a file of its own, so that the page's security policy needs no inline script.
import init from "/assets/client.js";
await init({ module_or_path: "/assets/client.wasm" });
