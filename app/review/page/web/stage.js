// The picture: which sides stand where, how they are looked at, and what is marked on them.
const LAYOUTS = { one: "One", split: "Split", wipe: "Wipe" };
const FRAMING_WORDS = { portrait: "Portrait", face: "Face", mouth: "Mouth", three_quarter: "Three quarter", profile: "Profile", bust: "Bust", body: "Body" };
/** Pictures that take longer than this, for so long, are drawn with less: first the quick shaders, then fewer pixels. */
const SLOW_MS = 45, SLOW_FOR_MS = 1500, LEAST_RATIO = 0.5;

class Stage {
  constructor() {
    this.box = byId("stage");
    this.canvas = byId("view");
    this.renderer = new THREE.WebGLRenderer({ canvas: this.canvas, antialias: true, powerPreference: "high-performance" });
    this.renderer.autoClear = false;
    this.renderer.setClearColor(new THREE.Color().setRGB(...review.scene.background, THREE.SRGBColorSpace));
    this.bodies = new Map();
    this.order = review.sides.map((side) => side.name);
    this.layout = "one";
    this.edge = 0.5;
    this.camera = new OrbitCamera();
    this.quality = "studio";
    this.ratio = 2;
    this.held = false;
    this.dirty = true;
    this.drawn = 0;
    /** notes whose points are marked: [{number, note, colour, picked}] */
    this.marks = [];
    this.onPin = null;
    this.onMark = () => {};
    new ResizeObserver(() => this.resize()).observe(this.box);
    this.#listen();
  }

  build() {
    for (const side of review.sides) if (side.body !== null) this.bodies.set(side.name, new Body(side));
    this.resize();
    const body = this.firstBody;
    if (body) this.camera.frame(body.data, review.view.framing || "portrait", this.aspect);
    if (body && review.view.camera) this.camera.set(review.view.camera);
  }

  get firstBody() {
    return this.bodies.get(this.order[0]) ?? [...this.bodies.values()][0];
  }

  get aspect() {
    const [first] = this.regions();
    return first.width / Math.max(first.height, 1);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.box;
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, this.ratio));
    this.renderer.setSize(Math.max(width, 1), Math.max(height, 1), false);
    this.dirty = true;
    drawing.resize();
  }

  set(layout) {
    this.layout = review.sides.length > 1 ? layout : "one";
    this.dirty = true;
  }

  swap() {
    this.order.push(this.order.shift());
    this.dirty = true;
  }

  reset(framing = this.camera.framing) {
    if (this.firstBody) this.camera.frame(this.firstBody.data, framing, this.aspect);
    byId("framing").value = framing;
    this.dirty = true;
  }

  /** Which side stands where: {name, x, y, width, height} of the picture that its camera sees, and what of it is uncovered. */
  regions(width = this.box.clientWidth, height = this.box.clientHeight) {
    const order = this.held ? [...this.order.slice(1), this.order[0]] : this.order;
    const whole = (name, from, to) => ({ name, x: 0, y: 0, width, height, from: from * width, to: to * width });
    if (this.layout === "wipe") return [whole(order[0], 0, this.edge), whole(order[1], this.edge, 1)];
    if (this.layout === "split") {
      const each = width / order.length;
      return order.map((name, i) => ({ name, x: i * each, y: 0, width: each, height, from: i * each, to: (i + 1) * each }));
    }
    return [whole(order[0], 0, 1)];
  }

  regionAt(x) {
    const all = this.regions();
    return all.find((region) => x >= region.from && x < region.to) ?? all[all.length - 1];
  }

  /** Pose what is shown, and draw where anything changed. */
  show(t) {
    for (const { name } of this.regions()) if (this.bodies.get(name)?.pose(t)) this.dirty = true;
    if (!this.dirty) return false;
    this.draw();
    return true;
  }

  draw() {
    const height = this.box.clientHeight, { renderer } = this;
    renderer.setScissorTest(false);
    renderer.setViewport(0, 0, this.box.clientWidth, height);
    renderer.clear();
    renderer.setScissorTest(true);
    for (const region of this.regions()) this.#drawSide(region, height);
    this.dirty = false;
    this.drawn++;
    this.#label();
    this.#mark();
  }

  /** Draw with less from now on; false when there is nothing left to save. */
  lighten() {
    if (this.quality === "studio") this.quality = "light";
    else if (this.ratio > LEAST_RATIO) this.ratio = Math.max(Math.min(this.ratio, devicePixelRatio) / 2, LEAST_RATIO);
    else return false;
    this.resize();
    return true;
  }

  #drawSide(region, height) {
    const body = this.bodies.get(region.name);
    if (!body || region.to <= region.from) return;
    const eye = this.camera.position;
    frameUniforms.view_projection.value.copy(this.camera.matrix(region.width / Math.max(region.height, 1)));
    frameUniforms.eye.value.set(...eye, review.scene.exposure);
    body.arrange(eye, this.quality);
    this.renderer.setViewport(region.x, 0, region.width, height);
    this.renderer.setScissor(region.from, 0, region.to - region.from, height);
    this.renderer.render(body.scene, this.camera.three);
  }

  #label() {
    const labels = this.regions().map((region) => {
      const side = review.sides.find((each) => each.name === region.name), made = element("span", { class: side.mock ? "mock" : "" });
      if (review.sides.length > 1) made.append(element("b", {}, side.name));
      made.append(side.label || side.source, side.body === null ? " (no avatar)" : "");
      made.style.left = `${region.from + 10}px`;
      made.style.maxWidth = `${Math.max(region.to - region.from - 20, 0)}px`;
      made.firstChild.style.color = review.sides.length > 1 ? `var(--${side.name.toLowerCase()})` : "";
      return made;
    });
    byId("labels").replaceChildren(...labels);
    byId("edge").hidden = this.layout !== "wipe";
    byId("edge").style.left = `${100 * this.edge}%`;
  }

  #mark() {
    const made = [];
    for (const region of this.regions()) {
      const body = this.bodies.get(region.name);
      if (!body) continue;
      const matrix = this.camera.matrix(region.width / Math.max(region.height, 1)), eye = this.camera.position;
      for (const mark of this.marks) {
        if (mark.note.side && mark.note.side !== region.name) continue;
        const place = body.place(mark.note.point);
        if (!place) continue;
        const seen = new THREE.Vector4(...place.position, 1).applyMatrix4(matrix);
        const x = region.x + (seen.x / seen.w + 1) / 2 * region.width, y = (1 - seen.y / seen.w) / 2 * region.height;
        if (seen.w <= 0 || x < region.from || x >= region.to) continue;
        const facing = place.normal.reduce((sum, value, i) => sum + value * (eye[i] - place.position[i]), 0) > 0;
        const pin = element("button", { class: `${mark.picked ? "picked" : ""} ${facing ? "" : "far"}`, title: mark.note.text, onpointerdown: () => this.onMark(mark.note) }, String(mark.number));
        Object.assign(pin.style, { left: `${x}px`, top: `${y}px`, background: mark.colour });
        made.push(pin);
      }
    }
    byId("pins").replaceChildren(...made);
  }

  /** The point of the face below a place of the picture, with its side; null beside it. */
  pick(x, y) {
    const region = this.regionAt(x), body = this.bodies.get(region.name);
    if (!body) return null;
    const ray = this.camera.ray(2 * (x - region.x) / region.width - 1, 1 - 2 * y / region.height, region.width / region.height);
    const point = body.hit(ray.origin, ray.direction);
    return point && { side: region.name, point };
  }

  #listen() {
    const pointers = new Map(), place = (event) => [event.offsetX, event.offsetY];
    let moved = 0;
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, place(event));
      moved = 0;
    });
    this.canvas.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const now = place(event), height = this.box.clientHeight, [dx, dy] = now.map((value, i) => (value - before[i]) / height);
      moved += Math.hypot(dx, dy);
      if (pointers.size === 2) this.#pinch(pointers, event.pointerId, now, height);
      else if (event.buttons & 6 || event.shiftKey) this.camera.pan(dx, dy);
      else this.camera.orbit(dx, dy);
      pointers.set(event.pointerId, now);
      this.dirty = true;
    });
    const up = (event) => {
      if (pointers.delete(event.pointerId) && event.type === "pointerup" && moved < 0.01 && this.onPin) {
        const picked = this.pick(...place(event));
        this.onPin(picked);
      }
    };
    this.canvas.addEventListener("pointerup", up);
    this.canvas.addEventListener("pointercancel", up);
    this.canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const region = this.regionAt(event.offsetX), height = region.height;
      this.camera.zoom(-event.deltaY * (event.deltaMode ? 16 : 1) / 100, (event.offsetX - region.x - region.width / 2) / height, event.offsetY / height - 0.5);
      this.dirty = true;
    }, { passive: false });
    byId("edge").addEventListener("pointerdown", (event) => {
      byId("edge").setPointerCapture(event.pointerId);
      byId("edge").onpointermove = (move) => {
        const box = this.box.getBoundingClientRect();
        this.edge = clamp((move.clientX - box.left) / box.width, 0.02, 0.98);
        this.dirty = true;
      };
      byId("edge").onpointerup = () => { byId("edge").onpointermove = null; };
    });
  }

  #pinch(pointers, moving, now, height) {
    const [[, other]] = [...pointers].filter(([id]) => id !== moving), before = pointers.get(moving);
    const apart = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
    this.camera.zoom(Math.log(Math.max(apart(now), 1) / Math.max(apart(before), 1)) / ZOOM_STEP);
    this.camera.pan((now[0] - before[0]) / 2 / height, (now[1] - before[1]) / 2 / height);
  }

  /** One side at a time of the take as a picture of a size; for those who want to compare or keep it. */
  still(name, t, width, height) {
    const before = [this.layout, this.order];
    const box = { clientWidth: width, clientHeight: height }, real = this.box;
    this.renderer.setPixelRatio(1);
    this.renderer.setSize(width, height, false);
    [this.layout, this.order, this.box] = ["one", [name], box];
    this.bodies.get(name).pose(t);
    this.renderer.setScissorTest(false);
    this.renderer.setViewport(0, 0, width, height);
    this.renderer.clear();
    this.#drawSide(this.regions()[0], height);
    const made = this.canvas.toDataURL("image/png");
    [this.layout, this.order, this.box] = [before[0], before[1], real];
    this.resize();
    return made;
  }
}
