// Lines and arrows over the picture, in shares of its width and height.
const drawing = {
  canvas: byId("ink"),
  /** what is being drawn, or null */
  kind: null,
  colour: "red",
  fresh: [],
  kept: [],
  onDrawn: () => {},

  begin(kind, colour) {
    this.kind = kind;
    this.colour = colour;
    this.canvas.classList.toggle("drawing", kind !== null);
  },

  resize() {
    const ratio = Math.min(devicePixelRatio, 2);
    this.canvas.width = Math.max(1, this.canvas.clientWidth * ratio);
    this.canvas.height = Math.max(1, this.canvas.clientHeight * ratio);
    this.draw();
  },

  /** Show strokes of notes beside those that are being drawn. */
  show(strokes) {
    if (strokes.length === this.kept.length && strokes.every((stroke, i) => stroke === this.kept[i])) return;
    this.kept = strokes;
    this.draw();
  },

  draw() {
    const ink = this.canvas.getContext("2d"), { width, height } = this.canvas;
    ink.clearRect(0, 0, width, height);
    ink.lineCap = ink.lineJoin = "round";
    for (const stroke of [...this.kept, ...this.fresh]) {
      const points = stroke.points.map(([x, y]) => [x * width, y * height]);
      if (!points.length) continue;
      ink.strokeStyle = ink.fillStyle = COLOURS[stroke.colour] ?? COLOURS.red;
      ink.lineWidth = Math.max(stroke.width * height, 1);
      ink.beginPath();
      for (const point of points) ink.lineTo(...point);
      if (points.length === 1) ink.lineTo(points[0][0] + 0.1, points[0][1]);
      ink.stroke();
      if (stroke.kind === "arrow" && points.length > 1) this.head(ink, points[points.length - 2], points[points.length - 1]);
    }
  },

  head(ink, from, to) {
    const angle = Math.atan2(to[1] - from[1], to[0] - from[0]), size = 5 * ink.lineWidth;
    ink.beginPath();
    ink.moveTo(...to);
    for (const side of [-0.45, 0.45]) ink.lineTo(to[0] - size * Math.cos(angle + side), to[1] - size * Math.sin(angle + side));
    ink.closePath();
    ink.fill();
  },
};

drawing.canvas.addEventListener("pointerdown", (event) => {
  drawing.canvas.setPointerCapture(event.pointerId);
  const place = (move) => [clamp(move.offsetX / drawing.canvas.clientWidth, 0, 1), clamp(move.offsetY / drawing.canvas.clientHeight, 0, 1)];
  const stroke = { kind: drawing.kind, points: [place(event)], colour: drawing.colour, width: 0.006 };
  drawing.fresh.push(stroke);
  drawing.canvas.onpointermove = (move) => {
    if (stroke.kind === "arrow") stroke.points = [stroke.points[0], place(move)];
    else stroke.points.push(place(move));
    drawing.draw();
  };
  drawing.canvas.onpointerup = drawing.canvas.onpointercancel = () => {
    drawing.canvas.onpointermove = drawing.canvas.onpointerup = drawing.canvas.onpointercancel = null;
    drawing.draw();
    drawing.onDrawn();
  };
});
