// Runs `work` at once, then at most once in `pauseMs`, and never twice at a time. Calls in between
// become one.
export function debounced(work: () => Promise<void>, pauseMs: number): () => void {
  let busy = false;
  let again = false;
  const run = async () => {
    busy = true;
    again = false;
    try {
      await work();
    } catch {
      // The next event asks again; what is shown stays.
    }
    setTimeout(() => {
      busy = false;
      if (again) void run();
    }, pauseMs);
  };
  return () => {
    if (busy) again = true;
    else void run();
  };
}
