import { Body, Controller, Post } from '@nestjs/common';
import type { Run } from './run.entity.js';
import { RunsService } from './runs.service.js';
import { StartRunDto } from './start-run.dto.js';

/** Answers 201 with the run as it is stored. */
@Controller('v1/processes')
export class RunsController {
  constructor(private readonly runs: RunsService) {}

  @Post()
  start(@Body() body: StartRunDto): Promise<Run> {
    return this.runs.start(body);
  }
}
