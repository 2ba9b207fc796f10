"""The style of the HTML report: two palettes by the reader's setting, one column that fits a phone."""

STYLE = """\
:root {
  --page: #fdfdfc; --card: #fff; --ink: #1c1e21; --soft: #5b6167; --line: #d9dce0; --link: #0b57a4;
  --error: #b3261e; --error-card: #fbe9e7; --warning: #8a5a00; --warning-card: #fdf1d7;
  --unknown: #6b3fa0; --unknown-card: #f0e8f8; --todo: #1b6e3c; --todo-card: #e4f3e8;
  --note: #0b57a4; --note-card: #e6eff8; --held: #1b6e3c; --held-card: #e4f3e8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16181b; --card: #1e2125; --ink: #e8eaed; --soft: #a6adb5; --line: #3a3f45; --link: #8ab8f0;
    --error: #ff9d94; --error-card: #3d1f1d; --warning: #f2c063; --warning-card: #3a2c10;
    --unknown: #cdb0ee; --unknown-card: #2e2340; --todo: #86d6a3; --todo-card: #17311f;
    --note: #8ab8f0; --note-card: #16283c; --held: #86d6a3; --held-card: #17311f;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 62rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.25rem; margin: 0.25rem 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
h3 { font-size: 1rem; margin: 0; font-weight: 600; }
p { margin: 0.4rem 0; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, .wide:focus-visible, pre:focus-visible { outline: 3px solid var(--link);
  outline-offset: 2px; }
small, .place, .id { color: var(--soft); }
.place, .id, code, .target { font-family: ui-monospace, monospace; font-size: 0.875rem; }
header { border-left: 0.4rem solid var(--held); padding: 0.5rem 1rem; background: var(--held-card); }
.verdict { font-size: 1.6rem; font-weight: 700; margin: 0; color: var(--held); }
header.error, article.error { background: var(--error-card); border-color: var(--error); }
header.warning, article.warning { background: var(--warning-card); border-color: var(--warning); }
header.unknown, article.unknown { background: var(--unknown-card); border-color: var(--unknown); }
header.todo, article.todo { background: var(--todo-card); border-color: var(--todo); }
article.note { background: var(--note-card); border-color: var(--note); }
header.error .verdict, td.error { color: var(--error); }
header.warning .verdict, td.warning { color: var(--warning); }
header.unknown .verdict, td.unknown { color: var(--unknown); }
header.todo .verdict { color: var(--todo); }
td.held { color: var(--held); background: var(--held-card); }
td.error { background: var(--error-card); }
td.warning { background: var(--warning-card); }
td.unknown { background: var(--unknown-card); }
article { border-left: 0.25rem solid var(--line); padding: 0.75rem 1rem; margin: 0.75rem 0; }
.target { border: 1px solid var(--line); border-radius: 0.25rem; padding: 0 0.3rem; }
.where { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; }
.first { padding-left: 1.75rem; }
.first a { font-weight: 600; margin-right: 0.4rem; }
.variants { margin: 0.4rem 0; padding-left: 1.25rem; }
.count { color: var(--soft); font-weight: 400; }
pre { margin: 0.4rem 0; padding: 0.5rem 0.75rem; background: var(--card); border: 1px solid var(--line);
  overflow-x: auto; white-space: pre; }
details { margin: 0.4rem 0; }
summary { cursor: pointer; }
ol.chain { list-style: none; padding: 0; margin: 0.5rem 0; }
ol.chain li { position: relative; padding: 0 0 0.6rem 1.5rem; border-left: 2px solid var(--line); margin-left: 0.5rem; }
ol.chain li::before { content: ""; position: absolute; left: -0.4rem; top: 0.45rem; width: 0.65rem; height: 0.65rem;
  border-radius: 50%; background: var(--line); }
ol.chain li:last-child { border-color: transparent; padding-bottom: 0; }
ol.chain li:last-child::before { background: currentColor; }
ul.sources, ul.stack, ol.notes { padding-left: 1.25rem; margin: 0.4rem 0; }
ul.stack { columns: 18rem; }
.wide { overflow-x: auto; margin-inline: calc(50% - min(50vw, 41rem) + 1rem); }
.wide table { margin-inline: auto; }
table { border-collapse: separate; border-spacing: 2px; font-size: 0.9375rem; }
th { text-align: left; font-weight: 600; padding: 0.3rem 0.4rem; overflow-wrap: normal; }
td { text-align: center; padding: 0.3rem 0.4rem; min-width: 2.5rem; overflow-wrap: normal; }
td span { white-space: nowrap; }
thead th { text-align: center; }
tbody th { position: sticky; left: 0; background: var(--page); max-width: min(50vw, 24rem);
  overflow-wrap: break-word; min-width: 4.5rem; }
dl.words { display: flex; flex-wrap: wrap; gap: 0.2rem 1.25rem; margin: 0.75rem 0; }
dl.words dt, dl.words dd { display: inline; margin: 0; }
dl.words dt { font-weight: 600; margin-right: 0.4rem; }
dl.words dd { color: var(--soft); }
ol.notes li:target { background: var(--note-card); outline: 2px solid var(--note); }
@media (max-width: 50rem) {
  table, tbody { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 2px; margin: 0 0 1rem; }
  tbody th { grid-column: 1 / -1; position: static; max-width: none; padding-left: 0; }
  td { display: flex; justify-content: space-between; gap: 0.5rem; text-align: right; }
  td::before { content: attr(data-column); color: var(--soft); margin-right: auto; }
}
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.25rem; background: var(--card); padding: 0.25rem 0.5rem; }
footer { margin-top: 2rem; color: var(--soft); }
"""
