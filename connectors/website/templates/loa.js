// Search in the archive and the print button. Without JavaScript the archive is simply the full list.
(function () {
  "use strict";

  var print = document.querySelector("[data-print]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", function () {
      // Pictures further down may not have been fetched yet; paper cannot be scrolled.
      var ready = Array.prototype.map.call(document.images, function (image) {
        image.loading = "eager";
        return image.decode().catch(function () {});
      });
      Promise.all(ready).then(function () { window.print(); });
    });
  }

  var status = document.querySelector("[data-found]");
  var box = document.getElementById("q");
  if (!status || !box) return;

  // Search must not depend on tone marks or on đ, which Unicode does not decompose.
  function fold(text) {
    return text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  }

  var all = status.textContent;
  var rows = Array.prototype.map.call(document.querySelectorAll(".archive li"), function (row) {
    return { row: row, path: row.querySelector("a").getAttribute("href"), words: fold(row.textContent) };
  });

  function show() {
    var asked = fold(box.value).split(/[^a-z0-9]+/).filter(Boolean);
    var found = 0;
    rows.forEach(function (entry) {
      var hit = asked.every(function (word) { return (" " + entry.words).indexOf(" " + word) >= 0; });
      entry.row.hidden = !hit;
      if (hit) found += 1;
    });
    document.querySelectorAll(".month, .year").forEach(function (part) {
      part.hidden = !part.querySelector("li:not([hidden])");
    });
    status.textContent = !asked.length ? all
      : status.dataset[found ? "found" : "none"].replace("{found}", found).replace("{asked}", box.value.trim());
  }

  box.value = new URLSearchParams(location.search).get("q") || "";
  box.addEventListener("input", show);
  box.form.addEventListener("submit", function (event) { event.preventDefault(); show(); });
  show();

  // The words of the full texts; a page opened as a file may not fetch them and searches titles only.
  if (location.protocol !== "file:") {
    fetch("search.json").then(function (answer) { return answer.json(); }).then(function (entries) {
      var words = {};
      entries.forEach(function (entry) { words[entry.path] = entry.words; });
      rows.forEach(function (entry) { entry.words += " " + (words[entry.path] || ""); });
      show();
    }).catch(function () { /* titles still work */ });
  }
})();
