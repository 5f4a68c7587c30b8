import { STATUS_CODES } from 'node:http';
import { defined } from '../../contracts/defined.js';

export const problemType = 'application/problem+json; charset=utf-8';

export interface FieldError {
  /** JSON pointer into the body, or `/name` of a parameter of the query or the path. */
  path: string;
  message: string;
}

export interface ProblemExtras {
  errors?: FieldError[];
}

/** The body of every answer outside 2xx: RFC 9457. */
export interface ProblemBody extends ProblemExtras {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Stable, for programs. */
  code: string;
}

/** An error that is answered to the caller; its message is the `detail`. */
export class Problem extends Error {
  override name = 'Problem';

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly extras: ProblemExtras = {},
    private readonly options: ErrorOptions & { retryAfterS?: number } = {},
  ) {
    super(detail, options);
  }

  get type(): string {
    return 'about:blank';
  }

  get title(): string {
    return STATUS_CODES[this.status] ?? 'Error';
  }

  get headers(): Record<string, string> {
    return {
      'content-type': problemType,
      ...defined({
        'retry-after': this.options.retryAfterS?.toString(),
        'www-authenticate': this.code === 'unauthorized' ? 'Bearer' : undefined,
      }),
    };
  }

  get body(): ProblemBody {
    const { type, title, status, message: detail, code, extras } = this;
    return { type, title, status, detail, code, ...extras };
  }
}

/** The part of a Fastify reply that an answer needs. */
interface Reply {
  code: (status: number) => Reply;
  headers: (headers: Record<string, string>) => Reply;
  send: (body: string) => unknown;
}

/** Answers with the problem. The body is sent as text, so that no serializer of the framework touches it. */
export function sendProblem(reply: Reply, problem: Problem): void {
  reply.code(problem.status).headers(problem.headers).send(JSON.stringify(problem.body));
}
