"use strict";
for (const figure of document.querySelectorAll("figure.map")) {
  const stage = figure.querySelector(".stage");
  const image = stage.querySelector("img");
  const view = figure.querySelector(".view");
  const buttons = figure.querySelectorAll("[data-zoom]");
  const most = 64;
  const first = image.src;
  let zoom = 1;

  // What is in sight, in elements.
  function part(from, seen, whole, length) {
    const begin = Math.min(length - 1, Math.max(0, Math.floor((from / whole) * length)));
    const end = Math.max(begin, Math.min(length, Math.ceil(((from + seen) / whole) * length)) - 1);
    return begin + " to " + end;
  }

  function say() {
    if (zoom === 1) {
      view.textContent = "";
      return;
    }
    const rows = part(stage.scrollTop, stage.clientHeight, image.offsetHeight, Number(figure.dataset.rows));
    const columns = part(stage.scrollLeft, stage.clientWidth, image.offsetWidth, Number(figure.dataset.columns));
    view.textContent = "Zoom " + zoom + ": rows " + rows + ", columns " + columns + ".";
  }

  // Zooms and keeps a point of the stage, by default its middle, where it is.
  function zoomTo(wanted, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
    const next = Math.min(most, Math.max(1, wanted));
    const left = (stage.scrollLeft + x) / image.offsetWidth;
    const top = (stage.scrollTop + y) / image.offsetHeight;
    // Its height stays: else the page would move under the pointer.
    stage.style.height = next === 1 ? "" : stage.offsetHeight + "px";
    zoom = next;
    image.style.setProperty("--zoom", zoom);
    stage.scrollLeft = left * image.offsetWidth - x;
    stage.scrollTop = top * image.offsetHeight - y;
    for (const button of buttons) {
      const by = Number(button.dataset.zoom);
      button.disabled = by > 1 ? zoom === most : zoom === 1;
    }
    say();
  }

  for (const button of buttons) {
    button.addEventListener("click", () => zoomTo(zoom * Number(button.dataset.zoom)));
  }
  stage.addEventListener("keydown", (event) => {
    const by = { "+": 2, "=": 2, "-": 0.5, 0: 0 }[event.key];
    if (by !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      zoomTo(zoom * by);
    }
  });
  stage.addEventListener("wheel", (event) => {
    if (event.ctrlKey) {
      event.preventDefault();
      const box = stage.getBoundingClientRect();
      zoomTo(event.deltaY < 0 ? zoom * 2 : zoom / 2, event.clientX - box.left, event.clientY - box.top);
    }
  }, { passive: false });
  stage.addEventListener("dblclick", (event) => {
    const box = stage.getBoundingClientRect();
    zoomTo(zoom * 2, event.clientX - box.left, event.clientY - box.top);
  });
  stage.addEventListener("pointermove", (event) => {
    if (event.buttons === 1 && event.pointerType === "mouse") {
      stage.scrollLeft -= event.movementX;
      stage.scrollTop -= event.movementY;
    }
  });
  image.draggable = false;
  stage.addEventListener("scroll", say);

  const select = figure.querySelector("select");
  if (select) {
    select.addEventListener("change", () => {
      const chosen = select.selectedOptions[0];
      image.src = chosen.dataset.image || first;
      image.alt = figure.dataset.alt + chosen.dataset.words;
      figure.querySelector(".words").textContent = chosen.dataset.words;
      figure.querySelector(".range").textContent = chosen.dataset.range;
    });
  }
  figure.querySelector(".controls").hidden = false;
  zoomTo(1);
}
