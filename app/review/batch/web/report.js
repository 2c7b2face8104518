"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";

  /** An element with text, never with markup: texts of the table are anybody's. */
  function make(tag, kind, text) {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function drawn(tag, facts) {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(facts)) made.setAttribute(name, value);
    return made;
  }

  const points = (values, low, high) =>
    values.map((value, i) => `${i},${(low - (Math.min(value, 99) / 99) * (low - high)).toFixed(1)}`).join(" ");

  /** Jaw and lips above the wave. */
  function curves(line) {
    const width = Math.max(line.jaw.length, line.wave.length, 2) - 1;
    const svg = drawn("svg", { class: "curves", viewBox: `0 0 ${width} 64`, preserveAspectRatio: "none", role: "img" });
    svg.setAttribute("aria-label", "Jaw, lips and wave over the line");
    if (line.wave.length) {
      const up = line.wave.map((value, i) => `${i},${(54 - value / 11).toFixed(1)}`);
      const down = line.wave.map((value, i) => `${i},${(54 + value / 11).toFixed(1)}`).reverse();
      svg.append(drawn("polygon", { class: "wave", points: [...up, ...down].join(" ") }));
    }
    if (line.lips.length) svg.append(drawn("polyline", { class: "lips", points: points(line.lips, 42, 2) }));
    if (line.jaw.length) svg.append(drawn("polyline", { class: "jaw", points: points(line.jaw, 42, 2) }));
    return svg;
  }

  function link(address, words) {
    const made = make("a", "", words);
    made.href = `./${address}`;
    return made;
  }

  const statusKind = { "approved": "good", "changes asked": "warning", "in review": "", "to do": "quiet" };
  const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

  function findings(line) {
    const cell = make("td");
    if (line.error) { cell.append(make("div", "error", line.error)); return cell; }
    if (line.mock) cell.append(make("span", "chip error", "MOCK"));
    if (line.errors) cell.append(make("span", "chip error", plural(line.errors, "error")));
    if (line.warnings) cell.append(make("span", "chip warning", plural(line.warnings, "warning")));
    if (line.conflicts.length) cell.append(make("span", "chip error", plural(line.conflicts.length, "conflict")));
    if (!line.mock && !line.errors && !line.warnings && !line.conflicts.length) cell.append(make("span", "chip good", "nothing found"));
    const told = [...line.conflicts, ...line.findings.map((each) => `${each.time_s.toFixed(2)} s: ${each.sentence}`), ...line.remarks];
    if (told.length) {
      const details = make("details");
      details.append(make("summary", "more", plural(told.length, "sentence")));
      const list = make("ul", "more");
      for (const sentence of told) list.append(make("li", "", sentence));
      details.append(list);
      cell.append(details);
    }
    return cell;
  }

  function said(line) {
    const cell = make("td", "said");
    cell.append(make("div", "", line.text));
    const more = [line.voice, line.preset, line.source].filter(Boolean).join(" · ");
    if (more) cell.append(make("div", "more", more));
    for (const [name, value] of Object.entries(line.columns)) cell.append(make("div", "more", `${name}: ${value}`));
    return cell;
  }

  function picture(line) {
    const cell = make("td");
    if (line.thumb && /^[A-Za-z0-9+/=]+$/.test(line.thumb)) {
      const image = make("img", "thumb");
      image.alt = "";
      image.loading = "lazy";
      image.src = `data:image/jpeg;base64,${line.thumb}`;
      cell.append(image);
    } else cell.append(make("div", "thumb"));
    return cell;
  }

  function row(line) {
    const made = make("tr");
    made.dataset.line = line.line;
    const name = make("td", "line", line.line || `row ${line.row}`);
    name.append(make("div", "more", line.label));
    const strip = make("td");
    strip.append(curves(line));
    const status = make("td");
    status.append(make("span", `chip ${statusKind[line.status] || ""}`, line.error ? "failed" : line.status));
    if (line.notes) status.append(make("div", "more", plural(line.notes, "open note")));
    if (line.edits) status.append(make("div", "more", plural(line.edits, "edit") + " by hand"));
    status.append(make("div", "more", line.fate));
    const files = make("td");
    if (line.take) files.append(link(line.take, "take"));
    if (line.film) files.append(document.createTextNode(" "), link(line.film, "film"));
    made.append(picture(line), name, make("td", "", line.character), said(line), strip, findings(line), status,
      make("td", "number", line.duration_s ? `${line.duration_s.toFixed(2)} s` : ""), files, make("td", "number", line.row ? String(line.row) : ""));
    return made;
  }

  const columns = [
    ["", null], ["Line", (l) => l.line.toLowerCase()], ["Character", (l) => l.character.toLowerCase()], ["Says", (l) => l.text.toLowerCase()],
    ["Jaw, lips, wave", (l) => Math.max(0, ...l.jaw)], ["Findings", (l) => l.score], ["Status", (l) => data.statuses.indexOf(l.status)],
    ["Length", (l) => l.duration_s], ["Open", null], ["Row", (l) => l.row],
  ];
  const order = { column: 5, down: true };
  const rows = new Map(data.lines.map((line) => [line, row(line)]));

  const shows = {
    "All lines": () => true,
    "With errors": (l) => l.errors > 0 || !!l.error,
    "With findings": (l) => l.errors + l.warnings > 0 || !!l.error,
    "With conflicts": (l) => l.conflicts.length > 0,
    "With open notes": (l) => l.notes > 0,
    "Failed": (l) => !!l.error,
    "Nothing found": (l) => !l.error && l.errors + l.warnings + l.conflicts.length === 0,
  };

  function fill(select, all, names) {
    const first = make("option", "", all);
    first.value = "";
    select.append(first);
    for (const name of names) { const option = make("option", "", name); option.value = name; select.append(option); }
    select.addEventListener("change", arrange);
  }

  function arrange() {
    const words = at("search").value.trim().toLowerCase();
    const fits = data.lines.filter((l) =>
      (!at("character").value || l.character === at("character").value)
      && (!at("status").value || (!l.error && l.status === at("status").value))
      && (shows[at("show").value] || shows["All lines"])(l)
      && (!words || [l.line, l.character, l.text, ...Object.values(l.columns)].join("\n").toLowerCase().includes(words)));
    const value = columns[order.column][1], way = order.down ? -1 : 1;
    fits.sort((a, b) => { const x = value(a), y = value(b); return (x < y ? -1 : x > y ? 1 : 0) * way || a.row - b.row; });
    at("rows").replaceChildren(...fits.map((line) => rows.get(line)));
    at("none").hidden = fits.length > 0;
    at("shown").textContent = `${fits.length} of ${plural(data.lines.length, "line")}`;
    [...at("head").children].forEach((cell, i) => {
      if (i === order.column) cell.setAttribute("aria-sort", order.down ? "descending" : "ascending"); else cell.removeAttribute("aria-sort");
    });
  }

  columns.forEach(([title, value], i) => {
    const cell = make("th");
    if (value) {
      const button = make("button", "", title);
      button.type = "button";
      button.addEventListener("click", () => { order.down = order.column === i ? !order.down : i === 5; order.column = i; arrange(); });
      cell.append(button);
    } else if (title) { const button = make("button", "", title); button.disabled = true; cell.append(button); }
    at("head").append(cell);
  });
  const counts = data.counts;
  document.title = at("title").textContent = data.table;
  const total = data.lines.reduce((sum, line) => sum + line.duration_s, 0);
  const facts = [`${counts.made} made`, `${counts.kept} kept`, `${counts.failed} failed`, `${total.toFixed(1)} s of speech`,
    `${data.took_s.toFixed(1)} s to make`, ...Object.entries(counts.statuses).map(([name, n]) => `${n} ${name}`), `VisemeSync Preview ${data.version}`];
  at("facts").textContent = facts.join(" · ");
  const legend = make("span", "legend");
  for (const [kind, words] of [["of-jaw", "jaw"], ["of-lips", "lips"], ["of-wave", "wave"]]) legend.append(make("i", kind), words);
  at("filters").append(legend);
  const names = (of) => [...new Set(data.lines.map(of).filter(Boolean))].sort();
  fill(at("character"), "All characters", names((l) => l.character));
  fill(at("status"), "Every status", data.statuses);
  fill(at("show"), "All lines", Object.keys(shows).slice(1));
  at("search").addEventListener("input", arrange);
  arrange();
})();
