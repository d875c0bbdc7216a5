import type { Row } from './filter.js';
import type { RunLog } from './log.js';
import type { RunStatus, SimulatedElement, SimulatedRun } from './simulated-run.js';
import { schemaOf, schemas } from './schemas.js';

/** An entity's rows. Fields of lookups are answered flat (`StatusId`) and filtered by path (`Status/Id`). */
export interface Entity {
  readonly rows: readonly { readonly shown: Row; readonly filtered: Row }[];
}

const statusIds: Readonly<Record<RunStatus, string>> = {
  1: 'ed2ae277-b6e2-df11-971b-001d60e938c6',
  2: '815c9586-b6e2-df11-971b-001d60e938c6',
  3: 'f942c08d-b6e2-df11-971b-001d60e938c6',
  4: '1be78f3e-234d-4d6a-869a-dc07253fd2f3',
  5: '006f6d7a-6d9a-4e8c-bf5f-2ddac8b3df9a',
};
const emptyId = '00000000-0000-0000-0000-000000000000';
const noDate = '0001-01-01T00:00:00Z';

/** What of an entity is asked for, where that spares writing every row. */
export interface Part {
  /** By key; absent: any. */
  readonly ids?: readonly string[];
  /** Elements of this run; absent: any. */
  readonly runId?: string;
  /** Of whom `Contact` tells. */
  readonly contactId?: string;
}

/** The entities that can be read, or at least the named part of one; `null`: there is none of that name. */
export function entityOf(name: string, log: RunLog, { ids, runId, contactId }: Part = {}): Entity | null {
  switch (name) {
    case 'SysProcessLog':
      return { rows: runsOf(log, ids).flatMap((run) => (log.isArchived(run) ? [] : [keptRunRow(run)])) };
    case 'VwSysProcessLog':
      return { rows: runsOf(log, ids).map(keptRunRow) };
    case 'SysProcessElementLog':
    case 'VwSysProcessElementLog':
      return entity(
        runsOfElements(log, { ids, runId }).flatMap((run) => run.elements.map((element) => elementRow(run, element))),
      );
    case 'SysProcessElementToDo':
      return entity(
        runsOfElements(log, { ids, runId }).flatMap((run) =>
          run.elements
            .filter(({ type, status }) => type === 'UserTask' && status === 1)
            .map((element) => toDoRow(run, element)),
        ),
      );
    case 'VwProcessLib':
      return entity(schemas.map(libraryRow));
    case 'Contact':
      return entity(contactId === undefined ? [] : [{ flat: { Id: contactId } }]);
    default:
      return null;
  }
}

function runsOf(log: RunLog, ids: Part['ids']): readonly SimulatedRun[] {
  return ids ? ids.flatMap((id) => log.lookAt(id) ?? []) : log.look();
}

function runsOfElements(
  log: RunLog,
  { ids, runId }: { ids: Part['ids']; runId: Part['runId'] },
): readonly SimulatedRun[] {
  const runIds = runId === undefined ? ids?.flatMap((id) => log.findElement(id)?.run.id ?? []) : [runId];
  return runIds ? [...new Set(runIds)].flatMap((id) => log.lookAt(id) ?? []) : log.look();
}

const lookups = ['Status', 'SysSchema', 'Owner', 'CreatedBy', 'SysProcess', 'Parent', 'Root'];

function entity(rows: readonly Written[]): Entity {
  return { rows: rows.map(rowOf) };
}

interface Written {
  readonly flat: Row;
  readonly paths?: Row;
}

function rowOf({ flat, paths }: Written): Entity['rows'][number] {
  // The flat name of a lookup is no column to a filter.
  const filtered = Object.entries(flat).map(([name, value]): [string, Row[string]] => {
    const lookup = lookups.find((one) => name === `${one}Id`);
    return [lookup === undefined ? name : `${lookup}/Id`, value];
  });
  return { shown: flat, filtered: { ...Object.fromEntries(filtered), ...paths } };
}

const runRows = new WeakMap<SimulatedRun, { readonly status: RunStatus; readonly row: Entity['rows'][number] }>();

/** A run's row, written anew only when the run has changed: a log of ten thousand is read every few seconds. */
function keptRunRow(run: SimulatedRun): Entity['rows'][number] {
  const kept = runRows.get(run);
  if (kept?.status === run.status) return kept.row;
  const row = rowOf(runRow(run));
  runRows.set(run, { status: run.status, row });
  return row;
}

function runRow(run: SimulatedRun): Written {
  const schema = schemaOf(run.code);
  const endedAt = run.completedAt ?? noDate;
  const flat = {
    Id: run.id,
    Name: schema?.caption ?? run.code,
    StartDate: run.startedAt,
    CompleteDate: endedAt,
    StatusId: statusIds[run.status],
    SysSchemaId: schema?.uId ?? emptyId,
    OwnerId: run.ownerId,
    CreatedById: run.ownerId,
    CreatedOn: run.startedAt,
    ModifiedOn: run.completedAt ?? run.startedAt,
    ParentId: emptyId,
    RootId: run.id,
    DurationInMilliseconds: run.completedAt ? Date.parse(run.completedAt) - Date.parse(run.startedAt) : 0,
    ErrorDescription: run.error,
  };
  return { flat, paths: { 'SysSchema/Name': run.code, 'SysSchema/UId': schema?.uId ?? emptyId } };
}

function elementRow(run: SimulatedRun, element: SimulatedElement): Written {
  return {
    flat: {
      Id: element.id,
      SysProcessId: run.id,
      Caption: element.caption,
      Type: element.type,
      StatusId: statusIds[element.status],
      StartDate: element.startedAt,
      CompleteDate: element.completedAt ?? noDate,
      OwnerId: run.ownerId,
      ErrorDescription: element.status === 3 ? run.error : '',
    },
  };
}

/** A user task that waits, with who started its run. `ContactId` and `SysProcessDataId` are plain ids here, no lookups. */
function toDoRow(run: SimulatedRun, { id, caption, startedAt }: SimulatedElement): Written {
  return {
    flat: {
      Id: id,
      CreatedOn: startedAt,
      StartDate: startedAt,
      Title: caption,
      Subject: schemaOf(run.code)?.caption ?? run.code,
      ContactId: run.ownerId,
      SysProcessDataId: run.id,
      ProcessSchemaUId: schemaOf(run.code)?.uId ?? emptyId,
    },
  };
}

function libraryRow({ uId, code, caption }: (typeof schemas)[number]): Written {
  return {
    flat: {
      Id: uId,
      UId: uId,
      SysSchemaId: uId,
      Name: code,
      Caption: caption,
      Description: '',
      Enabled: true,
      IsActiveVersion: true,
      IsMaxVersion: true,
      Version: 0,
      VersionParentUId: uId,
      TagProperty: 'Business Process',
      HasStartEvent: code !== 'UsrSignalOnly',
    },
  };
}
