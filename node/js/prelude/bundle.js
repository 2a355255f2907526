/** What the user's script has registered. */
export const bundle = {
  env: null,
  worker: undefined, // its default export
  classes: {}, // namespace -> class
};
