"use strict";
(() => {
  const all = (query, root = document) => [...root.querySelectorAll(query)];
  document.documentElement.classList.remove("nojs");

  // Samples: one slider for all variants.
  const slider = document.getElementById("epoch");
  if (slider) {
    const output = document.getElementById("epoch-name");
    const epochs = slider.dataset.epochs.split(" ");
    const last = epochs[epochs.length - 1];
    const show = () => {
      for (const image of all(".grids img")) image.hidden = image.dataset.k !== slider.value;
      const text = `epoch ${epochs[slider.value]} of ${last}`;
      output.textContent = text;
      slider.setAttribute("aria-valuetext", text);
    };
    slider.addEventListener("input", show);
    const play = document.getElementById("play");
    let timer = 0;
    const stop = () => { clearInterval(timer); timer = 0; play.textContent = "Play"; };
    play.addEventListener("click", () => {
      if (timer) return stop();
      if (+slider.value === +slider.max) { slider.value = 0; show(); }
      play.textContent = "Pause";
      timer = setInterval(() => {
        if (+slider.value >= +slider.max) return stop();
        slider.value = +slider.value + 1;
        show();
      }, 350);
    });
    show();
  }

  // Curves: which variants are drawn, and their values at an epoch.
  for (const box of all(".legend input")) {
    box.addEventListener("change", () => {
      for (const s of all(`.series[data-v="${box.value}"]`)) s.classList.toggle("off", !box.checked);
    });
  }
  const store = document.getElementById("curves-data");
  const data = store ? JSON.parse(store.textContent) : { names: {}, metrics: {} };
  const digits = (v) => {
    const size = Math.abs(v);
    return size !== 0 && (size < 1e-4 || size >= 1e6) ? v.toExponential(2) : String(+v.toPrecision(4));
  };
  for (const figure of all(".chart[data-m]")) {
    const svg = figure.querySelector("svg"), cross = figure.querySelector(".cross");
    const readout = figure.querySelector(".readout"), curves = data.metrics[figure.dataset.m];
    const epochs = [...new Set(Object.values(curves).flatMap((c) => c[0]))].sort((a, b) => a - b);
    const { x0, x1, e0, e1 } = svg.dataset;
    let place = epochs.length - 1;
    const show = (live) => {
      const epoch = epochs[place];
      const share = +e1 > +e0 ? (epoch - e0) / (e1 - e0) : 0.5;
      const x = +x0 + share * (x1 - x0);
      cross.setAttribute("x1", x); cross.setAttribute("x2", x);
      figure.classList.toggle("live", live);
      const parts = [`epoch ${epoch}`];
      for (const [variant, [at, mean]] of Object.entries(curves)) {
        const i = at.indexOf(epoch);
        const hidden = figure.querySelector(`.series[data-v="${variant}"].off`);
        if (i >= 0 && !hidden) parts.push([data.names[variant], digits(mean[i])]);
      }
      readout.replaceChildren(...parts.map((part) => {
        const span = document.createElement("span");
        if (typeof part === "string") span.textContent = part;
        else {
          const value = document.createElement("b");
          value.textContent = part[1];
          span.append(part[0] + " ", value);
        }
        return span;
      }));
    };
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
      const epoch = +e0 + (x - x0) / (x1 - x0) * (e1 - e0);
      place = epochs.reduce((best, e, i) =>
        Math.abs(e - epoch) < Math.abs(epochs[best] - epoch) ? i : best, 0);
      show(true);
    });
    svg.addEventListener("pointerleave", () => { place = epochs.length - 1; show(false); });
    figure.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }[event.key];
      if (!step) return;
      event.preventDefault();
      place = Math.min(epochs.length - 1, Math.max(0, place + step));
      show(true);
    });
    figure.addEventListener("blur", () => show(false));
  }

  // Paper has no triangles to click.
  addEventListener("beforeprint", () => { for (const d of all("details")) d.open = true; });
})();
