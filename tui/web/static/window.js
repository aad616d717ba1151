// Runs before textual.js looks for its terminals (it does so when everything is loaded).
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  document.getElementById("terminal").dataset.sessionWebsocketUrl = `${scheme}//${location.host}/ws`;
  document.getElementById("again").addEventListener("click", () => location.assign("/"));
  // Keys go to the window at once, and to “open again” when it has ended: nobody has to click first.
  const look = () => {
    const ended = document.body.classList.contains("-closed");
    const target = ended ? document.getElementById("again") : document.querySelector(".xterm-helper-textarea");
    if (target) { target.focus(); }
  };
  new MutationObserver(look).observe(document.body, { attributeFilter: ["class"] });
  window.addEventListener("focus", look);
});
