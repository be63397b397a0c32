// Checks that systemd responds and has the unit. Nothing is stopped or started.

import { isFault, type Observation } from '../../../core/contract/plugin.ts';
import type { ServiceSystemdOptions } from '../../../schemas/service/systemd.ts';
import { createSystemctl } from './systemctl.ts';
import { unitName } from './unit.ts';

export async function* examineUnit({ unit, scope, timeout }: ServiceSystemdOptions): AsyncGenerator<Observation> {
  const name = unitName(unit);
  if (name === undefined) return;
  const systemctl = scope === 'user' ? 'systemctl --user' : 'systemctl';
  try {
    const { load, active } = await createSystemctl(scope).show(name, timeout);
    if (load === 'loaded') {
      yield { is: 'fine', code: 'unit', option: 'unit', message: `${name} is known to systemd and ${active}.` };
      return;
    }
    const [message, fix] =
      load === 'masked'
        ? [`${name} is masked, so it cannot be started again.`, `sudo ${systemctl} unmask ${name}`]
        : [`systemd has no unit ${name} (${load}).`, `${systemctl} list-unit-files --type=service`];
    yield { is: 'wrong', code: `unit-${load}`, option: 'unit', message, fix };
  } catch (cause) {
    if (!isFault(cause)) throw cause;
    yield {
      is: 'wrong',
      code: cause.code,
      option: 'unit',
      message: cause.message,
      fix: `${systemctl} status ${name}`,
    };
  }
}
