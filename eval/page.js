"use strict";
(function () {
  // rows: [id, function, class, right, before, prompt, expected, got, before's text, notes]
  const data = JSON.parse(document.getElementById("rows").textContent);
  const names = data.names, rows = data.rows, list = document.getElementById("list");
  const count = document.getElementById("count"), more = document.getElementById("more");
  const text = document.getElementById("f-text"), state = document.getElementById("f-state");
  const kind = document.getElementById("f-class"), func = document.getElementById("f-function");
  const STEP = 40;
  let found = [], shown = 0;
  const search = rows.map(r => [r[0], r[5], r[6], r[7]].join("\n").toLowerCase());

  function element(name, cls, content) {
    const e = document.createElement(name);
    if (cls) e.className = cls;
    if (content !== undefined) e.textContent = content;
    return e;
  }

  // Control characters and marks of direction become visible; control tokens are dimmed.
  const special = /<[a-z_]{3,40}>|[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
  function show(parent, s) {
    let at = 0;
    for (const m of s.matchAll(special)) {
      if (m.index > at) parent.append(s.slice(at, m.index));
      const token = m[0].length > 1;
      const hex = m[0].charCodeAt(0).toString(16).padStart(4, "0");
      parent.append(element("span", token ? "tok" : "ctl", token ? m[0] : "\\u" + hex));
      at = m.index + m[0].length;
    }
    if (at < s.length) parent.append(s.slice(at));
  }

  // What lies between the common beginning and the common end of two texts.
  function difference(a, b) {
    let from = 0, end = 0;
    const n = Math.min(a.length, b.length);
    while (from < n && a[from] === b[from]) from++;
    while (end < n - from && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
    const low = c => c >= "\udc00" && c <= "\udfff";
    while (from > 0 && (low(a[from] || "") || low(b[from] || ""))) from--;
    return [from, end];
  }

  // The stop marker behind an answer is no difference.
  const stop = /(<start_function_response>|<end_of_turn>|<eos>|\s)*$/;
  const plain = s => s.replace(stop, "");

  function marked(s, other) {
    const e = element("span", "text"), body = plain(s);
    if (other === null || body === plain(other)) {
      show(e, s);
      return e;
    }
    const [from, end] = difference(body, plain(other)), m = element("mark");
    show(e, body.slice(0, from));
    show(m, body.slice(from, body.length - end));
    if (m.textContent) e.append(m);
    show(e, body.slice(body.length - end) + s.slice(body.length));
    return e;
  }

  function line(dl, label, s, other) {
    dl.append(element("dt", "", label));
    const dd = element("dd");
    if (s === "") dd.append(element("span", "soft", "(nothing)"));
    else dd.append(marked(s, other));
    dl.append(dd);
  }

  function card(r) {
    const e = element("article", r[3] ? "row right" : "row"), head = element("header");
    head.append(element("b", "", r[0]), element("span", "soft", names[r[1]]));
    head.append(element("span", r[3] ? "good" : "bad", r[3] ? "right" : names[r[2]]));
    if (r[4] >= 0 && r[4] !== r[3])
      head.append(element("span", r[3] ? "good" : "bad", r[3] ? "fixed" : "broken"));
    if (r[9]) head.append(element("span", "soft", r[9]));
    const dl = element("dl");
    line(dl, "said", r[5], null);
    line(dl, "expected", r[6], r[3] ? null : r[7]);
    if (!r[3] || r[6] === "" || r[9].startsWith("never")) line(dl, "got", r[7], r[3] ? null : r[6]);
    if (r[8] !== null && r[8] !== r[7]) line(dl, "before", r[8], r[7]);
    e.append(head, dl);
    return e;
  }

  function extend() {
    const piece = document.createDocumentFragment();
    const end = Math.min(found.length, shown + STEP);
    for (; shown < end; shown++) piece.append(card(rows[found[shown]]));
    list.append(piece);
    more.hidden = shown === found.length;
  }

  const states = {
    all: () => true, failed: r => !r[3], right: r => r[3],
    changed: r => r[4] >= 0 && r[4] !== r[3],
    broken: r => r[4] === 1 && !r[3], fixed: r => r[4] === 0 && r[3],
  };

  function filter() {
    const began = performance.now(), words = text.value.toLowerCase().trim();
    const fits = states[state.value] || states.all;
    const k = kind.value === "" ? -1 : +kind.value, f = func.value === "" ? -1 : +func.value;
    found = [];
    for (let i = 0; i < rows.length; i++) {
      const r = rows[i];
      if (fits(r) && (k < 0 || (!r[3] && r[2] === k)) && (f < 0 || r[1] === f) &&
          (!words || search[i].includes(words))) found.push(i);
    }
    list.textContent = "";
    shown = 0;
    extend();
    count.textContent = found.length + " of " + rows.length + " rows";
    list.dataset.ms = (performance.now() - began).toFixed(1);
  }

  function options(select, column, wanted) {
    const seen = new Map();
    for (const r of rows) if (wanted(r)) seen.set(r[column], (seen.get(r[column]) || 0) + 1);
    for (const [at, n] of [...seen].sort((a, b) => b[1] - a[1])) {
      const o = element("option", "", names[at] + " (" + n + ")");
      o.value = at;
      select.append(o);
    }
  }

  options(kind, 2, r => !r[3]);
  options(func, 1, () => true);
  let timer = 0;
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(filter, 60);
  });
  for (const s of [state, kind, func]) s.addEventListener("change", filter);
  more.addEventListener("click", extend);
  if (rows.some(r => r[4] >= 0 && r[4] !== r[3])) state.value = "changed";
  else if (rows.some(r => !r[3])) state.value = "failed";
  filter();
})();
