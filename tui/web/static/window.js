// Runs before textual.js looks for its terminals (it does so when everything is loaded).
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  document.getElementById("terminal").dataset.sessionWebsocketUrl = `${scheme}//${location.host}/ws`;
  document.getElementById("again").addEventListener("click", () => location.assign("/"));
});
