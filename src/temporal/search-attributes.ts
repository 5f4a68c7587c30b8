import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';

/** The search attributes of order runs in Temporal. They are never encrypted, so put nothing personal here. */
export const searchAttributes = {
  orderStatus: defineSearchAttributeKey('OrderStatus', 'KEYWORD'),
  customerId: defineSearchAttributeKey('CustomerId', 'KEYWORD'),
  shopId: defineSearchAttributeKey('ShopId', 'KEYWORD'),
  failureCode: defineSearchAttributeKey('FailureCode', 'KEYWORD'),
  orderTotal: defineSearchAttributeKey('OrderTotal', 'INT'),
} as const;

const alreadyExists = 6;
/** Their names and types in the server's API (temporal.api.enums.v1.IndexedValueType). */
export const searchAttributeTypes: Readonly<Record<string, number>> = Object.fromEntries(
  Object.values(searchAttributes).map(({ name, type }) => [name, { KEYWORD: 2, INT: 3 }[type]]),
);

/**
 * Registers the search attributes that the namespace does not have yet. Safe to repeat. Use it only on a server of our own. Elsewhere an
 * administrator runs `temporal operator search-attribute create`.
 *
 * @throws {Error} if an attribute exists with another type.
 */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing: Record<string, number> = {};
  for (const [name, wanted] of Object.entries(searchAttributeTypes)) {
    const there = customAttributes?.[name] as number | null | undefined;
    if (there === undefined || there === null) missing[name] = wanted;
    else if (there !== wanted) {
      throw new Error(
        `The search attribute ${name} of the namespace ${namespace} is of type ${there}, but must be of type ${wanted}.`,
      );
    }
  }
  if (Object.keys(missing).length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: missing });
  } catch (error) {
    // Somebody else registered them at the same moment.
    if (!isGrpcServiceError(error) || Number(error.code) !== alreadyExists) throw error;
  }
}
