"""What the pages of `matrix site` have beside the style of a report, and the script of the list's search."""

SITE_STYLE = """\
header { border-color: var(--line); background: var(--card); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; padding: 0; margin: 0.4rem 0 0; }
td a { color: inherit; display: block; padding: 0.1rem 0.2rem; min-width: 1.5rem; }
#list th, #list td { padding-inline: 0.15rem; }
.days { font-weight: 400; white-space: nowrap; display: block; }
.panel { display: none; }
.panel:target { display: block; position: fixed; inset: auto 0 0 0; margin: 0 auto; max-width: 62rem; max-height: 65vh;
  overflow: auto; border: 1px solid var(--line); border-top: 0.3rem solid var(--held); background: var(--page);
  z-index: 2; }
.panel.error { border-top-color: var(--error); }
.panel.warning { border-top-color: var(--warning); }
.panel.unknown { border-top-color: var(--unknown); }
.fact { border-color: var(--line); background: var(--card); }
.fact:target { border-color: var(--link); outline: 2px solid var(--link); }
.details { color: var(--soft); }
ul.ranges { list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 0; padding: 0; }
ul.ranges .held a { color: var(--held); }
ul.ranges .error a { color: var(--error); }
ul.ranges .warning a { color: var(--warning); }
ul.ranges .unknown a { color: var(--unknown); }
ul.ranges a { display: inline; padding: 0; }
table.ranges td { text-align: left; }
@media (max-width: 50rem) {
  table.ranges tbody tr { display: block; }
  table.ranges td::before { content: none; }
}
input { font: inherit; padding: 0.4rem 0.6rem; width: min(100%, 24rem); color: var(--ink); background: var(--card);
  border: 1px solid var(--soft); border-radius: 0.25rem; }
#more { columns: 14rem; }
[hidden] { display: none !important; }
@media print { .panel { display: block; } }
"""
SCRIPT = """\
const place = document.getElementById("search"), input = document.createElement("input"),
  label = document.createElement("label"), count = document.createElement("span"),
  rows = [...document.querySelectorAll("[data-names]")];
input.type = "search"; input.id = "words"; label.htmlFor = "words"; label.textContent = "Search products: ";
count.setAttribute("role", "status");
place.append(label, input, " ", count);
input.addEventListener("input", () => {
  const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    row.hidden = !words.every(word => row.dataset.names.includes(word));
    shown += !row.hidden;
  }
  count.textContent = words.length ? `${shown} of ${rows.length}` : "";
});
"""
"""Hides what does not match; without it the whole list is there."""
