#include "hull.h"
int  planks(int n){ if(n>3)
 return n*2;
      return n; }
