import { getMetadataStorage } from 'class-validator';

type Fields = Readonly<Record<string, unknown>>;
type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/** Whether a value of one property keeps one rule. */
type Rule = (value: unknown, body: Fields) => boolean;

interface Property {
  readonly isAsked: Rule;
  readonly rules: readonly Rule[];
}

/** Says of a body for certain that it is good; false: that is for the validator to say, with its reasons. */
export type QuickCheck = (body: Fields) => boolean;

const checks = new WeakMap<object, QuickCheck>();
const never: QuickCheck = () => false;

/**
 * The rules of a class that describes a body, read from its decorators once instead of with every body. They are asked of
 * what came, not of a copy; nothing is said of classes with others inside, nor of rules that take their time.
 */
export function quickCheckOf(type: new () => object): QuickCheck {
  const known = checks.get(type);
  if (known) return known;
  const check = compiled(type);
  checks.set(type, check);
  return check;
}

function compiled(type: new () => object): QuickCheck {
  const metadatas = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const byProperty = new Map<string, Metadata[]>();
  for (const one of metadatas) byProperty.set(one.propertyName, [...(byProperty.get(one.propertyName) ?? []), one]);
  const properties = new Map<string, Property>();
  for (const [name, rules] of byProperty) {
    const property = propertyOf(rules);
    if (!property) return never;
    properties.set(name, property);
  }
  return (body) => {
    for (const name of Object.keys(body)) if (!properties.has(name) || name in Object.prototype) return false;
    for (const [name, { isAsked, rules }] of properties) {
      const value = Object.hasOwn(body, name) ? body[name] : undefined;
      if (isAsked(value, body) && !rules.every((rule) => rule(value, body))) return false;
    }
    return true;
  };
}

/** `null`: it has a rule that is not known here. */
function propertyOf(metadatas: readonly Metadata[]): Property | null {
  const conditions: Rule[] = [];
  const rules: Rule[] = [];
  for (const one of metadatas) {
    if (one.type === 'conditionalValidation') conditions.push(conditionOf(one));
    else if (one.type === 'customValidation' || one.type === 'isDefined') rules.push(...rulesOf(one));
    else return null;
  }
  // What class-validator does not ask of a property without rules, it takes for one that there is not.
  return { isAsked: (value, body) => conditions.every((condition) => condition(value, body)), rules };
}

function conditionOf(metadata: Metadata): Rule {
  const constraints: readonly unknown[] = metadata.constraints;
  const condition = constraints[0];
  return isCondition(condition) ? (value, body) => Boolean(condition(body, value)) : () => true;
}

function isCondition(given: unknown): given is (body: Fields, value: unknown) => unknown {
  return typeof given === 'function';
}

function rulesOf(metadata: Metadata): readonly Rule[] {
  const { constraints, propertyName: property, each } = metadata;
  return getMetadataStorage()
    .getTargetValidatorConstraints(metadata.constraintCls)
    .map(({ instance }) => {
      const rule: Rule = (value, object) => {
        const args = { value, constraints, property, object, targetName: object.constructor.name };
        return instance.validate(value, args) === true;
      };
      return each ? (value, body) => Array.isArray(value) && value.every((item: unknown) => rule(item, body)) : rule;
    });
}
