// The cameras of one node: fills in each camera's missing options from the node, and reports contradictions.

import type { Finding } from '../../../core/contract/plugin.ts';
import type { SourceV4L2Options } from '../../../schemas/source/v4l2.ts';
import type { CameraSpec } from './open.ts';
import type { WarmUp } from './warm-up.ts';

export interface CameraEntry {
  readonly spec: CameraSpec;
  /** Prefix of its options' names: "" or "cameras.left.". */
  readonly prefix: string;
  readonly warmUp: WarmUp;
  readonly stereo: boolean;
  /** The option that names the services to interrupt; undefined when there is none. */
  readonly interrupts: string | undefined;
}

type Entry = NonNullable<SourceV4L2Options['cameras']>[string];

export function camerasOf(id: string, options: SourceV4L2Options): CameraEntry[] {
  const { device, cameras, camera = id } = options;
  const own = device === undefined ? [] : [entry(camera, { device, stereo: false }, options, '')];
  const others = Object.entries(cameras ?? {}).map(([name, own]) => entry(name, own, options, `cameras.${name}.`));
  return [...own, ...others];
}

function entry(id: string, own: Entry, node: SourceV4L2Options, prefix: string): CameraEntry {
  const width = own.width ?? node.width;
  const height = own.height ?? node.height;
  const fps = own.fps ?? node.fps;
  const nested = prefix !== '' && own.interrupts !== undefined;
  return {
    prefix,
    spec: {
      id,
      device: own.device,
      ...(width === undefined ? {} : { width }),
      ...(height === undefined ? {} : { height }),
      ...(fps === undefined ? {} : { fps }),
      format: own.format ?? node.format,
      adjust: own.adjust ?? node.adjust,
      quality: own.quality ?? node.quality,
      controls: { ...node.controls, ...own.controls },
      reapply: node.reapply,
      timeout: node.timeout,
      max_frame: node.max_frame,
    },
    warmUp: own.warm_up ?? node.warm_up ?? {},
    stereo: own.stereo ?? false,
    interrupts: nested ? `${prefix}interrupts` : node.interrupts === undefined ? undefined : 'interrupts',
  };
}

export function checkOptions(options: SourceV4L2Options, id: string): Finding[] {
  const { device, cameras, camera, mode } = options;
  const entries = camerasOf(id, options);
  if (entries.length === 0) {
    const message =
      'source/v4l2 needs "device", or "cameras" with one device each; "camd devices" lists what is connected.';
    return [{ option: 'device', code: 'missing-option', message }];
  }
  const findings: Finding[] = [];
  if (device === undefined && camera !== undefined) {
    findings.push({
      option: 'camera',
      code: 'wrong-value',
      message: 'camera names the camera of "device"; those of "cameras" have their ids already.',
    });
  }
  if (device !== undefined && Object.hasOwn(cameras ?? {}, camera ?? id)) {
    findings.push({
      option: `cameras.${camera ?? id}`,
      code: 'duplicate-id',
      message: `The camera of "device" has the id "${camera ?? id}" as well; give it another one with "camera".`,
    });
  }
  const devices = new Map<string, string>();
  for (const { spec } of entries) {
    const known = devices.get(String(spec.device));
    if (known !== undefined) {
      findings.push({
        option: `cameras.${spec.id}.device`,
        code: 'claimed-twice',
        message: `The cameras ${known} and ${spec.id} have the same device.`,
      });
    }
    devices.set(String(spec.device), spec.id);
  }
  const stereo = entries.filter((one) => one.stereo);
  const [only] = stereo;
  if (stereo.length === 1 && only) {
    findings.push({
      option: `cameras.${only.spec.id}.stereo`,
      code: 'advice',
      severity: 'warning',
      message: 'A stereo group needs two cameras of this node; this is the only one.',
    });
  }
  const interrupting = entries.find((one) => one.interrupts !== undefined);
  if (mode === 'always' && interrupting?.interrupts !== undefined) {
    findings.push({
      option: interrupting.interrupts,
      code: 'wrong-value',
      message:
        'interrupts stops services for single captures, but "mode: always" keeps the camera open; set "mode: still" or "mode: on_demand".',
    });
  }
  return findings;
}
