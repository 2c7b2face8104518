// One avatar that one side moves: the app's morphs and joints, reckoned as app/avatar reckons them, drawn with the app's shaders.
const WHITE = new THREE.DataTexture(new Uint8Array([255, 255, 255, 255]), 1, 1);
WHITE.needsUpdate = true;
const WRAPS = { repeat: THREE.RepeatWrapping, mirror: THREE.MirroredRepeatWrapping, clamp: THREE.ClampToEdgeWrapping };
const SAMPLERS = ["base_color_map", "normal_map", "metal_rough_map", "occlusion_map", "emissive_map"];
const bitmaps = [];
const textures = new Map();

/** Decode every picture; colours stay as they are written. */
async function decodePictures() {
  const options = { premultiplyAlpha: "none", colorSpaceConversion: "none" };
  await Promise.all(review.pictures.map(async (picture, i) => {
    const file = fileOf(picture.at, picture.mime);
    bitmaps[i] = await createImageBitmap(file, options).catch(() => createImageBitmap(file));
  }));
}

function textureOf(number, tiled) {
  const key = `${number} ${tiled}`;
  if (!textures.has(key)) {
    const picture = review.pictures[number], made = new THREE.Texture(bitmaps[number]);
    made.flipY = false;
    made.colorSpace = THREE.NoColorSpace;
    made.magFilter = picture.linear ? THREE.LinearFilter : THREE.NearestFilter;
    made.minFilter = THREE.LinearMipmapLinearFilter;
    [made.wrapS, made.wrapT] = picture.wrap.map((wrap) => (tiled ? WRAPS[wrap] : THREE.ClampToEdgeWrapping));
    made.needsUpdate = true;
    textures.set(key, made);
  }
  return textures.get(key);
}

/** Numbers that all surfaces share. */
const frameUniforms = {
  view_projection: { value: new THREE.Matrix4() },
  shadow_projection: { value: new THREE.Matrix4() },
  eye: { value: new THREE.Vector4(0, 0, 0, review.scene.exposure) },
  lamp_direction: { value: review.scene.light.lamp_direction.map((v) => new THREE.Vector4(...v)) },
  lamp_radiance: { value: review.scene.light.lamp_radiance.map((v) => new THREE.Vector4(...v)) },
  sky: { value: new THREE.Vector4(...review.scene.light.sky) },
  ground: { value: new THREE.Vector4(...review.scene.light.ground) },
};

function materialOf(part, body, quality, more = []) {
  const skipped = quality === "light" ? ["NORMAL_MAP", "MAPS"] : [];
  const switches = [...part.switches.filter((name) => !skipped.includes(name)), ...more];
  const uniforms = { ...frameUniforms, shadow: { value: new THREE.Vector4(0, 0, 0, body.openness) } };
  for (const [name, value] of Object.entries(part.surface)) uniforms[name] = { value: new THREE.Vector4(...value) };
  for (const name of SAMPLERS) uniforms[name] = { value: name in part.pictures ? textureOf(part.pictures[name], part.pictures.tiled) : WHITE };
  const blended = part.mode === "BLEND" && !more.includes("CORE");
  return new THREE.RawShaderMaterial({
    glslVersion: THREE.GLSL3,
    vertexShader: review.scene.shaders[`${quality}.vert`],
    fragmentShader: review.scene.shaders[`${quality}.frag`],
    defines: Object.fromEntries(switches.map((name) => [name, 1])),
    uniforms,
    side: part.twoSided ? THREE.DoubleSide : THREE.FrontSide,
    transparent: blended,
    forceSinglePass: true,
    depthWrite: !blended,
    alphaToCoverage: more.includes("COVERAGE"),
    toneMapped: false,
  });
}

/** (3, 3) of a turn, row by row: yaw * pitch * roll, as app/avatar/motion.py. */
function rotation(pitch, yaw, roll) {
  const [sp, sy, sr] = [pitch, yaw, roll].map(Math.sin), [cp, cy, cr] = [pitch, yaw, roll].map(Math.cos);
  return [cy * cr + sy * sp * sr, -cy * sr + sy * sp * cr, sy * cp, cp * sr, cp * cr, -sp, -sy * cr + cy * sp * sr, sy * sr + cy * sp * cr, cy * cp];
}

const turned = (m, x, y, z) => [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];

function product(a, b) {
  const made = [];
  for (let row = 0; row < 3; row++) for (let column = 0; column < 3; column++) made.push(a[3 * row] * b[column] + a[3 * row + 1] * b[3 + column] + a[3 * row + 2] * b[6 + column]);
  return made;
}

/** A turn about a point: its matrix and its offset. */
function about(pivot, angles) {
  if (!pivot) return { matrix: rotation(0, 0, 0), shift: [0, 0, 0] };
  const matrix = rotation(...angles), moved = turned(matrix, ...pivot);
  return { matrix, shift: pivot.map((value, i) => value - moved[i]) };
}

class Part {
  constructor(data, body, targets) {
    this.data = data;
    this.rest = rangedReals(data.positions, 3);
    this.restNormals = reals(data.normals);
    this.morphs = data.morphs.map((morph) => ({
      column: targets.indexOf(morph.name), vertices: values(morph.vertices),
      positions: values(morph.positions), scale: morph.positions.scale, normals: values(morph.normals), turn: morph.normals.scale,
    })).filter((morph) => morph.column >= 0);
    this.motion = data.motion && values(data.motion);
    this.triangles = values(data.triangles);
    this.positions = this.rest.slice();
    this.normals = this.restNormals.slice();
    this.shown = null;
    this.geometry = this.#geometry();
    this.meshes = [];
    for (const quality of ["studio", "light"]) {
      const coverage = data.mode === "MASK" && quality === "studio" ? ["COVERAGE"] : [];
      this.#mesh(materialOf(data, body, quality, coverage), quality);
      if (data.mode === "BLEND" && data.kind === "hair") this.#mesh(materialOf(data, body, quality, ["CORE"]), quality);
    }
  }

  #geometry() {
    const made = new THREE.BufferGeometry(), openness = new THREE.BufferAttribute(values(this.data.occlusion), 1, true);
    made.setAttribute("position", new THREE.BufferAttribute(this.positions, 3).setUsage(THREE.DynamicDrawUsage));
    made.setAttribute("normal", new THREE.BufferAttribute(this.normals, 3).setUsage(THREE.DynamicDrawUsage));
    made.setAttribute("uv", new THREE.BufferAttribute(this.data.uvs.low ? rangedReals(this.data.uvs, 2) : values(this.data.uvs), 2));
    made.setAttribute("occlusion", openness);
    made.setAttribute("baked", openness);
    if (this.data.colors) made.setAttribute("color", new THREE.BufferAttribute(values(this.data.colors), 4, true));
    made.setIndex(new THREE.BufferAttribute(this.triangles, 1));
    return made;
  }

  #mesh(material, quality) {
    const mesh = new THREE.Mesh(this.geometry, material);
    mesh.frustumCulled = false;
    mesh.matrixAutoUpdate = false;
    mesh.userData.quality = quality;
    this.meshes.push(mesh);
  }

  /** Move the vertices, where anything changed; returns whether it did. */
  pose(weights, turn) {
    if (!this.morphs.length && !(this.motion && turn)) return false;
    const now = this.morphs.map((morph) => weights[morph.column]);
    if (this.motion && turn) now.push(...turn.key);
    if (this.shown && now.every((value, i) => value === this.shown[i])) return false;
    this.shown = now;
    const { positions, normals } = this;
    positions.set(this.rest);
    normals.set(this.restNormals);
    for (const morph of this.morphs) {
      const weight = weights[morph.column];
      if (!weight) continue;
      const by = weight * morph.scale, turning = weight * morph.turn, { vertices } = morph;
      for (let i = 0, k = 0; i < vertices.length; i++) {
        for (let at = 3 * vertices[i], end = at + 3; at < end; at++, k++) {
          positions[at] += by * morph.positions[k];
          normals[at] += turning * morph.normals[k];
        }
      }
    }
    if (this.motion && turn) this.#turn(turn);
    this.geometry.attributes.position.needsUpdate = this.geometry.attributes.normal.needsUpdate = true;
    return true;
  }

  #turn(turn) {
    const { positions, normals, motion } = this;
    for (let i = 0; i < this.data.size; i++) {
      const neck = motion[2 * i] / 65535, head = motion[2 * i + 1] / 65535;
      if (!neck && !head) continue;
      for (const [array, shifted] of [[positions, 1], [normals, 0]]) {
        const x = array[3 * i], y = array[3 * i + 1], z = array[3 * i + 2];
        const a = turned(turn.neck.matrix, x, y, z), b = turned(turn.head.matrix, x, y, z);
        [x, y, z].forEach((value, k) => {
          array[3 * i + k] = value + neck * (a[k] + shifted * turn.neck.shift[k] - value) + head * (b[k] + shifted * turn.head.shift[k] - value);
        });
      }
    }
  }
}

class Body {
  /** @param {object} side of the page's JSON, with an avatar */
  constructor(side) {
    this.side = side;
    this.data = review.bodies[side.body];
    this.weights = reals(side.weights);
    this.turns = side.turns && reals(side.turns);
    this.row = new Float32Array(side.targets.length);
    this.angles = new Float32Array(3);
    this.parts = this.data.parts.map((part) => new Part(part, this.data, side.targets));
    this.scene = new THREE.Scene();
    for (const part of this.parts) this.scene.add(...part.meshes);
  }

  /** Show the side's motion at a time; returns whether anything changed. */
  pose(t) {
    sampleRows(this.weights, this.row.length, this.side, t, this.row);
    const turn = this.turns && this.#turnAt(t);
    return this.parts.map((part) => part.pose(this.row, turn)).some(Boolean);
  }

  #turnAt(t) {
    const angles = [...sampleRows(this.turns, 3, this.side, t, this.angles)], share = this.data.neckShare;
    const neck = about(this.data.pivots[0], angles.map((angle) => angle * share)), skull = about(this.data.pivots[1], angles.map((angle) => angle * (1 - share)));
    const offset = turned(neck.matrix, ...skull.shift);
    return { key: angles, neck, head: { matrix: product(neck.matrix, skull.matrix), shift: offset.map((value, i) => value + neck.shift[i]) } };
  }

  /** Order and quality of what is drawn, seen from a place: solid front to back, then what is blended by layer, far first. */
  arrange(eye, quality) {
    for (const part of this.parts) {
      const away = Math.hypot(...part.data.center.map((value, i) => value - eye[i]));
      for (const mesh of part.meshes) {
        mesh.visible = mesh.userData.quality === quality;
        mesh.material.uniformsNeedUpdate = true;
        const core = "CORE" in mesh.material.defines;
        mesh.renderOrder = part.data.mode !== "BLEND" ? away : 1000 * (1 + part.data.layer) - away - (core ? 0.5 : 0);
      }
    }
  }

  /** Where a point of the face is now, and which way it faces; null when it is not of this avatar. */
  place(point) {
    const part = this.parts.find((each) => each.data.mesh === point.mesh && each.data.size === point.size);
    if (!part || point.corners.some((corner) => corner >= part.data.size)) return null;
    const sum = (array) => [0, 1, 2].map((k) => point.corners.reduce((total, corner, i) => total + array[3 * corner + k] * point.shares[i], 0));
    return { position: sum(part.positions), normal: sum(part.normals) };
  }

  /** The nearest point of the skin on a ray, as notes keep it (Moeller and Trumbore's test); null beside the face. */
  hit(origin, direction) {
    let best = null, nearest = Infinity;
    for (const part of this.parts) {
      if (["lash", "eye_shade", "cornea", "glass"].includes(part.data.kind)) continue;
      const { positions: p, triangles } = part;
      for (let i = 0; i < triangles.length; i += 3) {
        const a = 3 * triangles[i], b = 3 * triangles[i + 1], c = 3 * triangles[i + 2];
        const e1x = p[b] - p[a], e1y = p[b + 1] - p[a + 1], e1z = p[b + 2] - p[a + 2];
        const e2x = p[c] - p[a], e2y = p[c + 1] - p[a + 1], e2z = p[c + 2] - p[a + 2];
        const hx = direction[1] * e2z - direction[2] * e2y, hy = direction[2] * e2x - direction[0] * e2z, hz = direction[0] * e2y - direction[1] * e2x;
        const det = e1x * hx + e1y * hy + e1z * hz;
        if (part.data.twoSided ? Math.abs(det) < 1e-14 : det < 1e-14) continue;
        const sx = origin[0] - p[a], sy = origin[1] - p[a + 1], sz = origin[2] - p[a + 2];
        const u = (sx * hx + sy * hy + sz * hz) / det;
        if (u < 0 || u > 1) continue;
        const qx = sy * e1z - sz * e1y, qy = sz * e1x - sx * e1z, qz = sx * e1y - sy * e1x;
        const v = (direction[0] * qx + direction[1] * qy + direction[2] * qz) / det;
        if (v < 0 || u + v > 1) continue;
        const away = (e2x * qx + e2y * qy + e2z * qz) / det;
        if (away > 0 && away < nearest) {
          nearest = away;
          best = { mesh: part.data.mesh, corners: [...triangles.subarray(i, i + 3)], shares: [1 - u - v, u, v], size: part.data.size };
        }
      }
    }
    return best;
  }
}
