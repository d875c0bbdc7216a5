/**
 * Keys of PARAMETERS that steer the engine; a caller could lift limits, delay the start or choose the run's id.
 * Observed, undocumented.
 */
export const reservedNames: readonly string[] = [
  'TargetUser',
  'ModifiedDocumentField',
  'UseForcedTracking',
  'IgnoreSimultaneousProcessesLimit',
  'DocumentEventType',
  '__DocumentType',
  'PreGeneratedWorkflowId',
  'UsedDocumentField',
  'TriggerEvent',
  'TriggerEventData',
  'StartWorkflowDelay',
];
