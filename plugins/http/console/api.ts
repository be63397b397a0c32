// Requests and replies of the console's JSON API and of its WebSockets, as types for the daemon and for the pages.

/**
 * Paths, relative to the root of the console's listener. Every request with a body has `Content-Type: application/json`; POST without
 * content sends `{}`. A failed request gets an `ApiError` with its status.
 *
 * | method and path                        | role    | request        | reply           |
 * |----------------------------------------|---------|----------------|-----------------|
 * | GET /api/session                       | –       |                | Session         |
 * | POST /api/session                      | –       | Login          | Session         |
 * | DELETE /api/session                    | –       |                | Session         |
 * | GET /api/graph                         | look    |                | Graph           |
 * | GET /api/cameras                       | look    |                | CameraStatus[]  |
 * | GET /api/nodes/{node}                  | look    |                | NodeDetail      |
 * | GET /api/nodes/{node}/log              | look    |                | LogLine[]       |
 * | GET /api/nodes/{node}/counters         | look    |                | Counters        |
 * | POST /api/nodes/{node}/restart         | operate | {}             | NodeStatusLine  |
 * | POST /api/nodes/{node}/capture         | operate | Capture        | Picture         |
 * | POST /api/doctor                       | operate | {}             | Doctor          |
 * | GET /api/profile                       | edit    |                | ProfileTexts    |
 * | POST /api/profile/check                | edit    | Candidate      | Checked         |
 * | POST /api/profile/apply                | edit    | Candidate      | Applied         |
 * | POST /api/profile/complete             | edit    | CompleteAt     | Completions     |
 * | GET /api/changes                       | edit    |                | ChangeLine[]    |
 * | GET /api/changes/{id}                  | edit    |                | ChangeDetail    |
 * | POST /api/changes/{id}/undo            | edit    | Undo           | Checked/Applied |
 * | POST /api/cameras/find                 | edit    | Find           | FoundCamera[]   |
 * | POST /api/cameras/try                  | edit    | CameraDraft    | Tried           |
 * | POST /api/cameras/insert               | edit    | Insert         | Inserted        |
 * | WebSocket /api/live                    | look    | LiveRequest    | LiveEvent       |
 * | WebSocket /api/tap/{node}[?camera=ID]  | look    | "next"         | Picture heads and bytes |
 *
 * `apply` and `undo` carry the revision in `If-Match: "REVISION"`; 412 with `ApiError.stale` means that a file has changed.
 */
export * from './api/machine.ts';
export * from './api/nodes.ts';
export * from './api/profile.ts';
export * from './api/session.ts';
