import { destination, type DestinationStream } from 'pino';

/** Bytes of lines that wait for a reader who takes none; what comes then is left out, and how many it were is told. */
const mostWaiting = 8 * 1024 * 1024;
/** How often it is tried at the end to write what waits, a tenth of a second apart. */
const triesAtEnd = 10;

/** Where lines go. */
export interface Lines extends DestinationStream {
  /** Writes what waits, as long as it is read; nothing goes out afterwards. */
  end(): void;
}

/**
 * Standard output, for whose reader nobody waits: no request, and not the end of the process for more than a second.
 *
 * @param onDropped  told how many lines were left out, once there is room again
 */
export function standardOutput(onDropped: (lines: number) => void): Lines {
  let isEnding = false;
  let left = triesAtEnd;
  // Before that of the library, which waits for its reader for ever.
  process.once('exit', () => (isEnding = true));
  const output = destination({
    dest: 1,
    sync: false,
    maxLength: mostWaiting,
    retryEAGAIN: () => !isEnding || --left > 0,
  });
  let dropped = 0;
  output.on('drop', () => (dropped += 1));
  output.on('drain', () => {
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    onDropped(lines);
  });
  return {
    write: (line) => output.write(line),
    end: () => {
      isEnding = true;
      try {
        output.flushSync();
      } catch {
        // Nobody reads any more.
      }
      output.destroy();
    },
  };
}
