/** What a pure function said of the last texts, at most `most` of them: what is asked for at every request is worked out once. */
export function remembered<Answer>(most: number, ask: (text: string) => Answer): (text: string) => Answer {
  const known = new Map<string, Answer>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const answer = ask(text);
    // Forgetting all at once is simple, and rare where few texts come again and again.
    if (known.size >= most) known.clear();
    known.set(text, answer);
    return answer;
  };
}
