// The matrix on paper: a line for each principal of the filter, with its namespaces by level.

const PRINTED = 1500;
const PARTS_PRINTED = 80;
let closedBefore = [];

function printed(row, columns) {
  const byLevel = new Map();
  for (const column of columns) {
    const level = row.direct.get(column.number);
    if (!level) continue;
    if (!byLevel.has(level)) byLevel.set(level, []);
    byLevel.get(level).push(DATA.clusters.length > 1 ? `${column.alias}: ${column.namespace || 'whole cluster'}` : column.namespace || 'whole cluster');
  }
  const levels = [...byLevel.entries()].sort(([one], [other]) => other - one);
  return make('tr', {},
    make('th', { scope: 'row' }, named(row.principal.name), make('small', {}, row.about || row.principal.about)),
    make('td', {}, levels.map(([level, names]) => make('div', { class: 'line' }, levelPill(LEVELS[level]), ' ', make('bdi', {}, names.join(', '))))));
}

function beforePrint(rows, columns) {
  const body = make('tbody', {}, rows.slice(0, PRINTED).map((row) => printed(row, columns)));
  const left = rows.length - PRINTED;
  byId('register').replaceChildren(
    make('table', { class: 'register' }, make('thead', {}, make('tr', {}, make('th', { scope: 'col' }, 'Principal'), make('th', { scope: 'col' }, 'Access'))), body),
    left > 0 ? make('p', { class: 'notice' }, `${counted(left, 'row')} more; filter before printing to have others.`) : '');
  for (const button of document.querySelectorAll('main .more')) {
    for (let part = 0; part < PARTS_PRINTED && !button.hidden; part += 1) button.dispatchEvent(new Event('more'));
  }
  closedBefore = [...document.querySelectorAll('main details:not([open])')];
  for (const each of closedBefore) each.open = true;
}

function afterPrint() {
  byId('register').replaceChildren();
  for (const each of closedBefore) each.open = false;
}
