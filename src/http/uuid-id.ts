import { Injectable, type PipeTransform } from '@nestjs/common';
import { uuidForm } from './cursor.js';
import { NotFound } from './door.errors.js';

/** An id in a path; what is no UUID is the id of nothing: `@Param('id', UuidId) id: string`. */
@Injectable()
export class UuidId implements PipeTransform {
  transform(value: unknown): string {
    if (typeof value === 'string' && uuidForm.test(value)) return value.toLowerCase();
    throw new NotFound('Nothing has this id.');
  }
}
