/** One start as the bench sends it, to our starts and to the limit. */
export function startOf(number: number): object {
  return {
    connection: 'bench',
    definition: '1',
    subject: { type: 'crm.lead', id: String(number) },
    variables: { Note: `Start number ${number}` },
    businessKey: `PO-${number}`,
    tags: ['bench', `lot-${number % 100}`],
  };
}
