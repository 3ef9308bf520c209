// kigen forecast: the notices of the chosen day, month or period. Only the rows in sight exist.
"use strict";

function lazyList({ list, rows, rowHeight, rowOf, onOpen }) {
  const BEYOND = 6; // rows drawn above and below what is in sight
  const PAGE = 8;
  const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE, Home: -Infinity, End: Infinity };
  let shown = [];
  let current = -1;

  function draw() {
    if (!shown.length) {
      list.removeAttribute("aria-activedescendant");
      rows.replaceChildren(element("p", "empty", inWords("Nothing goes out here.")));
      return;
    }
    const first = Math.max(0, Math.floor(list.scrollTop / rowHeight) - BEYOND);
    const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / rowHeight) + BEYOND);
    rows.replaceChildren(...shown.slice(first, last).map((notice, index) => placed(notice, first + index)));
    if (current >= first && current < last) list.setAttribute("aria-activedescendant", `row-${current}`);
    else list.removeAttribute("aria-activedescendant");
  }

  function placed(notice, position) {
    const row = rowOf(notice);
    row.id = `row-${position}`;
    row.dataset.position = position;
    row.style.top = `${position * rowHeight}px`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(position === current));
    row.setAttribute("aria-posinset", position + 1);
    row.setAttribute("aria-setsize", shown.length);
    return row;
  }

  function choose(position) {
    current = position;
    const top = position * rowHeight;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + rowHeight > list.scrollTop + list.clientHeight) list.scrollTop = top + rowHeight - list.clientHeight;
    onOpen(shown[position]);
    draw();
  }

  let isDrawing = false;
  list.addEventListener("scroll", () => {
    if (isDrawing) return;
    isDrawing = true;
    requestAnimationFrame(() => {
      isDrawing = false;
      draw();
    });
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (row) choose(Number(row.dataset.position));
  });
  list.addEventListener("keydown", (event) => {
    if (!(event.key in STEPS) || !shown.length || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    choose(current < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, current + STEPS[event.key])));
  });
  new ResizeObserver(draw).observe(list);

  return {
    show(notices) {
      shown = notices;
      current = -1;
      list.scrollTop = 0;
      rows.style.height = shown.length ? `${shown.length * rowHeight}px` : "auto";
      draw();
    },
    clear() {
      current = -1;
      draw();
    },
  };
}

// The checks behind a notice lie in files of their own, read when one of theirs is opened.
function checksReader(chunks) {
  const KEPT = 8;
  const arrived = new Map();
  const loading = new Map();

  function loaded(chunk) {
    for (const old of [...loading.keys()].slice(0, -KEPT)) loading.delete(old);
    const name = `data/why-${String(chunk).padStart(4, "0")}.js`;
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const done = (settle, value) => (script.remove(), settle(value));
      script.onload = () => {
        const { digest, checks } = arrived.get(chunk) ?? {};
        arrived.delete(chunk);
        if (digest === chunks[chunk - 1][1]) done(resolve, checks);
        else done(reject, new Error(inWords("This forecast was written anew while the page was open. Reload the page.")));
      };
      script.onerror = () => done(reject, new Error(inWords("{name} could not be read. It belongs beside this page.", { name })));
      script.src = name;
      document.head.append(script);
    });
  }

  return {
    arrive: (number, digest, checks) => arrived.set(number, { digest, checks }),
    async of(index) {
      let chunk = 0;
      let rest = index;
      while (rest >= chunks[chunk][0]) rest -= chunks[chunk++][0];
      if (!loading.has(chunk + 1)) loading.set(chunk + 1, loaded(chunk + 1));
      try {
        return (await loading.get(chunk + 1))[rest];
      } catch (error) {
        loading.delete(chunk + 1);
        throw error;
      }
    },
  };
}
