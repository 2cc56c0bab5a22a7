// The data of the page, with names for its parts. `kaccess.report.audit_html_data` writes it.

const DATA = JSON.parse(byId('data').textContent);
const LEVELS = DATA.levels;
const EVERYWHERE = '';
const WORST_FIRST = LEVELS.map((_, level) => level).reverse();

const STEPS = DATA.steps.map(([kind, name, place]) => ({ kind: DATA.stepKinds[kind], name, place }));
const REACHES = DATA.reaches.map(([steps, namespace, role, rules, level, origin, foreign]) => (
  { steps, namespace, role, rules: rules < 0 ? null : DATA.rules[rules], level, origin, foreign: Boolean(foreign) }
));
const FINDING_KINDS = DATA.findingKinds.map(([id, severity, title, why, fix, reference]) => (
  { id, severity, title, why, fix, reference }
));

function findingOf([kind, cluster, where, what, principal, place, detail, suppression]) {
  const by = suppression && { reason: suppression[0], until: suppression[1], place: suppression[2] };
  return { kind: FINDING_KINDS[kind], cluster: DATA.clusters[cluster].alias, where, what, principal, place, detail, by };
}

const FINDINGS = DATA.findings.map(findingOf);
const SUPPRESSED = DATA.suppressed.map(findingOf);

function arrivalOf([steps, set]) {
  return { steps, set };
}

// Everybody's access in one cluster.
const ACCESS = DATA.access.map(([cluster, principal, arrivals, unknown]) => (
  { cluster, principal, arrivals: arrivals.map(arrivalOf), unknown }
));

// A principal as people read it: its name, and what it is.
function principalOf(text) {
  const arn = /^arn:[^:]*:[^:]*:[^:]*:([^:]*):([^/]+)\/?(.*)$/.exec(text);
  if (arn) return ofIam(text, arn[1], arn[2], arn[3]);
  const [, kind, name] = /^(User|Group|ServiceAccount) (.*)$/s.exec(text) || [text, '', text];
  const words = { User: 'Kubernetes user', Group: 'Kubernetes group', ServiceAccount: 'service account' };
  return { text, name, about: words[kind] || '' };
}

function ofIam(text, account, kind, rest) {
  const cut = rest.lastIndexOf('/');
  const words = { user: 'IAM user', role: 'IAM role', root: 'root' };
  const path = cut > 0 ? `, /${rest.slice(0, cut)}/` : '';
  return { text, name: rest.slice(cut + 1) || kind, about: `${words[kind] || kind} of ${account}${path}` };
}

// What a scope of an access policy says: a name, in which `*` is for any characters.
function inScope(pattern, namespace) {
  return new RegExp(`^${pattern.replace(/[^\w*-]/g, '\\$&').replaceAll('*', '.*')}$`).test(namespace);
}
