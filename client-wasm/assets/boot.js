// The start script is a file of its own, so that the page's security policy needs no inline script.
import init from "/assets/client.js";

// Who opens a plan's address needs the program's second part too: it comes beside the first and not after it.
if (location.pathname.startsWith("/plans/")) {
  const part = document.createElement("link");
  Object.assign(part, { rel: "preload", as: "fetch", type: "application/wasm", crossOrigin: "anonymous" });
  part.href = "/assets/split_plan.wasm";
  document.head.append(part);
}
await init({ module_or_path: "/assets/client.wasm" });
