// Live tap: the pictures that a node emits, with size, interval and age. It requests the next picture when one is drawn.

import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { CLOSED, type NodeDetail, TAP_NEXT, type TapHead } from '../../../api.ts';
import type { Console } from '../start.ts';
import { durationText, sizeText } from '../states.ts';
import { count, say } from '../words.ts';

interface TapProps {
  readonly detail: NodeDetail;
  readonly site: Console;
}

export function Tap({ detail, site }: TapProps) {
  const { id, cameras } = detail;
  const [on, setOn] = useState(false);
  const [camera, setCamera] = useState(cameras[0] ?? '');
  const [head, setHead] = useState<TapHead>();
  const [ended, setEnded] = useState<number>();
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    if (!on) return undefined;
    const query = camera === '' ? '' : `?camera=${encodeURIComponent(camera)}`;
    const socket = site.api.socket(`tap/${encodeURIComponent(id)}${query}`);
    socket.binaryType = 'blob';
    let next: TapHead | undefined;
    let left = false;
    const show = async (data: Blob, shown: TapHead): Promise<void> => {
      const bitmap = await createImageBitmap(new Blob([data], { type: shown.type })).catch(() => undefined);
      const { current } = canvas;
      if (bitmap && current && !left) {
        current.width = bitmap.width;
        current.height = bitmap.height;
        current.getContext('2d')?.drawImage(bitmap, 0, 0);
        current.dataset.seq = String(shown.seq);
        setHead(shown);
      }
      bitmap?.close();
      if (socket.readyState === WebSocket.OPEN) socket.send(TAP_NEXT);
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') next = JSON.parse(data) as TapHead;
      else if (next && data instanceof Blob) void show(data, next);
    };
    socket.onclose = ({ code }) => {
      if (left) return;
      setEnded(code);
      setOn(false);
    };
    return () => {
      left = true;
      socket.close();
    };
  }, [on, camera]);

  const toggle = (): void => {
    setEnded(undefined);
    setHead(undefined);
    setOn(!on);
  };
  return html`<section class="panel tap" aria-labelledby="tap">
    <div class="title">
      <h2 id="tap">${say('tap')}</h2>
      <div class="buttons">
        ${
          cameras.length > 1 &&
          html`<select aria-label=${say('camera')} value=${camera} onChange=${(event: Event) => event.target instanceof HTMLSelectElement && setCamera(event.target.value)}>
            ${cameras.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
          </select>`
        }
        <button type="button" onClick=${toggle}>${say(on ? 'tap.stop' : 'tap.start')}</button>
      </div>
    </div>
    ${
      on
        ? html`<div class="picture"><canvas ref=${canvas} width="16" height="9" role="img" aria-label=${say('tap.picture', { id })}></canvas>
            ${!head && html`<span class="notice">${say('tap.waiting')}</span>`}</div>`
        : html`<p class="hint">${ended === undefined ? say('tap.why') : say(ended === CLOSED.full ? 'tap.full' : 'tap.ended')}</p>`
    }
    ${on && head && html`<p class="hint tap-facts">${facts(head)}</p>`}
  </section>`;
}

const facts = ({ width, height, size, interval, age, skipped, seq }: TapHead): string =>
  [
    `#${seq}`,
    `${width} × ${height}`,
    sizeText(size),
    ...(interval === undefined ? [] : [say('tap.interval', { time: durationText(interval) })]),
    say('tap.age', { time: durationText(age) }),
    ...(skipped > 0 ? [count('skipped', skipped)] : []),
  ].join(' · ');
