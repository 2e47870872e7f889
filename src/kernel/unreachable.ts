/** Ends an exhaustive `switch`: a new member of the closed set does not compile here. */
export const unreachable = (value: never): never => {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
};
