import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

/** Holds answers against the contract that the gateway itself publishes. */
export interface OpenApiAnswers {
  /**
   * Reads the body of an answer that the contract describes.
   *
   * @param route  as in the document, e.g. `GET /v1/clients/{id}`
   * @throws Error  the status, the type or the body of the answer is not in the contract
   */
  body(route: string, answer: Response): Promise<unknown>;
}

/** Reads the contract of the gateway at `url`. */
export async function openApiAnswers(url: string): Promise<OpenApiAnswers> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(document, 'contract');
  const validators = new Map<string, ValidateFunction>();

  const validatorOf = (pointer: string): ValidateFunction => {
    const known = validators.get(pointer) ?? ajv.compile({ $ref: `contract#${pointer}` });
    validators.set(pointer, known);
    return known;
  };

  return {
    async body(route, answer) {
      const [method = '', path = ''] = route.split(' ');
      const operation = document.paths[path]?.[method.toLowerCase()];
      if (!operation) throw new Error(`The contract has no ${route}`);
      const described = operation.responses[answer.status];
      const text = await answer.text();
      if (!described) throw new Error(`${route} answered ${answer.status}, which the contract does not name: ${text}`);
      if (!described.content) {
        if (text !== '')
          throw new Error(`${route} answered ${answer.status} with a body that the contract denies: ${text}`);
        return null;
      }
      const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
      if (!(type in described.content)) throw new Error(`${route} answered ${answer.status} as ${type}`);
      const body: unknown = JSON.parse(text);
      const steps = [
        'paths',
        path,
        method.toLowerCase(),
        'responses',
        String(answer.status),
        'content',
        type,
        'schema',
      ];
      const validate = validatorOf(steps.map((step) => `/${pointerStep(step)}`).join(''));
      if (!validate(body)) throw new Error(`${route} ${answer.status}: ${ajv.errorsText(validate.errors)} in ${text}`);
      return body;
    },
  };
}

function pointerStep(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));
}
