"""What the page of a fleet has beside the style of a report, and the script that filters and sorts its heat map."""

STYLE = """\
header { border-color: var(--line); background: var(--card); }
.counts { display: flex; flex-wrap: wrap; gap: 0.5rem; list-style: none; padding: 0; margin: 0.5rem 0 0; }
.counts li { border-radius: 0.25rem; padding: 0.15rem 0.6rem; border: 1px solid var(--line); }
.counts .error { background: var(--error-card); color: var(--error); }
.counts .warning { background: var(--warning-card); color: var(--warning); }
.counts .unknown { background: var(--unknown-card); color: var(--unknown); }
.counts .held { background: var(--held-card); color: var(--held); }
#tools { display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; align-items: end; margin: 0.5rem 0; }
#tools label { display: grid; font-size: 0.8125rem; color: var(--soft); }
#tools input, #tools select { font: inherit; font-size: 0.9375rem; padding: 0.3rem 0.4rem; max-width: 11rem;
  height: 2.1rem; box-sizing: border-box; color: var(--ink); background: var(--card); border: 1px solid var(--soft);
  border-radius: 0.25rem; }
.map { position: relative; left: 50%; transform: translateX(-50%); width: fit-content; min-width: min(100%, 20rem);
  max-width: min(100vw - 2rem, 88rem); max-height: 85vh; overflow: auto; border: 1px solid var(--line); }
table.heat { display: table; border-spacing: 1px; font-size: 0.8125rem; margin: 0; }
table.heat thead { display: table-header-group; position: static; width: auto; height: auto; clip-path: none; }
table.heat tbody { display: table-row-group; }
table.heat tr, table.heat tbody tr { display: table-row; }
table.heat th, table.heat td { display: table-cell; padding: 0; }
table.heat td::before { content: none; }
table.heat thead th { position: sticky; top: 0; z-index: 2; background: var(--page); vertical-align: bottom; }
table.heat thead th.corner { left: 0; z-index: 3; padding: 0.3rem; text-align: left; }
table.heat thead a { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 12rem; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; padding: 0.2rem 0; display: inline-block; text-decoration: none; }
table.heat thead .error a { color: var(--error); }
table.heat thead .warning a { color: var(--warning); }
table.heat thead small { display: block; }
table.heat thead button { font: inherit; font-size: 0.75rem; line-height: 1; padding: 0.15rem 0.2rem; border: 0;
  cursor: pointer; background: none; color: var(--soft); }
table.heat thead button[aria-pressed=true] { background: var(--ink); color: var(--page); }
table.heat tbody th { position: sticky; left: 0; z-index: 1; background: var(--page); width: 15rem; min-width: 15rem;
  max-width: 15rem; padding: 0.1rem 0.4rem; font-weight: 400; border-left: 0.3rem solid var(--held); }
table.heat tbody th.error { border-color: var(--error); }
table.heat tbody th.warning { border-color: var(--warning); }
table.heat tbody th.unknown { border-color: var(--unknown); }
table.heat td { width: 1.7rem; min-width: 1.7rem; height: 1.6rem; background: none;
  box-shadow: inset 0 0 0 1px var(--line); font-weight: 700; text-align: center; }
table.heat td.error { background: var(--error); color: var(--page); }
table.heat td.warning { background: var(--warning-card); color: var(--warning);
  box-shadow: inset 0 0 0 2px var(--warning); }
table.heat td.number { min-width: 3rem; font-weight: 400; text-align: right; padding-right: 0.4rem; box-shadow: none; }
table.heat tbody tr:hover th, table.heat tbody tr:hover td.number,
table.heat tr:target th { background: var(--note-card); }
table.heat summary { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
table.heat details { margin: 0; }
.names { max-height: 14rem; overflow: auto; margin: 0.3rem 0; padding-left: 1rem; }
.bar { display: flex; height: 0.8rem; min-width: 8rem; border-radius: 0.2rem; overflow: hidden; }
.bar i { display: block; }
.bar .error { background: var(--error); }
.bar .warning { background: var(--warning); }
.bar .unknown { background: var(--unknown); }
.bar .held { background: var(--held); }
.groups { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 0 2rem; }
table.groups-of { display: table; width: 100%; }
table.groups-of thead { display: table-header-group; position: static; width: auto; height: auto; clip-path: none; }
table.groups-of tbody { display: table-row-group; }
table.groups-of tr, table.groups-of tbody tr { display: table-row; }
table.groups-of th, table.groups-of td { display: table-cell; font-size: 0.875rem;
  padding: 0.15rem 0.3rem; min-width: 0; }
table.groups-of td::before { content: none; }
table.groups-of td { background: none; text-align: right; }
table.groups-of td.shares { width: 40%; }
article:target { outline: 2px solid var(--link); }
[hidden] { display: none !important; }
@media (max-width: 50rem) {
  .map { max-height: 80vh; }
  table.heat tbody th { width: 8.5rem; min-width: 8.5rem; max-width: 8.5rem; }
  table.heat td.number { min-width: 2.6rem; }
}
@media print { .map { max-height: none; overflow: visible; } }
"""
SCRIPT = """\
const table = document.getElementById("heat"), tools = document.getElementById("tools");
if (table && tools) {
  const body = table.tBodies[0], rows = [...body.rows], shown = document.createElement("span"),
    chosen = {}, labels = JSON.parse(tools.dataset.labels);
  let words = [], first = null, order = "gravest";
  const field = (text, input) => {
    const label = document.createElement("label");
    label.append(text, input);
    tools.append(label);
    return input;
  };
  const pick = (text, values, then) => {
    const select = field(text, document.createElement("select"));
    for (const [value, title] of values) select.add(new Option(title, value));
    select.addEventListener("change", () => { then(select.value); show(); });
  };
  const search = field("Find", document.createElement("input"));
  search.type = "search";
  search.placeholder = "machine or cause";
  search.addEventListener("input", () => { words = search.value.toLowerCase().split(/\\s+/).filter(Boolean); show(); });
  for (const [label, values] of Object.entries(labels))
    pick(label, [["", "all"], ...values.map((value, at) => [String(at), value || "none"])],
      value => { chosen[label] = value; });
  pick("Sort", [["gravest", "gravest first"], ["most", "most machines"], ["name", "by name"]],
    value => { order = value; });
  shown.setAttribute("role", "status");
  tools.append(shown);
  const data = new Map(rows.map((row, at) => [row, {at, size: Number(row.dataset.size), name: row.dataset.name,
    text: row.dataset.text, groups: JSON.parse(row.dataset.groups)}]));
  const counted = row => {
    const {size, groups} = data.get(row);
    const asked = Object.entries(chosen).filter(([, value]) => value !== "");
    if (!asked.length) return size;
    let count = 0;
    for (const [combination, number] of groups)
      if (asked.every(([label, value]) => combination[Object.keys(labels).indexOf(label)] === Number(value)))
        count += number;
    return count;
  };
  const show = () => {
    let machines = 0, seen = 0;
    for (const row of rows) {
      const count = words.every(word => data.get(row).text.includes(word)) ? counted(row) : 0;
      row.hidden = !count;
      row.querySelector("td.number").textContent = count.toLocaleString("en");
      data.get(row).count = count;
      machines += count;
      seen += !row.hidden;
    }
    const has = row => first !== null && row.cells[first].className ? 0 : 1;
    const by = {
      gravest: (a, b) => data.get(a).at - data.get(b).at,
      most: (a, b) => data.get(b).count - data.get(a).count || data.get(a).at - data.get(b).at,
      name: (a, b) => data.get(a).name < data.get(b).name ? -1 : 1,
    }[order];
    body.append(...[...rows].sort((a, b) => has(a) - has(b) || by(a, b)));
    shown.textContent = `${machines.toLocaleString("en")} shown, in ${seen.toLocaleString("en")} rows`;
  };
  for (const head of table.tHead.querySelectorAll("th[data-cause]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "\\u2191";
    button.title = `Rows with ${head.dataset.cause} first`;
    button.setAttribute("aria-label", button.title);
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      const own = first === head.cellIndex;
      first = own ? null : head.cellIndex;
      for (const other of table.tHead.querySelectorAll("button"))
        other.setAttribute("aria-pressed", String(!own && other === button));
      show();
    });
    head.append(button);
  }
  show();
}
"""
"""Filters by word and label and sorts; without it every row is there, the gravest first."""
