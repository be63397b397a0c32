// The routes that list the changes of the profile, show a change, and undo it.

import type { Kernel } from '../../../core/contract/kernel.ts';
import type { Log } from '../../../core/contract/plugin.ts';
import type { DaemonView } from '../../../core/contract/status.ts';
import { refuse } from './answer.ts';
import type { ChangeDetail, ChangeLine } from './api/profile.ts';
import type { Change, Changes } from './changes.ts';
import { applied, checkedFor, cutCounter, nameOf, objectionTo, planFor, revisionIn } from './profile-routes.ts';
import type { Route } from './routes.ts';

export interface ChangeContext {
  readonly kernel: Kernel;
  readonly daemon: DaemonView;
  readonly changes: Changes;
  readonly log: Log;
  lastChange(): Promise<string>;
}

export function changeRoutes({ kernel, daemon, changes, log, lastChange }: ChangeContext): Route[] {
  const line = ({ id, at, by, ok, summary, took, before }: Change): ChangeLine => ({
    ...{ id, at, by, ok, summary, took },
    undo: ok && before !== undefined && Object.keys(before).length > 0,
    files: Object.keys(before ?? {}).map((path) => nameOf(path, kernel.profile)),
  });
  const find = (id = ''): Change => {
    const change = changes.get(id);
    if (!change) throw refuse('not-found', 'This change is no longer stored.');
    return change;
  };
  const detail = async (change: Change): Promise<ChangeDetail> => {
    const { before = {}, after = {}, plan, problems } = change;
    const [old, next] = await Promise.all(
      [before, after].map((texts) => kernel.conceal(new Map(Object.entries(texts)))),
    );
    return {
      ...line(change),
      problems,
      ...(plan ? { plan: planFor(plan, () => 0) } : {}),
      texts: Object.keys(after).map((path) => ({
        name: nameOf(path, kernel.profile),
        before: old?.get(path) ?? '',
        after: next?.get(path) ?? '',
      })),
    };
  };
  return [
    { method: 'GET', path: '/api/changes', role: 'edit', handle: () => changes.list().map(line) },
    { method: 'GET', path: '/api/changes/{id}', role: 'edit', handle: ({ params }) => detail(find(params.id)) },
    {
      method: 'POST',
      path: '/api/changes/{id}/undo',
      role: 'edit',
      async handle({ request, params, person, body }) {
        const { preview } = await body();
        const { before, id, ok } = find(params.id);
        if (!before || !ok || Object.keys(before).length === 0)
          throw refuse('impossible', 'This change cannot be undone, because the texts before it are not stored.');
        const texts = new Map(Object.entries(before));
        const allow = objectionTo(person, kernel);
        if (preview === true) return checkedFor(await kernel.checkKept(texts), daemon, allow);
        const cut = cutCounter(daemon);
        const by = `${person.by}, undoing ${id}`;
        const result = await kernel.applyKept(texts, { revision: revisionIn(request), by, allow });
        return applied(result, { kernel, log, by, cut, change: lastChange });
      },
    },
  ];
}
