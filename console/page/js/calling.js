// What a component needs to call: whether it waits, what came back, and that an older answer never wins.

import { useCallback, useEffect, useRef, useState } from "../vendor/preact.js";

/** [state, run, reset]: run(function) sets state to {busy}, then {data} or {error}; only the last run counts. */
export function useCalling() {
  const [state, setState] = useState({});
  const last = useRef(0);
  useEffect(() => () => void (last.current = -1), []);
  const run = useCallback(async (work) => {
    const mine = ++last.current;
    setState((before) => ({ ...before, busy: true, error: undefined }));
    try {
      const data = await work();
      if (last.current === mine) setState({ data });
      return data;
    } catch (error) {
      if (last.current === mine) setState({ error });
      return undefined;
    }
  }, []);
  const reset = useCallback(() => {
    last.current++;
    setState({});
  }, []);
  return [state, run, reset];
}
