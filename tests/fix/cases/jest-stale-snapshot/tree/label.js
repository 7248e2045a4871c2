exports.label = (name, masts) => `${name || 'unnamed'}: ${masts} masts`;
