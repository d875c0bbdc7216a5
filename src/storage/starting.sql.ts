/**
 * Whether the process of an id is starting. No index of lists has those, so that a start which is sent at once is not written
 * into them twice; they are found by their operations, of which only so many are out at any time.
 */
export const isStarting = (id: string): string =>
  `state = 'starting' and ${id} in (select process_id from operations where state = 'sending' and kind = 'start')`;
