// The time line: waveform, words, phones, notes and loop, on the same stretch of time as the curves.
const COLOURS = { red: "#e5827a", orange: "#e3a75f", yellow: "#e6cf62", green: "#74c69d", cyan: "#6cc7d0", blue: "#6fb3e6", purple: "#b79be0", white: "#dce0e4" };
const NOTE_PX = 18, PHONE_PX = 16, WORD_PX = 16;

class Span {
  constructor(duration) {
    this.duration = Math.max(duration, 0.1);
    [this.from, this.to] = [0, this.duration];
  }

  xAt(t, width) { return (t - this.from) / (this.to - this.from) * width; }

  timeAt(x, width) { return clamp(this.from + x / Math.max(width, 1) * (this.to - this.from), 0, this.duration); }

  /** Show more or less of the time, with one moment kept where it is. */
  zoom(factor, t) {
    const length = clamp((this.to - this.from) * factor, 0.25, this.duration), share = (t - this.from) / (this.to - this.from);
    this.from = clamp(t - share * length, 0, this.duration - length);
    this.to = this.from + length;
  }

  move(by) {
    const length = this.to - this.from;
    this.from = clamp(this.from + by, 0, this.duration - length);
    this.to = this.from + length;
  }

  follow(t) {
    if (t < this.from || t > this.to) this.move(t - this.from - 0.1 * (this.to - this.from));
    else return false;
    return true;
  }
}

class Timeline {
  constructor(span, player) {
    Object.assign(this, { span, player, canvas: byId("time"), peaks: values(review.peaks), loudest: values(review.peaks).reduce((most, value) => Math.max(most, Math.abs(value)), 8), words: this.#words() });
    this.notes = () => [];
    this.onSpan = () => {};
    this.onNote = () => {};
    new ResizeObserver(() => this.draw(this.player.t)).observe(this.canvas);
    this.#listen();
  }

  /** Words from the phones that belong to them. */
  #words() {
    const made = [];
    for (const [, from, to, word] of review.phones) {
      const last = made[made.length - 1];
      if (word && last?.word === word && from - last.to < 0.02) last.to = to;
      else if (word) made.push({ word, from, to });
    }
    return made;
  }

  phoneAt(t) {
    return review.phones.find(([symbol, from, to]) => symbol !== "sil" && t >= from && t < to)?.[0] ?? "";
  }

  draw(t) {
    const { canvas, span } = this, ratio = Math.min(devicePixelRatio, 2), width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const ink = canvas.getContext("2d"), x = (s) => span.xAt(s, width);
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    ink.clearRect(0, 0, width, height);
    if (this.player.loop) {
      const [from, to] = this.player.loop;
      ink.fillStyle = this.player.looping ? "#2f6f9855" : "#2f6f9826";
      ink.fillRect(x(from), 0, x(to) - x(from), height);
    }
    const waveTop = NOTE_PX, waveHeight = height - NOTE_PX - (review.phones.length ? PHONE_PX + WORD_PX : 0);
    this.#wave(ink, width, waveTop + waveHeight / 2, waveHeight / 2 - 2);
    if (review.phones.length) this.#spoken(ink, x, height);
    this.#marks(ink, x, height);
    ink.fillStyle = "#f2f5f7";
    ink.fillRect(Math.round(x(t)) - 0.5, 0, 1.5, height);
  }

  #wave(ink, width, middle, reach) {
    const n = review.peaks.n, each = this.span.duration / n;
    ink.fillStyle = "#5b7d92";
    for (let px = 0; px < width; px++) {
      const from = Math.floor(this.span.timeAt(px, width) / each), to = Math.max(from + 1, Math.ceil(this.span.timeAt(px + 1, width) / each));
      let low = 0, high = 0;
      for (let i = from; i < Math.min(to, n); i++) {
        low = Math.min(low, this.peaks[2 * i]);
        high = Math.max(high, this.peaks[2 * i + 1]);
      }
      ink.fillRect(px, middle - high / this.loudest * reach, 1, Math.max((high - low) / this.loudest * reach, 1));
    }
  }

  #spoken(ink, x, height) {
    ink.textBaseline = "middle";
    ink.textAlign = "center";
    const write = (text, from, to, y, colour) => {
      const left = x(from), right = x(to);
      ink.strokeStyle = "#2f353b";
      ink.strokeRect(left + 0.5, y + 0.5, Math.max(right - left - 1, 0), 15);
      ink.fillStyle = colour;
      if (ink.measureText(text).width < right - left - 2) ink.fillText(text, (left + right) / 2, y + 8.5);
    };
    ink.font = "11px system-ui, sans-serif";
    for (const { word, from, to } of this.words) write(word, from, to, height - WORD_PX, "#dce0e4");
    ink.font = "10px system-ui, sans-serif";
    for (const [symbol, from, to] of review.phones) if (symbol !== "sil") write(symbol, from, to, height - WORD_PX - PHONE_PX, "#a8b0b8");
  }

  #marks(ink, x, height) {
    this.notes().forEach((note, i) => {
      const left = x(note.start_s), right = note.end_s === null ? left : x(note.end_s);
      ink.globalAlpha = note.status === "done" ? 0.45 : 1;
      ink.fillStyle = COLOURS[note.colour] ?? COLOURS.yellow;
      ink.fillRect(left, 0, Math.max(right - left, 2), note.end_s === null ? height : 4);
      ink.beginPath();
      ink.roundRect(left, 1, 15, 14, 4);
      ink.fill();
      ink.fillStyle = "#1b1509";
      ink.font = "bold 10px system-ui, sans-serif";
      ink.textAlign = "center";
      ink.textBaseline = "middle";
      ink.fillText(String(i + 1), left + 7.5, 8.5);
      ink.globalAlpha = 1;
    });
  }

  #noteAt(px, py) {
    if (py > NOTE_PX) return null;
    return this.notes().findLast((note) => {
      const left = this.span.xAt(note.start_s, this.canvas.clientWidth);
      return px >= left && px < left + 16;
    });
  }

  #listen() {
    const { canvas, span, player } = this;
    let from = null;
    const time = (event) => span.timeAt(event.offsetX, canvas.clientWidth);
    canvas.addEventListener("pointerdown", (event) => {
      const note = this.#noteAt(event.offsetX, event.offsetY);
      if (note) return this.onNote(note);
      canvas.setPointerCapture(event.pointerId);
      from = time(event);
      if (!event.shiftKey) this.#scrub(from);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (from === null) return;
      if (event.shiftKey) player.setLoop(Math.min(from, time(event)), Math.max(from, time(event)));
      else this.#scrub(time(event));
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { from = null; });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      if (event.ctrlKey) span.zoom(Math.exp(clamp(event.deltaY, -60, 60) / 100), time(event));
      else span.move((event.deltaX + event.deltaY) / 800 * (span.to - span.from));
      this.onSpan();
    }, { passive: false });
  }

  #scrub(t) {
    if (this.player.playing) this.player.pause();
    this.player.seek(timeOf(frameAt(t)));
    this.player.hear(this.player.t);
  }
}
