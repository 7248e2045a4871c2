#include <iostream>

int main() {
    std::vector<int> v{1, 2};
    std::map<int, int> m;
    std::cout << v.size() << m.size() << std::endl;
}
