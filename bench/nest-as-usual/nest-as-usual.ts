import { type DynamicModule, Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from 'nest-platform-express';
import { DataSource, Repository } from 'typeorm';
import { serve } from '../child.js';
import { runsTable } from '../runs-table.js';
import { Run } from './run.entity.js';
import { RunsController } from './runs.controller.js';
import { platformUrl, RunsService } from './runs.service.js';

@Module({})
class AppModule {
  static on(database: DataSource, url: string): DynamicModule {
    return {
      module: AppModule,
      controllers: [RunsController],
      providers: [
        RunsService,
        { provide: Repository, useValue: database.getRepository(Run) },
        { provide: platformUrl, useValue: url },
      ],
    };
  }
}

/**
 * The peer: Nest with its defaults (Express), class-validator, TypeORM's `findOne` and `save`, axios. As many connections
 * as the limit, so that it does not lose by its pool; like the limit no history, no fencing, no guard on what is dialled.
 */
async function main([databaseUrl = '', url = '']: readonly string[]): Promise<void> {
  const database = new DataSource({ type: 'postgres', url: databaseUrl, entities: [Run], poolSize: 20 });
  await database.initialize();
  await database.query(runsTable);
  const app = await NestFactory.create(AppModule.on(database, url), new ExpressAdapter(), {
    logger: ['error', 'warn'],
  });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }));
  await app.listen(0, '127.0.0.1');
  serve(await app.getUrl(), async () => 'nothing to ask');
}

await main(process.argv.slice(2));
