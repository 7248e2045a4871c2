const std = @import("std");
pub fn main() void {
  var a:u8=1;
 a+=1;
 std.debug.print("{d}\n", .{a});
}
