// Formats states of nodes, metrics and sizes.

import { html } from 'htm/preact';
import type { NodeState } from '../../../../../core/contract/status.ts';
import { number, say } from './words.ts';

/** The most urgent state first. */
export const STATE_ORDER: readonly NodeState['is'][] = [
  'failed',
  'degraded',
  'starting',
  'stopping',
  'stopped',
  'running',
];

export function State({ is }: { readonly is: NodeState['is'] }) {
  return html`<span class="state" data-state=${is}><span class="dot" aria-hidden="true"></span>${say(`state.${is}`)}</span>`;
}

export const rateText = (rate: number): string => say('rate', { rate: number(rate, rate < 9.95 ? 1 : 0) });

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** 82_345 → "82.3 KB". */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${number(value, unit === 0 || value >= 99.5 ? 0 : 1)} ${UNITS[unit]}`;
}

/** Milliseconds → "320 ms", "4.2 s", "3 min", "2 h", "5 d". */
export function durationText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 1) return `${number(milliseconds)} ms`;
  if (seconds < 60) return `${number(seconds, seconds < 9.95 ? 1 : 0)} s`;
  if (seconds < 3600) return `${number(Math.floor(seconds / 60))} min`;
  if (seconds < 86_400) return `${number(Math.floor(seconds / 3600))} h`;
  return `${number(Math.floor(seconds / 86_400))} ${say('days')}`;
}

/** "schemas/a.yaml:14" */
export const placeText = ({ file, line }: { readonly file: string; readonly line: number }): string =>
  `${file}:${line}`;
