// The page: its parts are made here, wired, and run once for every picture.
const player = new Player(), span = new Span(review.take.durationS), stage = begun(() => new Stage());
const timeline = new Timeline(span, player), curves = new Curves(span), notes = new Notes(player, timeline);
const KEYS = [
  ["Space", "play or pause"], ["J  K  L", "backwards, stop, forwards; again for faster"], ["Left  Right", "one frame, with sound; with Shift ten"],
  ["Home  End", "to the start, to the end"], ["I  O", "loop from here, until here"], ["Shift L", "repeat the loop or not"], ["Esc", "let the loop go; leave a note"],
  ["N", "add a note"], ["[  ]", "the note before, the next one"], ["1  2  3", "picture: portrait, face, mouth"], ["R", "back to the framing"],
  ["C", "one side, split, wipe"], ["S", "let the sides change places"], ["X held", "the other side"], ["Drag, wheel", "orbit, zoom; Shift and drag to move"], ["Ctrl S", "save the notes"],
];
let hintTimer = 0, lastPicture = 0, shownT = -1;

/** What something makes, or a sentence about why this browser cannot. */
function begun(make) {
  try {
    return make();
  } catch (error) {
    byId("wait").textContent = `The face cannot be shown in this browser (${error.message}); use one with WebGL 2.`;
    throw error;
  }
}

function hint(text, forMs = 0) {
  clearTimeout(hintTimer);
  byId("hint").textContent = text;
  byId("hint").hidden = !text;
  if (forMs) hintTimer = setTimeout(() => hint(""), forMs);
}

function showTab(name) {
  for (const each of ["notes", "curves", "about"]) {
    byId(each).hidden = each !== name;
    byId(`tab-${each}`).setAttribute("aria-selected", String(each === name));
  }
  curves.draw();
  shownT = -1;
}

function showLayout(layout) {
  stage.set(layout);
  for (const button of byId("layouts").children) button.setAttribute("aria-pressed", String(button.dataset.layout === stage.layout));
}

function refresh() {
  byId("play").textContent = player.playing ? "Pause" : "Play";
  byId("loop").setAttribute("aria-pressed", String(player.looping));
  byId("loop").disabled = !player.loop;
  shownT = -1;
  stage.dirty = true;
}

function togglePinning(on) {
  stage.onPin = on ? (picked) => notes.pin(picked) : null;
  stage.box.classList.toggle("pinning", on);
  hint(on ? "Click the place on the face that you mean." : "");
}

function loopFrom() {
  const t = timeOf(frameAt(player.t));
  player.setLoop(t, Math.max(player.loop?.[1] ?? 0, 0) > t ? player.loop[1] : player.duration);
}

function loopUntil() {
  const t = timeOf(frameAt(player.t)) + 1 / FPS, from = player.loop && player.loop[0] < t ? player.loop[0] : 0;
  player.setLoop(from, t);
  player.looping = player.loop !== null;
  refresh();
}

function toggleLoop() {
  if (player.loop) player.looping = !player.looping;
  refresh();
}

function letGo() {
  if (notes.draft) notes.drop();
  else if (notes.picked) notes.pick(notes.picked);
  else player.setLoop(0, 0);
}

const actions = {
  " ": () => player.toggle(), k: () => player.pause(), j: () => player.shuttle(-1), l: () => player.shuttle(1), L: toggleLoop,
  ArrowLeft: (event) => player.step(event.shiftKey ? -10 : -1), ArrowRight: (event) => player.step(event.shiftKey ? 10 : 1),
  Home: () => player.seek(0), End: () => player.seek(timeOf(LAST_FRAME)), i: loopFrom, o: loopUntil, Escape: letGo, n: () => { showTab("notes"); notes.begin(); },
  "[": () => notes.jump(-1), "]": () => notes.jump(1), 1: () => frameAs("portrait"), 2: () => frameAs("face"), 3: () => frameAs("mouth"), r: () => stage.reset(),
  c: () => showLayout({ one: "split", split: "wipe", wipe: "one" }[stage.layout]), s: () => stage.swap(), x: () => { stage.held = stage.dirty = true; },
  "?": () => byId("keys").showModal(),
};

function frameAs(framing) {
  stage.reset(framing);
  byId("framing").value = framing;
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    return notes.save();
  }
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select");
  if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open || (typing && event.key !== "Escape")) return;
  if (event.key === " " && event.target.closest?.("button")) event.target.blur();
  const action = actions[event.key] ?? (event.key === "L" ? actions.L : actions[event.key.toLowerCase()]);
  if (!action || (event.key === "x" && event.repeat)) return;
  event.preventDefault();
  action(event);
});
document.addEventListener("keyup", (event) => {
  if (event.key.toLowerCase() === "x" && stage.held) {
    stage.held = false;
    stage.dirty = true;
  }
});
addEventListener("beforeunload", (event) => { if (notes.unsaved) event.preventDefault(); });

function wire() {
  for (const [layout, text] of Object.entries(LAYOUTS)) byId("layouts").append(element("button", { "data-layout": layout, "aria-pressed": "false", onclick: () => showLayout(layout) }, text));
  byId("layouts").hidden = byId("swap").hidden = review.sides.length < 2;
  for (const [value, text] of Object.entries(FRAMING_WORDS)) byId("framing").append(element("option", { value }, text));
  for (const speed of SPEEDS) byId("speed").append(element("option", { value: speed, selected: speed === 1 }, `${speed}×`));
  for (const status of TAKE_STATUS) byId("take-status").append(element("option", { selected: status === notes.status }, status));
  byId("keytable").append(...KEYS.map(([key, text]) => element("tr", {}, element("td", { class: "mono" }, key), element("td", {}, text))));
  const clicks = { swap: () => stage.swap(), reset: () => stage.reset(), help: () => byId("keys").showModal(), save: () => notes.save(), play: () => player.toggle(),
    back: () => player.step(-1), on: () => player.step(1), in: loopFrom, out: loopUntil, loop: toggleLoop };
  for (const [id, act] of Object.entries(clicks)) byId(id).addEventListener("click", act);
  byId("framing").addEventListener("change", (event) => stage.reset(event.target.value));
  byId("speed").addEventListener("change", (event) => {
    player.speed = Number(event.target.value);
    if (player.rate > 0) player.play(player.speed);
  });
  byId("take-status").addEventListener("change", (event) => {
    notes.status = event.target.value;
    notes.changed();
  });
  for (const name of ["notes", "curves", "about"]) byId(`tab-${name}`).addEventListener("click", () => showTab(name));
  player.onChange = notes.onChange = refresh;
  player.onTrouble = notes.onHint = hint;
  notes.onPinning = togglePinning;
  stage.onMark = (note) => note !== notes.draft && notes.pick(note);
  timeline.notes = () => notes.all;
  timeline.onNote = (note) => notes.pick(note);
  timeline.onSpan = () => { curves.draw(); shownT = -1; };
  curves.onSeek = (t) => player.seek(timeOf(frameAt(t)));
}

function tellAbout() {
  const { take } = review, rows = [["Line", take.text || take.line], ["Length", `${take.durationS.toFixed(2)} s, ${LAST_FRAME + 1} frames at ${FPS}`], ["Starts at", take.startTimecode]];
  for (const side of review.sides) {
    const settings = Object.entries(side.parameters).map(([name, value]) => `${name} ${+value.toFixed(3)}`).join(", ");
    rows.push([`Side ${side.name}`, `${side.label || side.source}${side.source && side.source !== side.label ? ` (${side.source})` : ""}, ${+side.fps.toFixed(3)} fps${settings ? `; ${settings}` : ""}`]);
  }
  for (const body of review.bodies) rows.push(["Avatar", [body.name, body.copyright].filter(Boolean).join(", ")]);
  rows.push(["Written by", `VisemeSync Preview ${take.written}`]);
  byId("about").append(element("dl", {}, ...rows.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)])),
    element("p", { class: "quiet" }, "This page is complete: it needs no network and sends nothing. Your notes stay in this browser until you save them."),
    element("h2", {}, "Licence of what is inside"), element("pre", {}, byId("licence").textContent));
}

/** Measure the pictures; where they stay too slow for long, draw them with less. */
function pace(now) {
  const took = now - lastPicture;
  lastPicture = now;
  if (!player.playing) pace.mean = pace.slowMs = undefined;
  else if (took > 0 && took < 2000) {
    pace.mean = (pace.mean ?? took) * 0.9 + took * 0.1;
    pace.slowMs = pace.mean > SLOW_MS ? (pace.slowMs ?? 0) + took : 0;
  }
  byId("pace").textContent = pace.mean ? `${Math.round(1000 / pace.mean)} pictures/s${player.rate === 1 ? "" : `  ${player.rate}×`}` : "";
  if (pace.slowMs > SLOW_FOR_MS && stage.lighten()) pace.slowMs = 0;
}

function tick(now) {
  requestAnimationFrame(tick);
  pace(now);
  const t = player.now();
  stage.marks = notes.marks(t);
  stage.show(t);
  if (t !== shownT || curves.hover !== null) {
    if (player.playing && span.follow(t)) curves.draw();
    timeline.draw(t);
    curves.show(t);
    byId("timecode").textContent = timecode(frameAt(t));
    byId("frame").textContent = `frame ${frameAt(t)} of ${LAST_FRAME}`;
    drawing.show(notes.strokes(t));
    notes.inset(t);
    shownT = t;
  }
}

async function main() {
  wire();
  tellAbout();
  showLayout(review.view.pair && review.sides.length > 1 ? "split" : "one");
  await decodePictures();
  stage.build();
  byId("framing").value = stage.camera.framing;
  player.t = clamp(review.view.timeS, 0, player.duration);
  byId("wait").hidden = true;
  refresh();
  requestAnimationFrame(tick);
  requestAnimationFrame(() => { page.firstPictureMs = performance.now(); });
}

/** For those who look in from outside, such as the program's own tests. */
const page = { player, stage, notes, curves, timeline, span, drawing, timecode, firstPictureMs: null };
window.reviewPage = page;
main().catch((error) => {
  byId("wait").hidden = false;
  byId("wait").textContent = `The face cannot be shown in this browser (${error.message}); use one with WebGL 2.`;
});
