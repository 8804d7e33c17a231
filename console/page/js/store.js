// A value that components can follow.

import { useEffect, useState } from "../vendor/preact.js";

/** A value with `get`, `set` and `follow`; those who follow are told of every change. */
export function value(initial) {
  const followers = new Set();
  let held = initial;
  return {
    get: () => held,
    set(next) {
      if (next === held) return;
      held = next;
      for (const each of [...followers]) each(next);
    },
    follow(each) {
      followers.add(each);
      return () => followers.delete(each);
    },
  };
}

/** The value's content, followed by the component that asks. */
export function useValue(followed) {
  const [held, hold] = useState(followed.get());
  useEffect(() => {
    hold(followed.get());
    return followed.follow(hold);
  }, [followed]);
  return held;
}
