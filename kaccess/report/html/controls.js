// What is to be seen of the matrix: whose rows, which columns, at which levels.

const VIEWS = { principals: principalRows, groups: groupRows };
const MADE = new Map();

function rowsOf(view) {
  if (!MADE.has(view)) {
    const rows = VIEWS[view]();
    if (view === 'groups') for (const row of rows) row.about = counted(row.members.size, 'principal');
    MADE.set(view, rows.sort((one, other) => compare(one.principal.name.toLowerCase(), other.principal.name.toLowerCase())));
  }
  return MADE.get(view);
}

let principalIndex;
function BY_PRINCIPAL() {
  principalIndex ||= new Map(rowsOf('principals').map((row) => [row.principal.text, row]));
  return principalIndex;
}

const FILTER = { view: 'principals', search: '', namespace: '', cluster: '', sort: 'level', empty: false, levels: new Set() };

// The rows and columns that pass the filter, and how many rows there are of each level.
function filtered() {
  const words = FILTER.search.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = chosenColumns();
  const rows = words.reduce(withWord, rowsOf(FILTER.view));
  const levels = levelsIn(rows, wanted);
  const narrowed = FILTER.namespace || FILTER.cluster;
  const counts = LEVELS.map(() => 0);
  const passing = rows.filter((_, number) => {
    const level = levels[number];
    if (narrowed && !level) return false;
    counts[level] += 1;
    return !FILTER.levels.size || FILTER.levels.has(level);
  });
  if (FILTER.sort === 'level') passing.sort((one, other) => other.weight - one.weight);
  return { rows: passing, columns: usedColumns(passing, wanted), counts };
}

function withWord(rows, word) {
  const sets = setsWith(word);
  return rows.filter((row) => row.has(word, sets));
}

function chosenColumns() {
  const part = FILTER.namespace.trim().toLowerCase();
  return COLUMNS.filter((column) => {
    if (FILTER.cluster !== '' && column.cluster !== Number(FILTER.cluster)) return false;
    return !part || column.namespace === EVERYWHERE || column.text.includes(part);
  });
}

// The highest level of each row in these columns.
function levelsIn(rows, columns) {
  if (columns.length === COLUMNS.length) return rows.map((row) => row.highest);
  const wanted = new Set(columns.map((column) => column.number));
  return rows.map((row) => {
    let highest = 0;
    for (const [column, level] of row.direct) if (level > highest && wanted.has(column)) highest = level;
    return highest;
  });
}

// Without those in which none of the rows has anything of its own, unless they are asked for.
function usedColumns(rows, columns) {
  if (FILTER.empty) return columns;
  const used = new Set();
  for (const row of rows) for (const column of row.direct.keys()) used.add(column);
  const found = columns.filter((column) => used.has(column.number));
  return found.length ? found : columns.filter((column) => column.namespace === EVERYWHERE);
}

function field(label, input) {
  return make('label', { class: 'field' }, make('span', {}, label), input);
}

function choice(label, key, options, changed) {
  const select = make('select', { onchange: () => { FILTER[key] = select.value; changed(); } }, options.map(([value, text]) => make('option', { value }, text)));
  return field(label, select);
}

function typed(label, key, placeholder, changed) {
  const input = make('input', { type: 'search', placeholder, autocomplete: 'off', spellcheck: 'false', id: `filter-${key}`, oninput: () => { FILTER[key] = input.value; changed(); } });
  return field(label, input);
}

function viewChoice(changed) {
  const choose = (view) => make('label', {}, make('input', { type: 'radio', name: 'view', value: view, checked: FILTER.view === view, onchange: () => { FILTER.view = view; changed(); } }), make('span', {}, view[0].toUpperCase() + view.slice(1)));
  return make('fieldset', { class: 'switch' }, make('legend', {}, 'Rows'), Object.keys(VIEWS).map(choose));
}

function showControls(changed) {
  const clusters = DATA.clusters.map((cluster, number) => [number, cluster.alias]);
  const empty = make('input', { type: 'checkbox', id: 'filter-empty', onchange: () => { FILTER.empty = empty.checked; changed(); } });
  byId('controls').append(
    typed('Search', 'search', 'name, group or role', changed),
    typed('Namespace', 'namespace', 'part of a name', changed),
    clusters.length > 1 ? choice('Cluster', 'cluster', [['', 'all'], ...clusters], changed) : '',
    choice('Order', 'sort', [['level', 'highest level'], ['name', 'name']], changed),
    viewChoice(changed),
    make('label', { class: 'check' }, empty, make('span', {}, 'Empty namespaces too')));
}

// The legend, which is a filter too.
function showLevels(counts, changed) {
  const buttons = WORST_FIRST.filter((level) => counts[level] || FILTER.levels.has(level)).map((level) => make('button', {
    type: 'button', class: 'level', 'aria-label': `${LEVELS[level]}: ${counted(counts[level], 'row')}`, 'aria-pressed': String(FILTER.levels.has(level)), 'data-of': LEVELS[level],
    onclick: () => { if (!FILTER.levels.delete(level)) FILTER.levels.add(level); changed(); byId('levels').querySelector(`[data-of="${LEVELS[level]}"]`)?.focus(); },
  }, levelPill(LEVELS[level]), make('span', { class: 'letter', 'aria-hidden': 'true' }, letterOf(LEVELS[level])), make('b', {}, counts[level].toLocaleString('en'))));
  byId('levels').replaceChildren(make('span', { class: 'label' }, 'Highest level'), ...buttons);
}
