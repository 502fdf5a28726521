// The dashboard without this script works: forms are sent, pages come back. With it they answer while one drags.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");

  // What if: asks the server, which computes as `headroom plan` does, and puts its answer in place of the old one.
  const form = $("form.what-if");
  if (form) {
    const answer = $("#answer");
    let running = null;
    let timer = 0;
    const show = () => {
      // Only target tracking keeps a utilization.
      const { policy, utilization } = form.elements;
      if (policy && utilization) utilization.disabled = policy.value !== "target";
      for (const input of form.querySelectorAll("input[type=range]")) {
        const output = $(`output[for="${input.id}"]`, form);
        if (output) output.textContent = (input.dataset.sign && input.value > 0 ? "+" : "") + input.value + " %";
        input.setAttribute("aria-valuetext", output ? output.textContent : input.value);
      }
    };
    // Only what differs from the plan is asked, so that addresses stay short and say what was changed.
    const question = () => {
      const query = new URLSearchParams();
      for (const [name, value] of new FormData(form)) {
        const field = form.elements[name];
        const planned = field.dataset ? field.dataset.planned : undefined;
        if (value !== "" && value !== planned) query.set(name, value);
      }
      return query.toString();
    };
    const ask = async () => {
      if (running) running.abort();
      running = new AbortController();
      const query = question();
      answer.setAttribute("aria-busy", "true");
      try {
        const reply = await fetch(form.dataset.live + (query ? "?" + query : ""), { signal: running.signal, headers: { Accept: "text/html" } });
        const text = await reply.text();
        const page = parse(text);
        answer.replaceChildren(...page.body.childNodes);
        history.replaceState(null, "", query ? "?" + query : location.pathname);
        answer.setAttribute("aria-busy", "false");
      } catch (error) {
        if (error.name === "AbortError") return;
        answer.setAttribute("aria-busy", "false");
        const note = document.createElement("p");
        note.className = "notice";
        note.textContent = "The server does not answer. Is headroom serve still running?";
        answer.replaceChildren(note);
      }
    };
    form.addEventListener("input", () => {
      show();
      clearTimeout(timer);
      timer = setTimeout(ask, 60);
    });
    form.addEventListener("submit", (event) => {
      // The whole page with its charts for what was asked.
      event.preventDefault();
      const query = question();
      location.assign(location.pathname + (query ? "?" + query : ""));
    });
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      for (const field of form.elements) {
        if (field.dataset.planned !== undefined) field.value = field.dataset.planned;
      }
      show();
      ask();
    });
    show();
  }

  // A running simulation: its progress as the server sends it.
  for (const run of document.querySelectorAll("[data-events]")) {
    const bar = $("progress", run);
    const state = $(".state", run);
    const events = new EventSource(run.dataset.events);
    events.addEventListener("progress", (event) => {
      const { done, total } = JSON.parse(event.data);
      if (bar) { bar.max = total; bar.value = done; }
      if (state) state.textContent = `${done} of ${total}`;
    });
    for (const end of ["done", "cancelled", "failed"]) {
      events.addEventListener(end, () => { events.close(); location.reload(); });
    }
  }

  // Timelines: drag over a part to see it; the server draws it anew. Escape shows the whole again.
  for (const figure of document.querySelectorAll(".zoomable")) {
    const from = Number(figure.dataset.from);
    const to = Number(figure.dataset.to);
    let start = null;
    let brush = null;
    const edge = (svg) => {
      // The grid's longest line is as wide as the plot.
      const lines = [...svg.querySelectorAll(".grid, .axis")].map((line) => line.getBoundingClientRect());
      return lines.reduce((widest, line) => (line.width > widest.width ? line : widest), { left: 0, width: 0 });
    };
    const visible = () => [...figure.querySelectorAll("svg")].find((svg) => svg.getClientRects().length);
    figure.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !visible()) return;
      start = event.clientX;
    });
    figure.addEventListener("pointermove", (event) => {
      if (start === null) return;
      if (!brush) { brush = document.createElement("div"); brush.className = "brush"; figure.append(brush); }
      const box = figure.getBoundingClientRect();
      brush.style.left = Math.min(start, event.clientX) - box.left + "px";
      brush.style.width = Math.abs(event.clientX - start) + "px";
    });
    const end = (event) => {
      if (start === null) return;
      const svg = visible();
      const begin = start;
      start = null;
      if (brush) { brush.remove(); brush = null; }
      if (!svg || Math.abs(event.clientX - begin) < 12) return;
      const box = edge(svg);
      const at = (x) => from + (to - from) * Math.min(1, Math.max(0, (x - box.left) / box.width));
      const query = new URLSearchParams(location.search);
      query.set("from", new Date(at(Math.min(begin, event.clientX)) * 1000).toISOString().slice(0, 19) + "Z");
      query.set("to", new Date(at(Math.max(begin, event.clientX)) * 1000).toISOString().slice(0, 19) + "Z");
      location.assign(location.pathname + "?" + query + "#argument");
    };
    figure.addEventListener("pointerup", end);
    figure.addEventListener("pointercancel", () => { start = null; if (brush) { brush.remove(); brush = null; } });
  }
})();
