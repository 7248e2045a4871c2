const x = "a";
function level(y){
    return y + x;
}
module.exports = level;
