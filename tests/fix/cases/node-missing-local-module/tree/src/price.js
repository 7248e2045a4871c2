exports.price = () => 4;
