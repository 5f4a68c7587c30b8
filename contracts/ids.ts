/** The digits of Crockford's base 32, in lower case: without i, l, o and u, which are easily misread. */
export const orderIdDigits = '0123456789abcdefghjkmnpqrstvwxyz';

const orderIdPattern = new RegExp(`^ord_[${orderIdDigits}]{26}$`);

/** Whether a text can be an order id: `ord_` and 26 digits. */
export function isOrderId(text: string): boolean {
  return orderIdPattern.test(text);
}

/** Id of the parcel that a warehouse sends for an order. A replacement for a lost parcel has `-2`, `-3` appended. */
export function shipmentIdOf(orderId: string, warehouse: string): string {
  return `${orderId}-${warehouse}`;
}
