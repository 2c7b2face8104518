// Notes: the list, writing one, answers, status, and the small file that takes them home.
const NOTE_STATUS = { open: "Open", addressed: "Addressed", done: "Done" };
const TAKE_STATUS = ["to do", "in review", "changes asked", "approved"];
/** A moment's note shows this long before and after it. */
const NEAR_S = 0.25;

const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const nowText = () => new Date().toISOString().replace(/\.\d+Z$/, "+00:00");

/** What a browser keeps by itself, where it keeps anything for files from a disk. */
const drawer = {
  read(key) { try { return localStorage.getItem(key); } catch { return null; } },
  write(key, text) { try { localStorage.setItem(key, text); return true; } catch { return false; } },
  drop(key) { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
};

class Notes {
  constructor(player, timeline) {
    Object.assign(this, { player, timeline, all: review.notes, picked: null, draft: null, files: new Map() });
    /** notes that came with the page: they are answered, not taken away */
    this.given = new Set(review.notes.map((note) => note.id));
    this.key = `visemesync review ${review.take.id}`;
    this.status = review.take.status;
    this.unsaved = false;
    this.onChange = () => {};
    this.onHint = () => {};
    this.onPinning = () => {};
    byId("author").value = drawer.read("visemesync author") ?? "";
    byId("author").addEventListener("change", () => drawer.write("visemesync author", this.author));
    byId("add").addEventListener("click", () => this.begin());
    this.#restore();
    this.show();
  }

  get author() { return byId("author").value.trim(); }

  /** Notes that the browser kept when the page was closed before they were saved. */
  #restore() {
    let kept;
    try { kept = JSON.parse(drawer.read(this.key)); } catch { return; }
    if (!Array.isArray(kept?.notes) || !kept.notes.every((note) => typeof note?.id === "string" && Number.isFinite(note.start_s))) return;
    const mine = new Map(this.all.map((note) => [note.id, note]));
    for (const note of kept.notes) {
      const own = mine.get(note.id), replies = new Map([...(own?.replies ?? []), ...(note.replies ?? [])].map((reply) => [reply.id, reply]));
      mine.set(note.id, { ...(own && own.changed >= note.changed ? own : note), replies: [...replies.values()] });
    }
    this.all = [...mine.values()];
    if (TAKE_STATUS.includes(kept.status)) this.status = kept.status;
    this.unsaved = true;
    this.#sort();
  }

  #sort() { this.all.sort((a, b) => a.start_s - b.start_s); }

  changed() {
    this.unsaved = true;
    this.#sort();
    drawer.write(this.key, JSON.stringify({ notes: this.all, status: this.status }));
    this.show();
    this.onChange();
  }

  /** The notes at a time, and the picked one. */
  at(t) {
    return this.all.filter((note) => note === this.picked || (note.status !== "done" && t >= note.start_s - NEAR_S && t <= (note.end_s ?? note.start_s) + NEAR_S));
  }

  marks(t) {
    const drafted = this.draft?.point ? [{ number: "+", note: this.draft, colour: COLOURS[this.draft.colour], picked: true }] : [];
    const mark = (note) => ({ number: this.all.indexOf(note) + 1, note, colour: COLOURS[note.colour] ?? COLOURS.yellow, picked: note === this.picked });
    return [...this.at(t).filter((note) => note.point).map(mark), ...drafted];
  }

  strokes(t) { return this.draft ? [] : this.at(t).flatMap((note) => note.strokes ?? []); }

  // -- writing one

  begin() {
    if (this.draft) return this.form.querySelector("textarea").focus();
    this.player.pause();
    const t = timeOf(frameAt(this.player.t)), range = this.player.loop, phone = this.timeline.phoneAt(t);
    this.draft = { id: newId(), author: "", written: "", changed: "", start_s: range ? range[0] : t, end_s: range ? range[1] : null, side: "", channel: "",
      phone: "", text: "", status: "open", colour: "yellow", point: null, strokes: [], voice: "", pointer: [], reference: null, replies: [] };
    drawing.fresh = [];
    this.picked = null;
    this.#fill(phone);
    this.onChange();
    this.form.querySelector("textarea").focus();
  }

  get form() { return byId("editor"); }

  #fill(phone) {
    const { draft } = this, choose = (key, values, words) => element("label", { class: "quiet" }, `${words} `, element("select", {
      onchange: (event) => { draft[key] = event.target.value; },
    }, ...values.map(([value, text]) => element("option", { value }, text))));
    const when = draft.end_s === null ? `Frame ${frameAt(draft.start_s)}, ${timecode(frameAt(draft.start_s))}` : `Frames ${frameAt(draft.start_s)} to ${frameAt(draft.end_s)}`;
    const dots = Object.entries(COLOURS).map(([name, colour]) => {
      const dot = element("button", { type: "button", class: "dot", title: name, "aria-label": name, "aria-pressed": String(name === draft.colour), onclick: () => {
        draft.colour = drawing.colour = name;
        for (const each of dots) each.setAttribute("aria-pressed", String(each === dot));
        this.onChange();
      } });
      dot.style.background = colour;
      return dot;
    });
    const toggle = (id, text, title, set) => element("button", { type: "button", id, title, "aria-pressed": "false", onclick: (event) => {
      const on = event.target.getAttribute("aria-pressed") !== "true";
      this.#tools(null);
      if (on) {
        event.target.setAttribute("aria-pressed", "true");
        set();
      }
    } }, text);
    this.form.replaceChildren(
      element("strong", {}, when),
      element("textarea", { placeholder: "What should change?", required: true, maxlength: 10000, "aria-label": "Text of the note" }),
      element("div", { class: "row" },
        review.sides.length > 1 ? choose("side", [["", "all"], ...review.sides.map((side) => [side.name, side.name])], "Side") : null,
        choose("channel", [["", "none"], ...review.channels.map((name) => [name, readable(name)])], "Shape"),
        phone ? choose("phone", [["", "none"], [phone, phone]], "Phone") : null),
      element("div", { class: "row" },
        toggle("pin", "Pin on face", "Then click the place on the face that you mean", () => this.onPinning(true)),
        toggle("draw", "Draw", "Draw over the picture", () => drawing.begin("line", draft.colour)),
        toggle("arrow", "Arrow", "Drag an arrow over the picture", () => drawing.begin("arrow", draft.colour)),
        element("button", { type: "button", class: "plain", title: "Take the last line away", onclick: () => { drawing.fresh.pop(); drawing.draw(); } }, "Undo line")),
      element("div", { class: "row", role: "group", "aria-label": "Colour" }, ...dots),
      element("div", { class: "row" }, element("button", { class: "primary", id: "keep" }, "Keep note"), element("button", { type: "button", onclick: () => this.drop() }, "Cancel")));
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.keep();
    };
    this.form.hidden = false;
  }

  #tools(pressed) {
    for (const id of ["pin", "draw", "arrow"]) byId(id)?.setAttribute("aria-pressed", String(id === pressed));
    drawing.begin(null, drawing.colour);
    this.onPinning(false);
  }

  /** A place on the face was clicked while a note is written. */
  pin(picked) {
    if (!picked) return this.onHint("That is beside the face; click on the skin.");
    this.draft.point = picked.point;
    if (review.sides.length > 1 && review.sides.some((side) => side.name === picked.side && side.body !== review.sides[0].body)) this.draft.side = picked.side;
    this.#tools(null);
    this.onHint("");
    this.onChange();
  }

  keep() {
    const { draft } = this;
    draft.text = this.form.querySelector("textarea").value.trim();
    if (!draft.text && !draft.point && !drawing.fresh.length) return;
    draft.author = this.author;
    draft.written = draft.changed = nowText();
    draft.strokes = drawing.fresh;
    this.all.push(draft);
    this.#close();
    this.picked = draft;
    this.changed();
  }

  drop() {
    this.#close();
    this.onChange();
  }

  #close() {
    this.#tools(null);
    this.draft = null;
    drawing.fresh = [];
    drawing.draw();
    this.form.hidden = true;
    this.onHint("");
  }

  // -- the list

  pick(note) {
    this.picked = this.picked === note ? null : note;
    if (this.picked) {
      this.player.pause(note.start_s);
      if (note.end_s !== null) this.player.setLoop(note.start_s, note.end_s);
    }
    this.show();
    this.onChange();
    if (this.picked) byId("list").querySelector(".picked")?.scrollIntoView({ block: "nearest" });
  }

  jump(way) {
    const ahead = this.all.filter((note) => way * (note.start_s - this.player.t) > 1e-3), next = way > 0 ? ahead[0] : ahead[ahead.length - 1];
    if (next && next !== this.picked) this.pick(next);
  }

  show() {
    byId("none").hidden = this.all.length > 0;
    byId("list").replaceChildren(...this.all.map((note, i) => this.#card(note, i + 1)));
    byId("save").textContent = this.unsaved ? "Save notes •" : "Save notes";
    byId("tab-notes").textContent = this.all.length ? `Notes ${this.all.length}` : "Notes";
  }

  #card(note, number) {
    const from = frameAt(note.start_s), when = note.end_s === null ? timecode(from) : `${timecode(from)} – ${timecode(frameAt(note.end_s))}`;
    const about = [note.side && `side ${note.side}`, note.channel && readable(note.channel), note.phone && `phone ${note.phone}`, note.point && "on the face"].filter(Boolean).join(", ");
    const stay = (event) => event.stopPropagation();
    const status = element("select", { "aria-label": "Status", onclick: stay, onchange: (event) => {
      note.status = event.target.value;
      note.changed = nowText();
      this.changed();
    } }, ...Object.entries(NOTE_STATUS).map(([value, text]) => element("option", { value, selected: value === note.status }, text)));
    const answer = element("input", { placeholder: "Reply", maxlength: 10000, "aria-label": "Reply", onclick: stay, onkeydown: (event) => event.key === "Enter" && this.#reply(note, answer.value) });
    const card = element("li", { class: `note ${note.status} ${note === this.picked ? "picked" : ""}`, "data-id": note.id, tabindex: 0, onclick: () => this.pick(note),
      onkeydown: (event) => event.key === "Enter" && event.target === card && this.pick(note) },
      element("div", { class: "top" }, element("strong", {}, `${number}`), element("span", { class: "mono" }, when), element("span", { class: "quiet" }, note.author || "unnamed")),
      about ? element("div", { class: "about" }, about) : null,
      element("div", { class: "text" }, note.text),
      this.#voice(note, stay),
      ...note.replies.map((reply) => element("div", { class: "reply" }, element("span", { class: "quiet" }, `${reply.author || "unnamed"}: `), reply.text)),
      element("div", { class: "tools" }, status, answer, element("button", { class: "plain", onclick: (event) => { stay(event); this.#reply(note, answer.value); } }, "Reply"),
        this.given.has(note.id) ? null : element("button", { class: "plain", onclick: (event) => { stay(event); this.#remove(note); } }, "Delete")));
    card.style.borderLeftColor = COLOURS[note.colour] ?? COLOURS.yellow;
    return card;
  }

  #reply(note, text) {
    if (!text.trim()) return;
    note.replies.push({ id: newId(), author: this.author, written: nowText(), text: text.trim() });
    this.changed();
  }

  #remove(note) {
    this.all = this.all.filter((each) => each !== note);
    if (this.picked === note) this.picked = null;
    this.changed();
  }

  #voice(note, stay) {
    const media = note.voice && review.media[note.voice];
    if (!media) return note.voice ? element("div", { class: "about" }, "spoken note, not in this page") : null;
    const sound = element("audio", { controls: true, preload: "metadata", src: this.urlOf(note.voice), onclick: stay });
    sound.ontimeupdate = () => {
      const move = note.pointer.findLast((each) => each.at_s <= sound.currentTime);
      drawing.show(move && !sound.paused ? [{ kind: "line", points: [[move.x, move.y]], colour: note.colour, width: 0.03 }] : []);
    };
    return sound;
  }

  urlOf(name) {
    const media = review.media[name];
    if (!this.files.has(name)) this.files.set(name, URL.createObjectURL(fileOf(media.at, media.mime)));
    return this.files.get(name);
  }

  /** The picture or film beside the face that the picked note brings. */
  inset(t) {
    const box = byId("inset"), reference = this.picked?.reference, media = reference && review.media[reference.file];
    box.hidden = !media;
    if (!media) return box.replaceChildren();
    if (box.dataset.file !== reference.file) {
      const film = media.mime.startsWith("video/");
      box.replaceChildren(element(film ? "video" : "img", { src: this.urlOf(reference.file), muted: film, playsinline: film, alt: "Reference" }));
      box.dataset.file = reference.file;
    }
    Object.assign(box.style, { top: "", bottom: "", left: "", right: "", width: `${100 * reference.share}%` });
    for (const edge of reference.corner.split(" ")) box.style[edge] = "10px";
    const film = box.querySelector("video");
    if (film && Math.abs(film.currentTime - (t - reference.offset_s)) > 0.08) film.currentTime = Math.max(t - reference.offset_s, 0);
  }

  // -- the way home

  document() {
    const status = this.status === review.take.status ? null : this.status;
    return { format: "visemesync-notes", version: 1, take: review.take.id, line: review.take.line, status, notes: this.all };
  }

  save() {
    const words = (review.take.line || "take").replace(/[^\p{L}\p{N} _-]+/gu, "").trim().slice(0, 60) || "take";
    const link = element("a", { href: URL.createObjectURL(new Blob([JSON.stringify(this.document(), null, 1)], { type: "application/json" })), download: `${words} notes.json` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    this.unsaved = false;
    this.show();
    this.onHint("Saved to your downloads. Send that file back; it is imported without doubles.", 6000);
  }
}
