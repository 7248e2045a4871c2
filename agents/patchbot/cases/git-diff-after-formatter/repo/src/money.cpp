#include <vector>
#include <string>

namespace shop {
int total(std::vector<int> const& prices){
  int sum=0;
  for(auto p:prices){ sum+=p; }
  return sum;
}
}
