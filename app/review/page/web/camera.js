// The app's orbit camera (app/render/camera.py).
const PITCH_LIMIT = 80 * Math.PI / 180, PITCH_SOFTNESS = 25 * Math.PI / 180, ZOOM_STEP = 0.12, ORBIT_PER_HEIGHT = 3;

/** Move by a step that shrinks to nothing at a limit. */
function approach(value, step, low, high, softness) {
  const room = step > 0 ? high - value : value - low;
  return clamp(value + step * Math.min(1, Math.max(0, room / softness)), low, high);
}

class OrbitCamera {
  constructor() {
    Object.assign(this, { target: [0, 1.2, 0], distance: 2.2, yaw: 0, pitch: 0, fov: 35, reach: [0.15, 12], framing: "portrait" });
    this.three = new THREE.PerspectiveCamera();
    this.three.matrixAutoUpdate = false;
  }

  frame(body, framing, aspect) {
    const shot = body.framings[framing] ?? body.framings.portrait, half = Math.tan(shot.fov * Math.PI / 360);
    const distance = Math.max(shot.distance, shot.width / Math.max(aspect, 1e-3) / (2 * half));
    Object.assign(this, { target: [...shot.target], yaw: shot.yaw, pitch: shot.pitch, fov: shot.fov, distance, framing });
    this.reach = [Math.min(shot.reach[0], distance * 0.7), Math.max(shot.reach[1], distance * 1.5)];
  }

  set([x, y, z, distance, yaw, pitch, fov]) {
    Object.assign(this, { target: [x, y, z], distance, yaw, pitch, fov });
    this.reach = [Math.min(this.reach[0], distance * 0.7), Math.max(this.reach[1], distance * 1.5)];
  }

  orbit(dx, dy) {
    this.yaw = Math.atan2(Math.sin(this.yaw - dx * ORBIT_PER_HEIGHT), Math.cos(this.yaw - dx * ORBIT_PER_HEIGHT));
    this.pitch = approach(this.pitch, dy * ORBIT_PER_HEIGHT, -PITCH_LIMIT, PITCH_LIMIT, PITCH_SOFTNESS);
  }

  pan(dx, dy) {
    const { right, up } = this.axes, seen = 2 * this.distance * Math.tan(this.fov * Math.PI / 360);
    this.target = this.target.map((value, i) => value - right[i] * dx * seen + up[i] * dy * seen);
  }

  zoom(steps, x = 0, y = 0) {
    const before = this.distance, { right, up } = this.axes;
    this.distance = Math.exp(approach(Math.log(before), -steps * ZOOM_STEP, Math.log(this.reach[0]), Math.log(this.reach[1]), 0.5));
    const seen = 2 * (before - this.distance) * Math.tan(this.fov * Math.PI / 360);
    this.target = this.target.map((value, i) => value + right[i] * x * seen - up[i] * y * seen);
  }

  get backward() {
    const level = Math.cos(this.pitch);
    return [Math.sin(this.yaw) * level, Math.sin(this.pitch), Math.cos(this.yaw) * level];
  }

  get axes() {
    const b = this.backward, right = [Math.cos(this.yaw), 0, -Math.sin(this.yaw)];
    return { right, up: [b[1] * right[2] - b[2] * right[1], b[2] * right[0] - b[0] * right[2], b[0] * right[1] - b[1] * right[0]], backward: b };
  }

  get position() {
    return this.target.map((value, i) => value + this.distance * this.backward[i]);
  }

  /** World to clip space. */
  matrix(aspect) {
    const { right, up, backward } = this.axes, eye = this.position, near = 0.08 * this.distance, far = 8 * this.distance + 4;
    const dot = (axis) => -axis.reduce((sum, value, i) => sum + value * eye[i], 0), f = 1 / Math.tan(this.fov * Math.PI / 360);
    const view = new THREE.Matrix4().set(...right, dot(right), ...up, dot(up), ...backward, dot(backward), 0, 0, 0, 1);
    const projection = new THREE.Matrix4().set(f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, (far + near) / (near - far), 2 * far * near / (near - far), 0, 0, -1, 0);
    return projection.multiply(view);
  }

  /** The ray through a point of the picture, -1 to 1 to the right and up. */
  ray(x, y, aspect) {
    const { right, up, backward } = this.axes, half = Math.tan(this.fov * Math.PI / 360);
    const direction = [0, 1, 2].map((i) => right[i] * x * half * aspect + up[i] * y * half - backward[i]), length = Math.hypot(...direction);
    return { origin: this.position, direction: direction.map((value) => value / length) };
  }
}
