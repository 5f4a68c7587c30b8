import { createTransport } from 'nodemailer';
import type { Letter } from './text.js';

export interface MailOptions {
  /** smtp(s)://user:password@host:port */
  smtpUrl: string;
  /** The sender, e.g. `Orderflow <orders@shop.example>`. */
  from: string;
}

export interface Mailer {
  /**
   * Resolves when the mail server has taken the mail.
   *
   * @param id the same id gives the same Message-ID, so that a mail that went out twice is recognised as one.
   */
  send: (mail: Letter & { id: string; to: string }) => Promise<void>;
  close: () => void;
}

/** A mail server that says nothing for longer than this is taken for dead. All in ms. */
const patience = { dnsTimeout: 5_000, connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 20_000 };

export function smtpMailer({ smtpUrl, from }: MailOptions): Mailer {
  const transport = createTransport(
    { url: smtpUrl, pool: true, maxConnections: 4, ...patience, disableFileAccess: true, disableUrlAccess: true },
    { from },
  );
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return {
    send: async ({ id, to, subject, text }) => {
      await transport.sendMail({
        messageId: `<${id}@${domain}>`,
        to: { name: '', address: to },
        subject,
        text,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    },
    close: () => transport.close(),
  };
}

/**
 * Why a mail did not go out, for logs: the kind of failure and the server's reply code, never its words, which may repeat the
 * address. `isFinal`: the server refused this mail or its recipient for good (5xx); anything else may pass.
 */
export function mailFailure(error: unknown): { reason: string; isFinal: boolean } {
  const { code = 'unknown', responseCode } = error as { code?: string; responseCode?: number };
  const isAboutMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  return {
    reason: responseCode === undefined ? code : `${code} ${responseCode}`,
    isFinal: isAboutMail && responseCode !== undefined && responseCode >= 500,
  };
}
