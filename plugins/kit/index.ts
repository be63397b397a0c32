// camd/kit: the parts that built-in plugins share, for plugins of your own. Each name is documented where it is defined.

// Deadlines, bounded memory, sharing work, texts without secrets and with units.
export { type Deadline, type DeadlineOptions, inTime, startDeadline, withDeadline } from '../../core/base/deadline.ts';
export { redactUrl } from '../../core/base/redact.ts';
export { createKeyedSingleFlight, createSingleFlight, type SingleFlight } from '../../core/base/single-flight.ts';
export { formatDuration, formatSize } from '../../core/base/units.ts';
// Sources: feeds that reopen, snapshots at an interval, work only while there are viewers.
export { type FeedOptions, keepOpen, type Opening } from './capture/feed.ts';
export { type HttpCamera, type HttpCameraOptions, mediaType, openHttpCamera, refusal } from './capture/http-camera.ts';
export { atInterval } from './capture/interval.ts';
export { createOnDemandRunner, type OnDemandOptions, type OnDemandRunner } from './capture/on-demand.ts';
export { createRetry, REFUSED, type Retry } from './capture/retry.ts';
export { type DemandOptions, publishFrames, type Sink, type SourceNode } from './capture/sink.ts';
export { publishSnapshots, type SnapshotsOptions } from './capture/snapshots.ts';
// HTTP: the client with its limits and credentials, and request bodies for your own routes.
export { type Authenticator, type Credentials, createAuthenticator } from './http/auth.ts';
export { BODY_STATUS, bodyChunks, readBody } from './http/body.ts';
export {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpHead,
  type HttpReply,
  type HttpRequest,
  type HttpStream,
  splitCredentials,
} from './http/fetch.ts';
export { isForeign } from './http/origin.ts';
export { mayDo, maySee } from './http/people.ts';
// Pictures: recognising their type, and cutting JPEGs out of a stream.
export { type Collector, createCollector } from './image/collector.ts';
export { createJpegFramer, type JpegFramer, type JpegSink } from './image/jpeg-framer.ts';
export { isRefusal, type JpegHeader, type Refusal } from './image/jpeg-header.ts';
export { type Recognised, recognise, toImage } from './image/recognise.ts';
// MQTT topics and filters.
export { filterFault, matches, type TopicPattern, topicPattern } from './mqtt/topic.ts';
// Packages that a user installs only for the plugin that needs them.
export { optionalPackage } from './packages/optional.ts';
// Child processes without a shell, which leave no process or file behind.
export { type Child, type ChildOptions, type Exit, startChild } from './process/child.ts';
export { createLineReader, type LineReader } from './process/lines.ts';
export { createStderrLog, type StderrLog } from './process/stderr-log.ts';
// Local time in a named zone.
export { type Zone, zone } from './time/zone.ts';
// Waiting between retries, jobs in order.
export { type Backoff, type BackoffOptions, createBackoff } from './work/backoff.ts';
export { createKeyedQueue, type KeyedQueue, type KeyedQueueLimits } from './work/keyed-queue.ts';
export { createLru, type Lru } from './work/lru.ts';
