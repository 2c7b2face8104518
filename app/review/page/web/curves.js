// All 52 curves, one under the other, with what every side is at the cursor.
const SIDE_COLOURS = { A: "#58a6d6", B: "#e3a75f", C: "#d490c4" };
const LANE_NAME_PX = 128, STILL = 0.004;

/** jawOpen as "jaw open", with its side as L or R. */
function readable(channel) {
  return channel.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`).replace(/ left$/, " L").replace(/ right$/, " R");
}

class Curves {
  constructor(span) {
    this.span = span;
    this.rows = byId("rows");
    this.lanes = [];
    this.tracks = review.sides.map((side) => ({ side, shown: reals(side.curves), raw: side.raw && { ...side.raw, shown: reals(side.raw.curves) } }));
    this.hover = null;
    this.row = new Float32Array(review.channels.length);
    this.onSeek = () => {};
    for (const [group, channels] of Object.entries(review.groups)) for (const channel of channels) this.#lane(group, channel);
    byId("filter").addEventListener("input", () => this.filter());
    byId("moving").addEventListener("change", () => this.filter());
    byId("rawtoo").addEventListener("change", () => this.draw());
    this.rows.addEventListener("pointermove", (event) => this.#point(event));
    this.rows.addEventListener("pointerleave", () => { this.hover = null; });
    this.rows.addEventListener("click", (event) => this.#point(event) !== null && this.onSeek(this.hover));
    new ResizeObserver(() => this.draw()).observe(byId("lanes"));
    this.filter();
  }

  #lane(group, channel) {
    const column = review.channels.indexOf(channel), numbers = this.tracks.map(({ side }) => {
      const made = element("span", { class: "mono" }, "0.00");
      made.style.color = SIDE_COLOURS[side.name];
      return made;
    });
    const canvas = element("canvas"), name = element("div", { class: "name", title: channel }, readable(channel), element("div", {}, ...numbers));
    const row = element("div", { class: "lane", "data-channel": channel }, name, canvas);
    const most = Math.max(...this.tracks.map(({ side, shown }) => this.#most(shown, side.frames, column)));
    this.lanes.push({ group, channel, column, row, canvas, numbers, most });
    this.rows.append(row);
  }

  #most(rows, frames, column) {
    let most = 0;
    for (let i = 0; i < frames; i++) most = Math.max(most, Math.abs(rows[i * review.channels.length + column]));
    return most;
  }

  filter() {
    const words = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean), moving = byId("moving").checked && !words.length;
    for (const lane of this.lanes) {
      const text = `${lane.group} ${lane.channel} ${readable(lane.channel)}`.toLowerCase();
      lane.row.hidden = (moving && lane.most < STILL) || !words.every((word) => text.includes(word));
    }
    this.draw();
  }

  #point(event) {
    const box = this.rows.getBoundingClientRect(), width = box.width - LANE_NAME_PX, x = event.clientX - box.left - LANE_NAME_PX;
    this.hover = x < 0 ? null : this.span.timeAt(x, width);
    return this.hover;
  }

  draw() {
    if (byId("curves").hidden) return;
    for (const lane of this.lanes) if (!lane.row.hidden) this.#draw(lane);
  }

  #draw({ canvas, column, most }) {
    const ratio = Math.min(devicePixelRatio, 2), width = canvas.clientWidth, height = canvas.clientHeight;
    canvas.width = Math.max(1, width * ratio);
    canvas.height = Math.max(1, height * ratio);
    const ink = canvas.getContext("2d"), top = Math.max(1, most);
    ink.scale(ratio, ratio);
    const y = (value) => height - 3 - value / top * (height - 6);
    ink.strokeStyle = "#2f353b";
    ink.beginPath();
    ink.moveTo(0, y(0));
    ink.lineTo(width, y(0));
    ink.stroke();
    for (const { side, shown, raw } of this.tracks) {
      if (raw && byId("rawtoo").checked) this.#line(ink, raw, raw.shown, column, width, y, `${SIDE_COLOURS[side.name]}66`);
      this.#line(ink, side, shown, column, width, y, SIDE_COLOURS[side.name]);
    }
  }

  #line(ink, track, rows, column, width, y, colour) {
    const n = review.channels.length, first = clamp(Math.floor((this.span.from - track.startS) * track.fps) - 1, 0, track.frames);
    const end = clamp(Math.ceil((this.span.to - track.startS) * track.fps) + 2, 0, track.frames);
    ink.strokeStyle = colour;
    ink.lineWidth = 1.2;
    ink.beginPath();
    for (let i = first; i < end; i++) ink.lineTo(this.span.xAt(track.startS + i / track.fps, width), y(rows[i * n + column]));
    ink.stroke();
  }

  /** Move the cursor and say the values there. */
  show(t) {
    if (byId("curves").hidden) return;
    const at = this.hover ?? t, width = this.rows.clientWidth - LANE_NAME_PX, x = this.span.xAt(at, width), head = byId("lane-head");
    head.hidden = x < 0 || x > width;
    head.style.left = `${LANE_NAME_PX + x}px`;
    head.style.height = `${this.rows.clientHeight}px`;
    byId("curve-time").replaceChildren(`${timecode(frameAt(at))}  frame ${frameAt(at)}`, ...review.sides.map((side) => {
      const made = element("span", {}, review.sides.length > 1 ? `${side.name} ${side.label}` : side.label);
      made.style.color = SIDE_COLOURS[side.name];
      return made;
    }));
    this.tracks.forEach(({ side, shown }, number) => {
      sampleRows(shown, review.channels.length, side, at, this.row);
      for (const lane of this.lanes) if (!lane.row.hidden) lane.numbers[number].textContent = this.row[lane.column].toFixed(2);
    });
  }
}
