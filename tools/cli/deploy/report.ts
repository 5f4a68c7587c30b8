import type { Finding, LifeResult } from './compare.js';
import { isHarm, versionLines, type VersionChange } from './definitions.js';
import { isSafe, verdicts, worse, type Verdict } from './verdict.js';
import { plainWayBack, wayBackAdvice, wayBackLines, wayBackSentence, withoutWayBack } from './way-back.js';

/** All that the command found out. */
export interface DeployReport {
  base: string;
  head: string;
  seed: string;
  /** Whatever makes the answer less certain, in a sentence each. */
  notes: string[];
  lives: LifeResult[];
  /** The versions of processes that BASE and HEAD do not both have, or not alike. */
  versions: VersionChange[];
  pace: { histories: number; seconds: number; perSecond: number };
}

const verdictOf = ({ lives }: Pick<DeployReport, 'lives'>): Verdict =>
  lives.reduce<Verdict>((worst, { verdict }) => worse(worst, verdict), 'the same');

const meaning: Record<Verdict, string> = {
  'the same': 'Safe to deploy: both do the same.',
  'settings only': 'Safe to deploy: only timeouts or retries differ.',
  'view only': 'Safe to deploy: only what readers see differs.',
  new: 'Safe to deploy: runs that are under way go on as they did.',
  'needs a new version': 'Not safe to deploy: orders under way would do something else than they began with.',
  'breaks running orders': 'Not safe to deploy: orders under way would stand still.',
  'replays nowhere': 'Cannot say: a committed history replays on neither build.',
};

/** The answer in one sentence. */
export function conclusion(report: Pick<DeployReport, 'lives' | 'versions'>): string {
  const verdict = verdictOf(report);
  if (!isSafe(verdict) || !report.versions.some(isHarm)) return meaning[verdict];
  return 'Not safe to deploy: a released version of a process is not as it was.';
}

/** The answer for the exit status. */
export const isSafeToDeploy = (report: Pick<DeployReport, 'lives' | 'versions'>): boolean =>
  isSafe(verdictOf(report)) && !report.versions.some(isHarm);

/** How many lives have each verdict, the worst first: `1 needs a new version, 25 the same`. */
function countsOf({ lives }: Pick<DeployReport, 'lives'>): string {
  return verdicts
    .map((verdict) => [lives.filter((life) => life.verdict === verdict).length, verdict] as const)
    .filter(([count]) => count > 0)
    .reverse()
    .map(([count, verdict]) => `${count} ${verdict}`)
    .join(', ');
}

const shownFindings = 3;

/** The report on a terminal. */
export function renderDeployReport(report: DeployReport): string {
  const lines = report.lives.flatMap((life) => [
    lineOf(life),
    ...life.findings.slice(0, shownFindings).flatMap(findingLines),
    ...(life.findings.length > shownFindings ? [`    and ${life.findings.length - shownFindings} more`] : []),
  ]);
  const { histories, seconds, perSecond } = report.pace;
  return `${[
    `BASE is ${report.base}, HEAD is ${report.head}, the seed is ${report.seed}`,
    ...report.notes,
    '',
    ...lines,
    '',
    `${report.lives.length} lives: ${countsOf(report)}`,
    ...(isSafe(verdictOf(report))
      ? []
      : ['Each history shows its first difference: run this again when you have mended it.']),
    ...report.versions.flatMap(versionLines),
    ...wayBackLines(report.lives, report.base),
    `${histories} histories on both builds in ${seconds} s: ${perSecond} a second`,
    conclusion(report),
  ].join('\n')}\n`;
}

function lineOf({ life, verdict, variants, uncounted }: LifeResult): string {
  const left = uncounted > 0 ? `, ${uncounted} that BASE does not replay` : '';
  return `${verdict.padEnd(22)}${life}, ${variants} variants${left}`;
}

function findingLines({ verdict, difference, variant, what, count }: Finding): string[] {
  const { step, kind, recorded, now, advice } = difference;
  const also = count > 1 ? `; ${count} histories show it` : '';
  return [
    `    ${verdict}: ${step === undefined ? kind : `step ${step} (${kind})`}`,
    `      it was:   ${recorded}`,
    `      would be: ${now}`,
    `      shown by ${variant === 'as recorded' ? 'the recorded history' : `${variant}, ${what}`}${also}`,
    `      ${advice}`,
  ];
}

/** The report for `--json`. */
export function plainDeployReport(report: DeployReport): object {
  const verdict = verdictOf(report);
  return {
    verdict,
    isSafe: isSafeToDeploy(report),
    conclusion: conclusion(report),
    rollBack: plainWayBack(report.lives),
    ...report,
  };
}

/** The report for `--markdown`: a comment on a pull request. */
export function markdownOf(report: DeployReport): string {
  const rows = report.lives
    .filter(({ verdict }) => verdict !== 'the same')
    .flatMap(({ life, verdict, findings }) =>
      (findings.length ? findings.slice(0, shownFindings) : [undefined]).map((finding) => {
        const { step = '', recorded = '', now = '' } = finding?.difference ?? {};
        const cells = [life, finding?.verdict ?? verdict, step, recorded, now, finding?.variant ?? ''];
        return `| ${cells.map(cell).join(' | ')} |`;
      }),
    );
  const advice = new Set(
    report.lives.flatMap(({ findings }) =>
      findings.filter(({ verdict }) => !isSafe(verdict)).map(({ difference }) => difference.advice),
    ),
  );
  const stopped = withoutWayBack(report.lives);
  const sections = [
    `## ${conclusion(report)}`,
    `${report.head} against ${report.base}: ${report.lives.length} lives, ${countsOf(report)}. ${report.pace.histories} histories with variants, seed \`${report.seed}\`.`,
    ...report.notes,
    ...(rows.length
      ? [
          ['| life | verdict | step | it was | it would be | shown by |', '|---|---|---|---|---|---|', ...rows].join(
            '\n',
          ),
        ]
      : []),
    ...(advice.size ? [[...advice].map((text) => `- ${text}`).join('\n')] : []),
    ...(report.versions.length
      ? [report.versions.flatMap((each) => versionLines(each).map((line) => `- ${line.trim()}`)).join('\n')]
      : []),
    ...(stopped.length
      ? stopped.map((group) => `**No way back.** ${wayBackSentence(group, report.base)} Lives: ${group.lives.length}.`)
      : ['A roll back is possible: BASE can go on with every life of HEAD.']),
    ...(stopped.length ? [wayBackAdvice(stopped).join(' ')] : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The report for `--junit`: a test for each life. */
export function junitOf(report: DeployReport): string {
  const cases = report.lives.map(({ life, verdict, findings }) => {
    const name = `name="${xml(life)}" classname="safe-to-deploy"`;
    if (isSafe(verdict)) return `    <testcase ${name}><system-out>${xml(verdict)}</system-out></testcase>`;
    const text = findings.flatMap(findingLines).join('\n');
    return `    <testcase ${name}><failure message="${xml(verdict)}">${xml(text)}</failure></testcase>`;
  });
  const { length: tests } = report.lives;
  const failures = report.lives.filter(({ verdict }) => !isSafe(verdict)).length;
  const counts = `tests="${tests}" failures="${failures}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="safe-to-deploy" ${counts} time="${report.pace.seconds}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function xml(text: string): string {
  // XML 1.0 has no control characters, not even escaped.

  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '?').replace(/[&<>"]/g, (char) => entities[char]!);
}
