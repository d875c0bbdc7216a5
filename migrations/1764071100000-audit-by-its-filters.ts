import type { MigrationInterface, QueryRunner } from 'typeorm';

/** In the order of the list for each value; those of before were in an order that ranges of rows do not have. */
const indexes: Readonly<Record<string, string>> = {
  audit_lines_by_connection: 'audit_lines (connection, id)',
  audit_lines_by_client: 'audit_lines (client, id)',
  audit_lines_by_client_id: 'audit_lines (client_id, id)',
  audit_lines_by_action: 'audit_lines (action, id)',
  audit_lines_by_trace: 'audit_lines (trace_id, id)',
  audit_results_by_result: 'audit_results (result, line_id)',
};

/** Each filter of the audit has an index of its own. A line is written for a command, never for a start. */
export class AuditByItsFilters1764071100000 implements MigrationInterface {
  readonly name = 'AuditByItsFilters1764071100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop index audit_lines_by_connection');
    for (const [name, its] of Object.entries(indexes)) await runner.query(`create index ${name} on ${its}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(indexes)) await runner.query(`drop index ${name}`);
    await runner.query('create index audit_lines_by_connection on audit_lines (connection, id desc)');
  }
}
