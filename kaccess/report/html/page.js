// The page: everything in its place, and what happens when something changes.

const MORE_THAN_VIEW = LEVELS.indexOf('secrets');
let seen = { rows: [], columns: [] };

const grid = new Grid(byId('frame'), byId('grid'), showChain);

function update() {
  seen = filtered();
  grid.title = FILTER.view === 'groups' ? 'Kubernetes group' : 'Principal';
  grid.show(seen.rows, seen.columns);
  byId('nothing').hidden = seen.rows.length > 0;
  showLevels(seen.counts, update);
  const all = rowsOf(FILTER.view).length;
  const word = FILTER.view === 'groups' ? 'group' : 'principal';
  const some = seen.rows.length === all ? counted(all, word) : `${seen.rows.length.toLocaleString('en')} of ${counted(all, word)}`;
  const namespaces = seen.columns.filter((column) => column.namespace).length;
  byId('shown').textContent = `${some}, ${counted(namespaces, 'namespace')}`;
}

function showAbout() {
  const time = new Date(DATA.takenAt);
  const when = make('time', { datetime: DATA.takenAt }, `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`);
  const clusters = DATA.clusters.map((each) => make('span', { class: 'chip', title: `${each.name}, authenticationMode ${each.mode}` }, named(each.alias), ` ${each.account} ${each.region}`));
  byId('about').append('As of ', when, ' ', ...clusters);
  document.title = `Access audit: ${DATA.clusters.map((each) => each.alias).join(', ')}`;
}

function tile(number, words, details = '') {
  return make('div', { class: 'tile' }, make('b', {}, number.toLocaleString('en')), make('span', {}, words), details);
}

function showSummary() {
  const rows = rowsOf('principals');
  const dangerous = rows.filter((row) => row.highest >= MORE_THAN_VIEW);
  const admins = rows.filter((row) => LEVELS[row.highest] === 'admin').length;
  byId('summary').append(
    tile(rows.length, 'principals with a way in', make('small', {}, `in ${counted(DATA.clusters.length, 'cluster')}`)),
    tile(dangerous.length, 'read secrets, or more', make('small', {}, `in some namespace`)),
    tile(admins, 'can give themselves more', make('small', {}, 'level admin')),
    tile(FINDINGS.length, 'findings', severityBar()),
    tile(SUPPRESSED.length, 'accepted by the policy', make('small', {}, 'with a reason')));
}

function severityBar() {
  const counts = DATA.severities.map((_, severity) => FINDINGS.filter((each) => each.kind.severity === severity).length);
  const parts = DATA.severities.map((name, severity) => [name, counts[severity]]).reverse().filter(([, count]) => count);
  return make('span', { class: 'severities' }, parts.map(([name, count]) => make('span', { class: 'severity', 'data-severity': name }, `${count} ${name}`)));
}

function showSections(unknown) {
  const all = [['access', 'Access', null], ['findings', 'Findings', FINDINGS.length], ['accepted', 'Accepted', SUPPRESSED.length], ['unknown', 'Not seen', unknown]];
  byId('accepted').hidden = !SUPPRESSED.length;
  byId('sections').append(...all.filter(([id]) => !byId(id).hidden).map(([id, word, count]) => (
    make('a', { href: `#${id}` }, word, count === null ? '' : make('span', { class: 'badge' }, count.toLocaleString('en')))
  )));
}

function showTheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (document.documentElement.dataset.theme || (dark.matches ? 'dark' : 'light')) === 'dark';
  const say = () => { byId('theme').textContent = isDark() ? 'Light' : 'Dark'; byId('theme').setAttribute('aria-label', `Switch to ${isDark() ? 'light' : 'dark'} colours`); };
  byId('theme').addEventListener('click', () => { document.documentElement.dataset.theme = isDark() ? 'light' : 'dark'; say(); });
  dark.addEventListener('change', say);
  say();
}

function showUnread() {
  byId('unread').append(...DATA.unread.map(([alias, reason]) => make('p', { class: 'notice bad', role: 'alert' }, 'Cluster ', named(alias), ' could not be read, and is not in this report: ', make('bdi', {}, reason))));
}

showTheme();
showAbout();
showUnread();
showSummary();
showControls(update);
update();
showFindings(byId('finding-list'), FINDINGS, 'Nothing was found.');
showFindings(byId('accepted-list'), SUPPRESSED, 'Nothing is suppressed.');
byId('found').textContent = FINDINGS.length ? `${counted(FINDINGS.length, 'finding')}, the worst first` : '';
showSections(showUnknown());

byId('panel').addEventListener('close', () => grid.focus());
byId('panel').addEventListener('click', (event) => { if (event.target === byId('panel')) byId('panel').close(); });
window.addEventListener('beforeprint', () => beforePrint(seen.rows, seen.columns));
window.addEventListener('afterprint', afterPrint);
setTimeout(() => setsWith(''), 100);  // so that the first keystroke of a search is as quick as the next
