"use strict";
const study = JSON.parse(document.getElementById("study").textContent);
const at = (id) => document.getElementById(id);
const KEPT = `visemesync-rating-${study.id}`;
let state = null;
let shown = null;

/** What the browser keeps between visits; a browser that keeps nothing for files loses only that comfort. */
const kept = {
  read() { try { return JSON.parse(localStorage.getItem(KEPT)); } catch { return null; } },
  write(value) { try { localStorage.setItem(KEPT, JSON.stringify(value)); } catch { /* nothing to go on with, then */ } },
};

const urls = new Map();
function filmUrl(name) {
  if (!urls.has(name)) {
    const bytes = Uint8Array.from(atob(study.films[name]), (letter) => letter.charCodeAt(0));
    urls.set(name, URL.createObjectURL(new Blob([bytes], { type: "video/mp4" })));
  }
  return urls.get(name);
}

function made(kind, words = {}, ...children) {
  const element = Object.assign(document.createElement(kind), words);
  element.append(...children);
  return element;
}

function show(id) {
  for (const part of ["intro", "trial", "end"]) at(part).hidden = part !== id;
}

/** A row of choices; all rows of a trial have to be answered. */
function choices(name, title, values, low = "", high = "") {
  const row = made("div", { className: "choices" });
  if (low) row.append(made("span", { className: "pole", textContent: low }));
  for (const [value, words] of values) {
    const input = made("input", { type: "radio", name, value, required: true });
    row.append(made("label", {}, input, words));
  }
  if (high) row.append(made("span", { className: "pole", textContent: high }));
  return made("fieldset", {}, made("legend", { textContent: title }), row);
}

function questions(trial) {
  const form = at("questions");
  form.replaceChildren();
  if (trial.check) form.append(made("p", { className: "asked", textContent: trial.check }));
  if (study.kind === "abx") form.append(choices("x", "X is the same film as", [["A", "A"], ["B", "B"]]));
  for (const [name, title, low, high] of study.scales) {
    form.append(study.kind === "abx"
      ? choices(name, `${title}: which is better?`, [["A", "A"], ["same", "no difference"], ["B", "B"]])
      : choices(name, title, study.points.map((point) => [String(point), String(point)]), low, high));
  }
}

function ready() {
  const answered = [...at("questions").querySelectorAll("fieldset")].every((row) => row.querySelector(":checked"));
  at("next").disabled = !(answered && shown.seen.every(Boolean));
}

function begin(trial) {
  shown = { began: performance.now(), plays: trial.films.map(() => 0), seen: trial.films.map(() => false) };
  const figures = trial.films.map((name, number) => {
    const film = made("video", { src: filmUrl(name), controls: true, preload: "auto", playsInline: true });
    film.setAttribute("controlslist", "nodownload noremoteplayback");
    film.setAttribute("disablepictureinpicture", "");
    const title = trial.films.length > 1 ? "ABX"[number] : "Film";
    film.setAttribute("aria-label", title);
    const figure = made("figure", {}, film, made("figcaption", { textContent: title }));
    film.addEventListener("error", () => {
      const words = "This browser cannot show the film; open this page in a current Chrome, Edge or Firefox.";
      figure.replaceChildren(made("p", { className: "asked", role: "alert", textContent: words }));
    });
    let reached = 0;
    film.addEventListener("timeupdate", () => { if (film.currentTime - reached < 0.8) reached = Math.max(reached, film.currentTime); });
    film.addEventListener("play", () => {
      shown.plays[number] += 1;
      for (const other of at("films").querySelectorAll("video")) if (other !== film) other.pause();
    });
    film.addEventListener("ended", () => {
      if (film.duration - reached < 1) { shown.seen[number] = true; figure.classList.add("seen"); }
      ready();
    });
    return figure;
  });
  at("films").replaceChildren(...figures);
  questions(trial);
  at("progress").textContent = `${state.answers.length + 1} of ${state.order.length}`;
  at("next").disabled = true;
  show("trial");
  figures[0].querySelector("video").focus();
}

function proceed() {
  kept.write(state);
  const next = state.order[state.answers.length];
  if (next === undefined) { state.finished = state.finished || new Date().toISOString(); kept.write(state); show("end"); at("save").focus(); } else begin(study.trials[next]);
}

function answer() {
  const values = Object.fromEntries(new FormData(at("questions")));
  const seconds = Math.round((performance.now() - shown.began) / 100) / 10;
  state.answers.push({ trial: state.order[state.answers.length], values, seconds, plays: shown.plays });
  proceed();
}

function save() {
  const document_ = { format: "visemesync-rating", version: 1, study: study.id, ...state };
  const url = URL.createObjectURL(new Blob([JSON.stringify(document_, null, 1)], { type: "application/json" }));
  const safe = state.rater.replace(/[^\p{L}\p{N}_-]+/gu, "-");
  made("a", { href: url, download: `rating-${study.id}-${safe}.json` }).click();
  at("saved").textContent = "Saved to your downloads.";
}

at("count").textContent = `${study.orders[0].length} questions`;
at("task").textContent = study.kind === "abx"
  ? "Each question shows A, B and X. X is one of the other two: say which, and which of A and B is better."
  : "Rate each film on three scales from 1 to 7.";
at("rater").addEventListener("input", () => { at("begin").disabled = !at("rater").value.trim(); });
at("begin").addEventListener("click", () => {
  const number = parseInt(at("number").value, 10);
  const row = number >= 1 ? (number - 1) % study.orders.length : Math.floor(Math.random() * study.orders.length);
  state = { rater: at("rater").value.trim(), row, started: new Date().toISOString(), finished: "", order: study.orders[row], answers: [] };
  proceed();
});
at("questions").addEventListener("change", ready);
at("questions").addEventListener("submit", (event) => event.preventDefault());
at("next").addEventListener("click", answer);
at("save").addEventListener("click", save);
const before = kept.read();
if (before && before.order) {
  at("resume").hidden = false;
  at("resume").addEventListener("click", () => { state = before; proceed(); });
}
