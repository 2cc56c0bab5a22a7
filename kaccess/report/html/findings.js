// Findings, the worst first: what a kind of them means and how to fix it once, then each place where it is.

const PLACES_AT_ONCE = 25;

function byKind(findings) {
  const found = new Map();
  for (const each of findings) {
    if (!found.has(each.kind)) found.set(each.kind, []);
    found.get(each.kind).push(each);
  }
  return [...found.entries()].sort(([one], [other]) => other.severity - one.severity || compare(one.id, other.id));
}

function severityBadge(severity) {
  return make('span', { class: 'severity', 'data-severity': DATA.severities[severity] }, DATA.severities[severity]);
}

function kindCard([kind, findings]) {
  const list = inParts(make('ul', { class: 'places' }), findings, placeItem, PLACES_AT_ONCE);
  return make('details', { class: 'finding', 'data-severity': DATA.severities[kind.severity] },
    make('summary', {}, severityBadge(kind.severity), make('span', { class: 'title' }, prose(kind.title)), make('code', {}, kind.id), make('span', { class: 'count' }, counted(findings.length, 'place'))),
    make('dl', {},
      make('dt', {}, 'Why it matters'), make('dd', {}, prose(kind.why)),
      make('dt', {}, 'How to fix it'), make('dd', {}, prose(kind.fix)),
      kind.reference ? [make('dt', {}, 'Read more'), make('dd', {}, make('a', { href: kind.reference, rel: 'noreferrer noopener' }, kind.reference))] : ''),
    list);
}

function placeItem(finding) {
  const row = finding.principal && BY_PRINCIPAL().get(finding.principal);
  const open = row ? make('button', { type: 'button', class: 'link', onclick: () => showChain(row, null) }, 'show access') : '';
  return make('li', {},
    make('p', { class: 'where' }, named(finding.cluster, 'chip'), named(finding.where), finding.place ? make('span', { class: 'place' }, named(finding.place)) : '', open),
    make('p', {}, make('bdi', {}, finding.what)),
    finding.detail.length ? make('ul', { class: 'detail' }, finding.detail.map((each) => make('li', {}, named(each)))) : '',
    finding.by ? make('p', { class: 'aside' }, suppressionWords(finding.by)) : '');
}

function suppressionWords({ reason, until, place }) {
  const day = until.slice(0, 10);
  const isOver = until && new Date(until) <= new Date(DATA.takenAt);
  const ends = until ? (isOver ? `, which ended on ${day}: it counts again` : `, until ${day}`) : '';
  return [isOver ? 'was accepted: ' : 'accepted: ', make('bdi', {}, reason), place ? [' (', named(place), ')'] : '', ends];
}

function showFindings(container, findings, empty) {
  const kinds = byKind(findings);
  if (!kinds.length) container.append(make('p', { class: 'empty' }, empty));
  container.append(...kinds.map(kindCard));
  const worst = container.querySelector('details');
  if (worst && kinds[0][0].severity >= DATA.severities.indexOf('high')) worst.open = true;
}

function showUnknown() {
  const items = DATA.clusters.flatMap((cluster) => cluster.unknown.map(([who, reason]) => [cluster.alias, who, reason]));
  const list = make('ul', { class: 'places flat' });
  if (items.length) byId('unknown-list').append(...inParts(list, items, unknownItem, PLACES_AT_ONCE));
  else byId('unknown-list').append(make('p', { class: 'empty' }, 'Nothing: everything that could be asked was answered.'));
  return items.length;
}

function unknownItem([alias, who, reason]) {
  return make('li', {},
    make('p', { class: 'where' }, levelPill('unknown'), named(alias, 'chip'), named(who)),
    make('p', {}, make('bdi', {}, reason)));
}
