/** A map that holds at most `max` entries and forgets the one used longest ago. */
export type Lru<K, V> = {
  readonly get: (key: K) => V | undefined;
  readonly set: (key: K, value: V) => void;
  readonly delete: (key: K) => void;
  readonly size: () => number;
};

/** Makes an empty {@link Lru}. */
export const createLru = <K, V>(max: number): Lru<K, V> => {
  // A Map keeps insertion order: taking out and putting back makes an entry the newest.
  const entries = new Map<K, V>();
  return {
    get: (key) => {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set: (key, value) => {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size <= max) return;
      for (const oldest of entries.keys()) {
        entries.delete(oldest);
        break;
      }
    },
    delete: (key) => void entries.delete(key),
    size: () => entries.size,
  };
};
