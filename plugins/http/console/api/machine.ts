// Cameras that are found and tried, and what the doctor says, in the console's API.

import type { Problem } from '../../../../core/contract/problems.ts';
import type { Check } from '../../../kit/doctor/check.ts';
import type { Picture } from './nodes.ts';

/** Where to look; each is a click of its own. */
export interface Find {
  readonly where: 'usb' | 'pi' | 'mdns' | 'onvif';
}

export interface FoundCamera {
  /** As people know it: "Logitech C920", "AXIS M1065". */
  readonly name: string;
  /** Where it is: a path, a URL, an address. */
  readonly at: string;
  /** One line more: formats, model, driver. */
  readonly detail?: string;
  /** The node of the running profile that has it already. */
  readonly node?: string;
  /** A node for it, to be tried and inserted. */
  readonly draft: CameraDraft;
}

export interface CameraDraft {
  /** A proposal for the id, which no node has. */
  readonly id: string;
  readonly use: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Tried {
  readonly picture?: Picture;
  /** Milliseconds until the first picture, and the frames and bytes per second of what followed. */
  readonly firstMs?: number;
  readonly rate?: number;
  readonly bytesPerSecond?: number;
  /** Why there is no picture. */
  readonly why?: string;
  readonly problems: readonly Problem[];
}

export interface Insert extends CameraDraft {
  /** The file into which it goes, with the text as the page has it now; default: the profile as it is saved. */
  readonly file?: { readonly path: string; readonly text: string };
}

export interface Inserted {
  readonly path: string;
  /** The whole text with the node in it. Nothing is saved yet. */
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
