import { z } from 'zod';

const Switches = z.strictObject({
  /** What OData shows: everything, the process log as a view alone, or nothing to this user. */
  odata: z.enum(['all', 'views', 'none']),
  /** Whether DataService answers this user. */
  dataService: z.boolean(),
  /** The form of ExecProcElByUId that is served; the others find no such operation. */
  elementCall: z.enum(['all', 'path', 'query', 'first', 'body']),
  /** `SetErrorInfoIfProcessHasFailedExecution`: off, a failed run is answered with `success: true` and no `errorInfo`. */
  errorInfo: z.boolean(),
});
export type Switches = z.infer<typeof Switches>;

const Turned = Switches.partial();

/** How the simulated instance is set up; turned over its control port. */
export class SimulatedSwitches {
  #now: Switches = { odata: 'all', dataService: true, elementCall: 'all', errorInfo: true };

  get now(): Switches {
    return this.#now;
  }

  /** Those that are named; the others stay. @throws ZodError  there is no such switch */
  turn(body: unknown): Switches {
    const { odata, dataService, elementCall, errorInfo } = Turned.parse(body);
    this.#now = {
      odata: odata ?? this.#now.odata,
      dataService: dataService ?? this.#now.dataService,
      elementCall: elementCall ?? this.#now.elementCall,
      errorInfo: errorInfo ?? this.#now.errorInfo,
    };
    return this.#now;
  }
}
