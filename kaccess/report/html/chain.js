// The panel that shows by which chains, from IAM to the rules, somebody has what they have.

const WAYS_AT_ONCE = 40;
const MEMBERS_AT_ONCE = 60;
const RULES_AT_ONCE = 30;

function waysOf(row, column) {
  const ways = [];
  for (const part of row.parts) {
    if (column && column.cluster !== part.cluster) continue;
    for (const arrival of part.arrivals) {
      for (const number of DATA.sets[arrival.set]) {
        const reach = REACHES[number];
        if (!column || holdsIn(reach, column)) ways.push({ cluster: part.cluster, arrival, reach });
      }
    }
  }
  return ways.sort((one, other) => other.reach.level - one.reach.level || compare(one.reach.namespace, other.reach.namespace));
}

function compare(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

function holdsIn(reach, column) {
  return reach.namespace === EVERYWHERE || inScope(reach.namespace, column.namespace);
}

// The same chain into several namespaces is shown once, with all of them.
function together(ways) {
  const found = new Map();
  for (const way of ways) {
    const key = [way.cluster, way.arrival.steps.join(), way.reach.role, way.reach.level, way.reach.origin].join('\n');
    if (!found.has(key)) found.set(key, { ...way, namespaces: new Set(), bindings: [] });
    const one = found.get(key);
    one.namespaces.add(way.reach.namespace);
    one.bindings.push(way.reach);
  }
  return [...found.values()];
}

function showChain(row, column) {
  const ways = together(waysOf(row, column));
  const close = make('button', { type: 'button', class: 'quiet close', 'aria-label': 'Close', onclick: () => byId('panel').close() }, '\u00d7');
  const cards = ways.length ? inParts(make('div', { class: 'ways' }), ways, wayCard, WAYS_AT_ONCE) : silence(row, column);
  const body = make('div', { class: 'panel-body' }, unknownNotes(row, column), membersOf(row), cards);
  byId('panel').replaceChildren(panelHead(row, column, close), body);
  byId('panel').showModal();
  close.focus();
}

function panelHead(row, column, close) {
  const { level, inherited } = column ? row.cell(column) : { level: row.highest, inherited: false };
  const where = column ? [named(column.alias), ' / ', column.namespace ? named(column.namespace) : 'whole cluster'] : ['everywhere'];
  return make('header', {},
    make('div', {},
      make('h2', { id: 'panel-title' }, named(row.principal.name)),
      make('p', { class: 'arn' }, named(row.principal.text)),
      make('p', { class: 'where' }, levelPill(LEVELS[level]), make('span', {}, where), inherited ? make('em', {}, 'from the whole cluster') : '')),
    close);
}

function unknownNotes(row, column) {
  const notes = new Set(row.parts.filter((part) => !column || part.cluster === column.cluster).flatMap((part) => part.unknown));
  return [...notes].map((note) => make('p', { class: 'notice' }, levelPill('unknown'), ' ', note));
}

function silence(row, column) {
  const arrivals = row.parts.filter((part) => !column || part.cluster === column.cluster).flatMap((part) => part.arrivals);
  const text = column ? 'Nothing that kaccess can see gives access here.' : 'Nothing that kaccess can see gives access.';
  const chains = arrivals.map((arrival) => make('li', {}, stepList(arrival.steps, [])));
  return make('div', {}, make('p', { class: 'empty' }, text),
    chains.length ? [make('h3', {}, 'Comes in by'), make('ul', { class: 'plain' }, chains)] : '');
}

function membersOf(row) {
  const names = [...row.members.keys()];
  if (!names.length) return '';
  const list = inParts(make('ul', { class: 'members' }), names, (name) => make('li', {}, principalButton(name)), MEMBERS_AT_ONCE);
  const words = counted(names.length, 'principal comes', 'principals come');
  return make('details', { class: 'member-box', open: names.length <= 12 }, make('summary', {}, words, ' into this group'), list);
}

function principalButton(text) {
  const principal = principalOf(text);
  const row = BY_PRINCIPAL().get(text);
  if (!row) return named(principal.name);
  return make('button', { type: 'button', class: 'link', title: text, onclick: () => reopen(row) }, named(principal.name));
}

function reopen(row) {
  const panel = byId('panel');
  if (panel.open) panel.close();
  showChain(row, null);
}

function wayCard(way) {
  const { reach, cluster, arrival } = way;
  const names = [...way.namespaces];
  const shown = names.slice(0, 8).map((name) => (name === EVERYWHERE ? make('span', { class: 'chip' }, 'whole cluster') : named(name, 'chip')));
  const more = names.length > shown.length ? make('span', { class: 'chip' }, `${names.length - shown.length} more`) : '';
  return make('article', { class: 'way' },
    make('p', { class: 'where' }, levelPill(LEVELS[reach.level]), DATA.clusters.length > 1 ? named(DATA.clusters[cluster].alias, 'chip') : '', shown, more),
    stepList(arrival.steps, way.bindings),
    rulesOf(reach));
}

// The chain as a list, each step under the one that leads to it; of many bindings the first is named.
function stepList(steps, reaches) {
  const arriving = steps.map((step) => stepItem(STEPS[step]));
  const reaching = reaches.slice(0, 1).flatMap((reach) => reach.steps.map((step) => stepItem(STEPS[step], reaches)));
  return make('ol', { class: 'chain' }, arriving, reaching);
}

function stepItem(step, reaches = []) {
  const isBinding = step.kind === 'binding' && reaches.length > 0;
  const more = isBinding && reaches.length > 1 ? make('p', { class: 'aside' }, `and ${counted(reaches.length - 1, 'binding')} like it`) : '';
  return make('li', {},
    make('span', { class: 'kind' }, step.kind),
    make('div', {}, named(step.name), isBinding ? ownership(reaches[0]) : '', step.place ? make('p', { class: 'place' }, named(step.place)) : '', more));
}

function ownership(reach) {
  return reach.foreign ? [' ', make('span', { class: 'chip foreign', title: 'not made by kaccess' }, 'foreign')] : '';
}

function rulesOf(reach) {
  if (reach.rules === null) return make('p', { class: 'rules-unknown' }, 'Its rules are known to AWS alone.');
  if (!reach.rules.length) return make('p', { class: 'rules-unknown' }, 'It has no rules.');
  const list = inParts(make('ul', { class: 'rules' }), reach.rules, (rule) => make('li', {}, named(rule)), RULES_AT_ONCE);
  return make('details', { open: reach.rules.length <= 6 }, make('summary', {}, counted(reach.rules.length, 'rule')), list);
}
