import { setTimeout as passed } from 'node:timers/promises';
import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { SimulatedAnswers, type SimulatedOperation } from '../../simulated-answers.js';
import { html, unrouted } from './answers.js';
import { controlAnswer, type SeenRequest } from './control.js';
import { dataServiceAnswer } from './data-service.js';
import { Engine, type Turn } from './engine.js';
import { Gate } from './gate.js';
import type { RunLog } from './log.js';
import { odataAnswer } from './odata.js';
import { ReportSteps } from './report-steps.js';
import { schemas } from './schemas.js';
import { engineTurn } from './services.js';
import { SimulatedSwitches } from './switches.js';

/** How long after a session was voided starts of `expired-session` are let through: time to sign in and come again. */
const graceMs = 5000;

const maxSeen = 50_000;

/** The whole address space of the simulated instance. */
export class Routes {
  readonly gate: Gate;
  readonly #engine: Engine;
  readonly #requests: SeenRequest[] = [];
  readonly #answers = new SimulatedAnswers();
  readonly #switches = new SimulatedSwitches();
  readonly #reports = new ReportSteps();
  #voidedAtMs = 0;

  constructor(
    private readonly runtime: 'netframework' | 'net',
    private readonly log: RunLog,
  ) {
    this.gate = new Gate(runtime);
    log.reached = (run, status) => this.#reports.reached(run, status);
    this.#engine = new Engine(log, { expired: () => this.#expires(), switches: this.#switches });
  }

  async answer(request: SimulatedRequest): Promise<SimulatedAnswer> {
    const path = decodeURIComponent(request.url.pathname);
    if (path.startsWith('/_sandbox/')) {
      const answer = controlAnswer(path.slice('/_sandbox/'.length), request, {
        log: this.log,
        requests: this.#requests,
        answers: this.#answers,
        switches: this.#switches,
        sessions: this.gate.orders,
        reports: this.#reports,
      });
      if (request.method === 'POST') await this.log.saved();
      return answer;
    }
    const seen = seenOf(path, request);
    this.#requests.push(seen);
    if (this.#requests.length > maxSeen) this.#requests.splice(0, maxSeen / 10);
    const told = await this.#answers.answered(askedFor(seen), async () => {
      return this.#outside(path, request) ?? this.#inside(path, request, seen);
    });
    if ('reset' in told) return told;
    seen.status = told.status;
    return { ...told, headers: { ...told.headers, date: this.log.clock.now().toUTCString() } };
  }

  /** What needs no session; `null`: it does. */
  #outside(path: string, request: SimulatedRequest): SimulatedAnswer | null {
    switch (path) {
      case '/ServiceModel/AuthService.svc/Login':
        return request.method === 'POST' ? this.gate.login(request) : unrouted();
      case '/ServiceModel/AuthService.svc/Logout':
        return this.gate.logout(request);
      case '/0/ServiceModel/AuthService.svc/Login':
        return this.gate.ended(request, true);
      case '/connect/token':
        return this.gate.token(request);
      case '/api/HealthCheck/Ping':
        return { status: 200, body: '' };
      case '/0/api/HealthCheck/Ping':
        return this.runtime === 'net' ? unrouted() : { status: 200, body: '' };
      case '/Login/Login.html':
        return this.runtime === 'net' ? html(200, 'Login') : html(404, 'Not found');
      case '/Login/NuiLogin.aspx':
        return this.runtime === 'net' ? html(404, 'Not found') : html(200, 'Login');
      default:
        return null;
    }
  }

  async #inside(path: string, request: SimulatedRequest, seen: SeenRequest): Promise<SimulatedAnswer> {
    const route =
      /^(\/0)?\/(?:ServiceModel\/ProcessEngineService\.svc\/(?<engine>.+)|odata\/(?<odata>.+)|DataService\/json\/SyncReply\/(?<data>.+))$/.exec(
        path,
      );
    const { engine, odata, data } = route?.groups ?? {};
    // On .NET the services of the core answer under both addresses, everything else without the /0.
    const isPlaced = this.runtime === 'net' ? !route?.[1] || engine !== undefined : route?.[1] !== undefined;
    if (!route || !isPlaced) return unrouted();
    const passage = this.gate.pass(request, engine !== undefined);
    if ('turnedAway' in passage) return passage.turnedAway;
    const { contactId } = passage;
    const turn = async (): Promise<Turn> => {
      const { runMs } = this.gate.orders.now;
      if (runMs > 0 && /(^|\/)(RunProcess|Execute)$/.test(engine ?? '')) await passed(runMs, undefined, { ref: false });
      if (engine !== undefined)
        return engineTurn(engine, request, {
          engine: this.#engine,
          log: this.log,
          contactId,
          elementCall: this.#switches.now.elementCall,
        });
      if (this.#isDenied(odata, data)) return { answer: html(403, 'Forbidden'), executed: false };
      const answer =
        odata === undefined
          ? dataServiceAnswer(data ?? '', request, { log: this.log, contactId })
          : odataAnswer(odata, request, this.log);
      return { answer, executed: false };
    };
    const { answer, executed, isExpired } = await this.#inTurn(passage.session, turn);
    seen.executed = executed;
    if (executed) await this.log.saved();
    if (isExpired) {
      this.gate.end(passage.session);
      return this.gate.ended(request, true);
    }
    return 'reset' in answer ? answer : { ...answer, headers: { ...answer.headers, ...passage.headers } };
  }

  /** The rights of the technical user, as switched. */
  #isDenied(odata: string | undefined, data: string | undefined): boolean {
    const now = this.#switches.now;
    if (data === 'SelectQuery') return !now.dataService;
    if (odata === undefined) return false;
    return now.odata === 'none' || (now.odata === 'views' && odata.startsWith('SysProcess'));
  }

  /** On .NET Framework the requests of one session wait for each other. */
  async #inTurn(session: { tail: Promise<unknown> } | null, turn: () => Promise<Turn>): Promise<Turn> {
    if (!session || this.runtime === 'net') return turn();
    const mine = session.tail.then(turn);
    session.tail = mine.catch(() => undefined);
    return mine;
  }

  #expires(): boolean {
    if (Date.now() - this.#voidedAtMs < graceMs) return false;
    this.#voidedAtMs = Date.now();
    return true;
  }
}

function seenOf(path: string, { body }: SimulatedRequest): SeenRequest {
  const operation = path
    .replace(/^\/0\//, '/')
    .replace(/^.*\.svc\//, '')
    .replace(/^\/(DataService\/json\/SyncReply\/)?/, '');
  const [first = '', second] = operation.split('/');
  const inBody = schemas.find(({ code, uId }) => body.includes(`"${code}"`) || body.includes(uId))?.code ?? null;
  return {
    at: new Date().toISOString(),
    operation:
      second === 'Execute' ? 'Execute' : operation.replace(/^(?:(ExecProcElByUId)\/.*|.*\/(ExecProcElByUId))$/, '$1$2'),
    definition: second === 'Execute' ? first : inBody,
    executed: false,
    status: null,
  };
}

const wordOf: Readonly<Record<string, string>> = {
  Login: 'sign_in',
  'connect/token': 'sign_in',
  RunProcess: 'start',
  Execute: 'start',
  CancelExecution: 'terminate',
  ExecProcElByUId: 'complete_element',
  ExecProcessElementByUId: 'complete_element',
  CompleteExecuting: 'complete_element',
  'odata/SysProcessLog': 'observe',
  'odata/SysProcessElementLog': 'elements',
  'odata/SysProcessElementToDo': 'tasks',
  'odata/VwProcessLib': 'definitions',
  ProcessSchemaRequest: 'definitions',
};

function askedFor({ operation, definition }: SeenRequest): readonly SimulatedOperation[] {
  const word = wordOf[operation];
  return word === undefined ? [] : [{ operation: word, definition }];
}
