// A draft: a rule of the decision table can be dragged to its place. The arrows beside it do the same without a mouse.
(() => {
  "use strict";

  const form = document.getElementById("arrange");
  const rows = [...document.querySelectorAll("tr[data-rule]")];
  if (!form || rows.length < 2) return;
  let dragged = null;

  const mark = (row) => rows.forEach((one) => one.classList.toggle("drop-here", one === row && one !== dragged));

  rows.forEach((row) => {
    row.draggable = true;
    row.addEventListener("dragstart", (event) => {
      dragged = row;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.dataset.rule);
    });
    row.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      mark(row);
    });
    row.addEventListener("dragend", () => {
      dragged = null;
      mark(null);
    });
    row.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!dragged || dragged === row) return;
      const told = document.createElement("input");
      told.type = "hidden";
      told.name = "do";
      told.value = `rule/${dragged.dataset.rule} to ${row.dataset.rule}`;
      form.append(told);
      form.requestSubmit();
    });
  });
})();
