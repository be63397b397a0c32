// Draws a test picture: colour bars, a clock with a moving hand, the camera's name and the frame number. Pure.

import { type Canvas, colour, createCanvas } from './canvas.ts';
import { createJpegEncoder } from './encode-jpeg.ts';
import { advance, createPen } from './stroke-font.ts';

export interface PatternOptions {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Shown in capitals. */
  readonly name: string;
}

/** The next picture, a JPEG in a buffer with headroom; `time` is in milliseconds since the epoch. */
export type Pattern = (frameNumber: number, time: number, fps: number) => Buffer;

const GROUND = colour(0x10151d);
const PANEL = colour(0x1a212c);
const TEXT = colour(0xf2f5f8);
const QUIET = colour(0x8b98a9);
const ACCENT = colour(0xff9f2e);
/** The bars of SMPTE EG 1 at 75 %, and the greys below them. */
const BARS = [0xbfbfbf, 0xbfbf00, 0x00bfbf, 0x00bf00, 0xbf00bf, 0xbf0000, 0x0000bf];
/** Milliseconds that the bar at the bottom takes from one side to the other. */
const SWEEP = 2000;

export function createPattern({ width, height, name }: PatternOptions): Pattern {
  const still = createCanvas(width, height);
  const canvas = createCanvas(width, height);
  const plan = layout(width, height);
  drawStill(still, plan, name);
  canvas.restore(still, 0, 0, width + 16, height + 16);
  const encode = createJpegEncoder(canvas);
  const pen = createPen(canvas);
  const shown = new Map<string, string>();

  /** Draws only the characters that changed since the previous picture. */
  const write = (key: string, whole: string, x: number, y: number, size: number, ink = TEXT) => {
    const old = shown.get(key) ?? '';
    const step = advance(size);
    const text = whole.slice(0, Math.max(0, Math.floor(plan.room / step)));
    for (let at = 0; at < Math.max(text.length, old.length); at++) {
      if (text[at] === old[at]) continue;
      const margin = Math.ceil(size * 0.1);
      canvas.restore(still, x + at * step - margin, y - margin, step, size + 3 * margin);
      if (text[at] !== undefined) pen(text[at] ?? '', { x: x + at * step, y, size, ink });
    }
    shown.set(key, text);
  };
  let hand: readonly [number, number] | undefined;
  const drawHand = (time: number) => {
    const { x, y, radius, thickness } = plan.dial;
    const angle = ((time % 60000) / 60000) * 2 * Math.PI;
    const tip = [x + Math.sin(angle) * radius * 0.78, y - Math.cos(angle) * radius * 0.78] as const;
    // Squares along the old hand cover much less than the rectangle around it.
    const reach = thickness * 2 + 4;
    for (let along = 0; hand !== undefined && along <= 1; along += reach / radius) {
      const [left, top] = [x + (hand[0] - x) * along - reach, y + (hand[1] - y) * along - reach];
      canvas.restore(still, Math.floor(left), Math.floor(top), 2 * reach, 2 * reach);
    }
    canvas.line(x, y, tip[0], tip[1], thickness, ACCENT);
    canvas.line(x, y, x, y, thickness * 3, ACCENT);
    hand = tip;
  };
  let runner: number | undefined;
  const drawRunner = (time: number) => {
    const { x, y, length, thickness } = plan.track;
    const long = length / 8;
    const at = x + long / 2 + ((time % SWEEP) / SWEEP) * (length - long);
    if (runner !== undefined)
      canvas.restore(still, Math.floor(runner - long), y - thickness, Math.ceil(2 * long), 2 * thickness);
    canvas.line(at - long / 2, y, at + long / 2, y, thickness, ACCENT);
    runner = at;
  };

  return (frameNumber, time, fps) => {
    drawHand(time);
    drawRunner(time);
    write('clock', clockText(time), plan.left, plan.clock.y, plan.clock.size);
    write('date', dateText(time), plan.left, plan.date.y, plan.date.size, QUIET);
    const rate = Number.isInteger(fps) ? String(fps) : fps.toFixed(1);
    write(
      'facts',
      `#${String(frameNumber).padStart(7, '0')} · ${width}×${height} · ${rate} fps`,
      plan.left,
      plan.facts.y,
      plan.facts.size,
      QUIET,
    );
    return encode();
  };
}

const two = (value: number): string => String(value).padStart(2, '0');

function clockText(time: number): string {
  const at = new Date(time);
  const thousandths = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${thousandths}`;
}

function dateText(time: number): string {
  const at = new Date(time);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** Positions and sizes in pixels, from the size of the picture: text shrinks until the longest line fits beside the dial. */
function layout(width: number, height: number) {
  const bars = Math.round((height * 0.36) / 16) * 16;
  const greys = Math.max(16, Math.round((height * 0.05) / 16) * 16);
  const top = bars + greys;
  const rest = height - top;
  const radius = Math.min(rest * 0.36, width * 0.15);
  const left = Math.round(width * 0.04);
  const room = width - 2 * left - 2 * radius - width * 0.04;
  const fit = (size: number, characters: number) =>
    Math.max(6, Math.min(Math.round(size), Math.floor(room / (characters * 0.92))));
  const line = (at: number, size: number, characters: number) => ({
    y: Math.round(top + rest * at),
    size: fit(size, characters),
  });
  return {
    bars,
    greys,
    top,
    left,
    room,
    name: line(0.11, rest * 0.085, 12),
    clock: line(0.28, rest * 0.2, 12),
    date: line(0.57, rest * 0.065, 10),
    facts: line(0.7, rest * 0.065, 30),
    dial: {
      x: Math.round(width - left - radius),
      y: Math.round(top + rest * 0.45),
      radius,
      thickness: Math.max(2, radius * 0.045),
    },
    track: {
      x: left,
      y: Math.round(top + rest * 0.91),
      length: width - 2 * left,
      thickness: Math.max(3, Math.round(rest * 0.022)),
    },
  };
}

function drawStill(canvas: Canvas, plan: ReturnType<typeof layout>, name: string): void {
  const { width, height } = canvas;
  canvas.fill(0, 0, width + 16, height + 16, GROUND);
  const edge = (index: number) => Math.round((index * width) / BARS.length / 16) * 16;
  BARS.forEach((rgb, index) => {
    canvas.fill(edge(index), 0, (index === 6 ? width + 16 : edge(index + 1)) - edge(index), plan.bars, colour(rgb));
    const grey = Math.round((index * 255) / 6);
    canvas.fill(edge(index), plan.bars, width + 16, plan.greys, colour(grey * 0x10101));
  });
  canvas.fill(0, plan.top, width + 16, height - plan.top + 16, GROUND);

  const { x, y, radius, thickness } = plan.dial;
  canvas.line(x, y, x, y, radius * 2, PANEL);
  for (let tick = 0; tick < 60; tick++) {
    const [sin, cos] = [Math.sin((tick * Math.PI) / 30), -Math.cos((tick * Math.PI) / 30)];
    const long = tick % 5 === 0;
    if (!long && radius < 60) continue;
    const [from, to] = [radius * (long ? 0.86 : 0.9), radius * 0.94];
    const ink = long ? TEXT : QUIET;
    canvas.line(
      x + sin * from,
      y + cos * from,
      x + sin * to,
      y + cos * to,
      long ? thickness * 0.8 : thickness * 0.4,
      ink,
    );
  }
  const track = plan.track;
  canvas.line(track.x, track.y, track.x + track.length, track.y, track.thickness, PANEL);
  const letters = [...name];
  const most = Math.max(1, Math.floor(plan.room / advance(plan.name.size)));
  const text = letters.length > most ? `${letters.slice(0, most - 1).join('')}.` : name;
  createPen(canvas)(text, { x: plan.left, y: plan.name.y, size: plan.name.size, ink: ACCENT });
}
