// Found cameras, tests of cameras, and the report of the doctor in the console's API.

import type { Problem } from '../../../../core/contract/problems.ts';
import type { Check } from '../../../kit/doctor/check.ts';
import type { Picture } from './nodes.ts';

/** The place to search; the user starts each search separately. */
export interface Find {
  readonly where: 'usb' | 'pi' | 'mdns' | 'onvif';
}

export interface FoundCamera {
  /** The product name: "Logitech C920", "AXIS M1065". */
  readonly name: string;
  /** A path, a URL or an address. */
  readonly at: string;
  /** One more line: formats, model, driver. */
  readonly detail?: string;
  /** The node of the running profile that uses the camera. */
  readonly node?: string;
  /** A node for the camera, to test and insert. */
  readonly draft: CameraDraft;
}

export interface CameraDraft {
  /** The proposed id, which no node has. */
  readonly id: string;
  readonly use: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Tried {
  readonly picture?: Picture;
  /** Milliseconds until the first picture, then frames and bytes per second. */
  readonly firstMs?: number;
  readonly rate?: number;
  readonly bytesPerSecond?: number;
  /** The reason if there is no picture. */
  readonly why?: string;
  readonly problems: readonly Problem[];
}

export interface Insert extends CameraDraft {
  /** The target file with the page's current text; default: the saved profile. */
  readonly file?: { readonly path: string; readonly text: string };
}

export interface Inserted {
  readonly path: string;
  /** The whole text with the new node. It is not saved yet. */
  readonly text: string;
}

export interface Doctor {
  readonly version: string;
  readonly user: string;
  readonly profile: string;
  readonly wrong: number;
  readonly warnings: number;
  /** The worst first. */
  readonly checks: readonly DoctorCheck[];
}

export type DoctorCheck = Check;
