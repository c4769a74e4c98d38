// Vite asks what `localhost` means before it does anything, and a sandbox has no file that says so.
const { promises } = require('node:dns');

const lookup = promises.lookup;
promises.lookup = async (name, options) => {
  if (name !== 'localhost') return lookup(name, options);
  const found = { address: '127.0.0.1', family: 4 };
  return options?.all ? [found] : found;
};
