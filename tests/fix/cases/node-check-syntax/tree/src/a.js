function level(x) {
  if (x > 1 {
    return 3;
  }
}
