import { createStore } from "../app/store";
import type { components, paths } from "./schema";

/** What the API says where it does not answer; also where it cannot be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint = "",
    readonly requestId = "",
    readonly retryAfterS: number | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** Whether the same request may be answered in a while. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status === 408 || (this.status >= 500 && this.status !== 501);
  }

  /** Whether the server is there and has too much to do. */
  get busy(): boolean {
    return this.status === 429 || this.code === "late" || this.code === "store_full";
  }

  /** Whether another key would help. */
  get needsKey(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

export const UNREACHABLE = "unreachable";

/** Why the server did not answer lately; null while it does. */
export const outage = createStore<ApiError | null>(null);

/** The key that was typed in, for this window only. */
export const apiKey = createStore<string>("", {
  name: "parure.key",
  valid: (value): value is string => typeof value === "string",
  where: "session",
});

type Operation<P extends keyof paths, M extends "get" | "post" | "put" | "delete"> = NonNullable<paths[P][M]>;
type Json<O> = O extends { responses: infer R }
  ? R[Extract<keyof R, 200 | 202>] extends { content: { "application/json": infer T } }
    ? T
    : never
  : never;
type PathOf<O> = O extends { parameters: { path: infer T } } ? { path: T } : { path?: never };
type QueryOf<O> = O extends { parameters: { query?: infer T } } ? { query?: NonNullable<T> } : { query?: never };
type BodyOf<O> = O extends { requestBody: { content: { "application/json": infer T } } } ? { body: T } : { body?: never };
type Wanted<O> = PathOf<O> & QueryOf<O> & { signal?: AbortSignal };

/** The paths that can be asked for, or sent to, in one way. */
export type PathsOf<M extends "get" | "post" | "put" | "delete"> = { [P in keyof paths]: Operation<P, M> extends never ? never : P }[keyof paths];
/** What a path answers. */
export type Answer<P extends keyof paths, M extends "get" | "post"> = Json<Operation<P, M>>;

/** Ask for something, as the OpenAPI document describes it. */
export function get<P extends keyof paths>(path: P, wanted: Wanted<Operation<P, "get">>): Promise<Json<Operation<P, "get">>> {
  return send(address(path, wanted), { method: "GET" }, wanted.signal);
}

/** Send something, as the OpenAPI document describes it. */
export function post<P extends keyof paths>(
  path: P,
  wanted: Wanted<Operation<P, "post">> & BodyOf<Operation<P, "post">> & { keepalive?: boolean },
): Promise<Json<Operation<P, "post">>> {
  const init = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(wanted.body),
    keepalive: wanted.keepalive ?? false,
  };
  return send(address(path, wanted), init, wanted.signal);
}

/** Send a form, as one with a picture. */
export function postForm<P extends keyof paths>(path: P, form: FormData, signal?: AbortSignal): Promise<Json<Operation<P, "post">>> {
  return send(path, { method: "POST", body: form }, signal);
}

function address(template: string, wanted: { path?: unknown; query?: unknown }): string {
  const path = Object.entries(wanted.path ?? {}).reduce(
    (made, [name, value]) => made.replace(`{${name}}`, encodeURIComponent(String(value))),
    template,
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted.query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== "") query.append(name, String(each));
    }
  }
  return query.size ? `${path}?${query}` : path;
}

async function send<T>(url: string, init: RequestInit, signal?: AbortSignal): Promise<T> {
  const headers = new Headers(init.headers);
  if (apiKey.get()) headers.set("X-API-Key", apiKey.get());
  let answer: Response;
  try {
    answer = await fetch(url, { ...init, headers, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw failed(new ApiError(0, UNREACHABLE, String(error)));
  }
  if (!answer.ok) throw failed(await errorOf(answer));
  outage.set(null);
  return (await answer.json()) as T;
}

/** Only what keeps the whole app from working is an outage: a search that is being prepared is not. */
function failed(error: ApiError): ApiError {
  const away = error.status === 0 || error.status === 502 || error.code === "stopping";
  outage.set(away || error.busy ? error : null);
  return error;
}

async function errorOf(answer: Response): Promise<ApiError> {
  const wait = Number(answer.headers.get("Retry-After"));
  const requestId = answer.headers.get("X-Request-ID") ?? "";
  const retryAfterS = wait > 0 ? wait : null;
  try {
    const told = ((await answer.json()) as components["schemas"]["Problem"]).error;
    return new ApiError(answer.status, told.code, told.message, told.hint, told.request_id || requestId, retryAfterS);
  } catch {
    // A proxy in between speaks HTML.
    return new ApiError(answer.status, `http_${answer.status}`, answer.statusText, "", requestId, retryAfterS);
  }
}
