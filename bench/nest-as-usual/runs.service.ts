import { ConflictException, Inject, Injectable } from '@nestjs/common';
import axios from 'axios';
import { randomUUID } from 'node:crypto';
import { Repository } from 'typeorm';
import { Run } from './run.entity.js';
import type { StartRunDto } from './start-run.dto.js';

/** Where the platform listens. */
export const platformUrl = Symbol('platformUrl');

/** Looks whether it has it, saves, calls, saves. */
@Injectable()
export class RunsService {
  constructor(
    private readonly runs: Repository<Run>,
    @Inject(platformUrl) private readonly url: string,
  ) {}

  async start({ connection, definition, subject, variables, businessKey, tags }: StartRunDto): Promise<Run> {
    if (businessKey !== undefined) {
      const found = await this.runs.findOne({ where: { businessKey, connection, definition } });
      if (found) throw new ConflictException(`${businessKey} was started as ${found.id}`);
    }
    const run = await this.runs.save(
      this.runs.create({
        connection,
        definition,
        subjectType: subject.type,
        subjectId: subject.id,
        variables,
        businessKey: businessKey ?? null,
        tags,
        runId: randomUUID(),
        state: 'starting',
      }),
    );
    run.nativeId = await this.#call(run);
    run.state = 'running';
    run.startedAt = new Date();
    return this.runs.save(run);
  }

  async #call({ definition, subjectId, variables, runId }: Run): Promise<string> {
    const { data } = await axios.post<{ result: string }>(`${this.url}/rest/1/secret/bizproc.workflow.start.json`, {
      TEMPLATE_ID: Number(definition),
      DOCUMENT_ID: ['crm', 'CCrmDocumentLead', `LEAD_${subjectId}`],
      PARAMETERS: { ...variables, PreGeneratedWorkflowId: runId },
    });
    return data.result;
  }
}
