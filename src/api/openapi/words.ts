/** `GetUserByID` → `Get user by ID`. */
export const inWords = (name: string): string => {
  const words = name.match(/[A-Z][A-Z0-9]+(?![a-z])|[A-Z]?[a-z0-9]+|[A-Z]/g) ?? [name];
  return words.map((word, index) => (index === 0 || /^[A-Z0-9]{2,}$/.test(word) ? word : word.toLowerCase())).join(" ");
};

/** Texts as sentences, each once. A few texts of the contract stand in quotes of their own. */
export const sentences = (...texts: readonly (string | undefined)[]): string =>
  [
    ...new Set(
      texts.map((text) =>
        (text ?? "")
          .trim()
          .replace(/^"(.*)"$/s, "$1")
          .trim(),
      ),
    ),
  ]
    .filter((text) => text !== "")
    .map((text) => text.replace(/^[a-z]+ /, (word) => word.charAt(0).toUpperCase() + word.slice(1)))
    .map((text) => (/[.!?:;]$/.test(text) ? text : `${text}.`))
    .join(" ");
