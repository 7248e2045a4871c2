exports.label = (name, masts) => `${name} (${masts})`;
