// Drawn scenes for the cameras in the documentation's screenshots: SVG, 960 × 540.

/** Dark corners, as from a lens, and the light of lamps. */
const LENS = `<radialGradient id="lens" r=".75"><stop offset=".55" stop-opacity="0"/><stop offset="1" stop-opacity=".45"/></radialGradient>
<radialGradient id="glow"><stop stop-color="#ffe2a6" stop-opacity=".5"/><stop offset="1" stop-color="#ffe2a6" stop-opacity="0"/></radialGradient>`;

const gradient = (id: string, from: string, to: string): string =>
  `<linearGradient id="${id}" x2="0" y2="1"><stop stop-color="${from}"/><stop offset="1" stop-color="${to}"/></linearGradient>`;
const box = (x: number, y: number, width: number, height: number, fill: string, more = ''): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}" ${more}/>`;
const disc = (x: number, y: number, r: number, fill: string, more = ''): string =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}" ${more}/>`;
const shape = (path: string, fill: string, more = ''): string => `<path d="${path}" fill="${fill}" ${more}/>`;
const fir = (x: number, y: number, size: number, fill: string): string =>
  shape(`M${x} ${y - size * 2}l${size * 0.55} ${size * 2}h${-size * 1.1}z`, fill);
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const door = `${gradient('wall', '#cbb79d', '#a8917a')}${box(0, 0, 960, 540, 'url(#wall)')}
${range(9)
  .map((row) => box(0, row * 52, 960, 2, '#8f7a65', 'opacity=".35"'))
  .join('')}
${box(0, 452, 960, 90, '#7b7368')}${box(300, 470, 360, 24, '#5d574f')}
${box(372, 84, 216, 372, '#3b2f27')}${box(386, 98, 188, 358, '#2f5d62')}
${box(410, 124, 140, 110, '#f4d9a0', 'opacity=".9"')}${box(477, 124, 6, 110, '#2f5d62')}${box(410, 262, 140, 160, '#284f53')}
${disc(560, 300, 9, '#d8b15a')}${disc(690, 178, 170, 'url(#glow)')}${box(676, 150, 28, 56, '#2b2724')}${box(682, 160, 16, 36, '#ffe9bd')}
${range(7)
  .map((n) =>
    shape(
      'M0 0q26-80 0-150q-26 70 0 150z',
      n % 2 ? '#49703f' : '#5d8a4d',
      `transform="translate(230 366) rotate(${(n - 3) * 20})"`,
    ),
  )
  .join('')}${shape('M180 452l14-96h72l14 96z', '#9c4f34')}`;

const drive = `${gradient('sky', '#f3b27a', '#f6dcb8')}${box(0, 0, 960, 300, 'url(#sky)')}${disc(700, 210, 46, '#fff1d6')}
${shape('M0 270q160-80 340-40t620-30v160h-960z', '#7d8b74')}${shape('M0 300q260-40 520-10t440-24v280h-960z', '#5f7355')}
${range(9)
  .map((n) => fir(40 + n * 46, 320 + (n % 3) * 14, 54 + (n % 4) * 10, n % 2 ? '#34513f' : '#3d5c46'))
  .join('')}
${shape('M520 540l-60-250h90l330 250z', '#6d6a69')}${shape('M520 300h16l130 240h-50z', '#d9d2c2', 'opacity=".25"')}
${shape('M560 440q8-54 60-62l60-4q40 0 66 40l60 12q26 8 24 48h-276q-10-18 6-34z', '#a63d2f')}${shape('M612 424q10-30 36-34l44-2q24 2 44 36z', '#1f2b33')}${disc(616, 474, 27, '#1b1b1c')}${disc(770, 474, 27, '#1b1b1c')}${disc(616, 474, 11, '#9a9a9a')}${disc(770, 474, 11, '#9a9a9a')}`;

/** Number of layers of a complete print. */
export const LAYERS = 9;

/** A print with this many layers. */
const printer = (
  layers: number,
): string => `${gradient('room', '#2b3138', '#171b20')}${box(0, 0, 960, 540, 'url(#room)')}${disc(480, 230, 420, 'url(#glow)', 'opacity=".5"')}
${box(0, 440, 960, 100, '#3a2f27')}${box(210, 60, 26, 390, '#4a5159')}${box(724, 60, 26, 390, '#4a5159')}${box(190, 46, 580, 30, '#59616a')}
${box(180, 420, 600, 34, '#22272c')}${box(270, 396, 420, 22, '#0f1215')}
${range(layers)
  .map((n) => box(400 + n * 3, 380 - n * 13, 172 - n * 6, 14, n % 2 ? '#e98b3f' : '#dd7a2c'))
  .join('')}
<g transform="translate(0 ${(LAYERS - layers) * 13})">${box(236, 190, 488, 18, '#737c85')}
${shape('M440 168h92v74h-92z', '#e2762b')}${shape('M466 242h40l-12 26h-16z', '#c9ccd0')}${disc(486, 272, 40, 'url(#glow)')}</g>
${disc(806, 128, 64, '#e2762b')}${disc(806, 128, 24, '#171b20')}`;

const garden = `${gradient('air', '#9cc5e6', '#e9f1f0')}${box(0, 0, 960, 280, 'url(#air)')}
${shape('M0 240q240-110 470-30t490-50v200h-960z', '#8fae86')}${box(0, 262, 960, 278, '#7fa35e')}
${range(13)
  .map((n) => box(n * 78, 214, 46, 110, '#efe6d4') + box(n * 78, 240, 78, 12, '#e2d7c2'))
  .join('')}
${range(7)
  .map((n) => shape(`M${n * 150 - 60} 540l70-190h56l-20 190z`, '#5b4330'))
  .join('')}
${range(7)
  .map((n) =>
    range(6)
      .map((m) => disc(n * 150 + 14 - m * 9, 360 + m * 32, 15 + m * 3, (n + m) % 3 ? '#3f7a3d' : '#58963f'))
      .join(''),
  )
  .join('')}
${range(8)
  .map((n) => disc(90 + n * 118, 430 + (n % 3) * 34, 9 + (n % 3) * 3, n % 2 ? '#d8432f' : '#f0a63c'))
  .join('')}`;

const harbour = `${gradient('dusk', '#2a3f63', '#e39a76')}${gradient('sea', '#7d6f7e', '#22344f')}${box(0, 0, 960, 290, 'url(#dusk)')}${box(0, 286, 960, 254, 'url(#sea)')}
${shape('M0 286l120-60 90 30 130-70 150 80 110-30 160 50h200z', '#2d3852')}${range(22)
  .map((n) => box(90 + ((n * 197) % 760), 310 + ((n * 83) % 210), 40 + ((n * 31) % 70), 3, '#f3c39d', 'opacity=".35"'))
  .join('')}
${shape('M300 380h270l-44 54h-180z', '#16202f')}${box(428, 190, 7, 190, '#131a26')}${shape('M440 196l110 168h-110z', '#ece6dc')}${shape('M422 220v144h-84z', '#d8cfc2')}
${shape('M700 340h120l-18 26h-84z', '#16202f')}${box(752, 250, 4, 90, '#131a26')}${shape('M758 254l46 78h-46z', '#ddd5c9')}`;

const nest = `${gradient('wood', '#8a6a4b', '#4a3626')}${box(0, 0, 960, 540, 'url(#wood)')}
${range(8)
  .map((n) => box(n * 124, 0, 3, 540, '#34261b', 'opacity=".5"'))
  .join('')}${disc(480, 96, 74, '#f7efdc')}${disc(480, 96, 260, 'url(#glow)')}
${range(46)
  .map(
    (n) =>
      `<path d="M${250 + ((n * 61) % 330)} ${370 + ((n * 37) % 120)}q${60 + (n % 5) * 14}-${30 - (n % 7) * 9} ${130 + (n % 4) * 20} ${(n % 9) * 6 - 20}" stroke="${['#b58d57', '#c9a46b', '#94713f'][n % 3]}" stroke-width="5" fill="none"/>`,
  )
  .join('')}
${disc(410, 384, 42, '#dfe6e2')}${disc(486, 396, 44, '#d4dedb')}${disc(556, 382, 41, '#e4e9e4')}
${shape('M560 330q20-86 100-84q70 6 74 80q-10 80-110 84q-66-14-64-80z', '#2f5f8f')}${shape('M600 372q60 50 118-6q-26 56-70 54t-48-48z', '#e6b25e')}${disc(688, 288, 8, '#14181b')}${shape('M732 300l38 10-38 12z', '#2b2724')}`;

const drawing = (drawn: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 540">${drawn}<defs>${LENS}</defs><rect width="960" height="540" fill="url(#lens)"/></svg>`;

export const print = (layers: number): string => drawing(printer(layers));

/** Camera → its name on the page, and its picture. */
export const SCENES: Readonly<Record<string, { readonly name: string; readonly svg: string }>> = Object.fromEntries(
  (
    [
      ['door', 'Front door', door],
      ['drive', 'Driveway', drive],
      ['printer', 'Printer', printer(LAYERS)],
      ['garden', 'Garden', garden],
      ['harbour', 'Harbour', harbour],
      ['nest', 'Nest box', nest],
    ] as const
  ).map(([id, name, drawn]) => [
    id,
    {
      name,
      svg: drawing(drawn),
    },
  ]),
);

const NAMES = Object.entries(SCENES)
  .map(([id, { name }]) => `${id}: ${name}`)
  .join(', ');

export const PROFILE = `camd: 1
cameras: { ${NAMES} }
pipeline:
  api: { use: http/server, listen: 127.0.0.1:0 }
  cameras: { use: source/http, on: api, path: "/{camera}", anyone: true }
  latest: { use: cache/latest, from: cameras, stale_after: 3s }
  web: { use: http/server, listen: 127.0.0.1:0 }
  viewer:
    use: http/viewer
    on: web
    from: latest
    cameras: [${Object.keys(SCENES).join(', ')}]
  snapshot: { use: http/snapshot, on: web, from: latest, path: "/{camera}/snapshot.jpg" }
  stream: { use: http/stream, on: web, from: latest, path: "/{camera}/stream.mjpg" }
  disk: { use: store/disk, path: kept, min_free: 0B, durable: false }
  history: { use: http/history, on: web, from: disk }
`;
