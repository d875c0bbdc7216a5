/**
 * Tells, as an event, that a connection has another state, for a statement whose CTE `from` holds `key, state,
 * state_reason, was_state`. `id`: of the event.
 */
export const toldOfState = (from: string, id: string): string => `
  told as (
    insert into connection_events (id, connection, type, data)
    select ${id}::uuid, key, case state
        when 'reauthorization_required' then 'connection.reauthorization-required'
        when 'degraded' then 'connection.degraded'
        else 'connection.recovered'
      end, jsonb_build_object('from', was_state, 'reason', state_reason)
    from ${from}
    where was_state is distinct from state
  )`;

/** The state that a connection had before the update whose `returning` this stands in. */
export const wasState = `(select old.state from connections old where old.key = connections.key) as was_state`;
