import { Controller, Get, Inject } from '@nestjs/common';
import { z } from 'zod';
import type { Config } from '../../config/index.js';
import { Caller, Open, type Principal } from '../auth/principal.js';
import { CONFIG } from '../dependencies.js';
import { Documented } from '../docs/documented.js';

const role = z.enum(['shop', 'operator']);

const me = z.strictObject({ name: z.string(), shopId: z.string(), role }).meta({ id: 'Me' });

const developmentKeys = z
  .strictObject({ items: z.array(z.strictObject({ key: z.string(), shopId: z.string(), role })) })
  .meta({ id: 'DevelopmentKeys' });

/** Tells the page which keys it may offer, and whose key a person has signed in with. */
@Controller('v1')
export class SessionController {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  @Get('me')
  @Documented({
    summary: 'What the key may do',
    description: 'The name of the key, its role, and its shop: `*` for all shops.',
    answer: { schema: me, example: { name: 'back-office', shopId: '*', role: 'operator' } },
  })
  me(@Caller() { name, shopId, role }: Principal): z.infer<typeof me> {
    return { name, shopId, role };
  }

  @Get('development-keys')
  @Open()
  @Documented({
    summary: 'The keys of a server that runs with the development keys',
    description:
      'They are published in the repository, and work only on a server that nobody else can reach. Empty on any other server.',
    answer: { schema: developmentKeys, example: { items: [] } },
    open: true,
  })
  developmentKeys(): z.infer<typeof developmentKeys> {
    const { apiKeys, developmentKeys } = this.config;
    return { items: developmentKeys ? apiKeys.map(({ key, shopId, role }) => ({ key, shopId, role })) : [] };
  }
}
