// The entry point of the page Doctor.

import { DoctorPage } from './lib/doctor/page.ts';
import { start } from './lib/start.ts';

start('doctor', import.meta.url, DoctorPage);
