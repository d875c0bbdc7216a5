import { appendFile, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import './typescript.mjs';

/** At the end of a run: what its gateways wrote, answered and stored is searched for secrets. One that is found fails the run. */
export default class SearchEvidence {
  #error;

  async onRunComplete() {
    const folder = process.env.TEST_EVIDENCE;
    if (!folder) return;
    const { searchedLines, searchRun } = await import('../canaries/whole-run.ts');
    await copyFile(process.env.TEST_POSTGRES_LOG, join(folder, 'postgres.lines'));
    const began = performance.now();
    const searched = await searchRun(folder);
    const lines = searchedLines(searched, (performance.now() - began) / 1000);
    process.stderr.write(`\n${lines}`);
    if (searched.found.length === 0) return;
    this.#error = new Error(lines);
    process.env.TEST_EVIDENCE_KEPT = folder;
    process.stderr.write(`What was searched is kept in ${folder}\n`);
    // A run that is repeated in part must not hide what was found.
    if (process.env.CANARIES_FOUND) await appendFile(process.env.CANARIES_FOUND, lines);
  }

  getLastError() {
    return this.#error;
  }
}
