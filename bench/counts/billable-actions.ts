// The package is CommonJS: Node finds no named exports in it.
import proto, { type temporal } from '@temporalio/proto';

const { EventType } = proto.temporal.api.enums.v1;
type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** Events that count as one billable action each. */
const single = new Set([
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
  EventType.EVENT_TYPE_TIMER_STARTED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
  EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
]);

/**
 * The actions of a run that Temporal Cloud would bill, by the rules at https://docs.temporal.io/cloud/actions. Each attempt of an activity is
 * one. The local activities of one workflow task are one together. Queries and refused Updates leave no event and are not counted.
 */
export function billableActionsOf(events: readonly HistoryEvent[]): number {
  let actions = 0;
  const tasksWithMarkers = new Set<string>();
  for (const { eventType, activityTaskStartedEventAttributes, markerRecordedEventAttributes } of events) {
    if (eventType != null && single.has(eventType)) actions += 1;
    if (activityTaskStartedEventAttributes) actions += activityTaskStartedEventAttributes.attempt ?? 1;
    if (markerRecordedEventAttributes) {
      tasksWithMarkers.add(String(markerRecordedEventAttributes.workflowTaskCompletedEventId));
    }
  }
  return actions + tasksWithMarkers.size;
}
