
"use strict";
(() => {
  const controls = document.getElementById("controls");
  if (!controls) return;
  const search = document.getElementById("search");
  const chosen = document.getElementById("between");
  const shown = document.getElementById("shown");
  const buttons = [...controls.querySelectorAll("button[data-filter]")];
  const pairs = [...document.querySelectorAll("details.pair")];
  const headings = [...document.querySelectorAll("h3[data-group]")];
  let filter = "";
  let between = null;

  // What is not to be seen is hidden; a heading goes with the last of its pairs.
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const pair of pairs) {
      const data = pair.dataset;
      const is = !filter || data.is.split(" ").includes(filter);
      const here = !between || (data.from === between[0] && data.to === between[1]);
      pair.hidden = !(is && here && words.every((word) => data.find.includes(word)));
      count += pair.hidden ? 0 : 1;
    }
    for (const heading of headings) {
      let next = heading.nextElementSibling;
      let any = false;
      while (next && next.matches("details.pair")) {
        any = any || !next.hidden;
        next = next.nextElementSibling;
      }
      heading.hidden = !any;
    }
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.filter === filter));
    }
    chosen.hidden = !between;
    chosen.textContent = between ? between[0] + " → " + between[1] + "  ✕" : "";
    shown.textContent = count + " of " + pairs.length + " pairs shown";
  };

  search.addEventListener("input", apply);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      filter = button.dataset.filter;
      apply();
    });
  }
  chosen.addEventListener("click", () => {
    between = null;
    apply();
  });
  for (const cell of document.querySelectorAll("a.cell")) {
    cell.addEventListener("click", (event) => {
      event.preventDefault();
      between = [cell.dataset.from, cell.dataset.to];
      filter = "";
      search.value = "";
      apply();
      const here = pairs.filter((pair) => !pair.hidden);
      for (const pair of here.slice(0, 12)) pair.open = true;
      controls.scrollIntoView();
      if (here.length) here[0].querySelector("summary").focus({ preventScroll: true });
    });
  }
  addEventListener("beforeprint", () => {
    for (const pair of pairs) {
      if (!pair.hidden && pair.matches(".blocked, .undecided")) pair.open = true;
    }
  });
  controls.hidden = false;
  apply();
})();
