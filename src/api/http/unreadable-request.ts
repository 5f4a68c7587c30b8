import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from '../../platform/problem.js';
import { frameworkProblem } from '../problems/framework-problem.js';
import { ApiProblem } from '../problems/problem.js';
import { safeHeaders } from './safe-headers.js';

/**
 * Answers 404 for a URL that the router cannot read. It comes before all hooks.
 *
 * @param sendPage shows the page to a person; it rejects for a program
 */
export function answerUnroutable(
  sendPage: (request: FastifyRequest, reply: FastifyReply) => Promise<void>,
): (error: Error, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    sendPage(request, reply.headers(safeHeaders)).catch(() => {
      sendProblem(reply, frameworkProblem(error) ?? new ApiProblem('not_found', 'There is nothing at this path'));
    });
  };
}

/** Answers what is not an HTTP request, or has too large headers. It never reaches the framework, so this writes to the socket. */
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
