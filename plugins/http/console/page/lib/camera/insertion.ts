// Shows the difference and the plan for the insertion of a camera, before Apply.

import { html } from 'htm/preact';
import { planText } from '../plan.ts';
import { TextDiff } from '../text-diff.ts';
import { say } from '../words.ts';
import type { Prepared } from './draft.ts';

interface InsertionProps {
  readonly prepared: Prepared;
  readonly busy: boolean;
  readonly onApply: () => void;
}

export function Insertion({ prepared, busy, onApply }: InsertionProps) {
  const { name, before, after, checked } = prepared;
  const refusals = [...checked.fenced, ...checked.problems.filter(({ severity }) => severity === 'error')];
  return html`<${TextDiff} name=${name} before=${before} after=${after} />
    ${checked.plan && html`<p class="plan-text">${planText(checked.plan)}</p>`}
    ${refusals.map(({ message }, index) => html`<p key=${index} class="lost" lang="en">${message}</p>`)}
    <div class="buttons">
      <button type="button" class="main" disabled=${busy || refusals.length > 0} onClick=${onApply}>${say('apply')}</button>
    </div>`;
}
