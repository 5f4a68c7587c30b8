/** Id of the parcel that a warehouse sends of an order; one that stands in for a lost parcel has `-2`, `-3` behind it. */
export function shipmentIdOf(orderId: string, warehouse: string): string {
  return `${orderId}-${warehouse}`;
}
