import { getMetadataStorage } from 'class-validator';

type Storage = ReturnType<typeof getMetadataStorage>;
type Rules = ReturnType<Storage['getTargetValidationMetadatas']>;
type RulesByProperty = ReturnType<Storage['groupByPropertyName']>;

/**
 * Has class-validator work out once what holds for a class. By itself it goes through every class that has rules for every
 * object that it looks at, and no class gets rules after it was loaded. It is asked about classes only, and without groups.
 */
export function rememberRules(storage: Storage = getMetadataStorage()): void {
  const rulesOf = storage.getTargetValidationMetadatas.bind(storage);
  const groupedByProperty = storage.groupByPropertyName.bind(storage);
  const known = new Map<unknown, Rules>();
  const grouped = new WeakMap<Rules, RulesByProperty>();
  storage.getTargetValidationMetadatas = (target, schema, always, strictGroups, groups) => {
    const rules = known.get(target) ?? rulesOf(target, schema, always, strictGroups, groups);
    known.set(target, rules);
    return rules;
  };
  storage.groupByPropertyName = (rules) => {
    const byProperty = grouped.get(rules) ?? groupedByProperty(rules);
    grouped.set(rules, byProperty);
    return byProperty;
  };
}
