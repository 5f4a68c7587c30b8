import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { frameworkProblem } from '../problems/framework-problem.js';
import { ApiProblem } from '../problems/problem.js';
import { safeHeaders } from './safe-headers.js';

/** A URL that the router cannot read: nothing is there. */
export function answerUnroutable(error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  const problem = frameworkProblem(error) ?? new ApiProblem('not_found', 'There is nothing at this path');
  void reply
    .code(problem.status)
    .headers(safeHeaders)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem.body));
}

/** What is no HTTP request at all, or has headers beyond all measure; no framework has seen it, so this writes to the socket. */
export function answerUnreadableRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, phrase] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout']
        : [400, 'Bad Request'];
  const body = JSON.stringify({
    ...new ApiProblem('malformed_json', `The request cannot be read: ${phrase}`).body,
    title: phrase,
    status,
  });
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/problem+json; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroy(error);
}
