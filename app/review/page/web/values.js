// What the page holds: JSON for words, one run of bytes for numbers, pictures and sound.
const review = JSON.parse(document.getElementById("take").textContent);
const TYPES = { i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array, f4: Float32Array };

function decoded(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text), made = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) made[i] = letters.charCodeAt(i);
  return made;
}

const bytes = decoded(document.getElementById("data").textContent);
document.getElementById("data").remove();

/** The whole numbers of a field, without a copy. */
function values(field) {
  const Kind = TYPES[field.type];
  return new Kind(bytes.buffer, bytes.byteOffset + field.at[0], field.at[1] / Kind.BYTES_PER_ELEMENT);
}

/** The real numbers of a field that was quantised with one factor. */
function reals(field) {
  return Float32Array.from(values(field), (value) => value * field.scale);
}

/** The rows of a table that was quantised column by column. */
function rangedReals(field, columns) {
  const whole = values(field), made = new Float32Array(whole.length);
  for (let i = 0; i < whole.length; i++) made[i] = field.low[i % columns] + whole[i] * field.scale[i % columns];
  return made;
}

/** A file of the page. */
function fileOf(place, mime) {
  return new Blob([bytes.subarray(place[0], place[0] + place[1])], { type: mime });
}

/** An element with attributes, and children that are elements or plain text: markup in words stays words. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

const byId = (id) => document.getElementById(id);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** Rows of a table at a time, linear between frames, held outside; into `out`. */
function sampleRows(rows, columns, track, t, out) {
  const last = track.frames - 1;
  if (last < 0) return out.fill(0);
  const at = clamp((t - track.startS) * track.fps, 0, last);
  let low = Math.floor(at + 1e-6);
  const share = at - low < 1e-6 ? 0 : at - low, high = Math.min(low + 1, last);
  for (let i = 0; i < columns; i++) {
    const before = rows[low * columns + i];
    out[i] = before + (rows[high * columns + i] - before) * share;
  }
  return out;
}
