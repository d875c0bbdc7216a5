// The code of its function nodes, with statements that are planned once for each connection, as those of the limit.
const store = `
const { connection, definition, subject, variables, businessKey, tags } = msg.payload;
const { rows } = await global.get('pool').query({
  name: 'store',
  text:
    "insert into runs (connection, definition, subject_type, subject_id, variables, business_key, tags, run_id, state) " +
    "values ($1, $2, $3, $4, $5, $6, $7, gen_random_uuid(), 'starting') returning id, run_id",
  values: [connection, definition, subject.type, subject.id, variables, businessKey, tags],
});
msg.start = msg.payload;
msg.id = rows[0].id;
msg.payload = {
  TEMPLATE_ID: Number(definition),
  DOCUMENT_ID: ['crm', 'CCrmDocumentLead', 'LEAD_' + subject.id],
  PARAMETERS: { ...variables, PreGeneratedWorkflowId: rows[0].run_id },
};
return msg;`;

const settle = `
const { id, start } = msg;
const nativeId = msg.payload.result;
await global.get('pool').query({
  name: 'settle',
  text: "update runs set state = 'running', native_id = $2, started_at = clock_timestamp() where id = $1",
  values: [id, nativeId],
});
const { connection, definition, subject, businessKey, tags } = start;
msg.headers = { location: '/v1/processes/' + id };
msg.payload = { id, state: 'running', nativeId, connection, definition, subject, businessKey, tags };
return msg;`;

/** The flow as Node-RED keeps it in its file: node by node, and whom each is wired to. */
export function flowOf(platformUrl: string): readonly object[] {
  const url = `${platformUrl}/rest/1/secret/bizproc.workflow.start.json`;
  return [
    { id: 'starts', type: 'tab', label: 'Starts' },
    node('asked', 'http in', { method: 'post', url: '/v1/processes', wires: [['store']] }),
    node('store', 'function', { func: store, outputs: 1, wires: [['call']] }),
    node('call', 'http request', {
      method: 'POST',
      url,
      ret: 'obj',
      persist: true,
      senderr: true,
      wires: [['settle']],
    }),
    node('settle', 'function', { func: settle, outputs: 1, wires: [['answered']] }),
    node('answered', 'http response', { statusCode: '201', wires: [] }),
    // Without these a start that fails would never be answered.
    node('failed', 'catch', { scope: null, wires: [['refused']] }),
    node('refused', 'http response', { statusCode: '500', wires: [] }),
  ];
}

/** What stands nowhere on the sheet is taken for settings of others, not for a node. */
function node(id: string, type: string, settings: object): object {
  return { id, type, z: 'starts', x: 0, y: 0, ...settings };
}
