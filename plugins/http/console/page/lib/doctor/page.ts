// The page Doctor: the results of `camd doctor`, the worst first, with the commands that fix them.

import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import type { Doctor, DoctorCheck } from '../../../api.ts';
import type { Console } from '../start.ts';
import { count, say } from '../words.ts';

export function DoctorPage({ site }: { readonly site: Console }) {
  const [report, setReport] = useState<Doctor>();
  const [busy, setBusy] = useState(false);
  const examine = async (): Promise<void> => {
    setBusy(true);
    await site.attempt(async () => {
      const next = await site.api.post<Doctor>('doctor', {});
      setReport(next);
      site.notify(summary(next));
    });
    setBusy(false);
  };
  useEffect(() => void examine(), []);
  return html`
    <div class="title">
      <h1>${say('nav.doctor')}</h1>
      <div class="buttons">
        <button type="button" disabled=${busy} onClick=${examine}>${say('doctor.again')}</button>
      </div>
    </div>
    ${!report && busy && html`<p class="plain">${say('doctor.running')}</p>`}
    ${report && html`<${Report} report=${report} />`}
  `;
}

const summary = ({ wrong, warnings }: Doctor): string =>
  wrong === 0 && warnings === 0
    ? say('doctor.fine')
    : [wrong > 0 ? count('doctor.wrong', wrong) : '', warnings > 0 ? count('doctor.warnings', warnings) : '']
        .filter((part) => part !== '')
        .join(', ');

function Report({ report }: { readonly report: Doctor }) {
  const { checks, version, user, profile } = report;
  const shown = checks.filter(({ is }) => is !== 'fine');
  const fine = checks.filter(({ is }) => is === 'fine');
  return html`
    <p class="hint">${say('doctor.head', { version, user, profile })}</p>
    <section class="panel" aria-labelledby="findings">
      <h2 id="findings">${summary(report)}</h2>
      ${shown.length > 0 && html`<ul class="checks">${shown.map((check, index) => html`<${Check} key=${index} check=${check} />`)}</ul>`}
    </section>
    ${
      fine.length > 0 &&
      html`<details class="panel">
        <summary>${count('doctor.good', fine.length)}</summary>
        <ul class="checks">${fine.map((check, index) => html`<${Check} key=${index} check=${check} />`)}</ul>
      </details>`
    }
  `;
}

function Check({ check }: { readonly check: DoctorCheck }) {
  const { is, subject, place, option, message, fix } = check;
  const where = [subject, place ?? option].filter((part) => part !== undefined && part !== '').join(' · ');
  return html`<li data-check=${is}>
    <span class="mark" aria-hidden="true">${MARKS[is]}</span>
    <div>
      <p class="hint">${say(`check.${is}`)} · ${where}</p>
      <p class="why" lang="en">${message}</p>
      ${fix !== undefined && html`<p class="fix"><span class="hidden">${say('fix')}: </span><code>${fix}</code></p>`}
    </div>
  </li>`;
}

const MARKS = { wrong: '✕', warning: '!', fine: '✓' } as const;
