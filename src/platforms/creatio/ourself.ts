const query = {
  rootSchemaName: 'Contact',
  operationType: 0,
  rowCount: 1,
  columns: { items: { Id: { expression: { expressionType: 0, columnPath: 'Id' } } } },
  filters: {
    filterType: 6,
    logicalOperation: 0,
    isEnabled: true,
    items: {
      ourself: {
        filterType: 1,
        comparisonType: 3,
        isEnabled: true,
        leftExpression: { expressionType: 0, columnPath: 'Id' },
        // A function, a macro of it, the contact of the current user.
        rightExpression: { expressionType: 1, functionType: 1, macrosType: 2 },
      },
    },
  },
};

/**
 * Asks for the contact of whoever is signed in, in whatever way: a read that every gate before the application looks at.
 *
 * Source: Academy, "DataService. Using macros" (EntitySchemaQueryMacrosType).
 */
export const ourself = {
  purpose: 'read',
  method: 'POST',
  path: '/DataService/json/SyncReply/SelectQuery',
  body: JSON.stringify(query),
} as const;
