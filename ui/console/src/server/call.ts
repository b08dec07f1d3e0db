import type { Problem } from '@chaperone/shared/generated/index.ts';
import { heardDate } from './clock.ts';

/** A call that did not succeed: what the server said, or that it could not be reached. */
export class CallError extends Error {
  constructor(
    readonly title: string,
    readonly detail: string,
    readonly code: string,
    readonly status: number,
  ) {
    super(title);
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Calls the console's interface. Answers the parsed body, undefined where there is none; throws CallError otherwise. */
export async function call<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  // Another site's page cannot set this header, so the cookie alone changes nothing.
  if (method !== 'GET') headers['x-chaperone'] = '1';
  if (body !== undefined) headers['content-type'] = 'application/json';
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new CallError(
      'The server cannot be reached',
      'Check your network, then try again. Nothing you entered has been sent.',
      'server-unreachable',
      0,
    );
  }
  heardDate(answer.headers.get('date'), Date.now());
  const text = await answer.text();
  if (!answer.ok) throw problemOf(answer.status, text);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Reads a problem answer; an answer that is none (a proxy's page, say) becomes one that names its status. */
export function problemOf(status: number, text: string): CallError {
  try {
    const problem = JSON.parse(text) as Partial<Problem> | null;
    if (typeof problem?.title === 'string' && typeof problem.code === 'string')
      return new CallError(problem.title, problem.detail ?? '', problem.code, status);
  } catch {
    // Falls through to the general words below.
  }
  return new CallError(
    'The server answered with something else',
    `The answer had status ${status} and was not in the server's own form. A proxy in between may have made it.`,
    `http-${status}`,
    status,
  );
}

/** Any thrown thing as a problem that can be shown. */
export function asProblem(thrown: unknown): CallError {
  if (thrown instanceof CallError) return thrown;
  return new CallError('The console failed', String(thrown), 'console-failed', 0);
}
