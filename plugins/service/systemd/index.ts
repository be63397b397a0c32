// service/systemd: a unit that is stopped while a camera is in use and started again afterwards.

import { defineNode, misuse } from '../../../core/contract/plugin.ts';
import type { ServiceSystemdOptions } from '../../../schemas/service/systemd.ts';
import { examineUnit } from './examine.ts';
import { polkitRule } from './polkit.ts';
import { createStopRecord } from './record.ts';
import { createSuspension } from './suspension.ts';
import { createSystemctl } from './systemctl.ts';
import { unitName } from './unit.ts';

/** A user's name as useradd allows it. */
const USER = /^[a-z_][a-z0-9_-]{0,31}$/;

export default defineNode<ServiceSystemdOptions>({
  check({ unit }) {
    if (unitName(unit) !== undefined) return [];
    const message = `unit: "${unit}" is not the name of a unit, such as mjpg-streamer.service.`;
    return [{ option: 'unit', code: 'wrong-value', message }];
  },
  examine: examineUnit,
  async start(node) {
    const { options } = node;
    const unit = unitName(options.unit);
    if (unit === undefined) throw misuse('bad-unit', `${options.unit} is not the name of a unit.`);
    const suspension = createSuspension({
      unit,
      systemctl: createSystemctl(options.scope),
      record: createStopRecord(node.stateFolder, unit),
      clock: node.clock,
      timeout: options.timeout,
      settle: options.settle,
      linger: options.linger,
      onTrouble: (why) => (why === undefined ? node.healthy() : node.degraded(why)),
    });
    node.defer(() => suspension.end());
    // A missing unit or systemd is reported at the start, not with the first picture.
    node.task(async (signal) => {
      try {
        await suspension.recover(signal);
      } catch (cause) {
        node.degraded(cause instanceof Error ? cause.message : String(cause));
      }
    });
    return {
      service: {
        unit,
        async suspend(signal) {
          node.metrics.count('suspensions_total');
          return suspension.suspend(signal);
        },
      },
    };
  },
  commands: {
    polkit: {
      summary: 'Print the polkit rules that allow a user to stop and start exactly the units of the profile',
      usage: 'polkit [USER]',
      each: true,
      async run({ unit }, [user = 'camd']) {
        const name = unitName(unit);
        if (name === undefined) throw misuse('bad-unit', `${unit} is not the name of a unit.`);
        if (!USER.test(user)) throw misuse('bad-user', `"${user}" is not the name of a user.`);
        return polkitRule(name, user);
      },
    },
  },
});
