// Tells the unit's own counter that this article was on a screen for some seconds. No cookie, nothing about the reader.
(function () {
  "use strict";

  var script = document.currentScript;
  var mark = document.querySelector('meta[name="loa:marker"]');
  if (!mark || !navigator.sendBeacon || location.protocol === "file:") return;

  var left = Number(script.dataset.seconds) * 1000;
  var since = null;
  var timer = 0;

  function tell() {
    document.removeEventListener("visibilitychange", look);
    navigator.sendBeacon(script.dataset.counter, mark.content);
  }

  // A tab opened in the background, or a page fetched ahead of a click, is hidden: nobody reads it.
  function look() {
    clearTimeout(timer);
    if (since !== null) left -= performance.now() - since;
    since = null;
    if (document.visibilityState !== "visible") return;
    since = performance.now();
    timer = setTimeout(tell, Math.max(left, 0));
  }

  document.addEventListener("visibilitychange", look);
  look();
})();
