// Opens a camera: sets its format and controls, runs the stream, and reports why it ended.

import { reason } from '../../../core/base/reason.ts';
import { formatDuration, type Milliseconds } from '../../../core/base/units.ts';
import { type Clock, environment, isFault, type Log, type Metrics } from '../../../core/contract/plugin.ts';
import { createStderrLog } from '../../kit/process/stderr-log.ts';
import { createCutter } from './buffers.ts';
import { type Controls, differences, parseControls, resolveControls, setArguments } from './controls.ts';
import { devicePath, locate } from './devices.ts';
import { busy, explainEnd, silent } from './failure.ts';
import { describeOffers, parseFormat, parseOffers, type VideoFormat } from './formats.ts';
import { FORMATS, isJpegFormat, isKnownFormat } from './pixels.ts';
import { readShot, type Shot } from './shot.ts';
import { runTool, stream } from './tool.ts';

/** One camera of a node, all defaults filled in. */
export interface CameraSpec {
  /** The camera's id. */
  readonly id: string;
  readonly device: string | number;
  readonly width?: number;
  readonly height?: number;
  readonly format: string;
  readonly fps?: number;
  readonly adjust: boolean;
  readonly quality: number;
  readonly controls: Controls;
  readonly reapply: Milliseconds;
  readonly timeout: Milliseconds;
  readonly max_frame: number;
}

export interface OpenContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** CLOCK_MONOTONIC in milliseconds, which drivers stamp their buffers with. */
  bootTime(): number;
  /** The controls that the driver has not accepted, as a sentence; undefined if it has accepted all. */
  onControls(trouble: string | undefined): void;
}

export interface OpenOptions {
  /** `--stream-skip`. */
  readonly skip: number;
  /** `--stream-count`; without it the stream continues until the signal aborts. */
  readonly count?: number;
  /** Pictures count only once the controls have been set again (`reapply`). */
  readonly afterControls?: boolean;
  /** The current owner, whose controls apply; a reload may change them while the camera streams. */
  readonly owner?: () => { readonly spec: CameraSpec; readonly context: OpenContext };
}

/** Limit of a call that prints and ends, unless `timeout` is longer. */
const CALL_MS = 10_000;
const callMs = ({ timeout }: CameraSpec): Milliseconds => Math.max(CALL_MS, timeout);
const BUFFERS = 4;
/** Buffers in a row that are no pictures: the output is out of step, or the camera sends garbage. */
const MAX_BROKEN = 30;
/** Limit of the bytes that wait for their lines, in multiples of max_frame. */
const MAX_WAITING = 4;
/** A larger difference means that the time of day was set, or has drifted. */
const CLOCK_STEP_MS = 5;
/** With `--stream-poll` v4l2-ctl exits after two seconds without a picture. */
const SLOWEST_POLLED_FPS = 1;

/**
 * Streams until the signal aborts (resolves) or the stream ends; the device is free again when the promise settles.
 * @throws Fault `environment`: why there are no (more) pictures
 */
export async function openCamera(
  spec: CameraSpec,
  context: OpenContext,
  options: OpenOptions,
  signal: AbortSignal,
  onShot: (shot: Shot) => void,
): Promise<void> {
  const device = devicePath(spec.device);
  const file = locate(device);
  const format = await setFormat(spec, device, file, context, signal);
  await applyControls(spec, context, signal);
  await run(spec, device, file, format, context, options, signal, onShot);
}

async function setFormat(
  spec: CameraSpec,
  device: string,
  file: string,
  { clock }: OpenContext,
  signal: AbortSignal,
): Promise<VideoFormat> {
  const { width, height, format, fps } = spec;
  const sizes = [
    ...(width === undefined ? [] : [`width=${width}`]),
    ...(height === undefined ? [] : [`height=${height}`]),
  ];
  const args = ['-d', device, `--set-fmt-video=${[...sizes, `pixelformat=${format}`].join(',')}`];
  if (fps !== undefined) args.push(`--set-parm=${fps}`);
  const output = await runTool([...args, '--get-fmt-video'], signal, clock, callMs(spec));
  if (output.late) throw silent(device, 0);
  const text = `${output.out}${output.err}`;
  if (/S_FMT: failed: Device or resource busy/.test(text)) throw await busy(device, file);
  const found = parseFormat(output.out);
  if (!found) throw await explainEnd({ device, file, text, bytes: 0 });
  const same =
    found.pixels === format && found.width === (width ?? found.width) && found.height === (height ?? found.height);
  if (same) return found;
  if (spec.adjust && isKnownFormat(found.pixels)) return found;
  const offers = parseOffers((await runTool(['-d', device, '--list-formats-ext'], signal, clock, callMs(spec))).out);
  const size = width === undefined || height === undefined ? '' : ` ${width}x${height}`;
  const hint = isKnownFormat(found.pixels)
    ? 'set one of these, or "adjust: true" to use the nearest'
    : `camd reads ${FORMATS.join(', ')}`;
  throw environment(
    'wrong-format',
    `${device} has no ${format}${size} and offers ${found.pixels} ${found.width}x${found.height} instead; it has ${describeOffers(offers)}: ${hint}.`,
  );
}

/** Sets the controls in one call and reads them back. Another program may set them while the camera streams. */
export async function applyControls(spec: CameraSpec, context: OpenContext, signal: AbortSignal): Promise<void> {
  if (Object.keys(spec.controls).length === 0) return context.onControls(undefined);
  const device = devicePath(spec.device);
  const known = parseControls(
    (await runTool(['-d', device, '--list-ctrls-menus'], signal, context.clock, callMs(spec))).out,
  );
  // A driver that lists no controls is gone or busy: the stream will report it.
  if (known.length === 0) return;
  const { wanted, refused } = resolveControls(spec.controls, known);
  const troubles = [...refused.values()];
  if (wanted.length > 0) {
    const output = await runTool(['-d', device, ...setArguments(wanted)], signal, context.clock, callMs(spec));
    for (const [name, difference] of differences(wanted, output.out)) {
      troubles.push(`The control ${name} was not accepted: ${difference}.`);
    }
  }
  context.onControls(troubles.length === 0 ? undefined : troubles.join(' '));
}

async function run(
  spec: CameraSpec,
  device: string,
  file: string,
  format: VideoFormat,
  context: OpenContext,
  options: OpenOptions,
  signal: AbortSignal,
  onShot: (shot: Shot) => void,
): Promise<void> {
  const { clock, log, metrics } = context;
  const control = new AbortController();
  const stop = (): void => control.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let cause: unknown;
  const fail = (thrown: unknown): void => {
    cause ??= thrown;
    stop();
  };
  const stderrLog = createStderrLog(log, clock);
  let text = '';
  let bytes = 0;
  let shots = 0;
  let broken = 0;
  let why = '';
  let last = clock.monotonic();
  /** From CLOCK_MONOTONIC to the time of day; constant, so that its rounding does not change the times between pictures. */
  let offset = Number.NEGATIVE_INFINITY;

  const cutter = createCutter({
    skip: options.skip,
    jpeg: isJpegFormat(format.pixels),
    most: MAX_WAITING * spec.max_frame,
    onOverflow: (waiting) => fail(environment('out-of-step', `${device} sent ${waiting} bytes without a picture.`)),
    onBuffer(data, line) {
      if (control.signal.aborted) return;
      const monotonic = context.bootTime();
      const difference = clock.now() - monotonic;
      if (Math.abs(difference - offset) > CLOCK_STEP_MS) offset = difference;
      const moment = { now: monotonic + offset, monotonic };
      const shot = readShot(data, line, format, spec.quality, moment);
      if ('reason' in shot) {
        why = shot.reason;
        metrics.count('broken_pictures_total');
        if (++broken >= MAX_BROKEN) fail(noPicture(device, why));
        return;
      }
      last = clock.monotonic();
      broken = 0;
      shots++;
      if (!spec.adjust && (shot.width !== format.width || shot.height !== format.height)) {
        return fail(wrongSize(device, shot, format));
      }
      if (ready) onShot(shot);
    },
  });
  const watch = async (): Promise<void> => {
    for (;;) {
      const wait = last + spec.timeout - clock.monotonic();
      if (wait <= 0) return fail(silent(device, bytes));
      await clock.sleep(wait, control.signal);
    }
  };
  watch().catch(() => {});
  let ready = options.afterControls !== true || !reapplies(spec);
  const owner = options.owner ?? (() => ({ spec, context }));
  const reapplied = reapply(spec, owner, control.signal, () => shots > 0).then(() => {
    ready = true;
  });

  const { skip, count } = options;
  const poll = (spec.fps ?? SLOWEST_POLLED_FPS) < SLOWEST_POLLED_FPS ? [] : ['--stream-poll'];
  const args = ['-d', device, '--verbose', `--stream-mmap=${BUFFERS}`, ...poll];
  if (skip > 0) args.push(`--stream-skip=${skip}`);
  if (count !== undefined) args.push(`--stream-count=${count}`);
  try {
    await stream([...args, '--stream-to=-'], count === undefined, control.signal, {
      onOutput(chunk) {
        bytes += chunk.length;
        cutter.push(chunk);
      },
      onErrorLine(line) {
        if (cutter.line(line) || PROGRESS.test(line)) return;
        text += `${line}\n`;
        stderrLog.line(line);
      },
    });
  } catch (thrown) {
    fail(thrown);
  } finally {
    signal.removeEventListener('abort', stop);
    control.abort();
    await reapplied;
  }
  if (signal.aborted) return;
  if (cause !== undefined) throw cause;
  if (count !== undefined && shots >= count) return;
  if (why !== '' && shots === 0) throw noPicture(device, why);
  throw await explainEnd({ device, file, text, bytes });
}

/** "<<<<<<" and "<<< 30.00 fps": one mark for each picture. */
const PROGRESS = /^[<>KPB\s]*(?:[\d.]+ fps.*)?$/;

const noPicture = (device: string, why: string) =>
  environment('broken-picture', `${device} sends broken pictures (${why}).`);

const wrongSize = (device: string, shot: Shot, format: VideoFormat) =>
  environment(
    'wrong-size',
    `${device} sends pictures of ${shot.width}x${shot.height} although ${format.width}x${format.height} is set; "adjust: true" accepts them.`,
  );

export const reapplies = ({ reapply, controls }: CameraSpec): boolean =>
  reapply > 0 && Object.keys(controls).length > 0;

/** Some cameras reset their controls when the stream begins. */
async function reapply(
  spec: CameraSpec,
  owner: () => { readonly spec: CameraSpec; readonly context: OpenContext },
  signal: AbortSignal,
  begun: () => boolean,
): Promise<void> {
  if (!reapplies(spec)) return;
  try {
    do await owner().context.clock.sleep(spec.reapply, signal);
    while (!begun());
    await applyControls(owner().spec, owner().context, signal);
  } catch (cause) {
    if (signal.aborted) return;
    const wait = formatDuration(spec.reapply);
    owner().context.log.warn('the controls could not be set again', {
      wait,
      why: isFault(cause) ? cause.message : reason(cause),
    });
  }
}
